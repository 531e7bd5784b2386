"""Plumbing as a Django app: it installs the database fences after every migration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def _install_fences(sender: object, using: str, **_: object) -> None:
    from counterfoil.infra import fences

    fences.install(using)


class InfraConfig(AppConfig):
    name = "counterfoil.infra"
    label = "infra"

    def ready(self) -> None:
        post_migrate.connect(_install_fences, sender=self, dispatch_uid="counterfoil.fences")
