"""The revenue station as a Django app."""

from django.apps import AppConfig


class RevenueConfig(AppConfig):
    name = "counterfoil.revenue"
    label = "revenue"

    def ready(self) -> None:
        from counterfoil.audit.registry import BinderPart, ContextPart, binder_part, hashed_rows
        from counterfoil.decisions.domain import Act
        from counterfoil.decisions.registry import register_check
        from counterfoil.revenue import domain, selectors, services

        register_check(Act.RELEASE, domain.SCHEDULE)
        hashed_rows(services.SCHEDULED, services.hashed_schedules)
        promised = "What each invoiced line promises, and over which days it is earned."
        columns = (
            "form", "source", "contract", "customer", "currency", "amount_minor", "base_minor", "recognition",
            "earned_from", "earned_until",
        )  # fmt: skip
        binder_part(
            BinderPart(
                "schedules", services.SCHEDULED, selectors.binder_schedules, promised, columns=columns, joined=True
            )
        )
        released = "What was released of them with each entry of this month."
        binder_part(ContextPart("releases", selectors.binder_releases, released))
