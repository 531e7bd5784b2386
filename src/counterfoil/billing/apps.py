"""The billing station as a Django app."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "counterfoil.billing"
    label = "billing"

    def ready(self) -> None:
        from counterfoil.audit.registry import BinderPart, ContextPart, binder_files, binder_part, hashed_rows
        from counterfoil.billing import domain, selectors, services
        from counterfoil.decisions.domain import Act
        from counterfoil.decisions.registry import register_check

        register_check(Act.ENTER_INVOICE, domain.DOCUMENT)
        register_check(Act.CREDIT, services.CREDITABLE)
        hashed_rows(services.ISSUED, services.hashed_documents)
        binder_part(
            BinderPart(
                "documents",
                services.ISSUED,
                selectors.binder_documents,
                "Invoices and credit notes, each with the data it was issued with.",
                selectors.binder_reach,
            )
        )
        binder_part(ContextPart("series", selectors.binder_series, "The series of numbers, and where each begins."))
        binder_files("prints", selectors.binder_prints)
