"""The policies station as a Django app."""

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "counterfoil.policies"
    label = "policies"

    def ready(self) -> None:
        from counterfoil.audit.registry import hashed_rows
        from counterfoil.policies import services

        hashed_rows(services.PROPOSED, services.hashed_versions)
        hashed_rows(services.ACTED, services.hashed_acts)
