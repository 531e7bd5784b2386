"""Reading policies: what is in force, what was in force, who agreed, what changed, what is overdue."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.db.models import Max, Q, QuerySet

from counterfoil.kernel import strict_json
from counterfoil.kernel.errors import Refused
from counterfoil.policies import domain
from counterfoil.policies.domain import Change, Kind, Settings, Side, State
from counterfoil.policies.models import ActRow, VersionRow

C = TypeVar("C", bound=Settings)
MOST_BYTES, MOST_KEYS = 8 << 20, 200_000


class NoSuchPolicy(Refused):
    """There is no such version of a policy."""

    code = "no_such_policy"


class NoSuchKind(Refused):
    """There is no such kind of policy."""

    code = "no_such_policy_kind"


@dataclass(frozen=True, slots=True)
class Active:
    """What is in force: its name, its number (0: as shipped, nobody signed) and its content."""

    version: str
    number: int
    content: Settings
    kind: Kind
    address: str
    id: int | None = None

    def as_a(self, kind: type[C]) -> C:
        """Return the content as what it is.

        Raises:
            ValueError: it is something else.
        """
        if not isinstance(self.content, kind):
            raise ValueError(f"{self.version} is no {kind.__name__}")
        return self.content


@dataclass(frozen=True, slots=True)
class Signature:
    """Who agreed, for which side, when, and to which content."""

    side: Side
    who: str
    at: datetime
    content_hash: str
    is_alone: bool


@dataclass(frozen=True, slots=True)
class Version:
    """One version with its history: what it says, who proposed and signed it, how far it has come."""

    id: int
    kind: Kind
    number: int
    books_id: int | None
    content: Settings
    content_hash: str
    address: str
    based_on: str
    reason: str
    owner: str
    review_date: date
    proposed_by: str
    proposed_at: datetime
    state: State
    signatures: tuple[Signature, ...]
    active_from: datetime | None
    ended_at: datetime | None
    ended_by: str

    @property
    def name(self) -> str:
        """`approval_matrix-3`"""
        return domain.version_name(self.kind, self.number)

    @property
    def missing(self) -> tuple[Side, ...]:
        """The signatures it still lacks."""
        if self.state is not State.PROPOSED:
            return ()
        return domain.missing(self.kind, [signature.side for signature in self.signatures])


@dataclass(frozen=True, slots=True)
class Overview:
    """One kind as a list shows it: what is in force, who looks after it, and what waits for a signature."""

    kind: Kind
    active: Active
    owner: str
    review_date: date | None
    active_from: datetime | None
    signed_by: tuple[str, ...]
    proposed: tuple[Version, ...]
    is_overdue: bool


def kind_of(text: str) -> Kind:
    """Read the name of a kind.

    Raises:
        NoSuchKind: with the kinds there are.
    """
    try:
        return Kind(text)
    except ValueError:
        raise NoSuchKind(field="kind", kind=text[:40], known=[kind.value for kind in Kind]) from None


def content_from(kind: Kind, data: bytes) -> Settings:
    """Read the content of a kind from strict JSON text.

    Raises:
        MalformedJson, JsonTooLarge, JsonTooDeep, JsonLimit, BadJsonNumber: it is no JSON that we take.
        UnknownSetting, MissingSetting, WrongSetting, SettingOutOfRange, SettingTwice.
    """
    return domain.read_content(kind, strict_json.loads(data, max_bytes=MOST_BYTES, max_keys=MOST_KEYS))


# ------------------------------------------------------------------------------------ what is in force


def active(kind: Kind, books_id: int | None = None) -> Active:
    """Return what is in force in some books; as shipped, as long as nothing was signed. One statement.

    What the organisation shares (`SHARED`) needs no books.
    """
    return actives(books_id, [kind])[kind]


def actives(books_id: int | None, kinds: Iterable[Kind] = tuple(Kind)) -> dict[Kind, Active]:
    """Return what is in force of many kinds; one statement."""
    wanted = list(kinds)
    rows = VersionRow.objects.filter(_of_books(books_id), kind__in=[kind.value for kind in wanted])
    latest = rows.filter(actrow__what="activated").order_by("actrow__id")
    fields = ("kind", "id", "number", "content", "address")
    found = {Kind(row[0]): row for row in latest.values_list(*fields)}
    return {kind: _active(*found[kind]) if kind in found else shipped(kind) for kind in wanted}


def shipped(kind: Kind) -> Active:
    """Return what holds until people sign something else."""
    content = domain.SHIPPED[kind]
    return Active(domain.version_name(kind, 0), 0, content, kind, domain.address_of(kind, content))


def content_of(kind: Kind, version: str) -> Settings:
    """Return the content of a version by its name (`approval_matrix-3`) or its address (`standards-3f0b12aa91cd`).

    Raises:
        NoSuchPolicy: there is none.
    """
    default = shipped(kind)
    if version in (default.version, default.address):
        return default.content
    rows = VersionRow.objects.filter(kind=kind.value)
    number = version.removeprefix(f"{kind.value}-")
    if number.isascii() and number.isdecimal() and len(number) < 10 and number != version:
        rows = rows.filter(number=int(number))
    else:
        rows = rows.filter(address=version)
    text = rows.values_list("content", flat=True).first()
    if text is None:
        raise NoSuchPolicy(field="version", version=version[:80])
    return _content(kind, text)


# ------------------------------------------------------------------------------------ history


def history(kind: Kind, books_id: int) -> list[Version]:
    """Return every version of a kind, the newest first; two statements."""
    return _versions(VersionRow.objects.filter(_of_books(books_id), kind=kind.value))


def proposed(books_id: int) -> list[Version]:
    """Return what waits for signatures, the newest first; two statements."""
    rows = VersionRow.objects.filter(_of_books(books_id)).exclude(actrow__what__in=["activated", "withdrawn"])
    return _versions(rows)


def version(version_id: int, books_id: int | None = None) -> Version:
    """Return one version; two statements and one for what followed it.

    Raises:
        NoSuchPolicy: there is none, or not in these books.
    """
    row = VersionRow.objects.filter(id=version_id).first()
    if row is None or (books_id is not None and row.books_id not in (None, books_id)):
        raise NoSuchPolicy(field="version", version=str(version_id))
    family = VersionRow.objects.filter(_of_books(row.books_id), kind=row.kind)
    return next(one for one in _versions(family) if one.id == version_id)


def version_by_name(name: str, books_id: int) -> Version:
    """Return one version by its name, such as `approval_matrix-3`.

    Raises:
        NoSuchPolicy: there is none in these books.
    """
    kind, _, number = name.rpartition("-")
    if kind in [one.value for one in Kind] and number.isascii() and number.isdecimal() and len(number) < 10:
        row = VersionRow.objects.filter(_of_books(books_id), kind=kind, number=int(number)).only("id").first()
        if row is not None:
            return version(row.pk, books_id)
    raise NoSuchPolicy(field="version", version=name[:80])


def changes(one: Version) -> tuple[Change, ...]:
    """Return what a version changes against the one it was made from."""
    return domain.changes(content_of(one.kind, one.based_on), one.content)


def next_number(kind: Kind) -> int:
    """Return the number that the next version of a kind gets."""
    last = VersionRow.objects.filter(kind=kind.value).aggregate(last=Max("number"))["last"]
    return int(last or 0) + 1


# ------------------------------------------------------------------------------------ who looks after what


def overviews(books_id: int, today: date) -> list[Overview]:
    """Return every kind with what is in force, its owner, its review date, and what waits; two statements."""
    versions = _versions(VersionRow.objects.filter(_of_books(books_id)))
    found = []
    for kind in Kind:
        of_kind = [one for one in versions if one.kind is kind]
        waiting = tuple(one for one in of_kind if one.state is State.PROPOSED)
        now = next((one for one in of_kind if one.state is State.ACTIVE), None)
        if now is None:
            found.append(Overview(kind, shipped(kind), "", None, None, (), waiting, is_overdue=False))
            continue
        in_force = Active(now.name, now.number, now.content, kind, now.address, now.id)
        signed_by = tuple(signature.who for signature in now.signatures)
        overdue_ = now.review_date < today
        found.append(
            Overview(kind, in_force, now.owner, now.review_date, now.active_from, signed_by, waiting, overdue_)
        )
    return found


def overdue(books_id: int, today: date) -> list[Overview]:
    """Return what is in force and was to be looked at again before today, the longest overdue first."""
    late = [one for one in overviews(books_id, today) if one.is_overdue]
    return sorted(late, key=lambda one: (one.review_date or today, one.kind))


# ------------------------------------------------------------------------------------


def _of_books(books_id: int | None) -> Q:
    return Q(books_id=None) if books_id is None else Q(books_id=books_id) | Q(books_id=None)


def _content(kind: Kind, text: str) -> Settings:
    return domain.read_content(kind, json.loads(text))


def _active(kind: str, id_: int, number: int, text: str, address: str) -> Active:
    of = Kind(kind)
    return Active(domain.version_name(of, number), number, _content(of, text), of, address, id_)


def _versions(rows: QuerySet[VersionRow]) -> list[Version]:
    """Return versions, the newest first, each with its state; the rows must be whole families of a kind."""
    stored = list(rows.order_by("-id"))
    acts: dict[int, list[ActRow]] = {}
    for act in ActRow.objects.filter(version_id__in=[row.pk for row in stored]).order_by("id"):
        acts.setdefault(act.version_id, []).append(act)
    activated = sorted(
        (act.pk, row.kind, row.pk, act.at) for row in stored for act in acts.get(row.pk, ()) if act.what == "activated"
    )
    followed: dict[int, datetime] = {}
    before: dict[str, int] = {}
    for _, kind, version_id, at in activated:
        if kind in before:
            followed[before[kind]] = at
        before[kind] = version_id
    return [_version(row, acts.get(row.pk, ()), followed.get(row.pk)) for row in stored]


def _version(row: VersionRow, acts: Sequence[ActRow], followed_at: datetime | None) -> Version:
    signatures = tuple(
        Signature(Side(act.side), act.who, act.at, act.content_hash, act.is_alone)
        for act in acts
        if act.what == "signed"
    )
    activated = next((act for act in acts if act.what == "activated"), None)
    withdrawn = next((act for act in acts if act.what == "withdrawn"), None)
    reviewed = [act.review_date for act in acts if act.what == "reviewed" and act.review_date]
    if withdrawn:
        state = State.WITHDRAWN
    elif activated is None:
        state = State.PROPOSED
    else:
        state = State.SUPERSEDED if followed_at else State.ACTIVE
    kind = Kind(row.kind)
    return Version(
        id=row.pk,
        kind=kind,
        number=row.number,
        books_id=row.books_id,
        content=_content(kind, row.content),
        content_hash=row.content_hash,
        address=row.address,
        based_on=row.based_on,
        reason=row.reason,
        owner=row.owner,
        review_date=reviewed[-1] if reviewed else row.review_date,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        state=state,
        signatures=signatures,
        active_from=activated.at if activated else None,
        ended_at=withdrawn.at if withdrawn else followed_at,
        ended_by=withdrawn.who if withdrawn else "",
    )
