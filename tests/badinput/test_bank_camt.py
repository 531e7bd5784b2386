"""Bad CAMT.053 files: each case has its expected outcome, on both databases."""

from __future__ import annotations

import socket
import time
import tracemalloc

import pytest

from counterfoil.kernel.errors import Refused
from counterfoil.receivables import selectors as reads
from tests.badinput.bank_world import case, posted, refusals, the_world
from tests.receivables.company import IBAN, OTHER_IBAN

pytestmark = pytest.mark.database

DEEP = (
    b"<?xml version='1.0'?><Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'>"
    + b"<a>" * 20_000
    + b"</a>" * 20_000
    + b"</Document>"
)
"""Generated, as camt_deep_nesting.xml is."""


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("camt_xxe_file.xml", "forbidden_construct"),
        ("camt_xxe_parameter_http.xml", "forbidden_construct"),
        ("camt_billion_laughs.xml", "forbidden_construct"),
        ("camt_truncated.xml", "malformed"),
        ("camt_balance_mismatch.xml", "balance_mismatch"),
        ("camt_currency_mix.xml", "currency_mix"),
        ("camt_wrong_namespace.xml", "not_a_statement"),
        ("camt_encoding_lie.xml", "encoding"),
        ("deep", "too_deep"),
    ],
)
def test_a_bad_file_is_refused_whole(name: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    company, *_ = the_world()
    before = posted(company)

    def no_call(*_: object) -> None:
        raise AssertionError("an outside system was called")

    monkeypatch.setattr(socket, "create_connection", no_call)
    data = DEEP if name == "deep" else case(f"bank_files/{name}")
    tracemalloc.start()
    began = time.perf_counter()
    with pytest.raises(Refused) as refused:
        company.statement(data)
    seconds = time.perf_counter() - began
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused.value.code == code
    assert "root:" not in str(refused.value)
    assert seconds < 1
    assert peak < 100 << 20
    assert company.lines() == []
    assert posted(company) == before
    assert refusals() == [code]


@pytest.mark.parametrize(
    ("name", "closing", "amounts"),
    [
        ("camt_valid_control.xml", 110000, [10000]),
        ("camt_no_entries.xml", 100000, []),
        ("camt_pending_only.xml", 100000, []),
        ("camt_reversal_indicator.xml", 110000, [10000]),
        ("camt_overdrawn.xml", -5000, [-10000]),
    ],
)
def test_a_sound_file_is_stored_once(name: str, closing: int, amounts: list[int]) -> None:
    company, *_ = the_world()
    before = posted(company)
    done = company.statement(case(f"bank_files/{name}"))
    assert (done.rejected, done.accepted) == (0, len(amounts))
    assert [line.amount.minor for line in company.lines()] == amounts
    assert company.position().statement.minor == closing
    assert posted(company) == before
    assert company.match().matched == 0
    assert company.is_sound()
    again = company.statement(case(f"bank_files/{name}"))
    assert (again.accepted, again.unchanged) == (0, len(amounts))
    assert [line.amount.minor for line in company.lines()] == amounts


def test_pending_entries_are_said_and_left_out() -> None:
    company, *_ = the_world()
    done = company.statement(case("bank_files/camt_pending_only.xml"))
    assert (done.read, done.pending, [note.code for note in done.notes]) == (1, 1, ["pending_left_out"])


def test_a_reversal_is_flagged_and_left_to_people() -> None:
    company, *_ = the_world()
    company.statement(case("bank_files/camt_reversal_indicator.xml"))
    company.match()
    (line,) = company.lines()
    assert (line.is_reversal, line.left_code) == (True, "reversal")


def test_each_statement_goes_to_its_own_account() -> None:
    company, *_ = the_world()
    assert company.statement(case("bank_files/camt_two_accounts.xml")).accepted == 2
    positions = reads.bank_positions(company.id)
    assert [(position.iban, position.statement.minor, position.unposted.minor) for position in positions] == [
        (IBAN, 10000, 10000),
        (OTHER_IBAN, 10000, 10000),
    ]
    assert len({position.account_code for position in positions}) == 2
    assert company.is_sound()


def test_the_same_name_with_other_contents_is_refused_and_not_merged() -> None:
    company, *_ = the_world()
    company.statement(case("bank_files/camt_valid_control.xml"))
    with pytest.raises(Refused) as refused:
        company.statement(case("bank_files/camt_duplicate_msgid.xml"))
    assert refused.value.code == "duplicate_file"
    assert [line.amount.minor for line in company.lines()] == [10000]
    assert refusals() == ["duplicate_file"]
