"""Migrations and models say the same, on both engines."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection

from counterfoil.infra import fences


def test_django_finds_nothing_to_say_about_the_house() -> None:
    call_command("check", fail_level="WARNING")


@pytest.mark.database
def test_the_migrations_make_the_models() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.database
def test_every_fence_stands_after_migrating_from_empty() -> None:
    assert fences.missing() == []
    assert fences.present() == {fence.name for fence in fences.wanted(connection.vendor)}
