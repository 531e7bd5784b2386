"""The rules of receivables: statements, references, exact matching, settlements, aging. Pure values and functions."""
