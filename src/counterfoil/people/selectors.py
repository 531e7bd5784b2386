"""Reading people and books."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.db import connection

from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Refused
from counterfoil.people.domain import Act, BooksFacts, Role, may
from counterfoil.people.models import ApiToken, Books, Membership, Organisation, User


class NoBooks(Refused):
    """The installation has no books yet."""

    code = "no_books"


@dataclass(frozen=True, slots=True)
class Person:
    """A user with the role held in the books at hand."""

    user_id: int
    email: str
    name: str
    role: Role
    books: BooksFacts

    def may(self, act: Act) -> bool:
        """Tell whether this person may ask for an act."""
        return may(self.role, act)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who issues documents: name, address in lines, VAT number, country."""

    name: str
    address: str
    vat_id: str
    country: str


@dataclass(frozen=True, slots=True)
class TokenLine:
    """An API token as its owner sees it; the secret itself is never kept."""

    id: int
    name: str
    owner: str
    made_at: str
    is_revoked: bool


_BOOKS_ROWS = "SELECT id, code, name, kind, base_currency, country, time_zone FROM people_books"
_BOOKS = f"{_BOOKS_ROWS} WHERE id = %s"
_FIRST_BOOKS = f"{_BOOKS_ROWS} ORDER BY id LIMIT 1"


def _facts(books: Books) -> BooksFacts:
    return BooksFacts(
        books.pk, books.code, books.name, books.kind, currency(books.base_currency), books.country, books.time_zone
    )


def is_founded() -> bool:
    """Tell whether the installation has its organisation."""
    return Organisation.objects.exists()


def all_books() -> list[BooksFacts]:
    """Return all books in the order they were opened."""
    return [_facts(books) for books in Books.objects.order_by("id")]


def books_facts(books_id: int | None = None) -> BooksFacts:
    """Return some books, or the first.

    Raises:
        NoBooks: there are none.
    """
    with connection.cursor() as cursor:  # Asked for by nearly every service: putting the query together costs more.
        cursor.execute(_FIRST_BOOKS if books_id is None else _BOOKS, [] if books_id is None else [books_id])
        row = cursor.fetchone()
    if row is None:
        raise NoBooks
    id_, code, name, kind, base, country, time_zone = row
    return BooksFacts(id_, code, name, kind, currency(base), country, time_zone)


def books_letterhead(books_id: int) -> Letterhead:
    """Return what stands at the head of the books' documents."""
    return Letterhead(*Books.objects.values_list("name", "address", "vat_id", "country").get(id=books_id))


def person(user_id: int, books_id: int | None = None) -> Person | None:
    """Return a user with the role held in some books (the first where the user has one), or None."""
    rows = Membership.objects.filter(user_id=user_id, user__is_active=True).select_related("user", "books")
    if books_id is not None:
        rows = rows.filter(books_id=books_id)
    row = rows.order_by("books_id").first()
    if row is None:
        return None
    return Person(row.user_id, row.user.email, row.user.name, Role(row.role), _facts(row.books))


def person_of_token(token: str) -> Person | None:
    """Return whose API token this is, or None for an unknown or revoked one."""
    hash_ = hashlib.sha256(token.encode("utf-8")).hexdigest()
    user_id = ApiToken.objects.filter(hash=hash_, revoked_at=None).values_list("user_id", flat=True).first()
    return person(user_id) if user_id is not None else None


def members(books_id: int) -> list[Person]:
    """Return everybody with a role in some books, by name."""
    rows = Membership.objects.filter(books_id=books_id).select_related("user", "books").order_by("user__name")
    return [Person(row.user_id, row.user.email, row.user.name, Role(row.role), _facts(row.books)) for row in rows]


def user_by_email(email: str) -> User | None:
    """Return the user with an e-mail address, or None."""
    return User.objects.filter(email__iexact=email).first()


def tokens() -> list[TokenLine]:
    """Return all API tokens, newest first."""
    return [
        TokenLine(row.pk, row.name, row.user.email, row.made_at.date().isoformat(), row.revoked_at is not None)
        for row in ApiToken.objects.select_related("user").order_by("-id")
    ]
