"""The watch as a Django app."""

from django.apps import AppConfig


class AnomaliesConfig(AppConfig):
    name = "counterfoil.anomalies"
    label = "anomalies"

    def ready(self) -> None:
        from counterfoil.anomalies.facts import CHECK
        from counterfoil.decisions.domain import Act
        from counterfoil.decisions.registry import register_check

        for act in (Act.CLOSE_DEAL, Act.BILL, Act.ENTER_INVOICE, Act.RECEIVE):
            register_check(act, CHECK)
