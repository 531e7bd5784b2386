"""The double-entry journal: accounts, entries, postings, periods and balances."""
