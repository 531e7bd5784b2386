"""Reading the standards, holding opportunities against them, and the won deals that finance holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import Count, Max, Min, Sum

from counterfoil.crm import selectors as crm_reads
from counterfoil.crm.domain import OpportunityFacts, ProductFacts, Stage, key_of
from counterfoil.infra import bulk
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money
from counterfoil.policies import selectors as policies
from counterfoil.policies.domain import DataStandard, Kind
from counterfoil.standards import domain
from counterfoil.standards.domain import Catalogue, Deal, Standard
from counterfoil.standards.models import Alias, DealRow, HeldDeal, HeldReason, QualityAudit, QualitySignOff
from counterfoil.standards.quality import Audit, Score, SignOff
from counterfoil.standards.seen import seen

PRODUCT, CUSTOMER = "product", "customer"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A won opportunity after the standards: the deal, or what stands against it; `seen` is all that was read."""

    opportunity_id: int
    version_hash: str
    close_date: date | None
    snapshot: Mapping[str, Fact]
    deal: Deal | None
    findings: tuple[Finding, ...]
    owner: str
    seen: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class AliasRow:
    """A text and what a person said it means."""

    id: int
    kind: str
    text: str
    target: str
    target_id: int
    confirmed_by: str
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """The version of an opportunity that became a deal."""

    opportunity_id: int
    version_hash: str
    snapshot: Mapping[str, Fact]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A won opportunity that finance holds; `before` is what was invoiced, where it changed afterwards."""

    id: int
    opportunity_id: int
    version_hash: str
    findings: tuple[Finding, ...]
    before: Mapping[str, Fact] | None
    now: Mapping[str, Fact]
    first_held_at: datetime
    held_at: datetime


@dataclass(frozen=True, slots=True)
class HeldCount:
    """How many held deals have one reason, and what they come to in one currency; `value` is the text to blame."""

    code: str
    field: str
    value: str
    currency: str
    count: int
    amount: Money | None


# ------------------------------------------------------------------------------------ the standard and its catalogue


def standard() -> Standard:
    """Return what sales and finance agreed on; one statement."""
    return Standard.from_content(policies.active(Kind.DATA_STANDARD).as_a(DataStandard))


def standard_of(version: str) -> Standard:
    """Return a standard by the name a decision kept (`standards-...`), so that it can be made again.

    Raises:
        NoSuchPolicy: there never was one.
    """
    content = policies.content_of(Kind.DATA_STANDARD, version)
    assert isinstance(content, DataStandard)
    return Standard.from_content(content)


def products_meant() -> dict[str, ProductFacts]:
    """Return what a text may mean: products by key of their code, and by key of each confirmed alias."""
    products = crm_reads.product_facts()
    by_id = {product.id: product for product in products.values()}
    aliases = Alias.objects.filter(kind=PRODUCT).values_list("text_key", "product_id")
    return {key: by_id[product_id] for key, product_id in aliases if product_id is not None} | products


def customers_meant(system: str, texts: Sequence[str]) -> tuple[dict[str, int], frozenset[str]]:
    """Return which customers texts of a system mean, aliases included, and the keys that several customers go by."""
    found = crm_reads.customers_by_text(system, texts)
    left = {key_of(text) for text in texts if text and text not in found.ids}
    aliases = dict(
        Alias.objects.filter(bulk.is_any_of("text_key", sorted(left)), kind=CUSTOMER).values_list(
            "text_key", "customer_id"
        )
    )
    meant = {text: aliases[key_of(text)] for text in texts if key_of(text) in aliases and text not in found.ids}
    ambiguous = {key_of(text) for text in found.ambiguous} - aliases.keys()
    known = {text: id_ for text, id_ in meant.items() if id_ is not None}
    return {**found.ids, **known}, frozenset(ambiguous)


def catalogue_for(facts: Iterable[OpportunityFacts]) -> tuple[Catalogue, list[OpportunityFacts]]:
    """Return all that these opportunities may name, and the opportunities with customers that are known by now.

    The number of statements depends on how many systems the opportunities come from, not on how many there are.
    """
    known = list(facts)
    texts: dict[str, list[str]] = {}
    for one in known:
        if one.customer_id is None and one.said.customer_text:
            texts.setdefault(one.said.system, []).append(one.said.customer_text)
    ambiguous: set[str] = set()
    for system, said in texts.items():
        meant, doubtful = customers_meant(system, said)
        ambiguous |= doubtful
        known = [
            one._replace(customer_id=meant.get(one.said.customer_text))
            if one.customer_id is None and one.said.system == system
            else one
            for one in known
        ]
    customer_ids = sorted({one.customer_id for one in known if one.customer_id is not None})
    is_one_unknown = any(one.customer_id is None and one.said.customer_text for one in known)
    return (
        Catalogue(
            products_meant(),
            crm_reads.customer_facts(customer_ids),
            crm_reads.names_to_suggest() if is_one_unknown else (),
            frozenset(ambiguous),
        ),
        known,
    )


# ------------------------------------------------------------------------------------ judging


def judged(books_id: int, opportunity_ids: Sequence[int]) -> list[Judgement]:
    """Hold won opportunities against the standards, in the order asked for; a number of statements that is constant.

    Those that are not won, not of these books or not there are left out. Inside a transaction the opportunities stay
    as they were read until it ends.
    """
    facts = [
        one
        for one in crm_reads.opportunity_facts(opportunity_ids, is_kept=connection.in_atomic_block)
        if one.books_id == books_id and one.said.stage == Stage.WON
    ]
    if not facts:
        return []
    wanted = standard()
    catalogue, facts = catalogue_for(facts)
    judgements = []
    for one in facts:
        result = domain.validate(one, catalogue, wanted)
        deal, findings = (result, ()) if isinstance(result, Deal) else (None, result)
        read = seen(one, catalogue)
        judgements.append(
            Judgement(
                one.opportunity_id,
                one.version_hash,
                one.said.close_date,
                read["said"],
                deal,
                findings,
                one.owner,
                read,
            )
        )
    return judgements


def validated_deals(books_id: int, opportunity_ids: Sequence[int]) -> tuple[list[Deal], list[Judgement]]:
    """Divide won opportunities into deals and those that do not pass, each in the order asked for."""
    judgements = judged(books_id, opportunity_ids)
    return (
        [judgement.deal for judgement in judgements if judgement.deal],
        [judgement for judgement in judgements if judgement.deal is None],
    )


def gate(facts: OpportunityFacts) -> tuple[Finding, ...]:
    """Return what keeps an opportunity out of the stage that the facts name: empty when it may go there."""
    catalogue, (known,) = catalogue_for([facts])
    return domain.findings_of(known, catalogue, standard())


def would_pass(facts: Sequence[OpportunityFacts]) -> list[tuple[Finding, ...]]:
    """Return what stands against each of many opportunities in the stage that its facts name."""
    catalogue, known = catalogue_for(facts)
    wanted = standard()
    return [domain.findings_of(one, catalogue, wanted) for one in known]


def first_event(books_id: int, opportunity_ids: Sequence[int]) -> int | None:
    """Return the lowest event by which deals of some opportunities were kept."""
    rows = DealRow.objects.filter(bulk.is_any_of("opportunity_id", list(opportunity_ids)), books_id=books_id)
    lowest: int | None = rows.aggregate(lowest=Min("event_id"))["lowest"]
    return lowest


def deal_versions(books_id: int, opportunity_ids: Sequence[int]) -> dict[int, Version]:
    """Return the versions that became deals, by opportunity; one statement."""
    rows = DealRow.objects.filter(bulk.is_any_of("opportunity_id", opportunity_ids), books_id=books_id)
    fields = ("opportunity_id", "version_hash", "snapshot", "made_at")
    return {
        id_: Version(id_, version_hash, json.loads(snapshot), made_at)
        for id_, version_hash, snapshot, made_at in rows.values_list(*fields)
    }


# ------------------------------------------------------------------------------------ held deals and aliases


def held_deals(
    *, books_id: int, code: str = "", value: str = "", before: int | None = None, limit: int = 50
) -> list[HeldRow]:
    """Return the won deals that finance holds, the latest first, `limit` of them before an id (keyset)."""
    rows = HeldDeal.objects.filter(books_id=books_id, resolved_at=None).order_by("-id")
    if code:
        reasons = HeldReason.objects.filter(code=code)
        if value:
            reasons = reasons.filter(value=value)
        rows = rows.filter(id__in=reasons.values("held_id"))
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [_held(row) for row in rows[:limit]]


def held_deal(books_id: int, opportunity_id: int) -> HeldRow | None:
    """Return why an opportunity is held, or None."""
    row = HeldDeal.objects.filter(books_id=books_id, opportunity_id=opportunity_id, resolved_at=None).first()
    return _held(row) if row else None


def held_opportunities(books_id: int, opportunity_ids: Sequence[int]) -> dict[int, str]:
    """Return which of these opportunities are held, each with the code of its first reason; one statement."""
    rows = HeldReason.objects.filter(
        bulk.is_any_of("held__opportunity_id", opportunity_ids), books_id=books_id, position=0, held__resolved_at=None
    )
    return dict(rows.values_list("held__opportunity_id", "code"))


def held_count(books_id: int) -> int:
    """Return how many won deals are held."""
    return HeldDeal.objects.filter(books_id=books_id, resolved_at=None).count()


def held_by_reason(books_id: int) -> list[HeldCount]:
    """Return why won deals are held, the most frequent reason first, with what they come to; one statement.

    A deal that is held for two reasons counts for both.
    """
    rows = (
        HeldReason.objects.filter(books_id=books_id, held__resolved_at=None)
        .values("code", "field", "value", "held__opportunity__currency")
        .annotate(deals=Count("held_id", distinct=True), total=Sum("held__opportunity__amount_minor"))
        .order_by("-deals", "code", "value")
    )
    return [
        HeldCount(
            row["code"],
            row["field"],
            row["value"],
            row["held__opportunity__currency"],
            row["deals"],
            Money(int(row["total"]), currency(row["held__opportunity__currency"]))
            if row["total"] is not None and row["held__opportunity__currency"]
            else None,
        )
        for row in rows
    ]


def held_only_for(books_id: int, code: str, value: str) -> int:
    """Return how many deals are held for one reason and no other: what its removal would let through."""
    rows = (
        HeldDeal.objects.filter(books_id=books_id, resolved_at=None)
        .filter(id__in=HeldReason.objects.filter(code=code, value=value).values("held_id"))
        .exclude(id__in=HeldReason.objects.exclude(code=code, value=value).values("held_id"))
    )
    return rows.count()


def is_alias(kind: str, text: str) -> bool:
    """Tell whether a person said what a text means."""
    return Alias.objects.filter(kind=kind, text_key=key_of(text)).exists()


def aliases(ids: Sequence[int] | None = None) -> list[AliasRow]:
    """Return what people said that texts mean, the latest first; all, or those with some ids."""
    rows = Alias.objects.select_related("product", "customer").order_by("-id")
    if ids is not None:
        rows = rows.filter(bulk.is_any_of("id", list(ids)))
    return [
        AliasRow(
            row.pk,
            row.kind,
            row.text,
            row.product.code if row.product else row.customer.name if row.customer else "",
            row.product_id or row.customer_id or 0,
            row.confirmed_by,
            row.confirmed_at,
        )
        for row in rows
    ]


def _held(row: HeldDeal) -> HeldRow:
    findings = tuple(
        Finding(found["check"], found["code"], found["facts"], found["field"]) for found in json.loads(row.findings)
    )
    before = json.loads(row.snapshot_before) if row.snapshot_before else None
    return HeldRow(
        row.pk,
        row.opportunity_id,
        row.version_hash,
        findings,
        before,
        json.loads(row.snapshot_now),
        row.first_held_at,
        row.held_at,
    )


# ------------------------------------------------------------------------------------ audits of the data


def quality_audits(books_id: int, *, before: date | None = None, limit: int = 13) -> list[Audit]:
    """Return the audit that counts of each week, the latest week first; two statements.

    Args:
        before: only weeks before this one.
    """
    rows = QualityAudit.objects.filter(books_id=books_id)
    if before is not None:
        rows = rows.filter(week__lt=before)
    last = rows.values("week").annotate(last=Max("id")).order_by("-week").values_list("last", flat=True)[:limit]
    found = list(QualityAudit.objects.filter(id__in=list(last)).order_by("-week"))
    signed: dict[int, list[SignOff]] = {}
    offs = QualitySignOff.objects.filter(books_id=books_id, audit_id__in=[row.pk for row in found]).order_by("id")
    for off in offs:
        signed.setdefault(off.audit_id, []).append(SignOff(off.who, off.at, off.note))
    return [
        Audit(
            row.pk,
            row.week,
            row.standard,
            tuple(Score.from_json(score) for score in json.loads(row.scores)),
            row.made_by,
            row.made_at,
            tuple(signed.get(row.pk, ())),
        )
        for row in found
    ]
