"""The contracts station as a Django app."""

from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "counterfoil.contracts"
    label = "contracts"

    def ready(self) -> None:
        from counterfoil.audit.registry import BinderPart, binder_part, hashed_rows
        from counterfoil.contracts import domain, selectors, services
        from counterfoil.decisions.domain import Act
        from counterfoil.decisions.registry import register_check

        register_check(Act.CLOSE_DEAL, domain.INVOICED_BEFORE)
        register_check(Act.BILL, domain.INSTALMENT)
        hashed_rows(services.SIGNED, services.hashed_contracts)
        agreed = "Contracts with their lines and instalments, as they were signed."
        binder_part(
            BinderPart("contracts", services.SIGNED, selectors.binder_contracts, agreed, selectors.binder_reach)
        )
