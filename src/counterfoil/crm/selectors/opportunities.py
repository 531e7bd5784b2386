"""Reading opportunities: as lists for people, and as facts for the standards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.db.models import Count, F, Q, QuerySet, Sum

from counterfoil.crm.domain import OpportunityFacts, Said, SaidLine, Stage, key_of
from counterfoil.crm.models import Opportunity, OpportunityLine
from counterfoil.crm.selectors.customers import effective_customer
from counterfoil.infra import bulk
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import Money


class NoSuchOpportunity(Refused):
    """There is no opportunity with this number or reference."""

    code = "no_such_opportunity"


@dataclass(frozen=True, slots=True)
class OpportunityRow:
    """An opportunity in a list. Without a known customer, `customer` is what was said."""

    id: int
    reference: str
    system: str
    name: str
    customer_id: int | None
    customer: str
    stage: Stage
    stage_text: str
    amount: Money | None
    currency: str
    amount_state: str
    close_date: date | None
    owner: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class StageCount:
    """How many opportunities stand in a stage, and what they come to in one currency."""

    stage: Stage
    currency: str
    count: int
    amount: Money | None


_FACTS = (
    "id", "books_id", "effective_customer_id", "owner", "version_hash", "system", "external_id", "name",
    "customer_text", "amount_minor", "currency", "amount_state", "stage", "close_date", "terms_text", "billing_text",
    "po_number", "service_start", "service_end", "delivered_on", "cancellable_until",
)  # fmt: skip
_LINE = (
    "opportunity_id", "product_text", "description", "quantity_micro", "unit_price_minor", "discount_percent",
    "amount_minor",
)  # fmt: skip


def opportunity_facts(opportunity_ids: Sequence[int], *, is_kept: bool = False) -> list[OpportunityFacts]:
    """Return opportunities as they are now, in the order asked for; two statements, whatever their number.

    Ids that do not exist are left out.

    Args:
        is_kept: nobody else changes them until the caller's transaction ends.
    """
    if not opportunity_ids:
        return []
    rows = Opportunity.objects.filter(bulk.is_any_of("id", opportunity_ids)).annotate(
        effective_customer_id=effective_customer()
    )
    if is_kept:
        rows = rows.select_for_update(of=("self",))
    lines = OpportunityLine.objects.filter(bulk.is_any_of("opportunity_id", opportunity_ids)).order_by(
        "opportunity_id", "line"
    )
    lines_of = {
        id_: tuple([SaidLine(*line[1:]) for line in group])
        for id_, group in groupby(lines.values_list(*_LINE), key=lambda line: line[0])
    }
    facts = {}
    for id_, books_id, customer_id, owner, version_hash, *said in rows.values_list(*_FACTS):
        said_of_it = Said._make((*said, lines_of.get(id_, ())))
        facts[id_] = OpportunityFacts(id_, books_id, customer_id, owner, said_of_it, version_hash)
    return [facts[id_] for id_ in opportunity_ids if id_ in facts]


def owners(opportunity_ids: Sequence[int]) -> dict[int, str]:
    """Return who sells opportunities, blank where nobody is named; one statement."""
    rows = Opportunity.objects.filter(bulk.is_any_of("id", opportunity_ids))
    return dict(rows.values_list("id", "owner"))


def won(books_id: int) -> list[tuple[int, str]]:
    """Return every won opportunity of some books with its version hash, the oldest close first; one statement."""
    rows = Opportunity.objects.filter(books_id=books_id, stage=Stage.WON.value)
    return list(rows.order_by(F("close_date").asc(nulls_last=True), "id").values_list("id", "version_hash"))


def won_between(books_id: int, start: date, end: date) -> list[int]:
    """Return what was won with a close date in a span, its end excluded; one statement."""
    rows = Opportunity.objects.filter(books_id=books_id, stage=Stage.WON.value)
    return list(rows.filter(close_date__gte=start, close_date__lt=end).order_by("id").values_list("id", flat=True))


def still_open(books_id: int) -> list[int]:
    """Return what is neither won nor lost; one statement."""
    rows = Opportunity.objects.filter(books_id=books_id).exclude(stage__in=[Stage.WON.value, Stage.LOST.value])
    return list(rows.order_by("id").values_list("id", flat=True))


def won_since(books_id: int, since: date) -> list[int]:
    """Return what was won from a close date on, the oldest first; one statement."""
    rows = Opportunity.objects.filter(books_id=books_id, stage=Stage.WON.value, close_date__gte=since)
    return list(rows.order_by("close_date", "id").values_list("id", flat=True))


def opportunities(
    *,
    books_id: int,
    stage: str = "",
    search: str = "",
    customer_id: int | None = None,
    owner: str = "",
    ids: Sequence[int] | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[OpportunityRow]:
    """Return opportunities, the newest first, `limit` of them older than the id `before` (keyset); one statement."""
    rows = Opportunity.objects.filter(books_id=books_id).order_by("-id")
    if stage:
        rows = rows.filter(stage=stage)
    if search:
        key = key_of(search)
        rows = rows.filter(
            Q(name__icontains=search)
            | Q(external_id__iexact=search)
            | Q(customer_text__icontains=search)
            | Q(customer__name_key__contains=key)
        )
    if customer_id is not None:
        rows = rows.filter(Q(customer_id=customer_id) | Q(customer__merged_into_id=customer_id))
    if owner:
        rows = rows.filter(owner=owner)
    if ids is not None:
        rows = rows.filter(bulk.is_any_of("id", ids))
    if before is not None:
        rows = rows.filter(id__lt=before)
    return _rows(rows[:limit])


def opportunity(opportunity_id: int) -> OpportunityRow:
    """Return one opportunity as lists show it; its lines are in `opportunity_facts`.

    Raises:
        NoSuchOpportunity: there is none.
    """
    found = _rows(Opportunity.objects.filter(id=opportunity_id))
    if not found:
        raise NoSuchOpportunity(field="opportunity", opportunity=str(opportunity_id))
    return found[0]


def opportunity_id(reference: str, system: str = "") -> int:
    """Return the opportunity that a person means by its reference, of any system when none is named.

    Raises:
        NoSuchOpportunity: none, or more than one.
    """
    rows = Opportunity.objects.filter(external_id=reference)
    if system:
        rows = rows.filter(system=system)
    found = list(rows.values_list("id", flat=True)[:2])
    if len(found) != 1:
        raise NoSuchOpportunity(field="opportunity", opportunity=reference[:80], is_ambiguous=bool(found))
    return found[0]


def opportunities_by_external_id(system: str, external_ids: Sequence[str]) -> dict[str, int]:
    """Return opportunities by what a system calls them; one statement."""
    rows = Opportunity.objects.filter(bulk.is_any_of("external_id", external_ids), system=system)
    return dict(rows.values_list("external_id", "id"))


def opportunities_by_reference(books_id: int, references: Sequence[str]) -> dict[str, int]:
    """Return which opportunities of some books texts mean: an external id that only one has, else our number (D-12)."""
    found: dict[str, set[int]] = {}
    rows = Opportunity.objects.filter(bulk.is_any_of("external_id", references), books_id=books_id)
    for text, id_ in rows.values_list("external_id", "id"):
        found.setdefault(text, set()).add(id_)
    ours = {text: int(text[2:]) for text in references if text.startswith("D-") and text[2:].isdecimal()}
    known = set(
        Opportunity.objects.filter(bulk.is_any_of("id", sorted(ours.values())), books_id=books_id).values_list(
            "id", flat=True
        )
    )
    return {text: id_ for text, id_ in ours.items() if id_ in known} | {
        text: next(iter(ids)) for text, ids in found.items() if len(ids) == 1
    }


def stage_counts(books_id: int) -> list[StageCount]:
    """Return how many opportunities stand in each stage and what they come to, by currency; one statement."""
    rows = (
        Opportunity.objects.filter(books_id=books_id)
        .values("stage", "currency")
        .annotate(count=Count("id"), total=Sum("amount_minor"))
        .order_by("stage", "currency")
        .values_list("stage", "currency", "count", "total")
    )
    return [
        StageCount(Stage(stage), unit, count, Money(int(total), currency(unit)) if unit and total is not None else None)
        for stage, unit, count, total in rows
    ]


def opportunities_naming(kind: str, text: str) -> list[int]:
    """Return what names a product or a customer by a text, in any books, upper and lower case aside; two statements."""
    key = key_of(text)
    if kind == "product":
        products = OpportunityLine.objects.values_list("product_text", flat=True).distinct()
        lines = bulk.is_any_of("product_text", [said for said in products if key_of(said) == key])
        rows = Opportunity.objects.filter(id__in=OpportunityLine.objects.filter(lines).values("opportunity_id"))
        return list(rows.order_by("id").values_list("id", flat=True))
    customers = Opportunity.objects.values_list("customer_text", flat=True).distinct()
    named = bulk.is_any_of("customer_text", [said for said in customers if key_of(said) == key])
    return list(Opportunity.objects.filter(named).order_by("id").values_list("id", flat=True))


def _rows(rows: QuerySet[Opportunity]) -> list[OpportunityRow]:
    fields = (
        "id", "external_id", "system", "name", "effective_customer_id", "customer__name", "customer__merged_into__name",
        "customer_text", "stage", "stage_text", "amount_minor", "currency", "amount_state", "close_date", "owner",
        "updated_at",
    )  # fmt: skip
    found = []
    for (
        id_, reference, system, name, customer_id, customer, merged, text, stage, stage_text, minor, unit, state, day,
        owner, updated_at,
    ) in rows.annotate(effective_customer_id=effective_customer()).values_list(*fields):  # fmt: skip
        amount = Money(minor, currency(unit)) if unit and minor is not None else None
        found.append(
            OpportunityRow(
                id_,
                reference,
                system,
                name,
                customer_id,
                merged or customer or text,
                Stage(stage),
                stage_text,
                amount,
                unit,
                state,
                day,
                owner,
                updated_at,
            )
        )
    return found
