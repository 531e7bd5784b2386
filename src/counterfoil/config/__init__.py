"""Django settings, URLs and the WSGI entry: how the doors are wired."""
