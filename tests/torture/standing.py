"""How books stand, read with plain SQL: what two histories are compared by.

Thousands of histories are compared, and putting a query together costs more than running it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import connection

from counterfoil.ledger import selectors as ledger
from counterfoil.receivables import selectors as receivables

_LIVE = "contracts_contract c ON c.id = {}.contract_id AND c.state = 'live' WHERE c.books_id = %s"
OPEN_ITEMS = """SELECT customer_id, kind, currency, open_minor, open_base_minor, due_date
    FROM receivables_open_item WHERE books_id = %s AND open_minor <> 0"""
UNAPPLIED = """SELECT customer_id, currency, unapplied_minor, unapplied_base_minor
    FROM receivables_payment WHERE books_id = %s AND unapplied_minor <> 0"""
BANK_LINES = "SELECT state FROM receivables_bank_line WHERE books_id = %s AND note <> 'import_undone'"
CONTRACTS = "SELECT total_minor, currency, state FROM contracts_contract WHERE books_id = %s AND state <> 'undone'"
INSTALMENTS = f"""SELECT i.invoice_date, i.net_minor, i.is_invoiced
    FROM contracts_instalment i JOIN {_LIVE.format("i")}"""
SCHEDULES = f"""SELECT sum(s.amount_minor - s.credited_minor), sum(s.base_minor - s.base_credited_minor),
    sum(s.released_minor), sum(s.base_released_minor)
    FROM revenue_schedule s JOIN {_LIVE.format("s")} GROUP BY s.contract_id"""
OWN_SCHEDULES = """SELECT amount_minor - credited_minor, base_minor - base_credited_minor, released_minor,
    base_released_minor, earned_from, earned_until FROM revenue_schedule
    WHERE books_id = %s AND contract_id IS NULL AND (amount_minor <> credited_minor OR released_minor <> 0)"""
POSITIONS = """SELECT p.customer_id, sum(p.base_minor) FROM ledger_posting p
    JOIN ledger_account a ON a.id = p.account_id AND a.role = 'contract_position'
    WHERE p.books_id = %s GROUP BY p.contract_id, p.customer_id HAVING sum(p.base_minor) <> 0"""
NOT_INVOICED = """SELECT count(*) FROM crm_opportunity o WHERE o.books_id = %s AND o.stage = 'won' AND NOT EXISTS (
    SELECT 1 FROM contracts_contract c WHERE c.opportunity_id = o.id AND c.version_hash = o.version_hash
    AND c.id = (SELECT max(n.id) FROM contracts_contract n WHERE n.opportunity_id = o.id) AND c.state <> 'undone')"""


def rows(query: str, books_id: int) -> list[tuple[Any, ...]]:
    """Return what a query finds in some books."""
    with connection.cursor() as cursor:
        cursor.execute(query, [books_id])
        return [tuple(row) for row in cursor.fetchall()]


def counted(query: str, books_id: int) -> Counter[tuple[Any, ...]]:
    """Count like rows: two histories give the same things other numbers."""
    return Counter(rows(query, books_id))


def balances(books_id: int, days: Sequence[date]) -> dict[str, dict[str, int]]:
    """Return each account's balance as of some days, folded from the postings."""
    sums = ", ".join(f"sum(CASE WHEN p.entry_date <= '{day}' THEN p.base_minor ELSE 0 END)" for day in days)
    found = rows(
        f"SELECT a.code, {sums} FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id"
        " WHERE p.books_id = %s GROUP BY a.code",
        books_id,
    )
    return {
        f"balances as of {day}": {str(row[0]): int(row[place]) for row in found if row[place]}
        for place, day in enumerate(days, 1)
    }


def faults(books_id: int) -> list[str]:
    """Return what is wrong within one history: sub-ledger against ledger, balances kept against the postings."""
    found = [str(fault) for fault in receivables.faults(books_id)]
    if ledger.snapshot_balance(books_id) != ledger.scanned_balance(books_id):
        found.append("the balances kept are not the fold of the postings")
    return found
