"""Every format of bank statements: what is written is read back, deviations that banks really have, and refusals."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil import words
from counterfoil.cli.commands import evaluate
from counterfoil.flows import evaluate_statements
from counterfoil.infra import xml
from counterfoil.kernel.currency import EUR, USD, Currency
from counterfoil.kernel.errors import Refused
from counterfoil.receivables.domain import references, statements
from counterfoil.receivables.domain.formats import FORMATS, format_of
from counterfoil.receivables.domain.formats.reading import Given
from counterfoil.receivables.domain.statements import BankStatement, Numbered, StatementLine
from tests.receivables import bank_files
from tests.receivables.bank_writers import WRITERS, Moved


def read(data: bytes | str, *, profile: str = "", own: Currency | None = None) -> list[BankStatement]:
    """Read a file as an import does: by what recognises it; refused if an import would not store it."""
    content = data.encode() if isinstance(data, str) else data
    found = list(FORMATS[format_of("", content)].read(content, Given(xml.parse, "OURS", own, EUR, profile)))
    for statement in found:
        statements.insist_sound(statement)
    return found


def refused(data: bytes | str, profile: str = "") -> Refused:
    with pytest.raises(Refused) as found:
        read(data, profile=profile)
    assert "{" not in words.sentence(found.value.code, found.value.facts)
    return found.value


def lines(data: bytes | str) -> Sequence[StatementLine]:
    (statement,) = read(data)
    return statement.lines


# ------------------------------------------------------------------------------------ written and read back

MOVED = st.builds(
    Moved,
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.integers(-(10**11), 10**11).filter(bool),
    st.text("ABCXYZ 0123456789", min_size=1, max_size=70).map(lambda text: "INV " + " ".join(text.split())),
)


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=20)
@given(opening=st.integers(-(10**11), 10**11), moved=st.lists(MOVED, min_size=1, max_size=6))
def test_what_is_written_is_read_back(name: str, opening: int, moved: list[Moved]) -> None:
    if name == "bai2":
        moved = [Moved(date(2026, 12, 31), one.minor, one.text) for one in moved]
    data = WRITERS[name](opening, moved)
    assert format_of("statement", data) == name
    (statement,) = read(data)
    found = [(line.booking_date, line.amount.minor, line.text.replace(" ", "")) for line in statement.lines]
    told = ["VIR" + one.text if name == "cfonb120" else one.text for one in moved]
    assert found == [(one.on, one.minor, text.replace(" ", "")) for one, text in zip(moved, told, strict=True)]
    total = opening + sum(one.minor for one in moved)
    assert statement.closing is None or statement.closing.minor == total
    assert statement.opening is None or statement.opening.minor == opening
    assert (statement.closing is None) == (name == "qif")


@pytest.mark.parametrize("name", sorted(WRITERS.keys() - {"qif", "ofx"}))
def test_a_line_that_is_altered_breaks_the_balance(name: str) -> None:
    """QIF has no balance and OFX only one, so that nothing in these files proves their lines."""
    data = WRITERS[name](100_00, [Moved(date(2026, 12, 31), 1234_56, "INV 17"), Moved(date(2026, 12, 31), 7_00, "B")])
    figure = {"camt": b"1234.56", "mt940": b"1234,56", "paypal": b'"1234,56"', "cfonb120": b"12345F"}.get(
        name, b"123456"
    )
    altered = {b"12345F": b"12345G"}.get(figure, figure.replace(b"4", b"5", 1))
    assert data.count(figure) >= 1
    assert refused(data.replace(figure, altered, 1)).code == "balance_mismatch"


@pytest.mark.parametrize("name", sorted(WRITERS.keys() - {"qif", "ofx", "paypal"}))
def test_a_file_that_ends_early_is_refused(name: str) -> None:
    data = WRITERS[name](0, [Moved(date(2026, 12, 31), place * 100, f"INV {place}") for place in range(1, 9)])
    assert refused(data[: len(data) * 2 // 3]).code in {"malformed_statement", "malformed", "bad_date", "bad_number"}


@settings(max_examples=60)
@given(data=st.data())
def test_whatever_is_done_to_a_file_it_is_read_or_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(WRITERS)))
    whole = WRITERS[name](5_00, [Moved(date(2026, 12, 31), -1234_56, "INV 17"), Moved(date(2026, 12, 31), 7_00, "B")])
    at = data.draw(st.integers(0, len(whole)))
    cut = data.draw(st.integers(0, 12))
    put = data.draw(
        st.sampled_from([b"", b"\xb2", b"\xd9\xa1", b"9" * 30, b"-", b",", b"\n", b"<", b"/", b":", b"\xff", b"\0"])
    )
    broken = whole[:at] + put + whole[at + cut :]
    try:
        for statement in FORMATS[name].read(broken, Given(xml.parse, "OURS")):
            assert statement.content_hash
            statements.insist_sound(statement)
    except Refused as refusal:
        words.sentence(refusal.code, refusal.facts)


# ------------------------------------------------------------------------------------ MT940, MT942


def mt940(*rows: str, number: str = "7/1", opening: str = "C260101EUR100,00", closing: str = "C260131EUR110,00") -> str:
    head = (":20:S", ":25:DE89370400440532013000EUR", f":28C:{number}", f":60F:{opening}")
    return "\r\n".join([*head, *rows, f":62F:{closing}", "-"])


@pytest.mark.parametrize(
    ("entry", "booked", "minor"),
    [
        (":61:260115C10,00NTRFNONREF", date(2026, 1, 15), 1000),
        (":61:260115    C10,00NTRFNONREF", date(2026, 1, 15), 1000),
        (":61:2601020101CR10,NTRFNONREF", date(2026, 1, 1), 1000),
        (":61:2601021231CR10,NTRFNONREF", date(2025, 12, 31), 1000),
        (":61:2602300301CN10,0NMSCNONREF//B1", date(2026, 3, 1), 1000),
        (":61:2601150115RDR10,00NRTINONREF", date(2026, 1, 15), 1000),
        (":61:2601150115C00000000010,00S   X", date(2026, 1, 15), 1000),
    ],
)
def test_an_entry_is_read_as_banks_write_it(entry: str, booked: date, minor: int) -> None:
    (line,) = lines(mt940(entry))
    assert (line.booking_date, line.amount.minor, line.is_reversal) == (booked, minor, "RD" in entry)


def test_what_the_bank_only_expects_is_counted_and_left_out() -> None:
    (statement,) = read(mt940(":61:260115EC99,00NTRFNONREF", ":61:260115C10,00NTRFNONREF"))
    assert ([line.amount.minor for line in statement.lines], statement.pending) == ([1000], 1)


@pytest.mark.parametrize(
    ("details", "name", "account", "text", "end_to_end"),
    [
        (
            ":86:166?00GUTSCHRIFT?20EREF+E2E-1?21SVWZ+INV-2026-0?22 00017?31DE75512108001245126199?32ACME?33LDA",
            "ACME LDA",
            "DE75512108001245126199",
            "INV-2026-0 00017",
            "E2E-1",
        ),
        (
            ":86:/TRTP/SEPA/IBAN/NL91ABNA0417164300/BIC/ABNANL2A/NAME/ACME BV/REMI/USTD//INV-17/EREF/NOTPROVIDED",
            "ACME BV",
            "NL91ABNA0417164300",
            "INV-17",
            "",
        ),
        (":86:Payment of INV-17\nby ACME at 10:20", "", "", "Payment of INV-17 by ACME at 10:20", ""),
        (":86:Wrapped at 2026-01-15T13\n:26:37 o'clock", "", "", "Wrapped at 2026-01-15T13 :26:37 o'clock", ""),
        (":NS:01INV-17\n15ACME\n16LDA", "ACME LDA", "", "INV-17", ""),
    ],
)
def test_words_are_read_as_german_dutch_and_other_banks_write_them(
    details: str, name: str, account: str, text: str, end_to_end: str
) -> None:
    (line,) = lines(mt940(":61:2601150115C10,00NTRFNONREF//B1", details.replace("\n", "\r\n")))
    found = (line.counterparty, line.counterparty_iban, line.text, line.end_to_end_id, line.bank_tx_id)
    assert found == (name, account, text, end_to_end, "B1")


def test_the_envelope_of_swift_is_taken_off_and_each_message_is_a_statement() -> None:
    one = "{1:F01BANKNL2AXXXX0000000000}{2:I940BANKNL2AXXXXN}{4:\r\n" + mt940(":61:260115C10,00NTRF") + "}{5:}\r\n"
    two = one.replace("C260101EUR100,00", "C260131EUR110,00").replace("C260131EUR110,00\r\n-", "C260228EUR120,00\r\n-")
    found = read(one + two.replace("7/1", "8/1"))
    assert [(one.account, one.sequence, one.closing and one.closing.minor) for one in found] == [
        ("DE89370400440532013000", 7, 11000),
        ("DE89370400440532013000", 8, 12000),
    ]


def test_pages_of_one_statement_must_meet() -> None:
    first = mt940(":61:260115C10,00NTRF").replace(":62F:", ":62M:")
    last = mt940(":61:260116C10,00NTRF", number="7/2", opening="C260115EUR110,00", closing="C260131EUR120,00")
    assert len(read(first + "\r\n" + last.replace(":60F:", ":60M:"))) == 2
    apart = last.replace(":60F:C260115EUR110,00", ":60M:C260115EUR111,00").replace("EUR120,00", "EUR121,00")
    assert refused(first + "\r\n" + apart).code == "balance_mismatch"


def test_an_interim_report_is_told_before_it_is_booked_and_its_totals_hold() -> None:
    report = (
        ":20:S\n:25:1234\n:28C:1\n:34F:PLN0,\n:13D:2601151200+0100\n:61:260115C10,00NTRF\n:90D:0PLN0,\n:90C:1PLN10,\n-"
    )
    (statement,) = read(report)
    assert (statement.is_advice, str(statement.lines[0].amount)) == (True, "10.00 PLN")
    assert refused(report.replace("1PLN10,", "1PLN11,")).code == "balance_mismatch"


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (mt940(":61:260115C10NTRFNONREF"), "bad_number", 5),
        (mt940(":61:261315C10,00NTRFNONREF"), "bad_date", 5),
        (mt940(":61:hello"), "malformed_statement", 5),
        (mt940(":61:260115C10,001NTRFNONREF"), "scale", 5),
        (mt940(opening="C260101EUR100.00"), "malformed_statement", 4),
        (mt940(opening="C260101DEM100,00"), "unknown_currency", 4),
        (":61:260115C10,00NTRFNONREF", "malformed_statement", 1),
    ],
)
def test_a_refusal_names_its_line(data: str, code: str, line: int) -> None:
    found = refused(data)
    assert (found.code, found.facts["line"]) == (code, line)
    assert words.sentence(found.code, found.facts).startswith(f"Line {line}: ")


# ------------------------------------------------------------------------------------ OFX


def ofx(entry: str, head: str = "OFXHEADER:100\n\n", balance: str = "<BALAMT>90.00<DTASOF>20260131") -> str:
    return (
        f"{head}<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>USD<CCACCTFROM><ACCTID>4111</CCACCTFROM>"
        f"<BANKTRANLIST><DTSTART>010126<STMTTRN><DTPOSTED>20260115120000[-5:EST]{entry}</STMTTRN></BANKTRANLIST>"
        f"<LEDGERBAL>{balance}</LEDGERBAL></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>"
    )


@pytest.mark.parametrize(
    ("amount", "minor"),
    [("-10.00", -1000), ("+1 006,60", 100660), ("-2000,00", -200000), ("00000010.5000", 1050), (".5", 50), ("7", 700)],
)
def test_an_amount_is_read_with_either_mark(amount: str, minor: int) -> None:
    (line,) = lines(ofx(f"<TRNAMT>{amount}<FITID>F1<NAME>A&amp;B"))
    assert (line.amount.minor, line.amount.currency, line.counterparty) == (minor, USD, "A&B")


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("1.234,56", "ambiguous_number"),
        ("1,234", "ambiguous_number"),
        ("1e3", "bad_number"),
        ("1.005", "scale"),
        ("", ""),
    ],
)
def test_an_amount_that_could_mean_something_else_is_not_guessed_at(amount: str, code: str) -> None:
    found = refused(ofx(f"<TRNAMT>{amount}<FITID>F1"))
    assert (found.code, found.field, found.facts["record"]) == (code or "malformed_statement", "amount", 1)


@pytest.mark.parametrize(
    "entry",
    [
        "<TRNAMT>1.00<FITID><NAME>ACME<MEMO>INV-17",
        "<TRNAMT>1.00</TRNAMT><FITID></FITID><NAME>ACME</NAME><MEMO>INV-17</MEMO>",
        "<TRNAMT>1.00<FITID/><NAME><![CDATA[ACME]]></NAME><MEMO>INV-17",
        "<TRNAMT>1.00<!-- <TRNAMT>2.00 --><PAYEE><NAME>ACME<CITY>X</PAYEE><memo>INV-17",
        "<TRNAMT>1.00<NAME>ACME<OWN.TAG>x<MEMO>INV-17<CATEGORY>",
    ],
)
def test_tags_are_read_closed_or_not(entry: str) -> None:
    (line,) = lines(ofx(entry))
    found = (line.amount.minor, line.counterparty, line.text, line.bank_tx_id, line.booking_date)
    assert found == (100, "ACME", "INV-17", "", date(2026, 1, 15))


def test_a_file_without_a_statement_says_what_it_is() -> None:
    sign_on = "<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>{}<SEVERITY>{}<MESSAGE>Wrong password</STATUS></SONRS></OFX>"
    assert refused(sign_on.format(0, "INFO")).code == "not_a_statement"
    assert refused(sign_on.format(15500, "ERROR")).facts == {"error": "15500", "text": "Wrong password"}


@pytest.mark.parametrize("markup", ["<!DOCTYPE x>", "<!ENTITY x 'y'>"])
def test_a_document_type_is_refused(markup: str) -> None:
    assert refused(markup + ofx("<TRNAMT>1.00", head="")).code == "forbidden_construct"


def test_a_reused_id_is_doubted_and_an_equal_line_is_not() -> None:
    one = "<TRNAMT>1.00<FITID>F1</STMTTRN><STMTTRN><DTPOSTED>20260115<TRNAMT>{}<FITID>F1"
    assert [line.doubt for line in lines(ofx(one.format("2.00")))] == ["reused_bank_id"] * 2
    assert [line.doubt for line in lines(ofx(one.format("1.00")))] == ["", ""]


def test_of_a_brokers_account_only_what_moves_its_cash_is_a_line() -> None:
    trade = (
        "<BUYSTOCK><INVBUY><INVTRAN><FITID>{0}<DTTRADE>20260115<MEMO>BOUGHT</INVTRAN><TOTAL>-{0}.00<SUBACCTFUND>{1}"
        "</INVBUY></BUYSTOCK>"
    )
    data = (
        "<OFX><INVSTMTTRNRS><INVSTMTRS><CURDEF>USD<INVACCTFROM><ACCTID>9</INVACCTFROM><INVTRANLIST>"
        + trade.format(5, "CASH")
        + trade.format(6, "OTHER")
        + "</INVTRANLIST></INVSTMTRS></INVSTMTTRNRS></OFX>"
    )
    assert [line.amount.minor for line in lines(data)] == [-500]


# ------------------------------------------------------------------------------------ QIF, PayPal: days and marks


def qif(*days: str, amount: str = "-1,000.50") -> str:
    return "!Type:Bank\n" + "".join(f"D{day}\nT{amount}\nPACME\n^\n" for day in days)


@pytest.mark.parametrize(
    ("days", "first"),
    [
        (("3/4/13", "3/15/13"), date(2013, 3, 4)),
        (("3/4/13", "15/3/13"), date(2013, 4, 3)),
        (("3/4'13", "3/15'13"), date(2013, 3, 4)),
        (("3/4' 5", "3/15' 5"), date(2005, 3, 4)),
        (("3.4.2013",), date(2013, 4, 3)),
        (("2013-03-04",), date(2013, 3, 4)),
        (("4/4/13",), date(2013, 4, 4)),
    ],
)
def test_one_day_above_the_twelfth_settles_the_order_of_all(days: tuple[str, ...], first: date) -> None:
    assert lines(qif(*days))[0].booking_date == first


def test_days_that_can_be_read_either_way_need_a_person() -> None:
    assert refused(qif("3/4/13", "5/6/13")).code == "ambiguous_date"
    assert read(qif("3/4/13"), profile="day-first")[0].lines[0].booking_date == date(2013, 4, 3)
    assert read(qif("3/4/13"), profile="month-first")[0].lines[0].booking_date == date(2013, 3, 4)


@pytest.mark.parametrize(
    ("amount", "minor"), [("-1.000,50", -100050), ("1000,5", 100050), ("1,000,000", 10**8), ("7", 700)]
)
def test_the_decimal_mark_is_found_from_the_file(amount: str, minor: int) -> None:
    assert lines(qif("2013-03-04", amount=amount))[0].amount.minor == minor


def test_a_mark_that_may_part_groups_or_decimals_is_refused() -> None:
    assert refused(qif("2013-03-04", amount="1,000")).code == "ambiguous_number"


def test_investments_are_no_bank_account() -> None:
    assert refused("!Type:Invst\nD1/1/13\nT1\n^\n").code == "not_a_statement"


PAYPAL = '"Date","Name","Status","Currency","Gross","Fee","Net","Transaction ID","Balance"\n'


def test_a_sale_and_its_fee_are_two_lines_and_each_currency_has_its_statement() -> None:
    rows = (
        '"1/15/2026","Ada","Completed","EUR","100.00","-3.20","96.80","T1","96.80"\n'
        '"1/16/2026","Bob","Pending","EUR","50.00","0.00","50.00","T2","96.80"\n'
        '"1/16/2026","Eve","Completed","USD","7.00","0.00","7.00","T3","7.00"\n'
    )
    eur, usd = read(PAYPAL + rows)
    assert [(line.amount.minor, line.bank_tx_id) for line in eur.lines] == [(10000, "T1"), (-320, "T1:fee")]
    assert (eur.pending, str(eur.opening), str(eur.closing), str(usd.closing)) == (
        1,
        "0.00 EUR",
        "96.80 EUR",
        "7.00 USD",
    )
    assert refused(PAYPAL + rows.replace('"96.80","T1"', '"96.90","T1"')).code == "balance_mismatch"
    assert refused(PAYPAL).code == "not_a_statement"


# ------------------------------------------------------------------------------------ CAMT.052, CAMT.054; the account


@pytest.mark.parametrize(("kind", "body", "part"), [("052", "AcctRpt", "Rpt"), ("054", "DbtCdtNtfctn", "Ntfctn")])
def test_a_report_and_an_advice_are_told_before_they_are_booked(kind: str, body: str, part: str) -> None:
    text = bank_files.document(bank_files.entry("10.00"), with_balances=False)
    for old, new in (("camt.053", f"camt.{kind}"), ("BkToCstmrStmt", f"BkToCstmr{body}"), ("<Stmt>", f"<{part}>")):
        text = text.replace(old, new)
    text = text.replace("</Stmt>", f"</{part}>")
    (statement,) = read(text)
    assert (statement.is_advice, len(statement.lines)) == (True, 1)


@pytest.mark.parametrize(
    ("number", "known"),
    [
        ("37040044/0532013000", "DE89370400440532013000"),
        ("37040044/532013000", "DE89370400440532013000"),
        ("370400440532013000", "DE89370400440532013000"),
        ("DE89370400440532013000", "DE89370400440532013000"),
        ("417164300", "NL91ABNA0417164300"),
        ("0532013000", ""),
        ("37040044/532013001", ""),
        ("17164300", ""),
        ("", ""),
    ],
)
def test_a_banks_own_number_is_known_as_the_account_it_is_part_of(number: str, known: str) -> None:
    assert references.known_as(number, {"DE89370400440532013000", "NL91ABNA0417164300"}) == (known or number)


def test_a_gap_is_a_balance_that_nothing_ended_with() -> None:
    def numbered(number: int, day: int, opening: int, closing: int) -> Numbered:
        return Numbered(number, date(2026, 1, day), date(2026, 1, day), opening, closing)

    first, second = numbered(1, 5, 0, 100), numbered(2, 6, 100, 250)
    assert statements.gap_before(second, [first, second]) is None
    late = numbered(4, 8, 300, 310)
    assert statements.gap_before(late, [first, second, late]) == second
    assert statements.gap_before(late, [first, second, numbered(3, 7, 250, 300), late]) is None
    anew = numbered(1, 8, 999, 1000)  # Numbers begin anew each year: nothing is known against it.
    assert statements.gap_before(anew, [first, second, anew]) is None


def test_a_folder_is_judged_by_command(tmp_path: Path) -> None:
    for name in ("mt940", "qif"):
        (tmp_path / name).write_bytes(WRITERS[name](0, [Moved(date(2026, 12, 31), 100, "INV 17")]))
    (tmp_path / "cut").write_bytes((tmp_path / "mt940").read_bytes()[:-40])
    answer = evaluate.run(argparse.Namespace(name="statements", folder=tmp_path))
    counts = evaluate_statements.evaluate(tmp_path).by_format()
    assert (counts["mt940"].files, counts["mt940"].sound, counts["mt940"].tied, counts["qif"].sound) == (2, 1, 1, 1)
    assert any(line.startswith("cut: Line 1: The statement has no readable closing balance") for line in answer.lines)


# ------------------------------------------------------------------------------------ third-party files


def test_files_of_other_projects_are_read_or_refused_with_a_reason(corpora: Path) -> None:
    """The best libraries read a transaction in 32 of 36 MT940 files (mt-940 5.1.1), in 22 of 32 OFX (ofxparse 0.21)."""
    result = evaluate_statements.evaluate(corpora / "data" / "bank-statements")
    found = result.by_format()
    assert (found["mt940"].files, found["ofx"].files) == (36, 32)
    assert found["mt940"].with_transactions >= 32
    assert found["ofx"].with_transactions >= 22
    for one in result.files:
        assert one.transactions or one.statements or one.code, one.path
        assert "{" not in words.sentence(one.code, one.facts), one.path
    assert [(one.path, one.difference) for one in result.files if one.is_compared] == [
        ("camt/oca-v11/test-camt053", "")
    ]
