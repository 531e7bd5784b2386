"""The autonomy station as a Django app."""

from django.apps import AppConfig


class AutonomyConfig(AppConfig):
    name = "counterfoil.autonomy"
    label = "autonomy"

    def ready(self) -> None:
        from counterfoil.audit.registry import hashed_rows
        from counterfoil.autonomy import services

        hashed_rows(services.OBSERVED, services.hashed_verdicts)
        hashed_rows(services.ANSWERED, services.hashed_answers)
