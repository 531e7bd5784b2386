"""The flows as a Django app: they have no tables, and register the kinds of decision when everything is ready."""

from django.apps import AppConfig


class FlowsConfig(AppConfig):
    name = "counterfoil.flows"
    label = "flows"

    def ready(self) -> None:
        from counterfoil.flows import decision_types

        decision_types.register_all()
