"""What the database and the record themselves refuse or find, whatever a program does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.db.utils import DatabaseError

from counterfoil.audit import services as audit
from counterfoil.flows import receive_money
from counterfoil.flows.receive_money import HandPayment
from counterfoil.kernel import canonical
from counterfoil.receivables import services as receivables
from counterfoil.receivables.domain.undoing import What
from counterfoil.receivables.models import Allocation, BankLine, OpenItem, Payment, Statement
from counterfoil.receivables.services import hashing
from tests.builders import NOW, TESTER, eur
from tests.receivables.company import Company, a_company, csv_of

pytestmark = pytest.mark.database


def a_paid_company() -> Company:
    company = a_company()
    company.invoices(company.customer(), 10000, 5000)
    company.receives("2026-10-20,100.00,INV-2026-000017")
    company.match()
    return company


@pytest.mark.parametrize(
    "act",
    [
        lambda: OpenItem.objects.update(open_minor=-1),
        lambda: OpenItem.objects.update(open_minor=10001),
        lambda: OpenItem.objects.update(open_base_minor=-1),
        lambda: Payment.objects.update(unapplied_minor=-1),
        lambda: Payment.objects.update(unapplied_minor=10001),
        lambda: BankLine.objects.update(state="lost"),
        lambda: BankLine.objects.update(state="listed"),
        lambda: BankLine.objects.update(entry_id=None),
    ],
)
def test_the_database_refuses_more_than_there_is_and_a_posted_line_without_entry(act: Callable[[], object]) -> None:
    """I-05, I-06 and P-34 as constraints."""
    a_paid_company()
    with pytest.raises(IntegrityError), transaction.atomic():
        act()


@pytest.mark.parametrize(
    "act", [lambda: Allocation.objects.update(amount_minor=1), lambda: Allocation.objects.all().delete()]
)
def test_an_allocation_never_changes_and_never_goes(act: Callable[[], object]) -> None:
    a_paid_company()
    with pytest.raises(DatabaseError), transaction.atomic():
        act()


def test_an_allocation_is_undone_once() -> None:
    company = a_paid_company()
    company.undo(What.LINE, company.lines()[0].id)
    undo = Allocation.objects.get(undoes__isnull=False)
    undo.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        undo.save(force_insert=True)


CHANGES: dict[type[Model], dict[str, object]] = {
    Statement: {"closing_minor": 1, "content_hash": "0" * 64, "last_date": date(2026, 1, 1)},
    BankLine: {"amount_minor": 1, "booking_date": date(2026, 1, 1), "identity": "x", "has_bad_iban": True},
    OpenItem: {"amount_minor": 10_001, "number": "x", "due_date": date(2026, 1, 1), "is_conditional": True},
    Payment: {"base_minor": 1, "paid_date": date(2026, 1, 1), "source": "x", "entry_id": 7},
}


@pytest.mark.parametrize(
    ("model", "column", "value"),
    [(model, column, value) for model, changes in CHANGES.items() for column, value in changes.items()],
)
def test_a_changed_row_is_found(model: type[Model], column: str, value: object) -> None:
    a_paid_company()
    assert audit.verify().ok
    row = model._default_manager.order_by("-id")[0]
    model._default_manager.filter(pk=row.pk).update(**{column: value})
    assert not audit.verify().ok


def test_every_covered_column_exists_and_texts_that_may_be_erased_are_not_covered() -> None:
    for model, columns in hashing.COVERED.items():
        assert set(columns) <= {field.attname for field in model._meta.local_fields}
    assert not {"counterparty", "text", "counterparty_iban"} & set(hashing.COVERED[BankLine])


def test_a_row_is_hashed_in_canonical_form() -> None:
    columns = hashing.COVERED[BankLine]
    row = (7, 'ä"\u2028\n', date(2026, 10, 20), -5, "EUR", True, False)
    assert len(row) == len(columns)
    plain = [cell.isoformat() if isinstance(cell, date) else cell for cell in row]
    assert hashing.hashed(BankLine, columns, [row]) == [canonical.hash_of(plain)]


def test_a_payer_is_erased_and_the_record_still_verifies() -> None:
    company = a_company()
    item, *_ = company.invoices(company.customer(), 10000)
    company.statement(csv_of("2026-10-20,,100.00,EUR,Ada Lovelace,,INV-2026-000017 from ada lovelace,B1,"))
    company.match()
    payment = HandPayment(eur(50), date(2026, 10, 20), "k", customer_id=item.customer_id, text="cash of Ada Lovelace")
    receive_money.record_payment(books_id=company.id, payment=payment, actor=TESTER, at=NOW)
    assert receivables.erase_payer(names=["Ada Lovelace"], actor=TESTER, at=NOW) == 2
    (line,) = company.lines()
    assert (line.counterparty, line.text.strip()) == ("", "INV-2026-000017 from")
    assert not Payment.objects.filter(text__icontains="Lovelace").exists()
    assert audit.verify().ok
    assert receivables.erase_payer(names=["Ada Lovelace"], actor=TESTER, at=NOW) == 0
    assert (
        company.statement(csv_of("2026-10-20,,100.00,EUR,Ada Lovelace,,INV-2026-000017 from ada lovelace,B1,")).accepted
        == 0
    )
