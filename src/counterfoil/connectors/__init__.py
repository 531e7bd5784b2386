"""Ports to other systems; the embedded CRM and ledger implement them like any vendor would."""
