"""The hash-chained record of every business act."""
