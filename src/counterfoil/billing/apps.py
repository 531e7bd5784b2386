"""The billing station as a Django app."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "counterfoil.billing"
    label = "billing"

    def ready(self) -> None:
        from counterfoil.audit.registry import hashed_rows
        from counterfoil.billing import domain, services
        from counterfoil.decisions.domain import Act
        from counterfoil.decisions.registry import register_check

        register_check(Act.ENTER_INVOICE, domain.DOCUMENT)
        register_check(Act.CREDIT, services.CREDITABLE)
        hashed_rows(services.ISSUED, services.hashed_documents)
