"""A real CRM export from one end to the other: what is stored, what is a deal, what is held and why."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from counterfoil.crm import selectors as crm_reads
from counterfoil.flows import aliases
from counterfoil.flows.import_file import ImportResult, import_file
from counterfoil.kernel.currency import USD
from counterfoil.kernel.money import Money
from counterfoil.people.domain import BooksFacts
from counterfoil.standards import selectors as standards
from counterfoil.standards.domain import Deal
from tests.builders import NOW, TESTER, found_books

pytestmark = pytest.mark.database
FILES = {"customers": "accounts.csv", "products": "products.csv", "deals": "sales_pipeline.csv"}


def feed(books: BooksFacts, folder: Path, kind: str) -> ImportResult:
    return import_file(
        kind=kind, data=folder / FILES[kind], file_name=FILES[kind], profile="maven-crm", actor=TESTER,
        books_id=books.id, at=NOW,
    )  # fmt: skip


def total(deals: list[Deal]) -> Money:
    return sum((deal.total for deal in deals), Money.zero(USD))


def test_the_maven_export_becomes_deals_and_one_question(corpora: Path) -> None:
    folder = corpora / "data" / "maven-crm"
    books = found_books("USD", "US", "America/New_York")
    results = {kind: feed(books, folder, kind) for kind in FILES}
    assert {kind: (result.accepted, result.rejected) for kind, result in results.items()} == {
        "customers": (85, 0),
        "products": (7, 0),
        "deals": (5_846, 0),
    }
    assert results["deals"].held == 519
    won = [id_ for id_, _ in crm_reads.won(books.id)]
    deals, held = standards.validated_deals(books.id, won)
    assert (len(deals), total(deals)) == (2_280, Money(425_902_800, USD))
    reasons = Counter(
        (finding.code, finding.facts["text"], finding.facts["did_you_mean"]) for one in held for finding in one.findings
    )
    assert reasons == {("unknown_product", "GTXPro", "GTX Pro"): 519}
    confirmed = aliases.confirm_alias(
        kind="product", text="GTXPro", target="GTX Pro", books_id=books.id, actor=TESTER, at=NOW
    )
    assert confirmed.opportunities == 1_026
    deals, held = standards.validated_deals(books.id, won)
    assert (len(deals), total(deals), held) == (2_799, Money(675_767_000, USD), [])
    again = {kind: feed(books, folder, kind) for kind in FILES}
    assert {kind: (result.accepted, result.unchanged) for kind, result in again.items()} == {
        "customers": (0, 85),
        "products": (0, 7),
        "deals": (0, 5_846),
    }
