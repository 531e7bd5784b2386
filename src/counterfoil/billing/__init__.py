"""Documents sent to customers: invoices and credit notes, their numbers, tax and printed form."""
