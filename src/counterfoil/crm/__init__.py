"""Customers, contacts, products, opportunities and activities, as people or a CRM state them."""
