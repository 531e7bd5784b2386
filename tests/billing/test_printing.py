"""The printed form: made once, the same bytes for ever, and nothing in it is read as anything but text."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from counterfoil.audit import selectors as record
from counterfoil.audit import services as audit
from counterfoil.billing import pdf, selectors, services
from counterfoil.billing.services import PayTo
from counterfoil.infra import files
from tests.builders import NOW, TESTER
from tests.company import Company, a_company
from tests.documents import a_line, a_request, credit, enter

pytestmark = pytest.mark.database
HOSTILE = (
    '\'"><meta http-equiv=refresh content="0;url=http://evil.test/"><img src=http://169.254.169.254/ onerror=alert(1)>',
    "{{ 7*7 }} {% for x in ().__class__.__base__.__subclasses__() %}",
    '#read("/etc/passwd") #import "@preview/cetz:0.1.0" $a^2$ *bold* = heading // comment',
    "رسوم الإعداد 123 הגדרה",
    "line one\nline two\ttab",
)


def printed(company: Company, invoice_id: int, pay_to: PayTo | None = None) -> bytes:
    """Print a document."""
    return services.print_document(
        books_id=company.books.id, invoice_id=invoice_id, pay_to=pay_to, actor=TESTER, at=NOW
    )


def an_invoice(company: Company, *descriptions: str) -> int:
    """Enter an invoice with a line for each description and return its id."""
    lines = [a_line(description=text) for text in descriptions or ("Setup",)]
    (entered,) = enter(company, a_request(lines=lines))
    assert entered.invoice_id is not None
    return entered.invoice_id


def test_a_document_is_printed_once_with_its_hash_on_the_record(home: Path) -> None:
    """P-10: woocommerce-pdf-invoices#619, the first PDF was overwritten."""
    company = a_company()
    invoice_id = an_invoice(company)
    first = printed(company, invoice_id, PayTo("Tidewater Metering", "DE89370400440532013000"))
    an_invoice(company)
    assert printed(company, invoice_id) == first
    assert first.startswith(b"%PDF-")
    kept = selectors.printed(invoice_id)
    assert kept is not None
    assert files.read(kept.sha256) == first
    (event,) = record.events(kind="billing.printed")
    assert (event.body["sha256"], event.body["number"]) == (kept.sha256, "2026-0001")
    assert audit.verify().ok


def test_the_head_of_the_record_stands_on_the_document(home: Path) -> None:
    company = a_company()
    invoice_id = an_invoice(company)
    printed(company, invoice_id)
    kept = selectors.printed(invoice_id)
    assert kept is not None
    assert kept.head.sequence > 0
    assert kept.head.hash == record.head().hash or kept.head.sequence < record.head().sequence


def test_a_file_that_was_lost_is_made_again_as_it_was(home: Path) -> None:
    company = a_company()
    invoice_id = an_invoice(company)
    first = printed(company, invoice_id, PayTo("Tidewater Metering", "DE89370400440532013000"))
    kept = selectors.printed(invoice_id)
    assert kept is not None
    files.path(kept.sha256).unlink()
    assert printed(company, invoice_id) == first


def test_a_file_that_was_altered_is_not_handed_out(home: Path) -> None:
    company = a_company()
    invoice_id = an_invoice(company)
    printed(company, invoice_id)
    kept = selectors.printed(invoice_id)
    assert kept is not None
    files.path(kept.sha256).write_bytes(b"%PDF-forged")
    with pytest.raises(ValueError, match="altered"):
        printed(company, invoice_id)


def test_a_draft_is_not_printed(home: Path) -> None:
    company = a_company()
    with pytest.raises(selectors.NoSuchDocument):
        printed(company, 424_242)


def test_nothing_in_a_description_is_read_as_markup_or_fetched(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """P-47: invoiceninja#10681 and others; the engine has no network and no file but its template."""

    def refuse(*_: object) -> None:
        raise AssertionError("the engine reached for the network")

    monkeypatch.setattr(socket, "socket", refuse)
    company = a_company()
    invoice_id = an_invoice(company, *HOSTILE)
    assert printed(company, invoice_id).startswith(b"%PDF-")


def test_the_same_content_is_the_same_bytes_whatever_the_day() -> None:
    company = a_company()
    content = selectors.document_content(company.books.id, an_invoice(company, *HOSTILE))
    one = pdf.rendered(content, head="Counterfoil head 0123456789abcdef at 7")
    assert one == pdf.rendered(content, head="Counterfoil head 0123456789abcdef at 7")
    assert one != pdf.rendered(content, head="Counterfoil head 0123456789abcdef at 8")


def test_a_credit_note_and_a_long_invoice_are_printed(home: Path) -> None:
    company = a_company()
    invoice_id = an_invoice(company, *[f"item {at}" for at in range(120)])
    assert printed(company, invoice_id).startswith(b"%PDF-")
    (note,) = credit(company, invoice_id)
    assert printed(company, note.credit_note_id or 0).startswith(b"%PDF-")


def test_every_character_of_the_languages_we_promise_has_a_glyph() -> None:
    """Latin, Greek, Cyrillic, Hebrew and Arabic come with the engine; nothing is taken from the machine."""
    families = pdf.fonts().families()
    assert {"Libertinus Serif", "New Computer Modern", "DejaVu Sans Mono"} <= set(families)
