"""The decisions station as a Django app."""

from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "counterfoil.decisions"
    label = "decisions"

    def ready(self) -> None:
        from counterfoil.audit.registry import BinderPart, binder_part, hashed_rows
        from counterfoil.decisions import selectors, services

        hashed_rows("decisions.decided", services.hashed_items)
        binder_part(
            BinderPart(
                "decisions",
                "decisions.decided",
                selectors.binder_items,
                "What was decided automatically: inputs as seen, outcome, reason, effects.",
                attached={"inputs": "inputs_hash"},
            )
        )
        hashed_rows("decisions.consulted", services.hashed_consulted)
