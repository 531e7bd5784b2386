"""Autonomy: how far each kind of decision may go by itself, on which evidence, and who said so."""
