"""Counterfoils: what was decided automatically, on which facts, by which rule, and with what effect."""
