"""Writing opportunities by hand. What is won passes the gate of `flows.win_deal` first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.crm import columns, domain, selectors
from counterfoil.crm.domain import LineDraft, OpportunityDraft, OpportunityFacts, Said, SaidLine, Stage
from counterfoil.crm.models import Opportunity, OpportunityLine
from counterfoil.infra import bulk, ids
from counterfoil.infra.bulk import Cell
from counterfoil.kernel.errors import Refused

_KNOWN = ("customer_id", "stage_text", "owner", "version_hash")
COLUMNS = ("id", "books_id", *Said._fields[:-1], *_KNOWN, "made_in_id", "touched_in", "updated_at")
"""Every column: what was said, then what we know of it."""
CHANGING_COLUMNS = ("id", *Said._fields[2:-1], *_KNOWN, "touched_in", "updated_at")
"""What a new version sets: all but whose opportunity it is and how it came here."""
LINE_COLUMNS = (
    "opportunity_id", "line", "product_text", "description", "quantity_micro", "unit_price_minor", "discount_percent",
    "amount_minor",
)  # fmt: skip


class OpportunityExists(Refused):
    """The system has an opportunity with this external id already."""

    code = "opportunity_exists"


class VersionChanged(Refused):
    """The opportunity changed while it was being looked at; look again."""

    code = "version_changed"


class CurrenciesDiffer(Refused):
    """Amounts of one opportunity are in one currency."""

    code = "currencies_differ"


def said_by_hand(draft: OpportunityDraft, *, external_id: str) -> Said:
    """Read a draft strictly into what it says.

    Raises:
        Refused: a value cannot be read, or the amounts are in different currencies; the refusal names the field.
    """
    unit = columns.by_hand("deals", "currency", draft.currency)
    amounts = [draft.amount, *(money for line in draft.lines for money in (line.unit_price, line.amount))]
    units = {money.currency.code for money in amounts if money} | ({unit.code} if unit else set())
    if len(units) > 1:
        raise CurrenciesDiffer(field="currency", currencies=sorted(units))
    names = selectors.customer_names([draft.customer_id]) if draft.customer_id else {}
    if draft.customer_id and draft.customer_id not in names:
        raise selectors.NoSuchCustomer(field="customer", customer=str(draft.customer_id))
    return Said(
        system=draft.system,
        external_id=external_id,
        name=columns.by_hand("deals", "name", draft.name),
        customer_text=names[draft.customer_id] if draft.customer_id else "",
        amount_minor=draft.amount.minor if draft.amount else None,
        currency=units.pop() if units else "",
        amount_state=draft.amount_state.value,
        stage=draft.stage.value,
        close_date=draft.close_date,
        terms_text=columns.by_hand("deals", "terms", draft.terms),
        billing_text=columns.by_hand("deals", "billing_type", draft.billing_type),
        po_number=columns.by_hand("deals", "po_number", draft.po_number),
        service_start=draft.service.start if draft.service else None,
        service_end=draft.service.end if draft.service else None,
        delivered_on=draft.delivered_on,
        cancellable_until=draft.cancellable_until,
        lines=tuple(_line(line) for line in draft.lines),
    )


@transaction.atomic
def add_opportunity(
    *,
    books_id: int,
    draft: OpportunityDraft,
    actor: Actor,
    at: datetime,
    passed: Said | None = None,
) -> int:
    """Add an opportunity and return its id.

    Args:
        passed: what passed the gate of `flows.win_deal`; without it nothing is stored as won.

    Raises:
        OpportunityExists: the system has this external id.
        VersionChanged: what passed the gate is not what is stored.
        Refused: a value cannot be read; the refusal names the field.
    """
    (id_,) = ids.take(Opportunity, 1)
    external_id = columns.by_hand("deals", "external_id", draft.external_id) or f"O-{id_}"
    if Opportunity.objects.filter(system=draft.system, external_id=external_id).exists():
        raise OpportunityExists(field="external_id", external_id=external_id)
    said = said_by_hand(draft, external_id=external_id)
    _insist_passed(said, passed)
    owner = columns.by_hand("deals", "owner", draft.owner)
    hash_ = domain.version_hash(said)
    bulk.insert(Opportunity, COLUMNS, [row(id_, books_id, said, draft.customer_id, "", owner, hash_, None, at)])
    bulk.insert(OpportunityLine, LINE_COLUMNS, line_rows(id_, said.lines))
    _record("crm.opportunity_added", id_, books_id, said, hash_, actor, at)
    return id_


@transaction.atomic
def update_opportunity(
    *,
    opportunity_id: int,
    draft: OpportunityDraft,
    actor: Actor,
    at: datetime,
    passed: Said | None = None,
) -> bool:
    """Set what is said of an opportunity; returns whether that changed. Its system and external id stay.

    Raises:
        NoSuchOpportunity: there is none.
        VersionChanged: it is to be won, and what passed the gate is not this.
        Refused: a value cannot be read; the refusal names the field.
    """
    before = _locked(opportunity_id)
    said = said_by_hand(draft, external_id=before.said.external_id)._replace(system=before.said.system)
    owner = columns.by_hand("deals", "owner", draft.owner)
    return _restated(before, said, draft.customer_id, owner, passed, actor, at)


@transaction.atomic
def restate_opportunity(
    *, opportunity_id: int, said: Said, seen: str, actor: Actor, at: datetime, passed: Said | None = None
) -> bool:
    """Replace what is said of an opportunity, which keeps its customer and owner; returns whether that changed.

    Args:
        seen: the version hash of what was looked at before.

    Raises:
        NoSuchOpportunity: there is none.
        VersionChanged: it changed in the meantime, or it is won, and what passed the gate is not this.
    """
    before = _locked(opportunity_id)
    if before.version_hash != seen:
        raise VersionChanged(field="stage")
    return _restated(before, said, before.customer_id, before.owner, passed, actor, at)


def _restated(
    before: OpportunityFacts,
    said: Said,
    customer_id: int | None,
    owner: str,
    passed: Said | None,
    actor: Actor,
    at: datetime,
) -> bool:
    hash_ = domain.version_hash(said)
    if hash_ == before.version_hash and owner == before.owner and customer_id == before.customer_id:
        return False
    _insist_passed(said, passed)
    write_versions([(before.opportunity_id, said, customer_id, "", owner, hash_)], batch_id=None, at=at)
    _record("crm.opportunity_changed", before.opportunity_id, before.books_id, said, hash_, actor, at)
    return True


@transaction.atomic
def move_stage(*, opportunity_id: int, stage: Stage, actor: Actor, at: datetime, passed: Said | None = None) -> bool:
    """Move an opportunity to another stage; returns whether it was in another.

    Args:
        passed: what passed the gate, in the new stage; without it nothing is won.

    Raises:
        NoSuchOpportunity: there is none.
        VersionChanged: what passed the gate is not this.
    """
    before = _locked(opportunity_id)
    if before.said.stage == stage:
        return False
    said = before.said._replace(stage=stage.value)
    _insist_passed(said, passed)
    hash_ = domain.version_hash(said)
    version = (opportunity_id, said, before.customer_id, "", before.owner, hash_)
    write_versions([version], batch_id=None, at=at)
    audit.record(
        kind="crm.stage_moved",
        actor=actor,
        subject=f"opportunity:{opportunity_id}",
        body={"from": before.said.stage, "to": stage.value, "version": hash_},
        at=at,
        books_id=before.books_id,
    )
    return True


Version = tuple[int, Said, int | None, str, str, str]
"""opportunity id, said, customer id, the CRM's word for the stage, owner, version hash"""


def write_versions(versions: Sequence[Version], *, batch_id: int | None, at: datetime) -> None:
    """Replace what is said of opportunities; four statements, whatever their number."""
    changed_ids = [version[0] for version in versions]
    rows = []
    for id_, said, customer_id, stage_text, owner, hash_ in versions:
        known = (customer_id, stage_text, owner, hash_)
        rows.append((id_, *said[2:-1], *known, batch_id, at))
    bulk.update(Opportunity, CHANGING_COLUMNS, rows)
    OpportunityLine.objects.filter(bulk.is_any_of("opportunity_id", changed_ids)).delete()
    bulk.insert(
        OpportunityLine, LINE_COLUMNS, [line for id_, said, *_ in versions for line in line_rows(id_, said.lines)]
    )


def row(
    id_: int,
    books_id: int,
    said: Said,
    customer_id: int | None,
    stage_text: str,
    owner: str,
    hash_: str,
    batch_id: int | None,
    at: datetime,
) -> tuple[Cell, ...]:
    """One row of `COLUMNS`."""
    return (id_, books_id, *said[:-1], customer_id, stage_text, owner, hash_, batch_id, batch_id, at)


def line_rows(id_: int, lines: Sequence[SaidLine]) -> list[tuple[Cell, ...]]:
    """The rows of `LINE_COLUMNS` of one opportunity."""
    return [
        (id_, number, product, description, quantity, price, None if discount is None else str(discount), amount)
        for number, (product, description, quantity, price, discount, amount) in enumerate(lines, 1)
    ]


def _line(draft: LineDraft) -> SaidLine:
    return SaidLine(
        product_text=columns.by_hand("deals", "product", draft.product),
        description=columns.by_hand("deals", "description", draft.description),
        quantity_micro=draft.quantity_micro,
        unit_price_minor=None if draft.unit_price is None else draft.unit_price.minor,
        discount_percent=draft.discount_percent,
        amount_minor=None if draft.amount is None else draft.amount.minor,
    )


def _locked(opportunity_id: int) -> OpportunityFacts:
    if not Opportunity.objects.select_for_update().filter(id=opportunity_id).values_list("id"):
        raise selectors.NoSuchOpportunity(field="opportunity", opportunity=str(opportunity_id))
    (facts,) = selectors.opportunity_facts([opportunity_id])
    return facts


def _insist_passed(said: Said, passed: Said | None) -> None:
    """Nothing is stored as won unless exactly this passed the gate; a new one has no external id there yet.

    Raises:
        ValueError: it did not go through the gate at all.
    """
    if said.stage != Stage.WON:
        return
    if passed is None:
        raise ValueError("flows.win_deal is the way to Won")
    if passed != said._replace(external_id=passed.external_id):
        raise VersionChanged(field="stage")


def _record(kind: str, id_: int, books_id: int, said: Said, hash_: str, actor: Actor, at: datetime) -> None:
    audit.record(
        kind=kind,
        actor=actor,
        subject=f"opportunity:{id_}",
        body={"system": said.system, "external_id": said.external_id, "stage": said.stage, "version": hash_},
        at=at,
        books_id=books_id,
        items=[hash_],
    )
