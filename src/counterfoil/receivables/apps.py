"""The receivables station as a Django app."""

from django.apps import AppConfig


class ReceivablesConfig(AppConfig):
    name = "counterfoil.receivables"
    label = "receivables"

    def ready(self) -> None:
        from counterfoil.audit.registry import binder_part, hashed_rows
        from counterfoil.decisions.domain import Act
        from counterfoil.decisions.registry import register_check
        from counterfoil.receivables.services import hashing

        for kind, loader in hashing.LOADERS.items():
            hashed_rows(kind, loader)
        for part in hashing.BINDER_PARTS:
            binder_part(part)
        register_check(Act.RECEIVE, "allocation")
