"""The decisions station as a Django app."""

from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "counterfoil.decisions"
    label = "decisions"

    def ready(self) -> None:
        from counterfoil.audit.registry import hashed_rows
        from counterfoil.decisions import services

        hashed_rows("decisions.decided", services.hashed_items)
