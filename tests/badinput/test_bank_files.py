"""Bad MT940 and OFX files: each case has its expected outcome."""

from __future__ import annotations

import time
from datetime import date

import pytest

from counterfoil.kernel.errors import Refused
from counterfoil.receivables import selectors as reads
from tests.badinput.bank_world import case, posted, refusals, the_world

pytestmark = pytest.mark.database

BOMB = b"OFXHEADER:100\r\nDATA:OFXSGML\r\n\r\n<OFX>" + b"<A>" * 100_000 + b"</"
"""Generated, as ofx_sgml_bomb.ofx is."""


@pytest.mark.parametrize(
    ("name", "code", "field"),
    [
        ("mt940_balance_wrong.sta", "balance_mismatch", "balance"),
        ("mt940_missing_62F.sta", "malformed_statement", "closing_balance"),
        ("mt940_comma_missing.sta", "bad_number", "amount"),
        ("ofx_comma_decimal.ofx", "ambiguous_number", "amount"),
        ("bomb", "too_deep", None),
    ],
)
def test_a_bad_file_is_refused_whole(name: str, code: str, field: str | None) -> None:
    company, *_ = the_world()
    before = posted(company)
    began = time.perf_counter()
    with pytest.raises(Refused) as refused:
        company.statement(BOMB if name == "bomb" else case(f"bank_files/{name}"))
    assert time.perf_counter() - began < 2
    assert (refused.value.code, refused.value.field) == (code, field)
    assert company.lines() == []
    assert posted(company) == before
    assert refusals() == [code]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("mt940_valid_control.sta", [(date(2026, 10, 20), 10000)]),
        ("mt940_year_wrap.sta", [(date(2027, 1, 1), 10000)]),
        ("ofx_sgml_control.ofx", [(date(2026, 10, 20), 10000)]),
        ("ofx_fitid_empty.ofx", [(date(2026, 10, 20), 10000), (date(2026, 10, 20), 700)]),
        ("ofx_tz_offset.ofx", [(date(2026, 10, 31), 10000)]),
    ],
)
def test_a_sound_file_is_stored_once_under_the_account_that_is_known(name: str, lines: list[tuple[date, int]]) -> None:
    company, *_ = the_world()
    assert company.statement(case(f"bank_files/{name}")).accepted == len(lines)
    assert [(line.booking_date, line.amount.minor) for line in company.lines()] == lines
    assert len(reads.bank_positions(company.id)) == 1
    again = company.statement(case(f"bank_files/{name}"))
    assert (again.accepted, again.unchanged) == (0, len(lines))
    assert company.is_sound()


def test_lines_after_a_missing_statement_wait_until_it_comes() -> None:
    company, *_ = the_world()
    company.statement(case("bank_files/mt940_valid_control.sta"))
    done = company.statement(case("bank_files/mt940_sequence_gap.sta"))
    (note,) = done.notes
    assert (note.code, note.facts["expected"], note.facts["found"]) == ("opening_gap", "1100.00", "5000.00")
    assert [line.state for line in company.lines()] == ["listed"]  # Said by the bank's id: the line is there already.
    late = case("bank_files/mt940_sequence_gap.sta").replace(b"//N1", b"//N2")
    company.statement(late.replace(b"00109/001", b"00110/001"))
    assert [line.state for line in company.lines()] == ["listed", "quarantined"]
    between = case("bank_files/mt940_valid_control.sta").replace(b"00001/001", b"00108/001").replace(b"//N1", b"//N3")
    between = between.replace(b"EUR1100,00", b"EUR5000,00").replace(b"EUR1000,00", b"EUR1100,00")
    company.statement(between.replace(b"C100,00N", b"C3900,00N"))
    assert [line.state for line in company.lines()] == ["listed", "listed", "listed"]
    assert company.is_sound()


def test_one_id_for_two_bookings_leaves_both_to_a_person() -> None:
    company, *_ = the_world()
    done = company.statement(case("bank_files/ofx_fitid_reused.ofx"))
    assert (done.accepted, {note.code for note in done.notes}) == (2, {"reused_bank_id"})
    assert [line.state for line in company.lines()] == ["quarantined", "quarantined"]
    assert company.match().lines == 0
