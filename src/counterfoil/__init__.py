"""Counterfoil: the bridge from the front office to the back office, and back."""

__version__ = "0.1.0"
