"""The chain: how an event's bytes are hashed and how links follow each other. Pure, and all a verifier needs."""

from __future__ import annotations

import hashlib
import heapq
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from counterfoil.kernel.canonical import quoted

FORM = 1
GENESIS = "0" * 64


class ActorKind(StrEnum):
    PERSON = "person"
    SYSTEM = "system"
    TOKEN = "token"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person by e-mail address, the system by the name of its part, or an API token by its name."""

    kind: ActorKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def system(name: str) -> Actor:
    """Return the system itself as actor, named by its part (`close_deals`, `worker`)."""
    return Actor(ActorKind.SYSTEM, name)


def person(name: str) -> Actor:
    """Return a person as actor."""
    return Actor(ActorKind.PERSON, name)


@dataclass(frozen=True, slots=True)
class Link:
    """One event's place in the chain. Sequences start at 1 and have no gaps."""

    sequence: int
    previous: str
    event_hash: str

    @property
    def hash(self) -> str:
        """SHA-256 over form, sequence, previous link and event, as 64 hexadecimal digits."""
        text = f"counterfoil/link/{FORM}\n{self.sequence}\n{self.previous}\n{self.event_hash}"
        return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """The last link: what leaves the house on every printed document."""

    sequence: int
    hash: str

    @property
    def short(self) -> str:
        """The first 16 hexadecimal digits and the sequence, as printed."""
        return f"{self.hash[:16]} at {self.sequence}"


class StoreKind(StrEnum):
    """Where heads of the chain are kept outside the database."""

    FOLDER = "folder"
    MAIL = "mail"
    URL = "url"


def event_text(
    at: str, actor: str, books: int | None, kind: str, subject: str, body: str, count: int, root: str, form: int
) -> str:
    """Return exactly what an event's hash covers (form 1): canonical JSON, written directly because it is hot.

    A test holds it equal to `canonical_bytes` of the same content.

    Args:
        at: the instant in UTC with six digits of a second, as `2026-11-15T12:00:00.000000+00:00`.
    """
    return (
        f'{{"actor":{quoted(actor)},"at":"{at}","body":{quoted(body)},"books":{"null" if books is None else books},'
        f'"form":{form},"items_count":{count},"items_root":"{root}","kind":{quoted(kind)},"subject":{quoted(subject)}}}'
    )


def head_text(head: Head, at: str) -> str:
    """Return a head as it leaves the house: one line of JSON."""
    return f'{{"at": "{at}", "hash": "{head.hash}", "sequence": {head.sequence}}}'


def root_of(items: Iterable[str]) -> str:
    """Return the hash over the item hashes of a batch, in their order; empty for no items."""
    joined = "\n".join(items)
    return hashlib.sha256(joined.encode("ascii")).hexdigest() if joined else ""


def chained(previous: Head, event_hashes: Sequence[str]) -> list[Link]:
    """Return the links that follow `previous`, one for each event hash."""
    links: list[Link] = []
    sequence, hash_ = previous.sequence, previous.hash
    for event_hash in event_hashes:
        link = Link(sequence + 1, hash_, event_hash)
        links.append(link)
        sequence, hash_ = link.sequence, link.hash
    return links


def personal_mac(key: str, value: str) -> str:
    """Return what stands for a personal value in the record: an HMAC under the subject's own key.

    Args:
        key: 64 hexadecimal digits; once it is deleted, nobody can test a guess against the record.
    """
    return "hmac:" + hmac.new(bytes.fromhex(key), value.encode("utf-8"), hashlib.sha256).hexdigest()


def drawn(seed: str, keys: Iterable[str], size: int) -> list[str]:
    """Return a random sample that anybody can draw again: the `size` keys whose SHA-256 with the seed is lowest.

    `sha256("SEED\\nKEY")`, compared as hexadecimal text; the order of the keys does not matter, and a larger sample
    of the same seed holds the smaller one.
    """
    return heapq.nsmallest(size, keys, key=lambda key: hashlib.sha256(f"{seed}\n{key}".encode()).hexdigest())


def kept_through(year: int, years: int) -> date:
    """Return the last day on which a record of a year is kept: `years` whole years after the year it belongs to."""
    return date(year + years, 12, 31)
