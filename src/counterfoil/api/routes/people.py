"""Who asks, who else may, and the tokens they hold."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from counterfoil.api import fields
from counterfoil.api.asking import Asked
from counterfoil.api.fields import In, Out, TokenNumber
from counterfoil.api.problems import NotFound
from counterfoil.api.routing import Routes
from counterfoil.people import selectors as people_reads
from counterfoil.people import services as people
from counterfoil.people.domain import MAY, Act, Role

routes = Routes("people")


class BooksOut(Out):
    """The books of a legal entity."""

    code: str
    name: str
    base_currency: str
    country: str
    time_zone: str


class MeOut(Out):
    """Whose token this is, with the role, what it may do, and the books."""

    email: str
    name: str
    role: str
    may: list[str]
    books: BooksOut


class LetterheadOut(Out):
    """What stands at the head of documents."""

    name: str
    address: str
    vat_id: str
    country: str


class LetterheadIn(In):
    """What is to change of it."""

    address: fields.Notes | None = None
    """Lines after the name."""
    vat_id: Annotated[str, fields.line(32)] | None = None
    """With the two letters of its country."""


class PersonOut(Out):
    """A person with a role in the books."""

    email: str
    name: str
    role: str


class PeopleOut(Out):
    """Everybody with a role in the books, by name."""

    people: list[PersonOut]


class PersonIn(In):
    """A new person."""

    email: Annotated[str, fields.coded("[!#-?A-~]{1,64}@[A-Za-z0-9.-]{1,189}", "ines@example.com")]
    name: Annotated[str, fields.named(120)]
    role: Literal["sales", "sales_ops", "accountant", "controller", "auditor", "admin"]
    password: Annotated[str, fields.named(200)] | None = None


class TokenOut(Out):
    """An API token. The secret itself is not kept."""

    number: str
    name: str
    owner: str
    made_on: str
    is_revoked: bool


class TokensOut(Out):
    """All API tokens, the newest first."""

    tokens: list[TokenOut]


class TokenIn(In):
    """A new token for a person."""

    email: Annotated[str, fields.named(254)]
    name: Annotated[str, fields.named(80)]


class IssuedOut(Out):
    """A new token. This is the one time that it can be read."""

    token: str


class RevokedOut(Out):
    """A token after it was revoked. `changed` is false where it was revoked already."""

    number: str
    changed: bool


@routes.get("/me", act=Act.READ_SALES)
def read_me(asked: Asked) -> MeOut:
    """Say whose token this is and what it may do."""
    person, books = asked.person, asked.books
    return MeOut(
        email=person.email,
        name=person.name,
        role=person.role.value,
        may=sorted(act.value for act in MAY[person.role]),
        books=BooksOut(
            code=books.code,
            name=books.name,
            base_currency=books.base_currency.code,
            country=books.country,
            time_zone=books.time_zone,
        ),
    )


@routes.get("/letterhead", act=Act.READ_BOOKS)
def read_letterhead(asked: Asked) -> LetterheadOut:
    """Read what stands at the head of documents."""
    return LetterheadOut(**asdict(people_reads.books_letterhead(asked.books.id)))


@routes.patch("/letterhead", act=Act.ADMINISTER)
def change_letterhead(asked: Asked, body: LetterheadIn) -> LetterheadOut:
    """Change address or VAT number of the books; documents that were issued keep what they say."""
    people.change_letterhead(books_id=asked.books.id, address=body.address, vat_id=body.vat_id, actor=asked.actor)
    return read_letterhead(asked)


@routes.get("/people", act=Act.ADMINISTER)
def list_people(asked: Asked) -> PeopleOut:
    """List everybody with a role in the books."""
    return PeopleOut(
        people=[
            PersonOut(email=person.email, name=person.name, role=person.role.value)
            for person in people_reads.members(asked.books.id)
        ]
    )


@routes.post("/people", act=Act.ADMINISTER)
def add_person(asked: Asked, body: PersonIn) -> PersonOut:
    """Add a person with a role in the books. Without a password nobody can sign in as them; tokens work."""
    if body.password is not None:
        people.check_password(body.password, email=body.email)
    people.add_user(
        email=body.email,
        name=body.name,
        role=Role(body.role),
        books_id=asked.books.id,
        password=body.password,
        actor=asked.actor,
    )
    return PersonOut(email=body.email.lower(), name=body.name, role=body.role)


@routes.get("/tokens", act=Act.ADMINISTER)
def list_tokens(asked: Asked) -> TokensOut:
    """List all API tokens, the newest first."""
    return TokensOut(
        tokens=[
            TokenOut(
                number=f"T-{line.id}",
                name=line.name,
                owner=line.owner,
                made_on=line.made_at,
                is_revoked=line.is_revoked,
            )
            for line in people_reads.tokens()
        ]
    )


@routes.post("/tokens", act=Act.ADMINISTER, is_kept=False)
def issue_token(asked: Asked, body: TokenIn) -> IssuedOut:
    """Issue a token to a person.

    It carries the person's role. The answer is the one time that it can be read, so it is not kept for a repetition.
    """
    user = people_reads.user_by_email(body.email)
    if user is None:
        raise people.UnknownUser(field="email", email=body.email)
    return IssuedOut(token=people.issue_token(user_id=user.pk, name=body.name, actor=asked.actor))


@routes.delete("/tokens/{number}", act=Act.ADMINISTER)
def revoke_token(asked: Asked, number: TokenNumber) -> RevokedOut:
    """Revoke a token; it stops working at once."""
    if not any(line.id == number for line in people_reads.tokens()):
        raise NotFound(what="token", name=f"T-{number}")
    return RevokedOut(number=f"T-{number}", changed=people.revoke_token(token_id=number, actor=asked.actor))
