"""The ledger station as a Django app."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "counterfoil.ledger"
    label = "ledger"

    def ready(self) -> None:
        from counterfoil.audit.registry import hashed_rows
        from counterfoil.decisions.domain import Act
        from counterfoil.decisions.registry import register_check
        from counterfoil.ledger import services

        hashed_rows("ledger.posted", services.hashed_entries)
        register_check(Act.POST, "journal")
        register_check(Act.REVERSE, "reversible")
