"""CAMT.053 as banks write it: versions, signs, batches, pages."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from counterfoil.infra import archive, xml
from counterfoil.kernel.errors import Refused
from counterfoil.receivables.domain import statements
from counterfoil.receivables.domain.formats import camt
from counterfoil.receivables.domain.statements import BankStatement, MalformedStatement, NotAStatement
from tests.receivables.bank_files import balance, batch, document, entry, party


def read(text: str) -> list[BankStatement]:
    found = camt.statements(xml.parse(text.encode()))
    for statement in found:
        statements.insist_sound(statement)
    return found


@pytest.mark.parametrize("version", [f"{number:02}" for number in range(2, 14)])
def test_every_version_from_02_to_13_is_read(version: str) -> None:
    (statement,) = read(document(entry("100.00"), version=version))
    assert [str(line.amount) for line in statement.lines] == ["100.00 EUR"]


@pytest.mark.parametrize("version", ["01", "14", "99"])
def test_other_versions_are_no_statements(version: str) -> None:
    with pytest.raises(NotAStatement):
        read(document(entry("100.00"), version=version))


def test_the_sign_is_taken_once_from_the_indicator() -> None:
    """nemiah/phpFinTS#593: a reversed debit was negated twice."""
    (statement,) = read(
        document(entry("10.00", side="DBIT"), entry("3.00", side="CRDT", reversal=True), closing="993.00")
    )
    assert [line.amount.minor for line in statement.lines] == [-1000, 300]
    assert [line.is_reversal for line in statement.lines] == [False, True]


def test_an_overdrawn_account_closes_below_zero() -> None:
    """viafintech/camt_parser#51."""
    (statement,) = read(document(entry("100.00", side="DBIT"), opening="50.00", closing="-50.00"))
    assert statement.closing is not None
    assert statement.closing.minor == -5000


def test_a_statement_without_entries_is_a_statement() -> None:
    """OCA/bank-statement-import#151."""
    (statement,) = read(document(closing="1000.00"))
    assert statement.lines == ()
    assert statement.last_date == date(2026, 10, 20)


def test_what_is_not_booked_is_counted_and_left_out() -> None:
    (statement,) = read(document(entry("100.00", status="PDNG"), entry("7.00"), closing="1007.00"))
    assert [line.amount.minor for line in statement.lines] == [700]
    assert statement.pending == 1


def test_the_status_is_found_where_version_02_and_where_version_08_has_it() -> None:
    old = entry("5.00").replace("<Sts><Cd>BOOK</Cd></Sts>", "<Sts>BOOK</Sts>")
    (statement,) = read(document(old, closing="1005.00", version="02"))
    assert len(statement.lines) == 1


def test_each_statement_goes_to_its_own_account() -> None:
    """OCA/bank-statement-import#209."""
    text = document(entry("100.00"))
    one = text[text.index("<Stmt>") : text.index("</BkToCstmrStmt>")]
    other = one.replace("DE89370400440532013000", "DE75512108001245126199").replace("S-M1", "S-M2")
    found = read(text.replace(one, one + other))
    assert [(statement.account, statement.statement_id) for statement in found] == [
        ("DE89370400440532013000", "S-M1"),
        ("DE75512108001245126199", "S-M2"),
    ]


def test_a_batch_is_one_line_a_part_when_the_parts_make_it_up() -> None:
    whole = batch("300.00", party("Ada", "INV-2026-000017", "100.00"), party("Bob", "INV-2026-000018", "200.00"))
    (statement,) = read(document(whole, closing="1300.00"))
    assert [(line.amount.minor, line.counterparty, line.text) for line in statement.lines] == [
        (10000, "Ada", "INV-2026-000017"),
        (20000, "Bob", "INV-2026-000018"),
    ]


def test_a_batch_whose_parts_do_not_make_it_up_stays_one_line() -> None:
    whole = batch("300.00", party("Ada", "INV-2026-000017", "100.00"), party("Bob", "INV-2026-000018", "199.00"))
    (statement,) = read(document(whole, closing="1300.00"))
    assert [(line.amount.minor, line.counterparty, line.text) for line in statement.lines] == [
        (30000, "", "INV-2026-000017 INV-2026-000018")
    ]


def test_the_payer_is_the_debtor_of_money_in_and_the_creditor_of_money_out() -> None:
    parts = "<RltdPties><Dbtr><Pty><Nm>Payer</Nm></Pty></Dbtr><Cdtr><Pty><Nm>Payee</Nm></Pty></Cdtr></RltdPties>"
    money_in = entry("10.00").replace("<TxDtls>", f"<TxDtls>{parts}")
    money_out = entry("10.00", side="DBIT").replace("<TxDtls>", f"<TxDtls>{parts}")
    (statement,) = read(document(money_in, money_out, closing="1000.00"))
    assert [line.counterparty for line in statement.lines] == ["Payer", "Payee"]


def test_a_structured_reference_is_kept_apart_and_a_wrong_one_becomes_text() -> None:
    right = entry("10.00", reference="RF18 5390 0754 7034", text="")
    wrong = entry("20.00", reference="RF17539007547034", text="")
    (statement,) = read(document(right, wrong, closing="1030.00"))
    assert [(line.reference, line.text) for line in statement.lines] == [
        ("RF18539007547034", ""),
        ("", "RF17539007547034"),
    ]


@pytest.mark.parametrize(
    ("amount", "minor"), [("100", 10000), ("100.5", 10050), ("100.50000", 10050), ("0.00", 0), ("00100.00", 10000)]
)
def test_zeros_beyond_the_decimals_of_the_currency_are_no_decimals(amount: str, minor: int) -> None:
    (statement,) = read(document(entry(amount), with_balances=False))
    assert statement.lines[0].amount.minor == minor


@pytest.mark.parametrize("amount", ["-5.00", "1,00", "1e3", "", "NaN", "١٢", "100.005", "5."])
def test_an_amount_that_nobody_could_have_booked_is_refused(amount: str) -> None:
    with pytest.raises(MalformedStatement) as refused:
        read(document(entry(amount), with_balances=False))
    assert refused.value.field == "amount"


@pytest.mark.parametrize("day", ["2026-10-20", "2026-10-20+02:00", "2026-10-20Z"])
def test_a_day_may_carry_its_zone(day: str) -> None:
    (statement,) = read(document(entry("1.00", day=day), closing="1001.00"))
    assert statement.lines[0].booking_date == date(2026, 10, 20)


@pytest.mark.parametrize("day", ["20.10.2026", "2026-13-01", "1026-10-20", ""])
def test_a_day_that_is_none_is_refused(day: str) -> None:
    with pytest.raises(Refused) as refused:
        read(document(entry("1.00", day=day), closing="1001.00"))
    assert refused.value.code in {"malformed_statement", "bad_date"}


def test_pages_of_a_long_statement_meet_at_interim_balances() -> None:
    first = balance("OPBD", "1000.00") + balance("ITBD", "1100.00")
    last = balance("ITBD", "1100.00") + balance("CLBD", "1150.00")
    (page,) = read(document(entry("100.00"), balances=first))
    (end,) = read(document(entry("50.00"), balances=last))
    assert page.closing == end.opening


def test_an_entry_in_another_currency_is_not_added_to_the_balance() -> None:
    with pytest.raises(statements.CurrencyMix):
        read(document(entry("100.00", money="USD"), closing="1100.00"))


def test_opening_and_entries_must_make_the_closing_balance() -> None:
    with pytest.raises(statements.BalanceMismatch) as refused:
        read(document(entry("100.00"), closing="1100.01"))
    assert refused.value.facts["expected"] == "1100.00"
    assert refused.value.facts["found"] == "1100.01"


def test_the_same_statement_written_differently_has_the_same_contents() -> None:
    text = document(entry("100.00"))
    spaced = text.replace("><", ">\n  <")
    assert read(text)[0].content_hash == read(spaced)[0].content_hash
    assert read(text)[0].content_hash != read(document(entry("100.00", text="another")))[0].content_hash


# ------------------------------------------------------------------------------------ third-party files


def test_the_statement_of_the_oca_suite_is_read_as_they_read_it(corpora: Path) -> None:
    """Lines, payers and amounts as in their golden file; its balances do not add up, and that is refused."""
    folder = corpora / "data" / "bank-statements" / "camt" / "oca-v11"
    (statement,) = camt.statements(xml.parse((folder / "test-camt053").read_bytes()))
    assert statement.account == "NL77ABNA0574908765"
    assert [(line.amount.minor, line.counterparty, line.counterparty_iban) for line in statement.lines] == [
        (-75425, "INSURANCE COMPANY TESTX", "NL46ABNA0499998748"),
        (-56405, "Test Customer", "NL46ABNA0499998748"),
        (-10000, "Test Customer", "NL46ABNA0499998748"),
        (140531, "3rd party Media", "NL69ABNA0522123643"),
    ]
    assert (str(statement.opening), str(statement.closing)) == ("15568.27 EUR", "15121.12 EUR")
    with pytest.raises(statements.BalanceMismatch):
        statements.insist_sound(statement)


def test_the_empty_statement_of_the_oca_suite_is_read(corpora: Path) -> None:
    (empty,) = read((corpora / "data/bank-statements/camt/oca-v11/test-camt053-no-ntry").read_text("utf-8"))
    assert empty.lines == ()
    assert str(empty.closing) == "1520.76 CHF"


def test_an_archive_of_statements_is_read_file_by_file(corpora: Path) -> None:
    packed = archive.entries((corpora / "data/bank-statements/camt/oca-v11/test-camt053.zip").read_bytes())
    found = [statement for member in packed for statement in camt.statements(xml.parse(member.data))]
    assert len({statement.statement_id for statement in found}) >= 2
    assert all(statement.account for statement in found)
