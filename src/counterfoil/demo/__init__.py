"""The demo company: invented from a seed, and filled through the flows that a person or a connector uses."""
