"""The customers as characters: what they buy, on which terms, and how they pay. All of them are invented."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Pays(StrEnum):
    """How a customer pays; each is a habit that a person at the bank page comes to know."""

    PROMPT = "prompt"
    """On the due day or a little before."""
    EARLY = "early"
    """Within ten days, less the discount."""
    FRIDAYS = "fridays"
    """A week late, in the Friday run, and always."""
    SLOW = "slow"
    """Two to four weeks late."""
    ERRATIC = "erratic"
    """Early, late, nobody knows."""
    DETERIORATING = "deteriorating"
    """Prompt at first, later and later, then hardly at all."""
    SHORT = "short"
    """Deducts the bank's charge."""
    TOGETHER = "together"
    """All that is due in a month by one transfer."""
    ROUND = "round"
    """Rounded up to whole tens, so that a little too much comes."""
    WORDLESS = "wordless"
    """Without naming an invoice."""
    NEVER = "never"
    """Stopped paying."""


class Buys(StrEnum):
    """What a customer buys, mostly."""

    YEARLY = "yearly"
    QUARTERLY = "quarterly"
    MONTHLY = "monthly"
    HARDWARE = "hardware"
    PROJECTS = "projects"


@dataclass(frozen=True, slots=True)
class Character:
    """A customer as written.

    Args:
        size: how many buildings are metered; amounts follow from it.
        joins: when the customer comes, in twentieths of the story.
    """

    name: str
    country: str
    city: str
    terms: str
    pays: Pays
    buys: Buys
    size: int
    joins: int
    currency: str = "EUR"
    is_po_required: bool = False
    is_blocked: bool = False

    @property
    def is_abroad(self) -> bool:
        """Whether the Dutch price list with VAT does not fit."""
        return self.country != "NL"


_WRITTEN: Final = """
Kestrel Logistics BV         | NL | Utrecht       | Net 30      | fridays       | monthly   | 18 | 0
Northgate Schools            | NL | Arnhem        | Net 30      | prompt        | yearly    | 14 | 0  | po
Dunmore Freight BV           | NL | Breda         | Net 30      | together      | monthly   | 16 | 0
Meridian Optics NV           | NL | Eindhoven     | Net 45      | erratic       | quarterly | 12 | 1
Harbourlight Housing         | NL | Den Haag      | Net 30      | prompt        | monthly   | 34 | 0  | po
Ivybridge Clinics            | NL | Nijmegen      | Net 30      | slow          | quarterly | 15 | 1
Bluepeak Software BV         | NL | Amsterdam     | Net 30      | prompt        | yearly    | 6  | 2
Orchard Dairy Coop           | NL | Leeuwarden    | EOM         | together      | hardware  | 9  | 2
Greyfriars Press BV          | NL | Haarlem       | Net 30      | short         | quarterly | 5  | 3
Lindenhof Hotels             | NL | Maastricht    | Net 30      | deteriorating | monthly   | 17 | 1
Saltmarsh Growers            | NL | Middelburg    | Net 60      | slow          | hardware  | 11 | 2
Zuiderpoort Vastgoed BV      | NL | Rotterdam     | Net 30      | prompt        | monthly   | 28 | 3
Polderzicht Wonen            | NL | Almere        | Net 30      | fridays       | monthly   | 41 | 4
Brugwacht Beheer BV          | NL | Zwolle        | Net 14      | prompt        | quarterly | 10 | 4
Waterlelie Zorggroep         | NL | Apeldoorn     | Net 30      | prompt        | yearly    | 22 | 5  | po
Stationskwartier VvE         | NL | Tilburg       | Net 14      | wordless      | yearly    | 4  | 5
Oosterveld Campus            | NL | Groningen     | Net 30      | fridays       | quarterly | 19 | 6
De Vuurtoren Leisure BV      | NL | Den Helder    | Net 30      | never         | monthly   | 7  | 4
Kwakersdijk Bakeries BV      | NL | Gouda         | Net 14      | prompt        | hardware  | 6  | 6
Hollandse Koel Opslag BV     | NL | Venlo         | Net 30      | round         | hardware  | 10 | 3
Molenberg Papier NV          | NL | Apeldoorn     | Net 45      | erratic       | quarterly | 13 | 7
Getijde Sportcentra          | NL | Vlissingen    | Net 30      | slow          | monthly   | 12 | 8
Parelhoen Retail BV          | NL | Amersfoort    | Net 30      | prompt        | yearly    | 9  | 8
Noordkade Ateliers           | NL | Amsterdam     | Net 14      | wordless      | projects  | 3  | 9
Veenland Gemeentewerken      | NL | Assen         | Net 30      | prompt        | projects  | 20 | 6  | po
Rijnstroom Verhuur BV        | NL | Wageningen    | Net 30      | fridays       | yearly    | 8  | 10
Tulpenburg Hospitality       | NL | Lisse         | EOM         | erratic       | monthly   | 11 | 10
Drie Sluizen Onderwijs       | NL | Delft         | Net 30      | prompt        | quarterly | 16 | 11 | po
Blauwe Reiger Wonen          | NL | Zaandam       | Net 30      | together      | quarterly | 24 | 9
Steenuil Logistiek BV        | NL | Tiel          | Net 30      | prompt        | hardware  | 8  | 12
Elbe Pharma GmbH             | DE | Hamburg       | 2/10 Net 30 | early         | quarterly | 14 | 3
Rheinufer Immobilien GmbH    | DE | Duisburg      | Net 30      | prompt        | yearly    | 26 | 5
Eifelquell Getraenke GmbH    | DE | Bitburg       | Net 45      | slow          | hardware  | 9  | 9
Scheldt Terminals NV         | BE | Antwerpen     | Net 30 EOM  | fridays       | quarterly | 18 | 4
Ardenne Thermes SA           | BE | Liege         | Net 30      | erratic       | projects  | 6  | 11
Fjord Energy AS              | NO | Bergen        | Net 30      | prompt        | yearly    | 15 | 7
Harrow & Lisle Ltd           | GB | Leeds         | Net 30      | prompt        | quarterly | 8  | 6  | GBP
Alder Creek Utilities Inc    | US | Portland      | Net 45      | prompt        | yearly    | 12 | 8  | USD
Orkney Ferries Ltd           | GB | Kirkwall      | Net 30      | slow          | hardware  | 5  | 10 | GBP
Zonnehoek Coop               | NL | Lelystad      | Net 30      | prompt        | monthly   | 15 | 13
Vlietstroom Chalets          | NL | Leiden        | Net 14      | never         | projects  | 4  | 9  | blocked
Grachtengordel Suites BV     | NL | Amsterdam     | Net 14      | fridays       | monthly   | 9  | 14
"""


def _read(line: str) -> Character:
    name, country, city, terms, pays, buys, size, joins, *marks = [part.strip() for part in line.split("|")]
    money = next((mark for mark in marks if mark.isupper()), "EUR")
    return Character(
        name,
        country,
        city,
        terms,
        Pays(pays),
        Buys(buys),
        int(size),
        int(joins),
        money,
        is_po_required="po" in marks,
        is_blocked="blocked" in marks,
    )


CAST: Final = tuple(_read(line) for line in _WRITTEN.strip().splitlines())
