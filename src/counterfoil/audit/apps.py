"""The audit station as a Django app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "counterfoil.audit"
    label = "audit"
