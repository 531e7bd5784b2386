"""The standards station as a Django app."""

from django.apps import AppConfig


class StandardsConfig(AppConfig):
    name = "counterfoil.standards"
    label = "standards"

    def ready(self) -> None:
        from counterfoil.audit.registry import BinderPart, binder_part, hashed_rows
        from counterfoil.decisions.domain import Act
        from counterfoil.decisions.registry import register_check
        from counterfoil.standards import services

        register_check(Act.CLOSE_DEAL, "standards")
        hashed_rows("standards.deals_recorded", services.hashed_deals)
        hashed_rows(services.AUDITED, services.hashed_audits)
        hashed_rows(services.SIGNED_OFF, services.hashed_sign_offs)
        passed = "Won deals that passed the standards, each as its opportunity was at that moment."
        binder_part(BinderPart("deals", "standards.deals_recorded", services.binder_deals, passed))
