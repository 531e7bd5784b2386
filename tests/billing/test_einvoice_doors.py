"""An issued document handed out as an electronic invoice, by every door; its sums are those of the ledger."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client

from counterfoil.audit import services as audit
from counterfoil.billing import einvoice, selectors
from counterfoil.billing.domain.einvoice import Format, check
from counterfoil.cli.main import main
from counterfoil.flows.einvoices import einvoice_file
from counterfoil.ledger import selectors as ledger
from counterfoil.people import selectors as people_reads
from counterfoil.people import services as people
from counterfoil.people.domain import Role
from tests.api.door import ROOT
from tests.billing.einvoices import an_einvoice, with_total
from tests.builders import NOW, TESTER
from tests.company import Company, a_company
from tests.documents import a_line, a_request, credit, enter


def issued(company: Company) -> tuple[int, int]:
    """An invoice with two rates and a discount, and its credit note."""
    lines = [a_line(discount_pct="12.5", unit_price="33.33"), a_line(tax_code="DE-7", unit_price="0.07", quantity="3")]
    (entered,) = enter(company, a_request(lines=lines))
    assert entered.invoice_id is not None
    (credited,) = credit(company, entered.invoice_id)
    assert credited.credit_note_id is not None
    return entered.invoice_id, credited.credit_note_id


@pytest.mark.database
def test_the_sums_of_the_file_are_those_of_the_ledger(home: Path) -> None:
    """P-31, odoo/odoo#275093: 26.10 in the file and 26.09 in the books was rejected by the authority."""
    company = a_company()
    people.change_letterhead(books_id=company.books.id, address="Kai 1\n24103 Kiel", vat_id="DE123456788", actor=TESTER)
    for document_id in issued(company):
        issued_document = selectors.documents_by_id(company.books.id, [document_id])[document_id]
        assert issued_document.entry_id is not None
        entry = ledger.entries_by_id(company.books.id, [issued_document.entry_id])[issued_document.entry_id]
        posted = {posting.account: abs(posting.amount.as_decimal()) for posting in entry.entry.postings}
        for format_ in Format:
            made = einvoice_file(
                books_id=company.books.id, document_id=document_id, format_=format_, actor=TESTER, at=NOW
            )
            if format_ is Format.FACTURX:
                assert made.data.startswith(b"%PDF-1.7")
                assert b"urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#" in made.data
                continue
            read = einvoice.read(made.data)
            assert check(read) == ()
            assert posted == {"1100": read.totals.due, "2200": read.totals.without_vat, "2400": read.totals.vat}
            assert sum(part.tax or 0 for part in read.vat) == read.totals.vat
            assert sum(line.net or 0 for line in read.lines) == read.totals.without_vat
    assert audit.verify().ok


@pytest.mark.commit
def test_every_door_hands_it_out_or_lists_what_is_missing(
    own_database: object, home: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    company = a_company()
    document_id, _ = issued(company)
    number = selectors.document_numbers([document_id])[document_id]
    user_id = people.add_user(
        email="ada@example.test", name="Ada", role=Role.ADMIN, books_id=company.books.id, password=None, actor=TESTER
    )
    user = people_reads.user_by_email("ada@example.test")
    assert user is not None
    page = Client()
    page.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    token = people.issue_token(user_id=user_id, name="test", actor=TESTER)
    api = Client(headers={"Authorization": f"Bearer {token}"})
    out = tmp_path / "out.xml"
    command = ["invoice", "einvoice", number, "--format", "ubl", "-o", str(out)]

    refused = api.get(f"{ROOT}/invoices/{number}/einvoice/ubl")
    assert (refused.status_code, refused.json()["code"]) == (422, "einvoice_needs_seller_vat_id")
    assert "counterfoil letterhead --vat-id" in page.get(f"/invoices/{number}/einvoice/ubl").content.decode()
    assert main(command) == 1
    assert "counterfoil letterhead --vat-id" in capsys.readouterr().out
    assert "DE123" not in page.get("/letterhead").content.decode()
    assert page.post("/letterhead", {"address": "Kai 1", "vat_id": "X" * 33}).status_code == 422
    assert page.post("/letterhead", {"address": "Kai 1\n\n24103 Kiel", "vat_id": "DE1"}).status_code == 302
    assert people_reads.books_letterhead(company.books.id).address == "Kai 1\n24103 Kiel"
    assert main(["letterhead", "--vat-id", "DE123456788"]) == 0
    assert api.patch(f"{ROOT}/letterhead", '{"address": "Kai 1"}', "application/json").json()["vat_id"] == "DE123456788"

    assert f"/invoices/{number}/einvoice/facturx" in page.get(f"/invoices/{number}").content.decode()
    assert main(command) == 0
    files = [
        out.read_bytes(),
        api.get(f"{ROOT}/invoices/{number}/einvoice/ubl").content,
        page.get(f"/invoices/{number}/einvoice/ubl").content,
    ]
    assert len(set(files)) == 1
    assert einvoice.read(files[0]).number == number
    assert page.get(f"/invoices/{number}/einvoice/doc").status_code == 404


def test_files_from_outside_are_checked_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad, odd = tmp_path / "good.xml", tmp_path / "bad.xml", tmp_path / "odd.xml"
    invoice = an_einvoice("100.00")
    good.write_bytes(einvoice.written(invoice, Format.UBL))
    bad.write_bytes(einvoice.WRITERS[Format.CII](with_total(invoice, due="119.01")))
    odd.write_bytes(b"<!DOCTYPE x><x/>")
    assert main(["check-einvoice", str(good), "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["files"]
    assert (one["is_valid"], one["breaches"], Decimal(one["totals"]["BT-115"])) == (True, [], Decimal(119))
    assert main(["check-einvoice", str(good), str(bad), str(odd), str(tmp_path / "none.xml")]) == 1
    said = capsys.readouterr().out
    assert "BR-CO-16: BT-115 says 119.01, but BT-112 - BT-113 + BT-114 is 119.00." in said
    assert said.count("not read") == 2


def test_a_folder_is_judged_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    invoice = an_einvoice("100.00")
    for folder, made in (("valid", invoice), ("invalid", with_total(invoice, due="119.01"))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.xml").write_bytes(einvoice.WRITERS[Format.UBL](made))
    assert main(["evaluate", "einvoices", str(tmp_path), "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)
    assert [counts[name] for name in ("valid", "reproduced", "invalid", "refused_with_rule")] == [1, 1, 1, 1]
    assert main(["evaluate", "einvoices", str(tmp_path / "valid"), "--json"]) == 1
