"""The door: signing in, and the five fields of the first run."""

from __future__ import annotations

from dataclasses import dataclass

from babel.core import get_global
from django.utils.translation import gettext as _

from counterfoil.infra import home
from counterfoil.people import selectors as people
from counterfoil.people.domain import Role
from counterfoil.web.forms import Form
from counterfoil.web.pages.shell import role_name
from counterfoil.web.parts import Field, Said


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A person of the demo company, to become with one click."""

    key: str
    name: str
    role: str
    note: str


@dataclass(frozen=True, slots=True)
class SignInPage:
    """Sign-in by password, and by one click in a demo home only."""

    people: tuple[DemoPerson, ...]
    company: str
    fields: tuple[Field, ...]
    next: str
    refusal: Said | None = None


@dataclass(frozen=True, slots=True)
class SetUpPage:
    """First run."""

    fields: tuple[Field, ...]
    refused: int = 0


def sign_in_page(form: Form, next_url: str, refusal: Said | None = None) -> SignInPage:
    """Fill the sign-in page; the people to become are there in a demo home only."""
    books = people.books_facts()
    return SignInPage(
        people=demo_people(books.id) if home.is_demo() else (),
        company=books.name,
        fields=(
            form.field("email", _("E-mail"), kind="email", autocomplete="username"),
            form.field("password", _("Password"), kind="password", autocomplete="current-password"),
        ),
        next=next_url,
        refusal=refusal,
    )


def demo_people(books_id: int) -> tuple[DemoPerson, ...]:
    """Return the people of the demo company, in the order in which money meets them."""
    notes = {
        Role.SALES: _("Deals, and what finance needs for them"),
        Role.SALES_OPS: _("Imports, names to confirm, held deals"),
        Role.ACCOUNTANT: _("Invoices, bank matching"),
        Role.CONTROLLER: _("Reports, periods, what was done without you"),
        Role.AUDITOR: _("Trail and verification. Read only"),
        Role.ADMIN: _("People, tokens, everything else"),
    }
    order = list(notes)
    found = sorted(people.members(books_id), key=lambda person: order.index(person.role))
    return tuple(
        DemoPerson(str(person.user_id), person.name, role_name(person.role), notes[person.role]) for person in found
    )


def country_of_zone() -> dict[str, str]:
    """Return the country of each time zone that lies in one, by the zone's name (CLDR)."""
    return dict(get_global("zone_territories"))


def set_up_page(form: Form) -> SetUpPage:
    """Fill the page of the first run."""
    return SetUpPage(
        (
            form.field("name", _("Organisation"), autocomplete="organization"),
            form.field(
                "currency", _("Base currency"), value="EUR", hint=_("ISO code. It stays once something is posted.")
            ),
            form.field(
                "time_zone",
                _("Time zone"),
                value="Europe/Berlin",
                hint=_("As Europe/Berlin; it decides the accounting day, and its country the tax rates."),
                suggestions=sorted(country_of_zone()),
            ),
            form.field("email", _("Your e-mail"), kind="email", autocomplete="username"),
            form.field(
                "password",
                _("Password"),
                kind="password",
                hint=_("Ten characters or more"),
                autocomplete="new-password",
            ),
        ),
        len(form.refusals),
    )
