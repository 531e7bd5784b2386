"""One small writer for each format of bank statements: an invented statement, as a bank would send it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from tests.receivables import bank_files

ACCOUNT = "37040044/0532013000"


@dataclass(frozen=True, slots=True)
class Moved:
    """One movement; minor units, money in is positive."""

    on: date
    minor: int
    text: str


def plain(minor: int, mark: str = ".") -> str:
    """Return major units: "-12.34"."""
    sign, rest = ("-" if minor < 0 else ""), abs(minor)
    return f"{sign}{rest // 100}{mark}{rest % 100:02}"


def side(minor: int) -> str:
    return "D" if minor < 0 else "C"


def mt940(opening: int, moved: Sequence[Moved]) -> bytes:
    closing = opening + sum(one.minor for one in moved)
    rows = [":20:STARTUMS", f":25:{ACCOUNT}", ":28C:7/1"]
    rows.append(f":60F:{side(opening)}260101EUR{plain(abs(opening), ',')}")
    for one in moved:
        pieces = [one.text[start : start + 27] for start in range(0, len(one.text), 27)]
        said = "".join(f"?{20 + place}{piece}" for place, piece in enumerate(pieces))
        rows.append(f":61:{one.on:%y%m%d%m%d}{side(one.minor)}{plain(abs(one.minor), ',')}NTRFNONREF")
        rows.append(f":86:166?00GUTSCHRIFT{said}?32ACME LDA")
    rows.append(f":62F:{side(closing)}261231EUR{plain(abs(closing), ',')}")
    return "\r\n".join([*rows, "-", ""]).encode()


def camt(opening: int, moved: Sequence[Moved]) -> bytes:
    closing = opening + sum(one.minor for one in moved)
    entries = [
        bank_files.entry(
            plain(abs(one.minor)),
            side="DBIT" if one.minor < 0 else "CRDT",
            day=one.on.isoformat(),
            text=one.text,
        )
        for one in moved
    ]
    return bank_files.document(*entries, opening=plain(opening), closing=plain(closing)).encode()


def ofx(opening: int, moved: Sequence[Moved]) -> bytes:
    closing = opening + sum(one.minor for one in moved)
    code, _, number = ACCOUNT.partition("/")
    rows = ["OFXHEADER:100", "DATA:OFXSGML", "", "<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR"]
    rows.append(f"<BANKACCTFROM><BANKID>{code}<ACCTID>{number}</BANKACCTFROM><BANKTRANLIST>")
    for place, one in enumerate(moved):
        rows.append(f"<STMTTRN><TRNTYPE>OTHER<DTPOSTED>{one.on:%Y%m%d}<TRNAMT>{plain(one.minor)}")
        rows.append(f"<FITID>T{place}<NAME>ACME LDA<MEMO>{one.text}</STMTTRN>")
    rows.append(f"</BANKTRANLIST><LEDGERBAL><BALAMT>{plain(closing)}<DTASOF>20261231</LEDGERBAL>")
    return "\r\n".join([*rows, "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"]).encode()


def qif(opening: int, moved: Sequence[Moved]) -> bytes:
    rows = ["!Type:Bank"]
    for one in moved:
        rows += [f"D{one.on:%d.%m.%Y}", f"T{one.minor / 100:,.2f}", "PACME LDA", f"M{one.text}", "^"]
    return "\n".join([*rows, ""]).encode()


def bai2(opening: int, moved: Sequence[Moved]) -> bytes:
    """All movements are of one day, because a group is."""
    closing = opening + sum(one.minor for one in moved)
    rows = ["01,BANK,US,261231,0600,1,,,2/", "02,US,BANK,1,261231,2400,EUR,2/"]
    rows.append(f"03,{ACCOUNT},EUR,010,{opening},,,015,{closing},,/")
    rows += [f"16,{399 if one.minor >= 0 else 699},{abs(one.minor)},,,,{one.text}" for one in moved]
    total = opening + closing + sum(abs(one.minor) for one in moved)
    rows += [f"49,{total},{len(moved) + 2}/", f"98,{total},1,{len(moved) + 4}/", f"99,{total},1,{len(moved) + 6}/"]
    return "\n".join([*rows, ""]).encode()


def cfonb120(opening: int, moved: Sequence[Moved]) -> bytes:
    closing = opening + sum(one.minor for one in moved)

    def signed(minor: int) -> str:
        text = f"{abs(minor):014}"
        return text[:13] + ("}JKLMNOPQR" if minor < 0 else "{ABCDEFGHI")[int(text[13])]

    def record(kind: str, day: date, rest: str) -> str:
        return f"{kind}30003    01234EUR2 01234567890  {day:%d%m%y}{rest}".ljust(120)

    rows = [record("01", date(2026, 1, 1), f"{'':50}{signed(opening)}")]
    for one in moved:
        rows.append(record("04", one.on, f"  {one.on:%d%m%y}{'VIR':31}  0000000  {signed(one.minor)}"))
        rows.append(record("05", one.on, f"{'':5}LIB{one.text[:70]}"))
    return "\r\n".join([*rows, record("07", date(2026, 12, 31), f"{'':50}{signed(closing)}")]).encode()


def n43(opening: int, moved: Sequence[Moved]) -> bytes:
    closing = opening + sum(one.minor for one in moved)

    def signed(minor: int) -> str:
        return f"{1 if minor < 0 else 2}{abs(minor):014}"

    rows = [f"11003712340532013000260101261231{signed(opening)}9783{'ACME':26}"]
    for one in moved:
        rows.append(f"22    1234{one.on:%y%m%d%y%m%d}02012{signed(one.minor)}{'0' * 10}{'0' * 12}{'0' * 16}")
        rows.append(f"2301{one.text[:76]}")
    out = [-one.minor for one in moved if one.minor < 0]
    in_ = [one.minor for one in moved if one.minor > 0]
    totals = f"{len(out):05}{sum(out):014}{len(in_):05}{sum(in_):014}"
    rows.append(f"33003712340532013000{totals}{signed(closing)}978")
    return "\r\n".join([*rows, f"88{'9' * 18}{len(rows):06}", ""]).encode("latin-1")


def paypal(opening: int, moved: Sequence[Moved]) -> bytes:
    rows = ['"Datum","Währung","Brutto","Gebühr","Netto","Transaktionscode","Guthaben","Betreff"']
    balance = opening
    for place, one in enumerate(moved):
        balance += one.minor
        cells = (f"{one.on:%d.%m.%Y}", "EUR", plain(one.minor, ","), "0,00", plain(one.minor, ","), f"T{place}")
        rows.append(",".join(f'"{cell}"' for cell in (*cells, plain(balance, ","), one.text)))
    return "\n".join([*rows, ""]).encode()


WRITERS: dict[str, Callable[[int, Sequence[Moved]], bytes]] = {
    "mt940": mt940,
    "camt": camt,
    "ofx": ofx,
    "qif": qif,
    "bai2": bai2,
    "cfonb120": cfonb120,
    "n43": n43,
    "paypal": paypal,
}
