"""The customers in full: addresses, numbers, and the people who work there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Final

from counterfoil.demo.domain import company, identifiers
from counterfoil.demo.domain.calendar import Story
from counterfoil.demo.domain.cast import CAST, Character

TWENTIETHS: Final = 20
_STREETS: Final = {
    "NL": ("Havenstraat", "Stationsweg", "Molenkade", "Parallelweg", "Lindelaan", "Industrieweg", "Dijkstraat"),
    "DE": ("Hafenstrasse", "Lindenweg", "Am Wasserturm", "Bahnhofstrasse"),
    "BE": ("Kaaistraat", "Rue des Tanneurs", "Dokweg"),
    "GB": ("Wharf Road", "Mill Lane", "Foundry Street"),
    "NO": ("Sjogata", "Bryggeveien"),
    "US": ("Alder Street", "Mill Race Road"),
}
_POSTAL: Final = {"NL": "#### @@", "DE": "#####", "BE": "####", "GB": "@@# #@@", "NO": "####", "US": "#####"}
_FIRST: Final = {
    "NL": ("Aoife", "Maud", "Sander", "Femke", "Ruben", "Yasmin", "Thijs", "Ilse", "Karim", "Hanneke", "Joris"),
    "DE": ("Karin", "Matthias", "Svenja", "Olaf"),
    "BE": ("Pieter", "Amelie", "Wouter"),
    "GB": ("Fiona", "Gareth", "Priya"),
    "NO": ("Ingrid", "Sindre"),
    "US": ("Denise", "Marcus"),
}
_LAST: Final = {
    "NL": ("Byrne", "Terpstra", "Kuiper", "Bakels", "van Rhijn", "Aydin", "Hoving", "Brouns", "Meerdink", "Slot"),
    "DE": ("Holt", "Brandauer", "Petersen", "Wiegand"),
    "BE": ("Claessens", "Lambrecht", "Dumont"),
    "GB": ("Sinclair", "Ashworth", "Nair"),
    "NO": ("Solheim", "Aune"),
    "US": ("Whitcomb", "Ortega"),
}
_DIALLING: Final = {"NL": "+31 10", "DE": "+49 40", "BE": "+32 3", "GB": "+44 113", "NO": "+47 55", "US": "+1 503"}


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who works at a customer."""

    external_id: str
    first_name: str
    last_name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the story. `payer` is the name under which its bank announces it."""

    external_id: str
    character: Character
    street: str
    postal_code: str
    vat_id: str
    iban: str
    email: str
    contacts: tuple[Contact, ...]
    joined: date
    seller: str

    @property
    def name(self) -> str:
        """The name it goes by."""
        return self.character.name

    @property
    def payer(self) -> str:
        """Its name as banks print it."""
        return self.name.upper()


def customers(story: Story, seed: int) -> tuple[Customer, ...]:
    """Return every customer, in the order of the cast; the same seed gives the same ones."""
    return tuple([_customer(number, character, story, seed) for number, character in enumerate(CAST, 101)])


def duplicates(known: Sequence[Customer]) -> tuple[Customer, ...]:
    """Return a few customers as the CRM holds them a second time: another id, another spelling, the same people."""
    by_name = {one.name: one for one in known}
    found = []
    for number, (name, spelling) in enumerate(_TWICE, 201):
        one = by_name[name]
        people = tuple(
            [replace(person, external_id=f"P-{number}{place}") for place, person in enumerate(one.contacts, 1)]
        )
        character = replace(one.character, name=spelling)
        found.append(replace(one, external_id=f"A-{number}", character=character, contacts=people))
    return tuple(found)


_TWICE: Final = (
    ("Dunmore Freight BV", "Dunmore Freight B.V."),
    ("Harbourlight Housing", "Harbour Light Housing"),
    ("Elbe Pharma GmbH", "ELBE PHARMA"),
)
"""What the CRM holds twice, and how it spells it the second time."""


def _customer(number: int, character: Character, story: Story, seed: int) -> Customer:
    rng = Random(f"{seed}/customer/{number}")
    country = character.country
    slug = "".join(sign for sign in character.name.split()[0].lower() if sign.isascii() and sign.isalnum())
    domain = f"{slug}-{number}.example"
    people = [_contact(number, place, country, domain, rng) for place in range(1, rng.choice((2, 2, 3)))]
    return Customer(
        external_id=f"A-{number}",
        character=character,
        street=f"{rng.choice(_STREETS[country])} {rng.randrange(2, 190)}",
        postal_code=_filled(_POSTAL[country], rng),
        vat_id=identifiers.vat_id(country, rng),
        iban=identifiers.iban(country, company.BANK_CODE, rng),
        email=f"accounts@{domain}",
        contacts=tuple(people),
        joined=story.month(character.joins * story.months // TWENTIETHS).start,
        seller=rng.choice(company.SELLERS).email,
    )


def _contact(number: int, place: int, country: str, domain: str, rng: Random) -> Contact:
    first, last = rng.choice(_FIRST[country]), rng.choice(_LAST[country])
    return Contact(
        external_id=f"P-{number}{place}",
        first_name=first,
        last_name=last,
        email=f"{first}.{last}".lower().replace(" ", "") + f"@{domain}",
        phone=f"{_DIALLING[country]} 555 {rng.randrange(1000, 9999)}",
    )


def _filled(form: str, rng: Random) -> str:
    letters = "ABCDEGHJKLMNPRSTVWXZ"
    return "".join(
        str(rng.randrange(1, 10)) if sign == "#" else rng.choice(letters) if sign == "@" else sign for sign in form
    )
