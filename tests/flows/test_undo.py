"""Taking things back: a plan that says what it comes to, and the books as if it had not been done."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest

from counterfoil.billing import selectors as billing
from counterfoil.billing.domain import Kind
from counterfoil.connectors.embedded import EmbeddedAccounting
from counterfoil.contracts import selectors as contracts
from counterfoil.contracts.domain import ContractState
from counterfoil.crm import selectors as crm
from counterfoil.decisions import selectors as decisions
from counterfoil.flows import receive_money, undo
from counterfoil.flows.bill_due import bill_due
from counterfoil.flows.close_deals import DatedBy
from counterfoil.flows.journal import reverse_entry
from counterfoil.flows.release_revenue import release_revenue
from counterfoil.flows.win_deal import enter_deal
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.settlement import Part
from counterfoil.standards import selectors as standards
from tests.builders import EUR, NOW, TESTER
from tests.company import Company, a_company, a_won_deal
from tests.torture.invariants import wrong

pytestmark = pytest.mark.database
TODAY = NOW.date()


def take_back(company: Company, target: str, *, on: date | None = None, with_dependents: bool = True) -> undo.Undone:
    """Undo, and see that the books are sound and that undoing twice is undoing once."""
    done = undo.undo(
        books_id=company.books.id,
        target=target,
        on=on,
        reason="a mistake",
        with_dependents=with_dependents,
        actor=TESTER,
        at=NOW,
    )
    # What waits for COMMIT on PostgreSQL waits here, where nothing is committed.
    assert [one for one in wrong(company.books.id) if not one.startswith("ledger_pending")] == []
    before = company.balances()
    again = undo.undo(books_id=company.books.id, target=target, reason="again", actor=TESTER, at=NOW)
    assert again.is_unchanged
    assert company.balances() == before
    return done


def closed(company: Company, minor: int = 120_000, *, product: str = "SVC") -> tuple[int, int]:
    """Close a deal; returns the opportunity and the decision."""
    opportunity = enter_deal(
        books_id=company.books.id, draft=a_won_deal(company, minor, product=product), actor=TESTER, at=NOW
    )
    assert company.closes(only=[opportunity]).invoiced == 1
    return opportunity, decisions.why(f"opportunity:{opportunity}")[0].decision_id


def paid(company: Company, minor: int) -> int:
    """Pay so much of the one open invoice; returns the payment."""
    (item,) = receivables.open_items(company.books.id)
    payment = receive_money.HandPayment(
        Money(minor, EUR), TODAY, f"pay {minor}", (Part(item.id, Money(minor, EUR)),), customer_id=item.customer_id
    )
    done = receive_money.record_payment(books_id=company.books.id, payment=payment, actor=TESTER, at=NOW)
    assert done.payment_id is not None
    return done.payment_id


def test_an_undone_closing_leaves_the_deal_won_and_waiting_for_a_person() -> None:
    company = a_company()
    before = company.balances()
    opportunity, decision = closed(company)
    done = take_back(company, f"CF-{decision}")
    assert company.balances() == before
    assert [step.verb for step in done.plan.steps] == ["credit", "unsign"]
    (contract,) = contracts.contract_summaries(company.books.id)
    assert contract.state is ContractState.UNDONE
    held = standards.held_deal(company.books.id, opportunity)
    assert held is not None
    assert "closing_was_undone" in str(held)
    run = company.closes()
    assert (run.invoiced, run.held) == (0, 1)


def test_a_person_has_an_undone_deal_closed_again() -> None:
    company = a_company()
    opportunity, decision = closed(company)
    after_first = company.balances()
    take_back(company, f"CF-{decision}")
    assert company.closes(only=[opportunity], again=True).invoiced == 1
    assert company.balances() == after_first
    assert standards.held_count(company.books.id) == 0
    assert company.closes().unchanged == 1


def test_what_stands_on_an_invoice_is_listed_first_and_its_money_becomes_unapplied() -> None:
    company = a_company()
    _, decision = closed(company)
    payment = paid(company, 50_000)
    with pytest.raises(undo.HasDependents) as refused:
        take_back(company, f"CF-{decision}", with_dependents=False)
    assert refused.value.facts["count"] == 1
    done = take_back(company, f"CF-{decision}")
    assert [step.verb for step in done.plan.steps] == ["take_off", "credit", "unsign"]
    (row,) = receivables.payments(company.books.id)
    assert (row.id, row.unapplied) == (payment, Money(50_000, EUR))
    assert receivables.open_items(company.books.id) == []
    assert receivables.faults(company.books.id) == []
    assert company.balances() == {"1000": 50_000, "2300": -50_000}


def test_a_payment_whose_invoice_is_gone_can_still_be_undone() -> None:
    company = a_company()
    _, decision = closed(company)
    payment = paid(company, 50_000)
    take_back(company, f"CF-{decision}")
    take_back(company, f"payment:{payment}")
    assert company.balances() == {}


def test_the_credit_note_has_the_original_rates_and_its_own_number() -> None:
    company = a_company()
    _, decision = closed(company)
    done = take_back(company, f"CF-{decision}")
    rows = billing.document_summaries(company.books.id)
    note = next(one for one in rows if one.kind is Kind.CREDIT_NOTE)
    assert done.documents == (note.number,)


def test_the_record_is_linked_both_ways() -> None:
    company = a_company()
    _, decision = closed(company)
    (invoice,) = billing.document_summaries(company.books.id)
    done = take_back(company, f"CF-{decision}")
    undone = [one for one in decisions.why(f"decision:{decision}") if one.kind == undo.KIND]
    assert {one.decision_id for one in undone} == set(done.decisions)
    assert decisions.why(f"invoice:{invoice.id}")[0].code == "undone_credit"


def test_releases_after_the_closing_go_first() -> None:
    company = a_company()
    before = company.balances()
    _, decision = closed(company, 120_000, product="SUB")
    release_revenue(books_id=company.books.id, through=date(2026, 11, 30), actor=TESTER)
    done = take_back(company, f"CF-{decision}")
    assert "credit" in [step.verb for step in done.plan.steps]
    assert company.balances() == before


def test_an_undone_deal_cannot_be_found_unless_it_is_named_right() -> None:
    company = a_company()
    for text in ("nonsense", "invoice:99", "CF-99", "user:1", "contract:9"):
        with pytest.raises(Exception, match="unknown_target"):
            take_back(company, text)
    assert crm.imports() == []


def test_an_undone_instalment_waits_until_a_person_has_it_invoiced_again() -> None:
    company = a_company()
    draft = a_won_deal(company, 120_000, product="SUB", close_date=date(2026, 8, 1), billing_type="monthly")
    opportunity = enter_deal(books_id=company.books.id, draft=draft, actor=TESTER, at=NOW)
    company.closes(only=[opportunity], dated_by=DatedBy.CLOSE)
    (contract,) = contracts.contract_summaries(company.books.id)
    invoices = billing.invoices_standing(company.books.id, contract_ids=[contract.id])
    assert len(invoices) > 1
    before = company.balances()
    done = take_back(company, f"invoice:{invoices[1].id}")
    assert [step.verb for step in done.plan.steps] == ["credit"]
    (held,) = [part for part in contracts.planned_instalments(contract.id) if part.is_held]
    bill = partial(bill_due, books_id=company.books.id, through=TODAY, sink=EmbeddedAccounting(), actor=TESTER)
    assert bill().invoiced == 0
    assert bill(only=[(contract.id, held.no)], is_confirmed=True).invoiced == 1
    assert company.balances() == before


def test_the_entry_of_a_payment_by_hand_is_not_reversed_behind_its_back() -> None:
    company = a_company()
    closed(company)
    payment = paid(company, 50_000)
    (entry,) = ledger.entries_of_sources(company.books.id, ["hand:pay 50000"])
    with pytest.raises(Exception, match="taken_back_with_its_cause"):
        reverse_entry(books_id=company.books.id, entry_id=entry.id, on=TODAY, reason="no", actor=TESTER)
    done = take_back(company, f"J-{entry.id}")
    assert [(step.verb, step.target) for step in done.plan.steps] == [("unmatch", f"payment:{payment}")]
