"""The revenue station as a Django app."""

from django.apps import AppConfig


class RevenueConfig(AppConfig):
    name = "counterfoil.revenue"
    label = "revenue"

    def ready(self) -> None:
        from counterfoil.audit.registry import hashed_rows
        from counterfoil.decisions.domain import Act
        from counterfoil.decisions.registry import register_check
        from counterfoil.revenue import domain, services

        register_check(Act.RELEASE, domain.SCHEDULE)
        hashed_rows(services.SCHEDULED, services.hashed_schedules)
