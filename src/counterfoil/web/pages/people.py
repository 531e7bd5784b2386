"""People and the tokens of other programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.people import selectors as people
from counterfoil.people.domain import BooksFacts, Role
from counterfoil.people.selectors import Person
from counterfoil.web import reader
from counterfoil.web.forms import Form
from counterfoil.web.pages.shell import role_name
from counterfoil.web.parts import Choice, Dot, Field, Pill, Tone


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Someone with access."""

    key: str
    name: str
    email: str
    role: str
    is_me: bool = False


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A key for another program. The secret itself is shown once, when it is made."""

    key: str
    name: str
    owner: str
    made_on: str
    state: Pill
    may_revoke: bool = False


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """People and tokens."""

    sentence: str
    people: tuple[PersonRow, ...]
    tokens: tuple[TokenRow, ...]
    person_fields: tuple[Field, ...]
    token_fields: tuple[Field, ...]
    roles: tuple[Choice, ...]
    secret: str = ""
    refused: int = 0


def people_page(books: BooksFacts, me: Person, person_form: Form, token_form: Form, secret: str = "") -> PeoplePage:
    """Fill the people with access and the tokens of other programs, with the two forms that add to them."""
    members = people.members(books.id)
    tokens = people.tokens()
    in_force = [token for token in tokens if not token.is_revoked]
    roles = tuple(Choice(role.value, role_name(role)) for role in Role)
    return PeoplePage(
        sentence=_("%(people)s, %(tokens)s in force.")
        % {
            "people": ngettext("%(n)s person", "%(n)s people", len(members)) % {"n": len(members)},
            "tokens": ngettext("%(n)s token", "%(n)s tokens", len(in_force)) % {"n": len(in_force)},
        },
        people=tuple(
            PersonRow(str(one.user_id), one.name, one.email, role_name(one.role), one.user_id == me.user_id)
            for one in members
        ),
        tokens=tuple(
            TokenRow(
                str(token.id),
                token.name,
                token.owner,
                reader.day(date.fromisoformat(token.made_at)),
                Pill(_("Revoked"), Tone.PLAIN, Dot.RING) if token.is_revoked else Pill(_("In force"), Tone.GOOD),
                may_revoke=not token.is_revoked,
            )
            for token in tokens
        ),
        person_fields=(
            person_form.field("name", _("Name"), autocomplete="off"),
            person_form.field("email", _("E-mail"), kind="email", autocomplete="off"),
            person_form.field("role", _("Role"), kind="select", choices=roles, value=Role.ACCOUNTANT.value),
            person_form.field(
                "password",
                _("First password"),
                kind="password",
                hint=_("Ten characters or more"),
                autocomplete="new-password",
            ),
        ),
        token_fields=(
            token_form.field(
                "token_name", _("What it is for"), hint=_("It may do what you may do."), autocomplete="off"
            ),
        ),
        roles=roles,
        secret=secret,
        refused=len(person_form.refusals) + len(token_form.refusals),
    )
