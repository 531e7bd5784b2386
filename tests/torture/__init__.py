"""Writers that are killed, writers that race, and both engines held against each other."""
