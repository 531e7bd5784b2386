"""The ledger station as a Django app."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "counterfoil.ledger"
    label = "ledger"

    def ready(self) -> None:
        from counterfoil.audit.registry import BinderPart, ContextPart, binder_part, hashed_rows
        from counterfoil.decisions.domain import Act
        from counterfoil.decisions.registry import register_check
        from counterfoil.ledger import selectors, services

        hashed_rows("ledger.posted", services.hashed_entries)
        register_check(Act.POST, "journal")
        register_check(Act.REVERSE, "reversible")
        binder_part(
            BinderPart(
                "entries",
                "ledger.posted",
                selectors.binder_entries,
                "Journal entries with their postings: account, currency, amount, base amount, customer, contract.",
                selectors.binder_reach,
            )
        )
        binder_part(ContextPart("accounts", selectors.binder_accounts, "The chart, and what stood before the period."))
