"""Opening a company: organisation, books, chart, tax rates."""

from __future__ import annotations

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.billing import services as billing
from counterfoil.infra import world
from counterfoil.ledger import services as ledger
from counterfoil.people import services as people
from counterfoil.people.domain import BooksFacts, Role


@transaction.atomic
def found_company(
    *, name: str, base_currency: str, country: str, time_zone: str, actor: Actor, address: str = "", vat_id: str = ""
) -> BooksFacts:
    """Open the organisation with its first own books, the standard chart and its country's tax rates.

    Raises:
        AlreadyFounded, UnknownCurrency, UnknownTimeZone.
    """
    at = world.now()
    books = people.found_organisation(
        name=name,
        base_currency=base_currency,
        country=country,
        time_zone=time_zone,
        actor=actor,
        address=address,
        vat_id=vat_id,
    )
    ledger.open_chart(books_id=books.id, actor=actor, at=at)
    billing.open_tax_rates(books_id=books.id, country=country, actor=actor, at=at)
    return books


@transaction.atomic
def found_company_with_administrator(
    *, name: str, base_currency: str, country: str, time_zone: str, email: str, password: str, actor: Actor
) -> int:
    """Open a company and its first person, who administers it; returns the user's id.

    Raises:
        WeakPassword: before anything is stored. Otherwise as `found_company`.
    """
    people.check_password(password, email=email)
    books = found_company(name=name, base_currency=base_currency, country=country, time_zone=time_zone, actor=actor)
    return people.add_user(
        email=email, name=email.split("@")[0], role=Role.ADMIN, books_id=books.id, password=password, actor=actor
    )
