"""Living through the story: every step by the flow that a person, a file or the system would use."""
