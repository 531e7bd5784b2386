"""The policies station as a Django app."""

from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "counterfoil.policies"
    label = "policies"

    def ready(self) -> None:
        from counterfoil.audit.registry import BinderPart, binder_part, hashed_rows
        from counterfoil.policies import services

        hashed_rows(services.PROPOSED, services.hashed_versions)
        hashed_rows(services.ACTED, services.hashed_acts)
        proposed = "Versions of business settings that were proposed, with what they hold."
        attached = {"content": "content_hash"}
        binder_part(BinderPart("policies", services.PROPOSED, services.binder_versions, proposed, attached=attached))
        binder_part(
            BinderPart("signatures", services.ACTED, services.binder_acts, "Who signed and activated which version.")
        )
