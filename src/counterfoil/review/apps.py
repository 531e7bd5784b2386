"""The review station as a Django app."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "counterfoil.review"
    label = "review"

    def ready(self) -> None:
        from counterfoil.audit.registry import BinderPart, binder_part, hashed_rows
        from counterfoil.review import services

        hashed_rows(services.RECORDED, services.hashed_steps)
        binder_part(
            BinderPart("reviews", services.RECORDED, services.binder_steps, "What people approved, answered and said.")
        )
