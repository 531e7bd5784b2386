"""Numbers: gapless in each series, in the order of the dates, whatever is refused, repeated or tried at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterfoil.audit import selectors as record
from counterfoil.billing import selectors as billing
from counterfoil.billing import services
from counterfoil.billing.domain import Kind
from counterfoil.billing.models import Invoice, Series
from counterfoil.ledger.domain import OutcomeKind
from tests.builders import NOW, TESTER
from tests.company import Company, a_company
from tests.databases import OwnDatabase
from tests.documents import TODAY, a_draft, issue

Fresh = Callable[..., AbstractContextManager[OwnDatabase]]


def numbers(company: Company, kind: Kind = Kind.INVOICE) -> list[str]:
    """Return the numbers given, in the order of series and number."""
    rows = Invoice.objects.filter(books_id=company.books.id, kind=kind.value, state="issued")
    return list(rows.order_by("series__year", "series__branch", "no").values_list("number", flat=True))


@pytest.mark.database
def test_a_batch_is_numbered_in_the_order_of_its_dates() -> None:
    company = a_company()
    days = [date(2026, 3, 2), date(2025, 12, 31), date(2026, 1, 5), date(2026, 3, 1)]
    issued = issue(company, *[a_draft(company, day=day) for day in days])
    assert [one.number for one in issued] == ["2026-0003", "2025-0001", "2026-0001", "2026-0002"]


@pytest.mark.database
def test_what_is_refused_in_a_batch_takes_no_number() -> None:
    company = a_company()
    issue(company, a_draft(company, day=date(2026, 3, 1)))
    issued = issue(
        company,
        a_draft(company, day=date(2026, 2, 28)),
        a_draft(company, 0, day=date(2026, 3, 2)),
        a_draft(company, day=date(2026, 3, 2), tax="XX-1"),
        a_draft(company, day=date(2026, 3, 2)),
        a_draft(company, day=date(2027, 1, 2)),
    )
    assert [one.code or one.number for one in issued] == [
        "issue_date_too_early", "zero_total", "unknown_tax_code", "2026-0002", "2027-0001",
    ]  # fmt: skip
    assert billing.series_faults(company.books.id) == []


@pytest.mark.database
def test_a_historical_load_opens_a_branch_where_the_dates_lie_before_the_last_number() -> None:
    company = a_company()
    late = [a_draft(company, day=date(2017, month, 1)) for month in (1, 6, 12)]
    early = [a_draft(company, day=date(2017, month, 9)) for month in (2, 3)]
    again = [a_draft(company, day=date(2017, month, 5)) for month in (3, 12)]
    assert [one.number for one in issue(company, *late, is_historical=True)] == ["2017-0001", "2017-0002", "2017-0003"]
    assert [one.number for one in issue(company, *early, is_historical=True)] == ["2017-B-0001", "2017-B-0002"]
    assert [one.number for one in issue(company, *again, is_historical=True)] == ["2017-C-0001", "2017-C-0002"]
    (named,) = issue(company, a_draft(company, day=date(2017, 12, 6)), series="B")
    assert named.number == "2017-B-0003"
    (normal,) = issue(company, a_draft(company, day=date(2017, 12, 1)))
    assert normal.number == "2017-0004"
    assert billing.series_faults(company.books.id) == []


@pytest.mark.database
def test_the_same_source_in_one_batch_is_issued_once() -> None:
    company = a_company()
    one, other = issue(company, a_draft(company, source="key"), a_draft(company, source="key"))
    assert (one.kind, other.kind) == (OutcomeKind.DONE, OutcomeKind.UNCHANGED)
    assert one.invoice_id == other.invoice_id


@pytest.mark.database
def test_a_counter_that_was_set_back_is_found_and_repaired_on_the_record() -> None:
    """P-05: frappe/erpnext#7782, a counter reset to zero blocked every document."""
    company = a_company()
    issue(company, a_draft(company), a_draft(company))
    Series.objects.update(next_no=1)
    (fault,) = services.check_series(books_id=company.books.id)
    assert (fault.next_no, fault.should_be, fault.missing) == (1, 3, 0)
    assert str(fault) == "Series invoice 2026: the next number would be 1 and should be 3."
    repair = {"books_id": company.books.id, "series_id": fault.series_id}
    assert services.repair_series(**repair, actor=TESTER, at=NOW)
    assert not services.repair_series(**repair, actor=TESTER, at=NOW)
    (event,) = record.events(kind="billing.series_repaired")
    assert (event.body["from"], event.body["to"]) == (1, 3)
    assert issue(company, a_draft(company))[0].number == "2026-0003"


@pytest.mark.database
@pytest.mark.parametrize("n", [1, 40])
def test_the_number_of_statements_does_not_grow_with_the_invoices(n: int) -> None:
    company = a_company()
    issue(company, a_draft(company))
    with CaptureQueriesContext(connection) as captured:
        issue(company, *[a_draft(company, 100 + at, lines=2) for at in range(n)])
    assert len(captured) <= 36, [query["sql"][:100] for query in captured]
    assert billing.series_faults(company.books.id) == []


@pytest.mark.database
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(
        st.tuples(st.lists(st.tuples(st.integers(0, 800), st.booleans()), max_size=6), st.booleans()), max_size=6
    )
)
def test_series_are_gapless_and_their_dates_never_run_back(
    batches: list[tuple[list[tuple[int, bool]], bool]],
) -> None:
    with transaction.atomic():
        company = a_company()
        for batch, is_historical in batches:
            drafts = [
                a_draft(company, 100 if is_good else 0, day=date(2024, 6, 1) + timedelta(days=day))
                for day, is_good in batch
            ]
            issued = issue(company, *drafts, is_historical=is_historical)
            assert all(one.kind is not OutcomeKind.DONE or one.number for one in issued)
            if is_historical:
                assert {one.code for one in issued} <= {"", "zero_total"}
        assert billing.series_faults(company.books.id) == []
        rows = Invoice.objects.order_by("series_id", "no").values_list("series_id", "no", "issue_date", "series__year")
        before = (0, 0, date.min)
        for series_id, no, day, year in rows:
            assert day.year == year
            if series_id == before[0]:
                assert no == before[1] + 1
                assert day >= before[2]
            else:
                assert no == 1
            before = (series_id, no, day)
        transaction.set_rollback(True)


@pytest.mark.commit
def test_eight_at_once_take_consecutive_numbers_and_one_source_is_issued_once() -> None:
    """P-08, P-10, P-12: different numbers for simultaneous requests, one invoice for one deal, nobody sees an error."""
    company = a_company()

    def run(at: int) -> str:
        try:
            (own,) = issue(company, a_draft(company, source=f"own:{at}"))
            (shared,) = issue(company, a_draft(company, source=f"shared:{at % 4}"))
            return own.number + " " + shared.number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = [answer.split() for answer in pool.map(run, range(24))]
    assert len({own for own, _ in answers}) == 24
    assert len({shared for _, shared in answers}) == 4
    assert numbers(company) == [f"2026-{no:04d}" for no in range(1, 29)]
    assert billing.series_faults(company.books.id) == []


@pytest.mark.commit
def test_a_posting_that_fails_after_its_number_leaves_no_gap() -> None:
    """P-02: odoo/odoo#11859, gaps after failures and cancels."""
    company = a_company()
    for at in range(30):
        try:
            with transaction.atomic():
                issue(company, a_draft(company, source=f"s:{at}"))
                if at % 3 == 0:
                    raise IntegrityError("after numbering")
        except IntegrityError:
            continue
    assert numbers(company) == [f"2026-{no:04d}" for no in range(1, 21)]
    assert billing.series_faults(company.books.id) == []


@pytest.mark.commit
def test_an_issued_document_cannot_be_changed_deleted_or_given_the_number_of_another() -> None:
    """P-03, P-08: the database itself refuses."""
    company = a_company()
    one, other = issue(company, a_draft(company), a_draft(company))
    for statement in (
        "UPDATE billing_invoice SET gross_minor = gross_minor + 1",
        "DELETE FROM billing_invoice",
        "UPDATE billing_line SET net_minor = 0",
        "DELETE FROM billing_line",
        f"INSERT INTO billing_line SELECT * FROM billing_line WHERE invoice_id = {one.invoice_id}",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    row = Invoice.objects.get(number=other.number)
    row.pk, row.source, row.number = None, "another", "2026-9999"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
    assert numbers(company) == ["2026-0001", "2026-0002"]


@pytest.mark.database
def test_dates_and_numbers_of_today_follow_a_company_that_starts_today() -> None:
    company = a_company()
    assert issue(company, a_draft(company, day=TODAY))[0].number == "2026-0001"
