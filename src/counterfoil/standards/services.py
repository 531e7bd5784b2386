"""Writing what words mean, which deals were made and which are held, and what finance needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.audit.registry import BinderRow, HashedRow, Slice
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm.domain import key_of
from counterfoil.decisions.domain import Cleared
from counterfoil.infra import bulk, ids
from counterfoil.kernel import canonical
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.kernel.explanation import Finding
from counterfoil.standards import selectors
from counterfoil.standards.domain import Deal
from counterfoil.standards.models import Alias, DealRow, HeldDeal, HeldReason, QualityAudit, QualitySignOff
from counterfoil.standards.quality import Score
from counterfoil.standards.selectors import CUSTOMER, PRODUCT

RECORDED = "standards.deals_recorded"
AUDITED = "standards.data_audited"
SIGNED_OFF = "standards.audit_signed_off"


class AliasTaken(Refused):
    """The text means something else already: what it is a code or name of, or what a person said before."""

    code = "alias_taken"


@dataclass(frozen=True, slots=True)
class Hold:
    """A won opportunity that may not be invoiced, as it stands now, and everything that was found.

    `is_changed`: another version of it became a deal before; both are kept side by side.
    """

    opportunity_id: int
    version_hash: str
    findings: tuple[Finding, ...]
    snapshot: Mapping[str, Fact]
    is_changed: bool = False


# ------------------------------------------------------------------------------------ aliases


@transaction.atomic
def confirm_alias(*, kind: str, text: str, target: str, actor: Actor, at: datetime) -> int:
    """Keep that a text of a CRM means a known product (by code) or customer (by name or external id).

    Confirming the same again changes nothing.

    Returns:
        The id of the product or customer.

    Raises:
        NoSuchProduct, NoSuchCustomer: the target is not known.
        AliasTaken: the text means something else.
        ValueError: no such kind.
    """
    if kind not in (PRODUCT, CUSTOMER):
        raise ValueError(f"no such kind of alias: {kind}")
    key = key_of(text)
    is_product = kind == PRODUCT
    target_id = crm_reads.product(target).id if is_product else crm_reads.customer_id(target)
    known = Alias.objects.filter(kind=kind, text_key=key).values_list("product_id", "customer_id").first()
    if known is not None:
        if target_id in known:
            return target_id
        raise AliasTaken(field="text", text=text[:80])
    if is_product and key in crm_reads.product_facts():
        raise AliasTaken(field="text", text=text[:80])
    alias = Alias.objects.create(
        kind=kind,
        text=text,
        text_key=key,
        product_id=target_id if is_product else None,
        customer_id=None if is_product else target_id,
        confirmed_by=str(actor),
        confirmed_at=at,
    )
    audit.record(
        kind="standards.alias_confirmed",
        actor=actor,
        subject=f"{kind}:{target_id}",
        body={"alias": alias.pk, "kind": kind, "text": text, "target": target},
        at=at,
    )
    return target_id


@transaction.atomic
def forget_aliases(*, alias_ids: Sequence[int], reason: str, actor: Actor, at: datetime) -> list[int]:
    """Let texts mean nothing by themselves again; returns which of them did until now. Doing it again changes nothing.

    The record keeps that they were confirmed, by whom, and that it was taken back.
    """
    rows = Alias.objects.filter(bulk.is_any_of("id", list(alias_ids)))
    found = list(rows.select_for_update().order_by("id").values_list("id", "kind", "text"))
    if found:
        rows.delete()
        audit.record(
            kind="standards.aliases_forgotten",
            actor=actor,
            subject=f"alias:{found[0][0]}",
            body={"aliases": [f"{kind} {text}" for _, kind, text in found], "reason": reason},
            at=at,
        )
    return [id_ for id_, _, _ in found]


# ------------------------------------------------------------------------------------ deals


@transaction.atomic
def keep_deals(
    *,
    books_id: int,
    cleared: Cleared[tuple[Deal, ...]],
    snapshots: Mapping[int, Mapping[str, Fact]],
    actor: Actor,
    at: datetime,
) -> int:
    """Keep the versions of opportunities that became deals; one that is kept already is left as it is.

    The number of statements does not depend on how many there are.

    Args:
        snapshots: what each opportunity said, by its id.

    Returns:
        How many were new.
    """
    known = selectors.deal_versions(books_id, [deal.opportunity_id for deal in cleared.value])
    fresh = [deal for deal in cleared.value if deal.opportunity_id not in known]
    if not fresh:
        return 0
    event_id, (row_ids,) = audit.reserve_event_and((DealRow, len(fresh)))
    rows, hashes = [], []
    for id_, deal in zip(row_ids, fresh, strict=True):
        text = _text(snapshots[deal.opportunity_id])
        item_hash = canonical.sha256_hex(text.encode("utf-8"))
        hashes.append(item_hash)
        rows.append((id_, books_id, deal.opportunity_id, deal.version_hash, text, at, event_id, item_hash))
    bulk.insert(
        DealRow,
        ["id", "books_id", "opportunity_id", "version_hash", "snapshot", "made_at", "event_id", "item_hash"],
        rows,
    )
    audit.record(
        kind=RECORDED,
        actor=actor,
        subject=f"deals:{rows[0][0]}",
        body={"deals": len(rows)},
        at=at,
        books_id=books_id,
        items=hashes,
        event_id=event_id,
    )
    return len(rows)


def hashed_deals() -> Iterator[HashedRow]:
    """Yield every deal with the hash of its present snapshot, for `verify`."""
    fields = ("event_id", "id", "snapshot", "item_hash")
    rows = DealRow.objects.order_by("event_id", "id").values_list(*fields)
    for event_id, id_, snapshot, kept in rows.iterator(chunk_size=5_000):
        yield HashedRow(event_id, f"deal {id_}", kept, canonical.sha256_hex(snapshot.encode("utf-8")))


def binder_deals(part: Slice) -> Iterator[BinderRow]:
    """Yield the deals that passed the standards within the events of a slice, as each opportunity was."""
    rows = DealRow.objects.filter(
        books_id=part.books_id, event_id__gte=part.first_event, event_id__lte=part.last_event
    ).order_by("event_id", "id")
    fields = ("event_id", "opportunity_id", "item_hash", "snapshot")
    for event_id, opportunity_id, kept, snapshot in rows.values_list(*fields).iterator(chunk_size=5_000):
        yield BinderRow(event_id, f"deal of opportunity {opportunity_id}", kept, snapshot)


# ------------------------------------------------------------------------------------ held deals


@transaction.atomic
def record_held(*, books_id: int, held: Sequence[Hold], actor: Actor, at: datetime) -> set[int]:
    """Keep why won deals are held. What is held for the same reasons in the same version is not written again.

    The number of statements does not depend on how many there are.

    Returns:
        The opportunities whose hold is new, or other than before.
    """
    if not held:
        return set()
    wanted = [hold.opportunity_id for hold in held]
    stored = {
        opportunity_id: (id_, version, hash_, resolved_at)
        for id_, opportunity_id, version, hash_, resolved_at in HeldDeal.objects.filter(
            bulk.is_any_of("opportunity_id", wanted), books_id=books_id
        ).values_list("id", "opportunity_id", "version_hash", "findings_hash", "resolved_at")
    }
    new: list[_Written] = []
    changed: list[tuple[int, _Written]] = []
    for hold in held:
        findings = canonical.canonical_bytes([_as_json(finding) for finding in hold.findings]).decode("utf-8")
        hash_ = canonical.sha256_hex(findings.encode("utf-8"))
        before = stored.get(hold.opportunity_id)
        if before is None:
            new.append(_Written(hold, findings, hash_))
        elif before[1:] != (hold.version_hash, hash_, None):
            changed.append((before[0], _Written(hold, findings, hash_)))
    written = [*new, *(one for _, one in changed)]
    if not written:
        return set()
    invoiced = selectors.deal_versions(books_id, [one.hold.opportunity_id for one in written if one.hold.is_changed])
    before_of = {id_: _text(version.snapshot) for id_, version in invoiced.items()}
    _insert_holds(books_id, new, before_of, at)
    _update_holds(books_id, changed, before_of, at)
    audit.record(
        kind="standards.deals_held",
        actor=actor,
        subject=f"books:{books_id}",
        body={"new": len(new), "changed": len(changed)},
        at=at,
        books_id=books_id,
        items=[one.hash for one in written],
    )
    return {one.hold.opportunity_id for one in written}


@transaction.atomic
def resolve_held(*, books_id: int, opportunity_ids: Sequence[int], at: datetime) -> int:
    """Take deals off the held list, because they were invoiced; returns how many were on it. One statement.

    The act that lets them through is on record itself.
    """
    rows = HeldDeal.objects.filter(
        bulk.is_any_of("opportunity_id", opportunity_ids), books_id=books_id, resolved_at=None
    )
    return rows.update(resolved_at=at)


# ------------------------------------------------------------------------------------ audits of the data


class NoSuchAudit(Refused):
    """There is no such audit of the data in these books."""

    code = "no_such_quality_audit"


class NotesNeeded(Refused):
    """Who answers for an audit says what follows from it."""

    code = "sign_off_needs_note"


@transaction.atomic
def keep_audit(
    *, books_id: int, week: date, standard: str, scores: Sequence[Score], actor: Actor, at: datetime
) -> tuple[int, bool]:
    """Keep how sound the data of a week was; the same result as before is not written again.

    Returns:
        The id of the audit that counts, and whether it is new.
    """
    text = canonical.canonical_bytes([score.to_json() for score in scores]).decode("utf-8")
    last = QualityAudit.objects.filter(books_id=books_id, week=week).order_by("-id").first()
    if last is not None and (last.scores, last.standard) == (text, standard):
        return last.pk, False
    (id_,) = ids.take(QualityAudit, 1)
    row = QualityAudit(
        id=id_,
        books_id=books_id,
        week=week,
        standard=standard,
        scores=text,
        made_by=str(actor),
        made_at=at,
        event_id=audit.reserve_event(),
    )
    row.item_hash = _audit_hash(row)
    row.save(force_insert=True)
    audit.record(
        kind=AUDITED,
        actor=actor,
        subject=f"quality_audit:{id_}",
        body={"week": week.isoformat(), "standard": standard, "scores": len(scores)},
        at=at,
        books_id=books_id,
        items=[row.item_hash],
        event_id=row.event_id,
    )
    return int(id_), True


@transaction.atomic
def sign_off_audit(*, books_id: int, audit_id: int, who: str, note: str, actor: Actor, at: datetime) -> bool:
    """Keep that a person answers for an audit; doing it again changes nothing. Returns whether it was new.

    Raises:
        NoSuchAudit: there is none in these books. NotesNeeded: nothing is said about it.
    """
    if not note.strip():
        raise NotesNeeded(field="note")
    if not QualityAudit.objects.filter(id=audit_id, books_id=books_id).exists():
        raise NoSuchAudit(field="audit", audit=audit_id)
    if QualitySignOff.objects.filter(books_id=books_id, audit_id=audit_id, who=who).exists():
        return False
    (id_,) = ids.take(QualitySignOff, 1)
    row = QualitySignOff(
        id=id_,
        books_id=books_id,
        audit_id=audit_id,
        who=who,
        note=note.strip()[:400],
        at=at,
        event_id=audit.reserve_event(),
    )
    row.item_hash = _sign_off_hash(row)
    row.save(force_insert=True)
    audit.record(
        kind=SIGNED_OFF,
        actor=actor,
        subject=f"quality_audit:{audit_id}",
        body={"audit": audit_id},
        at=at,
        books_id=books_id,
        items=[row.item_hash],
        event_id=row.event_id,
    )
    return True


def _audit_hash(row: QualityAudit) -> str:
    return canonical.hash_of(
        {"books": row.books_id, "week": row.week.isoformat(), "standard": row.standard, "scores": row.scores}
    )


def _sign_off_hash(row: QualitySignOff) -> str:
    return canonical.hash_of({"audit": row.audit_id, "books": row.books_id, "note": row.note, "who": row.who})


def hashed_audits() -> Iterator[HashedRow]:
    """Yield every audit with the hash of its present contents, for `verify`."""
    for row in QualityAudit.objects.order_by("event_id", "id").iterator(chunk_size=500):
        yield HashedRow(row.event_id, f"quality audit {row.pk}", row.item_hash, _audit_hash(row))


def hashed_sign_offs() -> Iterator[HashedRow]:
    """Yield every sign-off with the hash of its present contents, for `verify`."""
    for row in QualitySignOff.objects.order_by("event_id", "id").iterator(chunk_size=500):
        yield HashedRow(row.event_id, f"quality sign-off {row.pk}", row.item_hash, _sign_off_hash(row))


class _Written(NamedTuple):
    hold: Hold
    findings: str
    hash: str


def _insert_holds(books_id: int, new: Sequence[_Written], before_of: Mapping[int, str], at: datetime) -> None:
    held_ids = ids.take(HeldDeal, len(new))
    bulk.insert(
        HeldDeal,
        [
            "id", "books_id", "opportunity_id", "version_hash", "findings", "findings_hash", "snapshot_before",
            "snapshot_now", "first_held_at", "held_at",
        ],
        [
            (
                id_, books_id, hold.opportunity_id, hold.version_hash, findings, hash_,
                before_of.get(hold.opportunity_id, ""), _text(hold.snapshot), at, at,
            )
            for id_, (hold, findings, hash_) in zip(held_ids, new, strict=True)
        ],
    )  # fmt: skip
    _insert_reasons(books_id, [(id_, one.hold) for id_, one in zip(held_ids, new, strict=True)])


def _update_holds(
    books_id: int, changed: Sequence[tuple[int, _Written]], before_of: Mapping[int, str], at: datetime
) -> None:
    bulk.update(
        HeldDeal,
        [
            "id", "version_hash", "findings", "findings_hash", "snapshot_before", "snapshot_now", "held_at",
            "resolved_at",
        ],
        [
            (
                id_, hold.version_hash, findings, hash_, before_of.get(hold.opportunity_id, ""), _text(hold.snapshot),
                at, None,
            )
            for id_, (hold, findings, hash_) in changed
        ],
    )  # fmt: skip
    HeldReason.objects.filter(bulk.is_any_of("held_id", [id_ for id_, _ in changed])).delete()
    _insert_reasons(books_id, [(id_, one.hold) for id_, one in changed])


def _insert_reasons(books_id: int, holds: Sequence[tuple[int, Hold]]) -> None:
    bulk.insert(
        HeldReason,
        ["books_id", "held_id", "position", "check_name", "code", "field", "value"],
        [
            (
                books_id,
                held_id,
                position,
                finding.check,
                finding.code,
                finding.field or "",
                str(finding.facts.get("text") or "")[:255],
            )
            for held_id, hold in holds
            for position, finding in enumerate(hold.findings)
        ],
    )


def _as_json(finding: Finding) -> dict[str, Fact]:
    return {"check": finding.check, "code": finding.code, "facts": dict(finding.facts), "field": finding.field}


def _text(snapshot: Mapping[str, Fact]) -> str:
    return canonical.canonical_bytes(dict(snapshot)).decode("utf-8")
