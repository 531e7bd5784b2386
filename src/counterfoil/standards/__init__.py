"""From an opportunity as the CRM states it to a deal that finance can use, or to every field that stands against it."""
