"""Statement files on their way in: what is seen before they are stored, whose they are, what is told in advance."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from counterfoil.flows import receive_money
from counterfoil.kernel.errors import Refused
from counterfoil.receivables import selectors as reads
from counterfoil.receivables import services as receivables
from counterfoil.web.pages import imports
from tests.builders import NOW, TESTER
from tests.receivables import bank_files
from tests.receivables.bank_writers import WRITERS, Moved
from tests.receivables.company import IBAN, Company, a_company

pytestmark = pytest.mark.database

PAID = Moved(date(2026, 10, 20), 1200_00, "INV 17")


def with_account() -> Company:
    company = a_company()
    receivables.open_bank_account(
        books_id=company.id, iban=IBAN, name="Current account", currency_code="EUR", actor=TESTER, at=NOW
    )
    return company


def feed(company: Company, data: bytes, profile: str = "", *, dry_run: bool = False) -> receive_money.BankImport:
    return receive_money.import_bank(
        books_id=company.id,
        data=data,
        file_name="statement",
        profile=profile,
        dry_run=dry_run,
        actor=TESTER,
        at=company.at,
    )


def test_a_preview_says_the_format_and_what_is_in_the_file() -> None:
    company = with_account()
    tried = feed(company, WRITERS["mt940"](100_00, [PAID]), dry_run=True)
    (one,) = tried.statements
    assert (tried.format, one.account, str(one.opening), str(one.closing)) == (
        "MT940 or MT942",
        IBAN,
        "100.00 EUR",
        "1300.00 EUR",
    )
    page = imports.result_page(
        imports.Outcome.of_bank(tried), kind="bank", file_name="s", profile="", fills={}, token=""
    )
    said = [str(fact.value) for fact in page.facts]
    assert "MT940 or MT942" in said
    assert any(IBAN in text and "1,300.00" in text for text in said)
    told = replace(imports.Outcome.of_bank(tried), notes=(receivables.Note(0, "opening_gap", {"statement": "7/1"}),))
    page = imports.result_page(told, kind="bank", file_name="s", profile="", fills={}, token="")
    assert any(str(fact.value).startswith("The statement 7/1 does not begin where") for fact in page.facts)
    assert company.lines() == []


def test_one_movement_in_every_format_comes_to_the_account_that_is_known() -> None:
    """The bank's code and number are those of the IBAN; QIF is of the chosen account, and says the same as MT940."""
    company = with_account()
    found = [feed(company, WRITERS[name](0, [PAID])) for name in ("mt940", "ofx", "qif")]
    assert [(one.accepted, one.unchanged) for one in found] == [(1, 0), (1, 0), (0, 1)]
    assert [(position.iban, position.unposted_count) for position in reads.bank_positions(company.id)] == [(IBAN, 2)]
    for name in ("cfonb120", "n43", "paypal"):
        assert feed(company, WRITERS[name](0, [PAID])).accepted == 1, name
        assert feed(company, WRITERS[name](0, [PAID])).unchanged == 1, name
    assert all(not position.unexplained for position in reads.bank_positions(company.id)[1:])


def test_what_is_told_before_it_is_booked_is_listed_once_by_the_statement() -> None:
    company = with_account()
    entry = bank_files.entry("100.00", bank_id="B1", reference="")
    told = bank_files.document(entry, with_balances=False)
    for old, new in (("camt.053", "camt.052"), ("BkToCstmrStmt", "BkToCstmrAcctRpt"), ("Stmt>", "Rpt>")):
        told = told.replace(old, new)
    told = told.replace("BkToCstmrRpt>", "BkToCstmrAcctRpt>")
    done = feed(company, told.encode())
    assert (done.accepted, [note.code for note in done.notes]) == (1, ["advised"])
    assert [line.state for line in company.lines()] == ["ignored"]
    assert company.position().unposted.minor == 0
    assert feed(company, told.replace("M1", "M2").encode()).unchanged == 1
    assert feed(company, bank_files.document(entry).encode()).accepted == 1
    assert [(line.state, line.amount.minor) for line in company.lines()] == [("listed", 10000)]
    assert company.position().statement.minor == 110000
    assert company.is_sound()


def test_a_person_settles_what_a_file_leaves_open() -> None:
    company = with_account()
    file = b"!Type:Bank\nD3/4/26\nT5.00\nPACME\n^\n"
    with pytest.raises(Refused) as refused:
        feed(company, file)
    assert (refused.value.code, refused.value.facts["line"]) == ("ambiguous_date", 2)
    feed(company, file, "day-first")
    assert [line.booking_date for line in company.lines()] == [date(2026, 4, 3)]


SHEET = "Date,Label,Debit,Credit,Balance\n{}/15/2026,INV-17,0.00,5.00,-5.00\n{}/16/2026,Back,20.00,0.00,15.00\n"


def test_of_several_profiles_that_fit_the_balances_prove_one() -> None:
    company = with_account()
    done = feed(company, SHEET.format(10, 10).encode())
    assert done.format == "CSV (bank-sheet-us-debit-is-in)"
    assert [line.amount.minor for line in company.lines()] == [-500, 2000]
    with pytest.raises(Refused) as refused:
        feed(company, SHEET.format(10, 10).replace("-5.00\n", "\n").replace("15.00", "").encode())
    assert refused.value.code == "ambiguous_profile"
    with pytest.raises(Refused) as refused:
        feed(company, b"Date,Label,Amount\n3/4/2026,A,5.00\n")
    assert refused.value.code == "ambiguous_date"
