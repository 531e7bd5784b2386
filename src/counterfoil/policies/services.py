"""Proposing, signing, withdrawing and reviewing policies. Nothing takes effect before everybody needed has signed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.audit.registry import BinderRow, HashedRow, Slice
from counterfoil.infra import ids, locks
from counterfoil.kernel import canonical
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.people import selectors as people
from counterfoil.people.selectors import Person
from counterfoil.policies import domain, selectors
from counterfoil.policies.domain import Kind, Settings, Side, State
from counterfoil.policies.models import ActRow, VersionRow

PROPOSED, ACTED = "policies.proposed", "policies.acted"


class PolicyUnchanged(Refused):
    """The proposal says what is in force already."""

    code = "policy_unchanged"


class PolicyNeedsOwner(Refused):
    """A version names who looks after it, why it is proposed, and when it is looked at again."""

    code = "policy_needs_owner"


class PolicyMovedOn(Refused):
    """Another version took effect since this one was proposed: nobody knows what both together would mean."""

    code = "policy_moved_on"


class PolicyContentChanged(Refused):
    """The content is not the one that the signer saw."""

    code = "policy_content_changed"


class PolicyNotOpen(Refused):
    """The version is in force, was followed by another, or was withdrawn: there is nothing to sign."""

    code = "policy_not_open"


class NotYourSignature(Refused):
    """The role does not sign for this side."""

    code = "not_your_signature"


class SideHasSigned(Refused):
    """The signatures of this side are there."""

    code = "side_has_signed"


class SignedAlready(Refused):
    """The same person signed before; another one must."""

    code = "signed_already"


class ReviewNotAhead(Refused):
    """The next review is not after today."""

    code = "review_not_ahead"


@dataclass(frozen=True, slots=True)
class Signed:
    """What a signature led to: in force, or what is still missing."""

    version_id: int
    name: str
    is_active: bool
    missing: tuple[Side, ...]
    is_alone: bool


@transaction.atomic
def propose(
    *,
    books_id: int,
    kind: Kind,
    content: Settings,
    reason: str,
    owner: str,
    review_date: date,
    actor: Actor,
    at: datetime,
) -> int:
    """Keep a new version that waits for its signatures, and return its id. It was made from what is in force.

    Raises:
        PolicyUnchanged: it says what is in force.
        PolicyNeedsOwner: nobody looks after it, or nobody says why.
        ReviewNotAhead: it would be overdue from the start.
        ValueError: the content is of another kind.
    """
    if not isinstance(content, type(domain.SHIPPED[kind])):
        raise ValueError(f"{type(content).__name__} is no content of {kind}")
    for field, text in (("reason", reason), ("owner", owner)):
        if not text.strip():
            raise PolicyNeedsOwner(field=field)
    if review_date <= at.date():
        raise ReviewNotAhead(field="review_date", day=review_date.isoformat())
    locks.hold("policies", 0)
    in_force = selectors.active(kind, books_id)
    hash_ = domain.content_hash(content)
    if hash_ == domain.content_hash(in_force.content):
        raise PolicyUnchanged(field="content", version=in_force.version)
    (id_,) = ids.take(VersionRow, 1)
    row = VersionRow(
        id=id_,
        books_id=None if kind in domain.SHARED else books_id,
        kind=kind.value,
        number=selectors.next_number(kind),
        content=canonical.canonical_bytes(content.to_json()).decode("utf-8"),
        content_hash=hash_,
        address=domain.address_of(kind, content),
        based_on=in_force.version,
        reason=reason.strip(),
        owner=owner.strip(),
        review_date=review_date,
        proposed_by=str(actor),
        proposed_at=at,
        event_id=audit.reserve_event(),
    )
    row.item_hash = _version_hash(row)
    row.save(force_insert=True)
    audit.record(
        kind=PROPOSED,
        actor=actor,
        subject=f"policy:{id_}",
        body={"policy": str(row), "content_hash": hash_, "based_on": in_force.version},
        at=at,
        books_id=books_id,
        items=[row.item_hash],
        event_id=row.event_id,
    )
    return int(id_)


@transaction.atomic
def sign(*, version_id: int, side: Side, signer: Person, content_hash: str, actor: Actor, at: datetime) -> Signed:
    """Sign a version for one side; with the last signature it takes effect at once.

    Two different people sign, so that nobody who proposes can put it in force alone. Where no two people of the books
    could sign, one signs for all sides; such a signature says so and is listed for the auditor.

    Args:
        content_hash: of the content that the signer saw.

    Raises:
        NoSuchPolicy, PolicyNotOpen, PolicyMovedOn, PolicyContentChanged, NotYourSignature, SideHasSigned,
        SignedAlready: nothing is written.
    """
    locks.hold("policies", 0)
    one = selectors.version(version_id, signer.books.id)
    if one.state is not State.PROPOSED:
        raise PolicyNotOpen(version=one.name, state=one.state.value)
    if content_hash != one.content_hash:
        raise PolicyContentChanged(field="content", version=one.name)
    in_force = selectors.active(one.kind, signer.books.id)
    if in_force.version != one.based_on:
        raise PolicyMovedOn(version=one.name, based_on=one.based_on, in_force=in_force.version)
    if side not in domain.sides_of(signer.role):
        raise NotYourSignature(field="side", role=signer.role.value, side=side.value)
    if side not in one.missing:
        raise SideHasSigned(field="side", side=side.value, version=one.name)
    who = f"person:{signer.email}"
    alone = domain.is_alone(one.kind, [member.role for member in people.members(signer.books.id)])
    if not alone and who in [signature.who for signature in one.signatures]:
        raise SignedAlready(field="side", person=signer.name or signer.email, version=one.name)
    sides = one.missing if alone else (side,)
    for signed_for in dict.fromkeys(sides):
        _act(one, "signed", actor=actor, at=at, who=who, side=signed_for.value, is_alone=alone)
    left = domain.missing(one.kind, [*[signature.side for signature in one.signatures], *sides])
    if not left:
        _act(one, "activated", actor=actor, at=at, who=who)
    return Signed(one.id, one.name, not left, left, alone)


@transaction.atomic
def withdraw(*, version_id: int, books_id: int, reason: str, actor: Actor, at: datetime) -> bool:
    """Take a proposal back; withdrawing it again changes nothing. Returns whether it was open.

    Raises:
        NoSuchPolicy: there is none. PolicyNotOpen: it is or was in force.
    """
    locks.hold("policies", 0)
    one = selectors.version(version_id, books_id)
    if one.state is State.WITHDRAWN:
        return False
    if one.state is not State.PROPOSED:
        raise PolicyNotOpen(version=one.name, state=one.state.value)
    _act(one, "withdrawn", actor=actor, at=at, who=str(actor), note=reason)
    return True


@transaction.atomic
def review(*, version_id: int, books_id: int, next_review: date, note: str, actor: Actor, at: datetime) -> None:
    """Keep that the owner looked at what is in force and leaves it as it is until the next review.

    Raises:
        NoSuchPolicy: there is none. PolicyNotOpen: it is not in force. ReviewNotAhead: the date is not after today.
    """
    one = selectors.version(version_id, books_id)
    if one.state is not State.ACTIVE:
        raise PolicyNotOpen(version=one.name, state=one.state.value)
    if next_review <= at.date():
        raise ReviewNotAhead(field="review_date", day=next_review.isoformat())
    _act(one, "reviewed", actor=actor, at=at, who=str(actor), note=note, review_date=next_review)


@transaction.atomic
def retire(*, books_id: int, kind: Kind, reason: str, owner: str, review_date: date, actor: Actor, at: datetime) -> int:
    """Propose to go back to what was shipped; returns the version's id. It needs the signatures of any other version.

    Raises:
        As `propose`.
    """
    return propose(
        books_id=books_id,
        kind=kind,
        content=domain.SHIPPED[kind],
        reason=reason,
        owner=owner,
        review_date=review_date,
        actor=actor,
        at=at,
    )


# ------------------------------------------------------------------------------------ rows and their hashes


def _act(
    one: selectors.Version,
    what: str,
    *,
    actor: Actor,
    at: datetime,
    who: str,
    side: str = "",
    note: str = "",
    review_date: date | None = None,
    is_alone: bool = False,
) -> None:
    (id_,) = ids.take(ActRow, 1)
    row = ActRow(
        id=id_,
        version_id=one.id,
        what=what,
        side=side,
        who=who,
        content_hash=one.content_hash,
        note=note.strip()[:400],
        review_date=review_date,
        is_alone=is_alone,
        at=at,
        event_id=audit.reserve_event(),
    )
    row.item_hash = _act_hash(row)
    row.save(force_insert=True)
    audit.record(
        kind=ACTED,
        actor=actor,
        subject=f"policy:{one.id}",
        body={"policy": one.name, "what": what, "side": side, "content_hash": one.content_hash, "is_alone": is_alone},
        at=at,
        books_id=one.books_id,
        items=[row.item_hash],
        event_id=row.event_id,
    )


def _version_content(row: VersionRow) -> dict[str, Fact]:
    return {
        "based_on": row.based_on,
        "books": row.books_id,
        "content_hash": canonical.sha256_hex(row.content.encode("utf-8")),
        "owner": row.owner,
        "policy": f"{row.kind}-{row.number}",
        "proposed_by": row.proposed_by,
        "reason": row.reason,
        "review_date": row.review_date.isoformat(),
    }


def _version_hash(row: VersionRow) -> str:
    content = _version_content(row)
    return canonical.hash_of(content) if row.content_hash == content["content_hash"] else ""


def _act_content(row: ActRow) -> dict[str, Fact]:
    return {
        "content_hash": row.content_hash,
        "is_alone": row.is_alone,
        "note": row.note,
        "review_date": row.review_date.isoformat() if row.review_date else None,
        "side": row.side,
        "version": row.version_id,
        "what": row.what,
        "who": row.who,
    }


def _act_hash(row: ActRow) -> str:
    return canonical.hash_of(_act_content(row))


def hashed_versions() -> Iterator[HashedRow]:
    """Yield every version with the hash of its present contents, for `verify`."""
    for row in VersionRow.objects.order_by("event_id", "id").iterator(chunk_size=1_000):
        yield HashedRow(row.event_id, f"policy {row}", row.item_hash, _version_hash(row))


def hashed_acts() -> Iterator[HashedRow]:
    """Yield every signature and what else happened to versions, for `verify`."""
    for row in ActRow.objects.order_by("event_id", "id").iterator(chunk_size=1_000):
        yield HashedRow(row.event_id, f"policy act {row.pk}", row.item_hash, _act_hash(row))


def binder_versions(part: Slice) -> Iterator[BinderRow]:
    """Yield the versions proposed within the events of an auditor's binder, with what they hold."""
    rows = VersionRow.objects.filter(
        Q(books_id=part.books_id) | Q(books=None), event_id__gte=part.first_event, event_id__lte=part.last_event
    ).order_by("event_id", "id")
    for row in rows.iterator(chunk_size=1_000):
        text = canonical.canonical_bytes(_version_content(row)).decode("utf-8")
        yield BinderRow(row.event_id, f"policy {row}", row.item_hash, text, attached={"content": row.content})


def binder_acts(part: Slice) -> Iterator[BinderRow]:
    """Yield who signed versions, and what else happened to them, within the events of an auditor's binder."""
    rows = ActRow.objects.filter(
        Q(version__books_id=part.books_id) | Q(version__books=None),
        event_id__gte=part.first_event,
        event_id__lte=part.last_event,
    ).order_by("event_id", "id")
    for row in rows.select_related("version").iterator(chunk_size=1_000):
        text = canonical.canonical_bytes(_act_content(row)).decode("utf-8")
        yield BinderRow(row.event_id, f"policy act {row.pk}", row.item_hash, text, about={"policy": str(row.version)})
