"""What must hold of any books at any time, read with plain SQL where the product has its own opinion."""

from __future__ import annotations

from django.db import connection

from counterfoil.audit import services as audit
from counterfoil.billing import selectors as billing
from counterfoil.ledger import selectors as ledger
from counterfoil.receivables import selectors as receivables

QUERIES = {
    "series {}: numbers are not 1 to n": """
        SELECT series_id FROM billing_invoice WHERE state = 'issued' GROUP BY series_id
        HAVING min(no) <> 1 OR max(no) <> count(*) OR count(DISTINCT no) <> count(*)""",
    "series {}: the next number does not follow": """
        SELECT s.id FROM billing_series s WHERE s.next_no <> 1 + (
            SELECT count(*) FROM billing_invoice i WHERE i.series_id = s.id AND i.state = 'issued')""",
    "opportunity {}: more than one contract": """
        SELECT opportunity_id FROM contracts_contract WHERE state <> 'undone'
        GROUP BY opportunity_id HAVING count(*) > 1""",
    "contract {}: an instalment is invoiced twice": """
        SELECT contract_id FROM billing_invoice WHERE contract_id IS NOT NULL AND kind = 'invoice' AND state = 'issued'
        GROUP BY contract_id, source HAVING count(*) > 1""",
    "document {}: no entry": """
        SELECT id FROM billing_invoice WHERE state = 'issued'
        AND (entry_id IS NULL OR entry_id NOT IN (SELECT id FROM ledger_entry))""",
    "entry {}: does not balance in a currency": """
        SELECT entry_id FROM ledger_posting GROUP BY entry_id, currency HAVING sum(amount_minor) <> 0""",
    "entry {}: does not balance in base": """
        SELECT entry_id FROM ledger_posting GROUP BY entry_id HAVING sum(base_minor) <> 0""",
    "entry {}: not as many postings as it says": """
        SELECT e.id FROM ledger_entry e LEFT JOIN ledger_posting p ON p.entry_id = e.id
        GROUP BY e.id, e.postings HAVING count(p.line) <> e.postings""",
    "entry {}: postings without it": """
        SELECT entry_id FROM ledger_posting WHERE entry_id NOT IN (SELECT id FROM ledger_entry)""",
    "ledger_pending: {} waits": "SELECT count(*) FROM ledger_pending HAVING count(*) > 0",
}


def wrong(books_id: int) -> list[str]:
    """Return what does not hold; nothing when all is well."""
    found = []
    with connection.cursor() as cursor:
        for text, query in QUERIES.items():
            cursor.execute(query)
            found += [text.format(row[0]) for row in cursor.fetchall()]
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA integrity_check")
            found += [f"integrity_check: {row[0]}" for row in cursor.fetchall() if row[0] != "ok"]
            cursor.execute("PRAGMA foreign_key_check")
            found += [f"foreign_key_check: {row}" for row in cursor.fetchall()]
    if ledger.snapshot_balance(books_id) != ledger.scanned_balance(books_id):
        found.append("the balances kept are not the fold of the postings")
    found += [str(fault) for fault in (*billing.series_faults(books_id), *receivables.faults(books_id))]
    verified = audit.verify()
    if not verified.ok:
        found.append(f"the chain does not verify: {verified.first_bad}")
    return found


def count(table: str) -> int:
    """Return how many rows a table has."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])
