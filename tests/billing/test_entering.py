"""Invoices entered by hand or API: done, unchanged, held or refused, field by field."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from counterfoil.audit import selectors as record
from counterfoil.audit import services as audit
from counterfoil.billing import selectors as billing
from counterfoil.billing import services
from counterfoil.decisions import selectors as decisions
from counterfoil.flows import enter_invoice as flow
from counterfoil.flows.enter_invoice import EnteredKind
from counterfoil.kernel.strict_json import Json
from counterfoil.ledger import services as ledger
from counterfoil.receivables import selectors as receivables
from tests.builders import NOW, TESTER
from tests.company import a_company
from tests.documents import TODAY, a_draft, a_line, a_request, a_request_with, enter, issue

pytestmark = pytest.mark.database


def test_an_invoice_is_numbered_posted_earned_and_open() -> None:
    company = a_company()
    (done,) = enter(company, a_request())
    assert (done.kind, done.number) == (EnteredKind.DONE, "2026-0001")
    assert company.balances() == {"1100": 11_900, "2400": -1_900, "4000": -10_000}
    assert done.invoice_id is not None
    content = billing.document_content(company.books.id, done.invoice_id)
    assert (content["net"], content["tax"], content["gross"]) == ("100.00", "19.00", "119.00")
    assert content["payment_reference"] == "RF3120260001"
    why, taxed = decisions.why(f"invoice:{done.invoice_id}")
    assert (taxed.kind, taxed.code) == ("tax_choice", "tax_as_stated")
    assert (why.kind, why.outcome, why.code) == ("enter_invoice", "issued", "entered")
    assert audit.verify().ok


def test_the_same_source_is_entered_once() -> None:
    company = a_company()
    (first,) = enter(company, a_request(source="key-1"))
    (second,) = enter(company, a_request(source="key-1"))
    assert (second.kind, second.invoice_id, second.number) == (EnteredKind.UNCHANGED, first.invoice_id, "2026-0001")
    one, other = enter(company, a_request(source="key-2"), a_request(source="key-2"))
    assert one == other
    assert billing.series_faults(company.books.id) == []


def test_a_refused_request_takes_no_number_posts_nothing_and_is_on_the_record_once() -> None:
    company = a_company()
    before = len(record.events(kind="billing.invoice_refused"))
    good, unknown, bad_lines = enter(
        company,
        a_request(),
        a_request(customer="Nobody Ltd"),
        a_request(lines=[a_line(product_code="GTX"), a_line(tax_code="DE-20"), a_line()]),
    )
    assert good.number == "2026-0001"
    assert [(one.code, one.field) for one in unknown.refusals] == [("unknown_customer", "customer")]
    assert [(one.code, one.field) for one in bad_lines.refusals] == [
        ("unknown_product", "lines[0].product_code"),
        ("unknown_tax_code", "lines[1].tax_code"),
    ]
    assert len(record.events(kind="billing.invoice_refused")) == before + 2
    (after,) = enter(company, a_request())
    assert after.number == "2026-0002"
    assert company.balances()["1100"] == 2 * 11_900


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"lines": [a_line(unit_price="0.00")]}, "zero_total", "lines"),
        ({"lines": [a_line(unit_price="-100.00")]}, "negative_total", "lines"),
        ({"due_date": "2026-11-14"}, "due_before_issue", "due_date"),
        ({"currency": "JPY", "lines": [a_line(unit_price="1200")]}, "no_exchange_rate", "currency"),
        ({"lines": [a_line(product_code="SUB")]}, "missing_field", "lines[0].service_start"),
    ],
)
def test_what_cannot_be_an_invoice_is_refused_by_field(changed: dict[str, Json], code: str, field: str) -> None:
    company = a_company()
    (entered,) = enter(company, a_request_with(changed))
    assert entered.kind is EnteredKind.REFUSED
    assert [(one.code, one.field) for one in entered.refusals] == [(code, field)]
    assert company.balances() == {}


def test_a_closed_period_is_refused_with_the_first_open_date() -> None:
    company = a_company()
    enter(company, a_request(issue_date="2026-05-31"))
    ledger.close_period(books_id=company.books.id, month=date(2026, 5, 1), actor=TESTER, at=NOW)
    (entered,) = enter(company, a_request(issue_date="2026-05-31"))
    (refusal,) = entered.refusals
    assert (refusal.code, refusal.facts["first_open"]) == ("period_is_closed", "2026-06-01")
    assert billing.series_faults(company.books.id) == []


def test_a_date_before_the_last_number_is_refused_with_the_earliest_that_passes() -> None:
    company = a_company()
    enter(company, a_request())
    (entered,) = enter(company, a_request(issue_date="2026-11-14"))
    (refusal,) = entered.refusals
    assert (refusal.code, refusal.facts["earliest"]) == ("issue_date_too_early", "2026-11-15")


def test_a_date_far_ahead_is_held_and_may_be_entered_on_another_day() -> None:
    company = a_company()
    (entered,) = enter(company, a_request(issue_date="2027-06-01", due_date="2027-07-01", source="key-9"))
    assert (entered.kind, entered.refusals[0].code) == (EnteredKind.HELD, "issue_date_too_far")
    (held,) = billing.held_invoices(company.books.id)
    assert (held.id, held.code, held.net.minor, held.facts["last"]) == (
        entered.held_id, "issue_date_too_far", 10_000, "2026-12-15",
    )  # fmt: skip
    assert company.balances() == {}
    done = flow.enter_held(books_id=company.books.id, held_id=held.id, issue_date=TODAY, actor=TESTER, at=NOW)
    assert (done.kind, done.number) == (EnteredKind.DONE, "2026-0001")
    assert billing.held_invoices(company.books.id) == []


@pytest.mark.parametrize(
    ("issue_date", "service_start", "kind"),
    [
        ("2026-12-15", None, EnteredKind.DONE),
        ("2026-12-16", None, EnteredKind.HELD),
        ("2027-01-02", None, EnteredKind.DONE),
        ("2027-01-31", None, EnteredKind.DONE),
        ("2027-02-01", None, EnteredKind.HELD),
        ("2028-02-29", "2028-02-29", EnteredKind.DONE),
        ("2028-02-29", None, EnteredKind.HELD),
    ],
)
def test_a_date_is_too_far_when_it_would_hold_up_its_series(
    issue_date: str, service_start: str | None, kind: EnteredKind
) -> None:
    company = a_company()
    months = 12 if service_start else None
    asked = a_request(issue_date=issue_date, service_start=service_start, service_months=months)
    (entered,) = enter(company, asked)
    assert entered.kind is kind
    if kind is EnteredKind.DONE:
        assert entered.number == f"{issue_date[:4]}-0001"


def test_today_is_the_day_of_the_books_zone() -> None:
    company = a_company(time_zone="Pacific/Auckland", country="NZ")
    late = NOW.replace(month=10, day=31, hour=23, minute=30)
    (entered,) = enter(company, a_request(issue_date=None, due_date="2026-12-15"), at=late)
    assert entered.invoice_id is not None
    assert billing.document_content(company.books.id, entered.invoice_id)["issue_date"] == "2026-11-01"


def test_a_draft_has_no_number_and_becomes_the_invoice_under_its_id() -> None:
    company = a_company()
    books_id = company.books.id
    saved = flow.save_draft(books_id=books_id, request=a_request(source="draft-1"), actor=TESTER, at=NOW)
    assert isinstance(saved, int)
    changed = a_request(source="draft-1", lines=[a_line(unit_price="200.00"), a_line()])
    assert flow.save_draft(books_id=books_id, request=changed, actor=TESTER, at=NOW) == saved
    assert company.balances() == {}
    issued = flow.issue_draft(books_id=books_id, invoice_id=saved, actor=TESTER, at=NOW)
    assert (issued.kind, issued.invoice_id, issued.number) == (EnteredKind.DONE, saved, "2026-0001")
    assert company.balances()["1100"] == 35_700
    again = flow.issue_draft(books_id=books_id, invoice_id=saved, actor=TESTER, at=NOW)
    assert (again.kind, again.number) == (EnteredKind.UNCHANGED, "2026-0001")
    assert not services.discard_draft(books_id=books_id, invoice_id=saved, actor=TESTER, at=NOW)
    with pytest.raises(services.drafts.AlreadyIssued):
        flow.save_draft(books_id=books_id, request=changed, actor=TESTER, at=NOW)


def test_a_discarded_draft_leaves_nothing_but_its_record() -> None:
    company = a_company()
    saved = flow.save_draft(books_id=company.books.id, request=a_request(), actor=TESTER, at=NOW)
    assert isinstance(saved, int)
    assert services.discard_draft(books_id=company.books.id, invoice_id=saved, actor=TESTER, at=NOW)
    assert billing.documents_by_id(company.books.id, [saved]) == {}
    (entered,) = enter(company, a_request())
    assert entered.number == "2026-0001"


def test_an_invoice_in_another_currency_is_posted_at_the_rate_of_its_date() -> None:
    company = a_company()
    for day, rate in ((date(2026, 11, 1), "0.9"), (date(2026, 11, 16), "0.5")):
        set_rate(company.books.id, "USD", day, rate)
    (entered,) = enter(company, a_request(currency="USD"))
    assert entered.kind is EnteredKind.DONE
    assert company.balances() == {"1100": 10_710, "2400": -1_710, "4000": -9_000}


def test_five_thousand_lines_make_one_invoice() -> None:
    company = a_company()
    lines = [a_line(unit_price="0.01", tax_code="ZERO")] * 5_000
    (entered,) = enter(company, a_request(lines=lines))
    assert entered.gross is not None
    assert entered.gross.minor == 5_000
    assert company.balances() == {"1100": 5_000, "4000": -5_000}


def test_the_receivable_stands_as_an_open_item() -> None:
    company = a_company()
    (entered,) = enter(company, a_request())
    items = receivables.items_by_document(company.books.id, [entered.invoice_id or 0])
    assert list(items) == [entered.invoice_id]


def test_issuing_alone_needs_no_flow() -> None:
    company = a_company()
    one, other = issue(company, a_draft(company), a_draft(company, 500))
    assert [one.number, other.number] == ["2026-0001", "2026-0002"]


def set_rate(books_id: int, code: str, day: date, rate: str) -> None:
    """Set an exchange rate."""
    ledger.set_exchange_rate(
        books_id=books_id, currency_code=code, valid_from=day, base_rate=Decimal(rate), actor=TESTER, at=NOW
    )
