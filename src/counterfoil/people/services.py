"""Founding the organisation, adding people, issuing tokens."""

from __future__ import annotations

import hashlib
import zoneinfo

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.infra import world
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Refused
from counterfoil.people.domain import BooksFacts, Role
from counterfoil.people.models import ApiToken, Books, Membership, Organisation, User
from counterfoil.people.selectors import books_facts


class AlreadyFounded(Refused):
    """The installation has its organisation already."""

    code = "already_founded"


class UnknownTimeZone(Refused):
    """Not a time zone of the IANA database."""

    code = "unknown_time_zone"


class UserExists(Refused):
    """Somebody signs in with this e-mail address already."""

    code = "user_exists"


@transaction.atomic
def found_organisation(
    *, name: str, base_currency: str, country: str, time_zone: str, actor: Actor, address: str = "", vat_id: str = ""
) -> BooksFacts:
    """Open the organisation with its first own books.

    Raises:
        AlreadyFounded: it exists. UnknownCurrency, UnknownTimeZone: not in ISO 4217, not in the IANA database.
    """
    if Organisation.objects.exists():
        raise AlreadyFounded
    base = currency(base_currency)
    if time_zone not in zoneinfo.available_timezones():
        raise UnknownTimeZone(field="time_zone", time_zone=time_zone)
    organisation = Organisation.objects.create(name=name)
    books = Books.objects.create(
        organisation=organisation,
        code="main",
        name=name,
        base_currency=base.code,
        country=country,
        time_zone=time_zone,
        address=address,
        vat_id=vat_id,
    )
    audit.record(
        kind="people.founded",
        actor=actor,
        subject=f"books:{books.pk}",
        body={"name": name, "base_currency": base.code, "country": country, "time_zone": time_zone},
        at=world.now(),
        books_id=books.pk,
    )
    return books_facts(books.pk)


@transaction.atomic
def change_letterhead(*, books_id: int, address: str | None = None, vat_id: str | None = None, actor: Actor) -> None:
    """Change what stands at the head of documents from now on; None leaves a thing as it is."""
    changes = {name: value for name, value in (("address", address), ("vat_id", vat_id)) if value is not None}
    if not changes:
        return
    Books.objects.filter(id=books_id).update(**changes)
    audit.record(
        kind="people.letterhead_changed",
        actor=actor,
        subject=f"books:{books_id}",
        body=dict(changes),
        at=world.now(),
        books_id=books_id,
    )


@transaction.atomic
def add_user(*, email: str, name: str, role: Role, books_id: int, password: str | None, actor: Actor) -> int:
    """Add a person with a role in some books and return the user's id. Without a password nobody can sign in as them.

    Raises:
        UserExists: the e-mail address is taken.
    """
    if User.objects.filter(email=email.lower()).exists():
        raise UserExists(field="email")
    user = User(email=email.lower(), name=name)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise UserExists(field="email") from None
    Membership.objects.create(books_id=books_id, user=user, role=role.value)
    audit.record(
        kind="people.user_added",
        actor=actor,
        subject=f"user:{user.pk}",
        body={"role": role.value} | audit.personal_macs(f"user:{user.pk}", {"email": email, "name": name}),
        at=world.now(),
        books_id=books_id,
    )
    return user.pk


class UnknownUser(Refused):
    """Nobody signs in with this e-mail address."""

    code = "unknown_user"


class WeakPassword(Refused):
    """The password is too easy to guess."""

    code = "weak_password"


def check_password(password: str, *, email: str) -> None:
    """Refuse a password that is too easy to guess.

    Raises:
        WeakPassword: with the reasons.
    """
    try:
        validate_password(password, User(email=email))
    except ValidationError as error:
        raise WeakPassword(field="password", reasons=" ".join(error.messages)) from None


@transaction.atomic
def issue_token(*, user_id: int, name: str, actor: Actor) -> str:
    """Issue an API token and return it; only its hash is kept, so this is the one time it can be read."""
    secret = f"cf_{world.token(24)}"
    row = ApiToken.objects.create(
        user_id=user_id, name=name, hash=hashlib.sha256(secret.encode("ascii")).hexdigest(), made_at=world.now()
    )
    audit.record(
        kind="people.token_issued", actor=actor, subject=f"token:{row.pk}", body={"name": name}, at=world.now()
    )
    return secret


@transaction.atomic
def revoke_token(*, token_id: int, actor: Actor) -> bool:
    """Revoke an API token; revoking it again changes nothing. Returns whether it was in force."""
    now = world.now()
    changed = ApiToken.objects.filter(id=token_id, revoked_at=None).update(revoked_at=now)
    if changed:
        audit.record(kind="people.token_revoked", actor=actor, subject=f"token:{token_id}", body={}, at=now)
    return bool(changed)
