"""The CRM station as a Django app."""

from django.apps import AppConfig


class CrmConfig(AppConfig):
    name = "counterfoil.crm"
    label = "crm"
