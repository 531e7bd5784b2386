"""Taking things back: a plan that says what it comes to, and the books as if it had not been done."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.billing import selectors as billing
from counterfoil.billing.domain import CreditDraft, Kind
from counterfoil.connectors.embedded import EmbeddedAccounting
from counterfoil.contracts import selectors as contracts
from counterfoil.contracts.domain import ContractState
from counterfoil.crm import selectors as crm
from counterfoil.decisions import registry
from counterfoil.decisions import selectors as decisions
from counterfoil.decisions.domain import Reversal
from counterfoil.flows import receive_money, undo
from counterfoil.flows.aliases import confirm_alias
from counterfoil.flows.bill_due import bill_due
from counterfoil.flows.close_deals import DatedBy
from counterfoil.flows.credit_invoice import credit_invoices
from counterfoil.flows.enter_invoice import enter_invoices
from counterfoil.flows.import_file import import_file
from counterfoil.flows.journal import reverse_entry
from counterfoil.flows.periods import close_period
from counterfoil.flows.release_revenue import release_revenue
from counterfoil.flows.verdicts import alias as naming
from counterfoil.flows.win_deal import enter_deal
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger
from counterfoil.ledger import services as ledger_services
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.settlement import Part
from counterfoil.standards import selectors as standards
from tests.builders import EUR, NOW, TESTER
from tests.company import Company, a_company, a_won_deal
from tests.documents import a_request
from tests.flows.test_import_file import a_file, a_row
from tests.torture.invariants import wrong
from tests.web.filled import add

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


def imported(company: Company, **said: str) -> int:
    """Bring a deal in by a file; returns the opportunity."""
    body = a_file(a_row("X-1", **{"discount_pct": "0", "billing_type": "up_front", **said}))
    import_file(kind="deals", data=body, file_name="deals.csv", actor=TESTER, books_id=company.books.id, at=NOW)
    (row,) = crm.opportunities(books_id=company.books.id)
    return row.id


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


def test_what_a_text_means_is_undone_with_the_deals_that_were_closed_by_it() -> None:
    company = a_company()
    opportunity = add(company, a_won_deal(company, 120_000, product="Servize"), "X-1")
    assert company.closes(only=[opportunity]).held == 1
    for _ in range(2):  # Confirmed again after it was undone, it is a decision of its own.
        confirm_alias(kind="product", text="Servize", target="SVC", books_id=company.books.id, actor=TESTER, at=NOW)
        decision = decisions.why(naming.subject("product", "Servize"))[0].number
        assert company.closes(only=[opportunity], again=True).invoiced == 1
        with pytest.raises(undo.HasDependents):
            take_back(company, decision, with_dependents=False)
        done = take_back(company, decision)
        assert [step.verb for step in done.plan.steps] == ["credit", "forget", "unsign"]
        assert company.balances() == {}
        assert standards.aliases() == []
        (held,) = standards.held_deals(books_id=company.books.id)
        assert {one.code for one in held.findings} == {"unknown_product", "closing_was_undone"}
        assert undo.plan(company.books.id, done.plan.target, today=TODAY).is_nothing


def test_opportunities_wait_for_their_customer_again_when_a_name_means_nobody_again() -> None:
    company = a_company()
    imported(company, account="Kestrl", product="SVC", stage="Qualified")
    (row,) = crm.opportunities(books_id=company.books.id)
    assert row.customer_id is None
    confirm_alias(
        kind="customer", text="KESTRL", target="Kestrel Water AG", books_id=company.books.id, actor=TESTER, at=NOW
    )
    (row,) = crm.opportunities(books_id=company.books.id)
    assert row.customer_id == company.customer_id
    take_back(company, f"alias:{standards.aliases()[0].id}")
    (row,) = crm.opportunities(books_id=company.books.id)
    assert row.customer_id is None


def test_the_number_of_statements_does_not_grow_with_what_is_undone() -> None:
    company = a_company()
    counts = []
    for deals in (2, 12):
        made = [
            enter_deal(books_id=company.books.id, draft=a_won_deal(company, 9_000), actor=TESTER, at=NOW)
            for _ in range(deals)
        ]
        assert company.closes(only=made).invoiced == deals
        decision = decisions.why(f"opportunity:{made[0]}")[0].number
        with CaptureQueriesContext(connection) as captured:
            undo.undo(books_id=company.books.id, target=decision, reason="x", actor=TESTER, at=NOW)
        counts.append(len(captured))
    assert counts[1] <= counts[0]


def credited(company: Company) -> int:
    """Credit the one invoice in full; returns the credit note."""
    (invoice,) = billing.document_summaries(company.books.id, kind=Kind.INVOICE)
    wanted = CreditDraft(invoice.id, invoice.issue_date, "wrong")
    (answer,) = credit_invoices(books_id=company.books.id, credits_wanted=[wanted], actor=TESTER, at=NOW)
    assert answer.credit_note_id is not None
    return answer.credit_note_id


def test_an_undone_credit_note_stays_and_its_invoice_is_issued_again() -> None:
    company = a_company()
    closed(company, 120_000, product="SUB")
    release_revenue(books_id=company.books.id, through=date(2026, 10, 31), actor=TESTER)
    before = company.balances()
    note = credited(company)
    (ended,) = contracts.contract_summaries(company.books.id)
    assert ended.state is ContractState.ENDED
    done = take_back(company, f"invoice:{note}")
    assert company.balances() == before
    assert [step.verb for step in done.plan.steps] == ["reissue"]
    (contract,) = contracts.contract_summaries(company.books.id)
    assert contract.state is ContractState.LIVE
    documents = billing.document_summaries(company.books.id)
    assert [one.kind for one in documents].count(Kind.CREDIT_NOTE) == 1
    (again,) = [one for one in documents if one.number in done.documents]
    (first,) = [one for one in documents if one.credited_by]
    assert (again.kind, again.gross, again.due_date) == (Kind.INVOICE, first.gross, first.due_date)
    (item,) = receivables.open_items(company.books.id)
    assert (item.document_id, item.open) == (again.id, again.gross)
    closing = decisions.why(f"contract:{contract.id}")[-1].number
    take_back(company, closing)  # The invoice that was issued again is the closing's own now.
    assert company.balances() == {}


def test_what_used_a_credit_goes_first() -> None:
    company = a_company()
    closed(company)
    paid(company, 50_000)
    before = company.balances(), {item.open for item in receivables.open_items(company.books.id)}
    note = credited(company)
    (credit,) = receivables.open_items(company.books.id)
    assert credit.open == Money(50_000, EUR)
    closed(company, 30_000)
    other = next(item for item in receivables.open_items(company.books.id) if item.kind == "invoice")
    receive_money.apply_credit(
        books_id=company.books.id, credit_item_id=credit.id, seen=credit.open,
        parts=(Part(other.id, min(other.open, credit.open)),), on=other.issue_date, actor=TESTER, at=NOW,
    )  # fmt: skip
    with pytest.raises(undo.HasDependents):
        take_back(company, f"invoice:{note}", with_dependents=False)
    done = take_back(company, f"invoice:{note}")
    assert [step.verb for step in done.plan.steps] == ["unapply", "reissue"]
    assert {item.open for item in receivables.open_items(company.books.id)} == before[1] | {other.open}


def test_a_credit_note_of_an_undoing_is_not_taken_back_because_the_deal_is_closed_again_instead() -> None:
    company = a_company()
    _, decision = closed(company)
    (number,) = take_back(company, f"CF-{decision}").documents
    with pytest.raises(Exception, match="credited_by_undoing"):
        undo.undo(books_id=company.books.id, target=number, reason="no", actor=TESTER, at=NOW)


def test_money_goes_back_at_the_rates_of_its_own_days() -> None:
    company = a_company()
    for month, rate in ((10, "0.9"), (11, "0.97")):
        ledger_services.set_exchange_rate(
            books_id=company.books.id, currency_code="USD", valid_from=date(2026, month, 1), base_rate=Decimal(rate),
            actor=TESTER, at=NOW,
        )  # fmt: skip
    request = a_request(currency="USD", issue_date="2026-10-15")
    (answer,) = enter_invoices(books_id=company.books.id, requests=[request], actor=TESTER, at=NOW)
    (item,) = receivables.open_items(company.books.id)
    on = date(2026, 11, 10)
    payment = receive_money.HandPayment(
        item.open, on, "pays", (Part(item.id, item.open),), customer_id=item.customer_id
    )
    receive_money.record_payment(books_id=company.books.id, payment=payment, actor=TESTER, at=NOW)
    ledger_services.set_exchange_rate(
        books_id=company.books.id, currency_code="USD", valid_from=TODAY, base_rate=Decimal("1.1"), actor=TESTER, at=NOW
    )
    take_back(company, f"invoice:{answer.invoice_id}")
    came = ledger.base_amount(company.books.id, EUR, item.open, on).minor
    assert company.balances() == {"1000": came, "2300": -came}
    (row,) = receivables.payments(company.books.id)
    assert row.unapplied == item.open


def test_a_closed_month_stays_as_it_was_and_the_first_open_day_has_the_reversal() -> None:
    company = a_company()
    opportunity = enter_deal(books_id=company.books.id, draft=a_won_deal(company), actor=TESTER, at=NOW)
    company.closes(only=[opportunity], dated_by=DatedBy.CLOSE)
    october = date(2026, 10, 31)
    before = ledger.trial_balance(company.books.id, as_of=october)
    assert before
    close_period(books_id=company.books.id, month=date(2026, 10, 1), actor=TESTER)
    done = take_back(company, f"D-{opportunity}", on=date(2026, 10, 20))
    assert done.plan.on == date(2026, 11, 1)
    assert ledger.trial_balance(company.books.id, as_of=october) == before
    assert company.balances() == {}


def test_an_import_of_deals_that_were_closed_since_lists_them_and_undoes_them_with_it() -> None:
    company = a_company()
    opportunity = imported(company, account="Kestrel Water AG", product="SVC")
    company.closes(only=[opportunity])
    (batch,) = crm.imports()
    with pytest.raises(undo.HasDependents) as refused:
        take_back(company, f"B-{batch.id}", with_dependents=False)
    assert refused.value.facts["count"] == 2
    done = take_back(company, f"B-{batch.id}")
    assert [step.verb for step in done.plan.steps] == ["credit", "unsign", "unload"]
    assert [one.code for one in done.plan.stays if one.code == "deals_stay"] == ["deals_stay"]
    assert company.balances() == {}
    assert [row.id for row in crm.opportunities(books_id=company.books.id)] == [opportunity]
    assert company.closes().held == 1


def test_a_release_is_reversed_by_its_decision() -> None:
    company = a_company()
    opportunity = enter_deal(books_id=company.books.id, draft=a_won_deal(company, product="SUB"), actor=TESTER, at=NOW)
    company.closes(only=[opportunity], dated_by=DatedBy.CLOSE)
    before = company.balances()
    entries = release_revenue(books_id=company.books.id, through=date(2026, 10, 31), actor=TESTER)
    (why,) = [one for one in decisions.why(f"entry:{entries[-1]}") if one.kind == "release_revenue"]
    wanted = Reversal(company.books.id, why.decision_id, why.subject, TODAY, "too early", TESTER, NOW)
    assert registry.type_of("release_revenue").reverse(wanted)
    assert company.balances() == before
