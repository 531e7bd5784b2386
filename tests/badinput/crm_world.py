"""The world that the cases of deals and contacts assume (README of the corpus, "World"), and how a case is fed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection

from counterfoil import words
from counterfoil.audit import selectors as record
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm import services as crm
from counterfoil.crm.domain import CustomerDraft, OpportunityFacts, ProductDraft, ProductKind, ProductStatus
from counterfoil.flows.import_file import ImportResult, import_file
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.people.domain import BooksFacts
from tests.builders import NOW, TESTER, found_books

CASES = Path(__file__).parent
COLUMNS = (
    "external_id,name,account,amount,currency,stage,close_date,product_code,quantity,discount_pct,payment_terms,"
    "billing_type,owner_email,po_number"
)
FAMILIES = {
    "ambiguous_date": "AMBIGUOUS_DATE",
    "ambiguous_number": "AMBIGUOUS_NUMBER",
    "amount_not_positive": "RANGE",
    "bad_date": "BAD_DATE",
    "bad_email": "SCHEMA",
    "bad_number": "BAD_NUMBER",
    "duplicate_id": "DUPLICATE_ID",
    "encoding": "ENCODING",
    "limit": "LIMIT",
    "malformed": "MALFORMED",
    "malformed_text": "MALFORMED",
    "missing_field": "MISSING_FIELD",
    "missing_value": "MISSING_FIELD",
    "out_of_range": "RANGE",
    "scale": "SCALE",
    "schema": "SCHEMA",
    "too_long": "LIMIT",
    "unknown_currency": "BAD_CURRENCY",
    "unknown_term": "UNKNOWN_ENUM",
    "unknown_product": "UNKNOWN_PRODUCT",
    "unknown_stage": "UNKNOWN_ENUM",
    "unsupported_type": "UNSUPPORTED_TYPE",
}
"""The corpus' error families by our codes."""
WATCHED = (
    "crm_opportunity", "crm_opportunity_line", "crm_contact", "crm_customer", "crm_product", "crm_external_id",
    "crm_import_change", "audit_event", "ledger_entry", "contracts_contract", "billing_invoice",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class World:
    """Books in EUR, customers ACC-1 to ACC-9, and a price list with a subscription, services and a retired product."""

    books: BooksFacts

    def feeds(self, kind: str, data: bytes, name: str = "case.csv", *, dry_run: bool = False) -> ImportResult:
        """Feed bytes in with our own columns."""
        return import_file(
            kind=kind, data=data, file_name=name, dry_run=dry_run, actor=TESTER, books_id=self.books.id, at=NOW
        )

    def is_refused(self, kind: str, data: bytes) -> Refused:
        """Feed bytes in that are refused as a whole, and return why."""
        before = rows_of_everything()
        with pytest.raises(Refused) as caught:
            self.feeds(kind, data)
        refused = caught.value
        after = rows_of_everything()
        assert after.pop("audit_event") == before.pop("audit_event") + 1, "one event says that it was refused"
        assert after == before, "nothing was stored"
        (event,) = record.events(limit=1)
        assert (event.kind, event.body["code"]) == ("crm.import_refused", refused.code)
        return refused

    def deals(self) -> Mapping[str, OpportunityFacts]:
        """Return what is stored, by external id."""
        ids = [row.id for row in crm_reads.opportunities(books_id=self.books.id, limit=1_000)]
        return {facts.said.external_id: facts for facts in crm_reads.opportunity_facts(ids)}


def the_world() -> World:
    """Make the world."""
    books = found_books()
    for number in range(1, 10):
        name, id_ = f"Customer {number}", f"ACC-{number}"
        crm.add_customer(
            draft=CustomerDraft(name, "DE", terms="Net 30"),
            external_ids=[("counterfoil", id_)],
            actor=TESTER,
            at=NOW,
        )
    for code, kind, status, months in (
        ("SUB-ENT-Y", ProductKind.SUBSCRIPTION, ProductStatus.ACTIVE, 12),
        ("SUB-PRO-M", ProductKind.SUBSCRIPTION, ProductStatus.ACTIVE, 1),
        ("SVC-IMPL", ProductKind.ONE_TIME_SERVICE, ProductStatus.ACTIVE, None),
        ("HW-GW1", ProductKind.GOOD, ProductStatus.ACTIVE, None),
        ("HW-OLD", ProductKind.GOOD, ProductStatus.RETIRED, None),
    ):
        crm.add_product(draft=ProductDraft(code, code, kind, status=status, term_months=months), actor=TESTER, at=NOW)
    return World(books)


def case(name: str) -> bytes:
    return (CASES / name).read_bytes()


def rows_of_everything() -> dict[str, int]:
    """Count the rows of every table that a file could touch."""
    counts = {}
    with connection.cursor() as cursor:
        for table in WATCHED:
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts[table] = int(cursor.fetchone()[0])
    return counts


def families_by_row(result: ImportResult) -> dict[int, set[str]]:
    """Return the error families of each refused row; every refusal has a sentence."""
    found: dict[int, set[str]] = {}
    for row, _, code, facts in result.errors:
        assert code in words.templates()
        assert_is_said(code, facts)
        found.setdefault(row, set()).add(FAMILIES[code])
    return found


def assert_is_said(code: str, facts: Mapping[str, Fact]) -> None:
    sentence = words.sentence(code, facts)
    assert sentence.endswith((".", "?"))
    assert "{" not in sentence


def fields_of(result: ImportResult) -> Sequence[str]:
    return [refusal.field for refusal in result.errors]
