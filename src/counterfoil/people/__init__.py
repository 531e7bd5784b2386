"""Organisation, books, users and their roles."""
