"""The people station as a Django app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "counterfoil.people"
    label = "people"
