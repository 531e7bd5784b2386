"""Holding the deals won since a day against a proposal and against what is in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from counterfoil.crm import selectors as crm
from counterfoil.crm.domain import OpportunityFacts
from counterfoil.flows.policies.results import Of, Simulated, Stopped, Tally
from counterfoil.kernel.currency import Currency
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger
from counterfoil.people import selectors as people
from counterfoil.people.domain import Role
from counterfoil.policies import selectors as policies
from counterfoil.policies.domain import (
    ApprovalMatrix,
    CreditProfiles,
    DataStandard,
    Kind,
    Settings,
    credit_findings,
)
from counterfoil.receivables import selectors as receivables
from counterfoil.standards import domain as standards
from counterfoil.standards import selectors as standard_reads
from counterfoil.standards.domain import Catalogue, Deal, Standard

CHUNK = 5_000
DAY = timedelta(days=1)
Verdicts = Callable[[Sequence[OpportunityFacts], Settings], list[tuple[Finding, ...]]]


def simulate_deals(*, books_id: int, kind: Kind, content: Settings, since: date) -> Simulated:
    """Hold every deal won since a day against a proposal and against what is in force."""
    verdicts = JUDGES[kind](books_id)
    in_force = policies.active(kind, books_id)
    base = people.books_facts(books_id).base_currency
    tally = Tally(base)
    for facts in _past_deals(books_id, since):
        tally.tested += len(facts)
        before, after = verdicts(facts, in_force.content), verdicts(facts, content)
        amounts = _in_base(books_id, base, facts)
        for one, amount, old, new in zip(facts, amounts, before, after, strict=True):
            if bool(old) == bool(new):
                continue
            assert one.said.close_date
            row = Stopped(
                one.opportunity_id, one.said.external_id, one.said.name, one.said.close_date, amount, new or old
            )
            tally.add(row, is_stopped=bool(new))
    return tally.result(kind, in_force.version, since, Of.DEALS)


def _past_deals(books_id: int, since: date) -> Iterator[list[OpportunityFacts]]:
    """Yield what was won since a day, the oldest first, some thousands at a time."""
    ids = crm.won_since(books_id, since)
    for start in range(0, len(ids), CHUNK):
        yield crm.opportunity_facts(ids[start : start + CHUNK])


def _by_standard(facts: Sequence[OpportunityFacts], content: Settings) -> list[tuple[Finding, ...]]:
    assert isinstance(content, DataStandard)
    standard = Standard.from_content(content)
    catalogue, known = standard_reads.catalogue_for(facts)
    return [standards.findings_of(one, catalogue, standard) for one in known]


def _deals(facts: Sequence[OpportunityFacts]) -> tuple[list[Deal | None], Catalogue]:
    """Return the deal that each was under the standard in force; None where it was none."""
    standard = standard_reads.standard()
    catalogue, known = standard_reads.catalogue_for(facts)
    judged = [standards.validate(one, catalogue, standard) for one in known]
    return [one if isinstance(one, Deal) else None for one in judged], catalogue


def _by_limits(books_id: int) -> Verdicts:
    """Hold deals against the limits of who sold them; whose role has none has those of a seller."""
    roles = {member.email.casefold(): member.role for member in people.members(books_id)}
    base = people.books_facts(books_id).base_currency

    def judge(facts: Sequence[OpportunityFacts], content: Settings) -> list[tuple[Finding, ...]]:
        assert isinstance(content, ApprovalMatrix)
        if not content.limits:
            return [()] * len(facts)
        deals, catalogue = _deals(facts)
        products = {product.id: product for product in catalogue.products.values()}
        found: list[tuple[Finding, ...]] = []
        for one, deal, amount in zip(facts, deals, _in_base(books_id, base, facts), strict=True):
            if deal is None or amount is None:
                found.append(())
                continue
            segment = catalogue.customers[deal.customer_id].segment
            asked = standards.approval_facts(deal, base_minor=amount.minor, segment=segment, products=products)
            role = roles.get(one.owner.casefold(), Role.SALES)
            has_limit = any(limit.role == role for limit in content.limits)
            found.append(content.breaches(role if has_limit else Role.SALES, asked))
        return found

    return judge


def _by_credit(books_id: int) -> Verdicts:
    base = people.books_facts(books_id).base_currency

    def judge(facts: Sequence[OpportunityFacts], content: Settings) -> list[tuple[Finding, ...]]:
        assert isinstance(content, CreditProfiles)
        deals, _ = _deals(facts)
        amounts = _in_base(books_id, base, facts)
        sold = [(deal, amount) for deal, amount in zip(deals, amounts, strict=True) if deal and amount]
        profiles = receivables.profiles_of(content, sorted({deal.customer_id for deal, _ in sold}))
        owed = iter(receivables.past_exposures(books_id, [(d.customer_id, d.close_date - DAY) for d, _ in sold]))
        found: list[tuple[Finding, ...]] = []
        for deal, amount in zip(deals, amounts, strict=True):
            if deal is None or amount is None:
                found.append(())
                continue
            days = (deal.term.due_date(deal.close_date) - deal.close_date).days
            profile, exposure = profiles[deal.customer_id], next(owed)
            found.append(credit_findings(profile, exposure, added_minor=amount.minor, term_days=days))
        return found

    return judge


def _in_base(books_id: int, base: Currency, facts: Sequence[OpportunityFacts]) -> list[Money | None]:
    """Return what each deal stated, in base on its close date; None where it cannot be said."""
    wanted = [(standards.stated_amount(one), one.said.close_date) for one in facts]
    asked = [(amount, day) for amount, day in wanted if amount is not None and day is not None]
    converted = iter(ledger.base_amounts(books_id, base, asked))
    return [next(converted) if amount is not None and day is not None else None for amount, day in wanted]


JUDGES: Mapping[Kind, Callable[[int], Verdicts]] = {
    Kind.DATA_STANDARD: lambda _: _by_standard,
    Kind.APPROVAL_MATRIX: _by_limits,
    Kind.CREDIT_PROFILES: _by_credit,
}
"""Who judges deals by a kind of policy."""
