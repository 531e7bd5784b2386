"""Many at once: the same invoice paid fifty times, the same line matched by many, two files at a time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection

from counterfoil.flows import receive_money
from counterfoil.flows.receive_money import HandPayment
from counterfoil.kernel.errors import Refused
from counterfoil.receivables import selectors as reads
from counterfoil.receivables.domain.undoing import Undo, What
from tests.builders import NOW, TESTER, eur
from tests.receivables.bank_files import document, entry
from tests.receivables.company import a_company, part

pytestmark = pytest.mark.commit


def at_once(count: int, act: Callable[[int], str]) -> Counter[str]:
    """Let `count` threads act as nearly at the same time as they can; count what each answered."""
    gate = threading.Barrier(count)

    def run(number: int) -> str:
        try:
            gate.wait()
            return act(number)
        except Refused as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return Counter(pool.map(run, range(count)))


def test_fifty_parallel_payments_of_one_invoice_are_one() -> None:
    """P-22: svthalia/concrexit#3367."""
    company = a_company()
    item, *_ = company.invoices(company.customer(), 10000)
    company.statement(document(opening="0.00", closing="0.00"))

    def pay(number: int) -> str:
        payment = HandPayment(eur(10000), date(2026, 10, 20), f"form-{number}", (part(item),))
        done = receive_money.record_payment(books_id=company.id, payment=payment, actor=TESTER, at=NOW)
        return done.kind.value

    assert at_once(50, pay) == {"done": 1, "exceeds_open": 49}
    assert len(reads.payments(company.id)) == 1
    assert company.is_sound()


@pytest.mark.parametrize("settled", [10000, 4000, 0])
def test_one_payment_sent_by_ten_at_once_is_one(settled: int) -> None:
    company = a_company()
    customer = company.customer()
    item, *_ = company.invoices(customer, 10000)
    company.statement(document(opening="0.00", closing="0.00"))
    parts = (part(item, settled),) if settled else ()

    def pay(_: int) -> str:
        payment = HandPayment(eur(10000), date(2026, 10, 20), "one key", parts, customer_id=customer)
        return receive_money.record_payment(books_id=company.id, payment=payment, actor=TESTER, at=NOW).kind.value

    assert at_once(10, pay) == {"done": 1, "unchanged": 9}
    assert company.item(item).open.minor == 10000 - settled
    assert company.is_sound()


def test_one_line_matched_by_robot_and_people_at_once_is_settled_once() -> None:
    company = a_company()
    item, other = company.invoices(company.customer(), 10000, 10000)
    (line,) = company.receives("2026-10-20,100.00,INV-2026-000017")

    def act(number: int) -> str:
        if number % 2:
            return f"robot {receive_money.match(books_id=company.id, actor=TESTER, at=NOW).matched}"
        return company.by_hand(line, part(other)).kind.value

    at_once(8, act)
    assert sorted([company.item(item).open.minor, company.item(other).open.minor]) == [0, 10000]
    assert company.is_sound()


def test_payments_of_many_invoices_in_opposite_orders_wait_for_each_other_without_end() -> None:
    """Items are locked in the order of their ids: no deadlock, whatever order they are named in."""
    company = a_company()
    items = company.invoices(company.customer(), *([1000] * 6))
    company.statement(document(opening="0.00", closing="0.00"))

    def pay(number: int) -> str:
        parts = tuple(part(item, 10) for item in (items if number % 2 else items[::-1]))
        payment = HandPayment(eur(60), date(2026, 10, 20), f"form-{number}", parts)
        return receive_money.record_payment(books_id=company.id, payment=payment, actor=TESTER, at=NOW).kind.value

    assert at_once(20, pay) == {"done": 20}
    assert [company.item(item).open.minor for item in items] == [800] * 6
    assert company.is_sound()


def test_one_file_imported_by_many_at_once_is_stored_once() -> None:
    company = a_company()
    company.statement(document(opening="0.00", closing="0.00", statement="S-0", day="2026-10-19"))
    data = document(entry("100.00", bank_id="A"), opening="0.00", closing="100.00").encode()

    def load(_: int) -> str:
        done = receive_money.import_bank(books_id=company.id, data=data, actor=TESTER, at=NOW)
        return f"{done.accepted} accepted"

    assert at_once(6, load) == {"1 accepted": 1, "0 accepted": 5}
    assert len(company.lines()) == 1
    assert company.is_sound()


def test_a_match_taken_back_by_many_at_once_is_taken_back_once() -> None:
    company = a_company()
    item, *_ = company.invoices(company.customer(), 10000)
    company.receives("2026-10-20,100.00,INV-2026-000017")
    company.match()
    (line,) = company.lines()
    undo = Undo(What.LINE, line.id)

    def back(_: int) -> str:
        return receive_money.undo_match(
            books_id=company.id, undo=undo, on=date(2026, 11, 1), reason="twice", actor=TESTER, at=NOW
        ).kind.value

    assert at_once(8, back) == {"done": 1, "unchanged": 7}
    assert company.item(item).open.minor == 10000
    assert company.is_sound()
