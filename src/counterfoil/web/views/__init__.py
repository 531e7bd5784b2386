"""Views: parse, authorise, one call, render."""
