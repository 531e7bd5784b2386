"""The review queue: what waits for a person, what was approved, and what people said about it."""
