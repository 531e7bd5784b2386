"""What is previewed is what is posted: the same invoices and the same revenue, to the cent."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.billing import selectors as billing
from counterfoil.billing.domain import line_net
from counterfoil.connectors.embedded import EmbeddedAccounting
from counterfoil.contracts import selectors as contracts
from counterfoil.crm import selectors as crm
from counterfoil.crm.domain import AmountState, LineDraft, Stage
from counterfoil.flows.bill_due import bill_due
from counterfoil.flows.preview import Change, Preview, preview, previews
from counterfoil.flows.release_revenue import release_revenue
from counterfoil.flows.win_deal import change_deal, enter_deal
from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span
from counterfoil.revenue import selectors as revenue
from tests.builders import EUR, NOW, TESTER, eur
from tests.company import Company, a_company, a_won_deal

pytestmark = pytest.mark.database
TODAY = date(2026, 11, 15)
DEALS = 40
Invoiced = list[tuple[date, date, Money, Money, Money]]


@pytest.fixture
def company() -> Company:
    return a_company()


@pytest.fixture(autouse=True)
def _fifteenth_of_november() -> object:
    with world.using(World(clock=lambda: NOW)) as there:
        yield there


def on(day: date) -> World:
    return World(clock=lambda: datetime.combine(day, time(12), UTC))


def drafted(company: Company, chance: random.Random, stage: Stage) -> dict[str, Any]:
    """Return what is said of a random deal: one to four lines, discounts, terms, ways of billing."""
    lines = []
    for _ in range(chance.randint(1, 4)):
        price = eur(chance.randint(1, 200_000))
        discount = Decimal(chance.choice(["0", "0", "5", "7.5", "12.25"]))
        quantity = chance.choice([1, 2, 3, 7, 40]) * 10**6
        product = chance.choice(["GW-1", "SVC", "SUB"])
        lines.append(LineDraft(product, quantity_micro=quantity, unit_price=price, discount_percent=discount))
    total = sum((billing_net(line) for line in lines), Money.zero(EUR))
    start = TODAY + timedelta(days=chance.randint(-40, 60))
    return {
        "name": f"deal {chance.randint(1, 10**9)}",
        "stage": stage,
        "amount": total,
        "terms": chance.choice(["Net 30", "Net 45", "Due on receipt", "EOM", "2/10 Net 30"]),
        "billing_type": chance.choice(["up_front", "monthly", "quarterly", "yearly"]),
        "service": Span(start, start.replace(year=start.year + 1)),
        "delivered_on": chance.choice([None, TODAY - timedelta(days=3)]),
        "close_date": TODAY - timedelta(days=1),
        "lines": tuple(lines),
    }


def billing_net(line: LineDraft) -> Money:
    assert line.unit_price is not None
    assert line.quantity_micro is not None
    return line_net(line.quantity_micro, line.unit_price, line.discount_percent or Decimal(0))


def invoiced(company: Company) -> dict[int, Invoiced]:
    """Return what was invoiced, by opportunity."""
    summaries = billing.document_summaries(company.books.id, limit=10_000)
    documents = billing.documents_by_id(company.books.id, [one.id for one in summaries])
    of_contract = {
        contract.id: opportunity_id
        for opportunity_id, contract in contracts.contracts_by_opportunity(
            company.books.id, [row.id for row in crm.opportunities(books_id=company.books.id, limit=10_000)]
        ).items()
    }
    found: dict[int, Invoiced] = defaultdict(list)
    for issued in documents.values():
        document = issued.document
        draft = document.draft
        assert draft.contract_id is not None
        row = (draft.issue_date, draft.due_date, document.net, document.tax, document.gross)
        found[of_contract[draft.contract_id]].append(row)
    return {opportunity_id: sorted(rows, key=lambda row: row[0]) for opportunity_id, rows in found.items()}


def earned(company: Company, opportunity_id: int) -> dict[date, Money]:
    """Return what was released of a deal by month of service."""
    (contract,) = contracts.contracts_by_opportunity(company.books.id, [opportunity_id]).values()
    ids = [one.id for one in revenue.contract_obligations(company.books.id, contract.id)]
    found: dict[date, Money] = defaultdict(lambda: Money.zero(EUR))
    for released in revenue.releases(company.books.id, ids):
        found[released.earned_on.replace(day=1)] += released.amount
    return dict(found)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_unchanged_deal_is_posted_as_it_was_previewed(company: Company, seed: int) -> None:
    chance = random.Random(seed)
    books_id = company.books.id
    said = [drafted(company, chance, Stage.PROPOSAL) for _ in range(DEALS)]
    ids = [enter_deal(books_id=books_id, draft=a_won_deal(company, **one), actor=TESTER, at=NOW) for one in said]
    seen_before = previews(books_id=books_id, sink=EmbeddedAccounting(), facts=crm.opportunity_facts(ids), today=TODAY)
    assert [one.findings for one in seen_before] == [()] * DEALS
    for id_, one in zip(ids, said, strict=True):
        won = a_won_deal(company, **{**one, "stage": Stage.WON})
        change_deal(opportunity_id=id_, draft=won, actor=TESTER, at=NOW)
    assert company.closes().invoiced == DEALS
    for day in sorted(
        {invoice.issue_date for one in seen_before for invoice in one.invoices if invoice.issue_date > TODAY}
    ):
        with world.using(on(day)):
            bill_due(books_id=books_id, through=day, sink=EmbeddedAccounting(), actor=TESTER)
    actual = invoiced(company)
    assert {id_: told(one) for id_, one in zip(ids, seen_before, strict=True)} == actual
    with world.using(on(date(2028, 12, 31))):
        release_revenue(books_id=books_id, through=date(2028, 12, 31), actor=TESTER)
    for id_, previewed in zip(ids, seen_before, strict=True):
        assert dict(previewed.revenue) == earned(company, id_)


def told(one: Preview) -> Invoiced:
    return [(row.issue_date, row.due_date, row.net, row.tax, row.gross) for row in one.invoices]


def an_open_deal(company: Company, **said: Any) -> int:
    draft = a_won_deal(company, **{"stage": Stage.PROPOSAL, "amount_state": AmountState.QUOTED, **said})
    return enter_deal(books_id=company.books.id, draft=draft, actor=TESTER, at=NOW)


def seen(company: Company, id_: int, change: Change | None = None) -> Preview:
    books_id = company.books.id
    return preview(books_id=books_id, sink=EmbeddedAccounting(), opportunity_id=id_, change=change, today=TODAY)


def test_a_longer_term_and_a_discount_show_what_they_do(company: Company) -> None:
    id_ = an_open_deal(company, minor=100_000)
    before = seen(company, id_)
    after = seen(company, id_, Change("Net 90", {1: Decimal(20)}))
    assert (before.net, after.net, after.conceded) == (eur(100_000), eur(80_000), eur(20_000))
    assert [invoice.due_date for invoice in (*before.invoices, *after.invoices)] == [
        date(2026, 12, 15),
        date(2027, 2, 13),
    ]
    assert crm.opportunity(id_).amount == eur(100_000)


def test_what_stands_against_a_deal_is_all_that_a_preview_of_it_says(company: Company) -> None:
    id_ = an_open_deal(company, po_number="")
    found = seen(company, id_, Change("Net 30 or so"))
    assert [finding.code for finding in found.findings] == ["unknown_term"]
    assert (found.net, found.invoices, found.revenue) == (None, (), ())


def test_many_previews_take_no_more_statements_than_few(company: Company) -> None:
    ids = [an_open_deal(company, name=f"deal {no}") for no in range(30)]
    counts = []
    for some in (ids[:2], ids):
        with CaptureQueriesContext(connection) as asked:
            facts = crm.opportunity_facts(some)
            previews(books_id=company.books.id, sink=EmbeddedAccounting(), facts=facts, today=TODAY)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 24
