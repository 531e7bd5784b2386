"""The exact check of electronic invoices: worked examples, each rule broken once, and the corpus where it lies."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from counterfoil import words
from counterfoil.billing.domain.einvoice import EInvoice, Line, check, refused
from counterfoil.billing.domain.einvoice.rules import vat_of
from counterfoil.flows import evaluate_einvoices
from tests.billing.einvoices import an_einvoice, broken, with_total, with_vat


@pytest.mark.parametrize(
    ("invoice", "vat", "total", "due"),
    [
        (  # N-68: 365.13 + 0.15 + 0; 100 taken away and 100 added
            an_einvoice(
                "1460.50", "1.00", "-25.00", rates=["25", "15", "0"], allowances=["100"], charges=["100"], paid="1000"
            ),
            "365.28", "1801.78", "801.78",
        ),
        (an_einvoice("-625743.54", rates=["25"]), "-156435.89", "-782179.43", "-782179.43"),  # N-69
        (an_einvoice("0.98", rates=["16"], allowances=["0.20"], charges=["0.50"]), "0.20", "1.48", "1.48"),  # N-71
        (an_einvoice("2416.16", rates=["0"], rounding="-0.16"), "0", "2416.16", "2416.00"),  # N-72
        (an_einvoice("380000", rates=["25"], paid="400000"), "95000", "475000", "75000"),  # N-73
        (  # N-74
            an_einvoice("9560", rates=["25"], allowances=["1912"], charges=["1020"], paid="834.90", rounding="-0.10"),
            "2167", "10835", "10000",
        ),
        (an_einvoice("69180.00", rates=["27"], currency="HUF"), "18678.60", "87858.60", "87858.60"),  # N-77
        (an_einvoice("1234", rates=["10"], currency="JPY"), "123.40", "1357.40", "1357.40"),
    ],
)  # fmt: skip
def test_an_invoice_that_holds_breaks_nothing(invoice: EInvoice, vat: str, total: str, due: str) -> None:
    """ORACLES section 9."""
    assert broken(invoice) == []
    totals = invoice.totals
    assert (totals.vat, totals.with_vat, totals.due) == (Decimal(vat), Decimal(total), Decimal(due))


@pytest.mark.parametrize("minus", ["", "-"])
def test_half_a_cent_goes_away_from_zero(minus: str) -> None:
    """N-70: 1622.835 either way."""
    assert vat_of(Decimal(f"{minus}6491.34"), Decimal(25)) == Decimal(f"{minus}1622.84")


PLAIN = an_einvoice("100.00", "50.00", allowances=["10"], charges=["5"])


@pytest.mark.parametrize(
    ("invoice", "rules"),
    [
        (with_total(PLAIN, lines="150.01", without_vat="145.01", with_vat="172.56", due="172.56"), ["BR-CO-10"]),
        (with_total(PLAIN, allowances="9.99", without_vat="145.01", with_vat="172.56", due="172.56"), ["BR-CO-11"]),
        (with_total(PLAIN, charges=None, without_vat="140", with_vat="167.55", due="167.55"), ["BR-CO-12"]),
        (with_total(PLAIN, without_vat="145.01", with_vat="172.56", due="172.56"), ["BR-CO-13"]),
        (with_total(PLAIN, vat="27.56", with_vat="172.56", due="172.56"), ["BR-CO-14"]),
        (with_total(PLAIN, with_vat="172.56", due="172.56"), ["BR-CO-15"]),
        (replace(PLAIN, totals=replace(PLAIN.totals, vat_again=(Decimal("27.54"),))), ["BR-CO-15"]),
        (with_total(PLAIN, due="172.54"), ["BR-CO-16"]),
        (with_total(with_vat(PLAIN, tax="27.54"), vat="27.54", with_vat="172.54", due="172.54"), ["BR-CO-17"]),
        (with_vat(PLAIN, base="245", tax="46.55"), ["BR-CO-14", "BR-S-08"]),
        (replace(PLAIN, lines=(replace(PLAIN.lines[0], price=Decimal(-1)), PLAIN.lines[1])), ["BR-27"]),
        (replace(PLAIN, seller=replace(PLAIN.seller, vat_id="")), ["BR-CO-26", "BR-S-02"]),
        (replace(PLAIN, buyer=replace(PLAIN.buyer, country="")), ["BR-11"]),
        (replace(PLAIN, number="", lines=(replace(PLAIN.lines[0], name="", unit=""), PLAIN.lines[1])),
         ["BR-02", "BR-23", "BR-25"]),
        (replace(PLAIN, vat=(PLAIN.vat[0], PLAIN.vat[0])), ["BR-CO-14", "BR-S-08", "BR-S-01"]),
        (replace(PLAIN, vat=(replace(PLAIN.vat[0], reason="None"),)), ["BR-S-10"]),
        (replace(PLAIN, tax_currency="USD"), ["BR-53"]),
        (an_einvoice("1.005", rates=["0"]), ["BR-DEC-09", "BR-DEC-12", "BR-DEC-14", "BR-DEC-18", "BR-DEC-19",
                                             "BR-DEC-23"]),
    ],
)  # fmt: skip
def test_each_rule_is_named_with_what_is_stated(invoice: EInvoice, rules: list[str]) -> None:
    assert broken(invoice) == rules
    for breach in check(invoice):
        said = words.sentence(breach.refusal.code, breach.refusal.facts)
        assert breach.rule in said
        assert "{" not in said


def test_both_values_are_said() -> None:
    (breach,) = check(with_total(PLAIN, due="172.54"))
    assert words.sentence(breach.refusal.code, breach.refusal.facts) == (
        "BR-CO-16: BT-115 says 172.54, but BT-112 - BT-113 + BT-114 is 172.55."
    )


@pytest.mark.parametrize(
    ("base", "rate", "tax", "is_tolerated"),
    [
        ("-72.50", "19", "-12.78", True),  # N-76: the official rule passes both, -13.775 is -13.78
        ("-72.50", "19", "-14.78", True),
        ("-72.50", "19", "-15.00", False),
        ("64.26", "21", "13.22", True),  # eInvoicing-EN16931#432: 13.4946
        ("-1710.50", "19", "-324.99", True),  # eInvoicing-EN16931#303: -324.995 is -325.00
        ("69180.00", "27", "18679.00", True),  # N-77: whole forints
    ],
)
def test_the_slack_of_the_official_rule_is_not_ours(base: str, rate: str, tax: str, is_tolerated: bool) -> None:
    invoice = an_einvoice(base, rates=[rate])
    with_tax = Decimal(base) + Decimal(tax)
    stated = with_total(with_vat(invoice, tax=tax), vat=tax, with_vat=str(with_tax), due=str(with_tax))
    (breach,) = check(stated)
    assert (breach.rule, breach.is_tolerated, breach.is_remark) == ("BR-CO-17", is_tolerated, False)
    assert ("let it pass" in words.sentence(breach.refusal.code, breach.refusal.facts)) is is_tolerated


def test_yen_may_be_rounded_to_whole_yen() -> None:
    """123.40 by the letter of the rule, 123 because half a yen cannot be paid; in euros only 123.40 holds."""
    for money, rules in (("JPY", []), ("EUR", ["BR-CO-17"])):
        stated = with_vat(an_einvoice("1234", rates=["10"], currency=money), tax="123")
        assert broken(with_total(stated, vat="123", with_vat="1357", due="1357")) == rules


def test_a_base_a_cent_off_its_lines_is_a_remark() -> None:
    """The sender may round each line apart; the sums of the whole document stay exact."""
    near = with_vat(an_einvoice("10.00", "20.00", rates=["19", "7"]), base="10.01")
    (breach,) = check(near)
    assert (breach.rule, breach.is_remark) == ("BR-S-08", True)
    assert refused(check(near)) == ()


def test_reverse_charge_and_export_ask_for_numbers_and_reasons() -> None:
    invoice = an_einvoice("100.00", rates=["0"])
    for category, rules in (
        ("AE", ["BR-AE-10", "BR-AE-02"]),
        ("K", ["BR-IC-10", "BR-IC-02", "BR-IC-11", "BR-IC-12"]),
        ("G", ["BR-G-10"]),
        ("E", ["BR-E-10"]),
        ("O", ["BR-O-10", "BR-O-02"]),
    ):
        lines: tuple[Line, ...] = (replace(invoice.lines[0], category=category),)
        assert broken(replace(invoice, lines=lines, vat=(replace(invoice.vat[0], category=category),))) == rules


# ------------------------------------------------------------------------------------ the corpus


def test_the_corpus_is_reproduced_and_refused_with_the_rule(corpora: Path) -> None:
    """Each valid file to the cent, and as both syntaxes write it; each invalid one with exactly the rules it breaks."""
    result = evaluate_einvoices.evaluate(corpora / "data" / "einvoice", lambda done, total: None)
    assert [one for one in result.files if not one.is_right] == []
    counts = result.counts()
    assert counts["reproduced"] == counts["valid"] >= 20
    assert counts["refused_with_rule"] == counts["invalid"] >= 10


def test_the_corpus_passes_the_official_rules(corpora: Path) -> None:
    result = evaluate_einvoices.evaluate(corpora / "data" / "einvoice", lambda done, total: None, with_official=True)
    assert [one.file for one in result.files if one.is_valid and one.official] == []
