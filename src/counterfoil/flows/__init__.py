"""Flows: the sentences that cross stations. Doors call them for everything that writes money."""
