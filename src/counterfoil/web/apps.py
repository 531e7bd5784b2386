from django.apps import AppConfig


class WebConfig(AppConfig):
    """The web door. It has no tables."""

    name = "counterfoil.web"
    label = "web"
    verbose_name = "Web"
