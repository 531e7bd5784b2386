"""The invented company, its customers, what they buy and how they pay: values from a seed, nothing is stored here."""
