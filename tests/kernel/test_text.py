"""Strict readers: one declared profile, ASCII digits, nothing guessed and nothing rounded."""

from __future__ import annotations

import contextlib
import unicodedata
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from counterfoil.kernel import text as reading
from counterfoil.kernel.currency import CURRENCIES, EUR, JPY, KWD, Currency
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import Money, OutOfRange

PROFILE = st.sampled_from(sorted(reading.NUMBER_PROFILES))
CURRENCY = st.sampled_from(sorted(CURRENCIES.values(), key=lambda known: known.code))


@pytest.mark.parametrize(
    ("profile", "written", "text"),
    [
        ("en-US", "1,234.56", "1234.56"),
        ("en-US", "1234.5", "1234.50"),
        ("en-US", " +12,000\N{NO-BREAK SPACE}", "12000.00"),
        ("en-US", "-0.00", "0.00"),
        ("en-US", "9,999,999,999,999.99", "9999999999999.99"),
        ("en-US", "0000000000000012", "12.00"),
        ("de-DE", "1.234,56", "1234.56"),
        ("de-DE", "1.234", "1234.00"),
        ("de-DE", "-1234,5", "-1234.50"),
        ("de-CH", "12'000.00", "12000.00"),
        ("de-CH", "12\N{RIGHT SINGLE QUOTATION MARK}000", "12000.00"),
        ("api", "-12.5", "-12.50"),
    ],
)
def test_an_amount_is_read_by_its_profile(profile: str, written: str, text: str) -> None:
    assert reading.parse_amount(written, EUR, profile).decimal_text() == text


@pytest.mark.parametrize(
    ("profile", "written", "code"),
    [
        ("en-US", "1.234,56", "ambiguous_number"),
        ("en-US", "1234,56", "ambiguous_number"),
        ("en-US", "1,23", "ambiguous_number"),
        ("en-US", "12'000.00", "ambiguous_number"),
        ("en-US", "12 000", "ambiguous_number"),
        ("en-US", "\N{EURO SIGN}12.000,00", "ambiguous_number"),
        ("en-US", "USD 12", "ambiguous_number"),
        ("de-DE", "1,234.56", "ambiguous_number"),
        ("de-DE", "1234.56", "ambiguous_number"),
        ("de-CH", "1.234,56", "ambiguous_number"),
        ("en-US", "100.005", "scale"),
        ("en-US", "1.234", "scale"),
        ("de-DE", "1,234", "scale"),
        ("en-US", "10000000000000", "out_of_range"),
        ("en-US", "-" + "1" * 30 + ".00", "out_of_range"),
        ("en-US", "1" * 100_000, "out_of_range"),
        ("en-US", "", "bad_number"),
        ("en-US", "1.2e4", "bad_number"),
        ("en-US", "NaN", "bad_number"),
        ("en-US", "sNaN", "bad_number"),
        ("en-US", "-Infinity", "bad_number"),
        ("en-US", "0x1F", "bad_number"),
        ("en-US", "12_000.00", "bad_number"),
        ("en-US", "\N{FULLWIDTH DIGIT ONE}2", "bad_number"),
        ("en-US", "\N{ARABIC-INDIC DIGIT ONE}2", "bad_number"),
        ("en-US", "\N{MINUS SIGN}12", "bad_number"),
        ("en-US", "(12)", "bad_number"),
        ("en-US", ".5", "bad_number"),
        ("en-US", "12\n", "bad_number"),
        ("api", "1,234.56", "bad_number"),
        ("api", "1.234,56", "bad_number"),
        ("api", "+1", "bad_number"),
        ("api", " 1", "bad_number"),
        ("api", "1E+2", "bad_number"),
    ],
)
def test_an_amount_that_could_be_another_is_refused_by_name(profile: str, written: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        reading.parse_amount(written, EUR, profile)
    assert refused.value.code == code


def test_the_decimals_are_those_of_the_currency() -> None:
    assert reading.parse_amount("1200.505", KWD) == Money(1200505, KWD)
    assert reading.parse_amount("1200", JPY) == Money(1200, JPY)
    with pytest.raises(reading.TooManyDecimals) as refused:
        reading.parse_amount("1200.5", JPY)
    assert refused.value.facts == {"text": "1200.5", "decimals": 0, "currency": "JPY"}


@given(known=CURRENCY, minor=st.integers(-(10**13) + 1, 10**13 - 1), profile=PROFILE)
def test_what_a_profile_writes_it_reads_back(known: Currency, minor: int, profile: str) -> None:
    amount = Money(minor, known)
    marks = reading.NUMBER_PROFILES[profile]
    group = marks.group_marks[:1] or "_"
    plain = f"{amount.as_decimal():,f}".replace(",", "G").replace(".", marks.decimal_mark).replace("G", group)
    assert reading.parse_amount(plain.replace("_", ""), known, profile) == amount


@given(
    written=st.text(alphabet="0123456789.,'+-eE_ \N{EURO SIGN}xnaif\N{FULLWIDTH DIGIT ONE}", max_size=24),
    profile=PROFILE,
)
@example(written="1" * 50, profile="api")
def test_whatever_is_written_is_read_to_the_digit_or_refused(written: str, profile: str) -> None:
    with contextlib.suppress(Refused):
        amount = reading.parse_amount(written, KWD, profile)
        marks = reading.NUMBER_PROFILES[profile]
        plain = "".join(mark for mark in written.strip() if mark not in marks.group_marks)
        assert amount.as_decimal() == Decimal(plain.replace(marks.decimal_mark, "."))
        assert written.isascii()


def test_a_rate_is_exact_and_has_its_own_decimals() -> None:
    assert reading.parse_decimal("19.25", 4) == Decimal("19.25")
    assert reading.parse_decimal("7,7", 4, "de-DE") == Decimal("7.7")
    assert str(reading.parse_decimal("-0.0", 4)) == "0.0"
    with pytest.raises(reading.TooManyDecimals):
        reading.parse_decimal("19.25", 1)
    with pytest.raises(OutOfRange):
        reading.parse_decimal("1" + "0" * 13, 1)


def test_a_quantity_is_counted_in_millionths() -> None:
    assert reading.parse_quantity("1") == 1_000_000
    assert reading.parse_quantity("0.333333", "api") == 333_333
    assert reading.parse_quantity("-2.5") == -2_500_000
    with pytest.raises(reading.TooManyDecimals):
        reading.parse_quantity("0.3333333")
    with pytest.raises(OutOfRange):
        reading.parse_quantity("1000000000000")
    assert reading.parse_quantity("999999999999.999999") < 2**63


@pytest.mark.parametrize(
    ("value", "text"), [("1.5", "1.5"), (3, "3"), (Decimal("0.1"), "0.1"), (Decimal("1E+3"), "1000")]
)
def test_a_json_number_is_read_as_its_text(value: object, text: str) -> None:
    assert reading.number_text(value) == text


@pytest.mark.parametrize("value", [None, True, 1.5, [], {}, Decimal("NaN")])
def test_a_json_value_that_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(reading.BadNumber):
        reading.number_text(value)


@pytest.mark.parametrize(
    ("profile", "written", "day"),
    [
        ("iso", "2026-04-03", date(2026, 4, 3)),
        ("iso", " 2028-02-29 ", date(2028, 2, 29)),
        ("iso", "1990-01-01", date(1990, 1, 1)),
        ("iso", "2199-12-31", date(2199, 12, 31)),
        ("us", "4/3/2026", date(2026, 4, 3)),
        ("us", "04/03/2026", date(2026, 4, 3)),
        ("eu", "3.4.2026", date(2026, 4, 3)),
        ("eu", "03/04/2026", date(2026, 4, 3)),
    ],
)
def test_a_day_is_read_by_its_profile(profile: str, written: str, day: date) -> None:
    assert reading.parse_date(written, profile) == day


@pytest.mark.parametrize(
    ("profile", "written", "code"),
    [
        ("iso", "03/04/2026", "ambiguous_date"),
        ("iso", "3.4.26", "ambiguous_date"),
        ("us", "3.4.2026", "ambiguous_date"),
        ("us", "13/4/2026", "bad_date"),
        ("eu", "3.4/2026", "bad_date"),
        ("iso", "", "bad_date"),
        ("iso", "2026-02-30", "bad_date"),
        ("iso", "0000-00-00", "bad_date"),
        ("iso", "0001-01-01", "bad_date"),
        ("iso", "1989-12-31", "bad_date"),
        ("iso", "9999-12-31", "bad_date"),
        ("iso", "45678", "bad_date"),
        ("iso", "20260403", "bad_date"),
        ("iso", "2026-4-3", "bad_date"),
        ("iso", "2026-W46-7", "bad_date"),
        ("iso", "2026-319", "bad_date"),
        ("iso", "2026-11-15T23:30:00-11:00", "bad_date"),
        ("iso", "2026-11-15 00:00", "bad_date"),
        ("iso", "\N{FULLWIDTH DIGIT TWO}026-04-03", "bad_date"),
        ("iso", "2026-04-03\n", "bad_date"),
    ],
)
def test_a_day_that_could_be_another_is_refused_by_name(profile: str, written: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        reading.parse_date(written, profile)
    assert refused.value.code == code


@given(day=st.dates(reading.FIRST_DATE, reading.LAST_DATE))
def test_every_day_is_read_back(day: date) -> None:
    assert reading.parse_date(day.isoformat()) == day
    assert reading.parse_date(f"{day.month}/{day.day}/{day.year}", "us") == day
    assert reading.parse_date(f"{day.day:02}.{day.month:02}.{day.year}", "eu") == day


def test_an_unknown_profile_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="profile"):
        reading.parse_amount("1", EUR, "en-GB")
    with pytest.raises(ValueError, match="profile"):
        reading.parse_date("2026-01-01", "en-GB")


def test_text_is_composed_and_freed_of_blanks_around_it() -> None:
    assert (
        reading.clean_text(" Su\N{COMBINING DIAERESIS}d\N{NO-BREAK SPACE}")
        == "S\N{LATIN SMALL LETTER U WITH DIAERESIS}d"
    )
    assert reading.clean_text("\N{NO-BREAK SPACE}\t ") == ""
    assert reading.clean_text('Acme\nHolding, "S"') == 'Acme\nHolding, "S"'


@pytest.mark.parametrize(
    ("written", "character"),
    [
        ("a\0b", "U+0000"),
        ("a\x1b[31m", "U+001B"),
        ("\x1fa", "U+001F"),
        ("a\x7f", "U+007F"),
        ("a\x85", "U+0085"),
        ("\ud800", "U+D800"),
    ],
)
def test_text_with_a_control_character_is_refused_without_repeating_it(written: str, character: str) -> None:
    with pytest.raises(reading.MalformedText) as refused:
        reading.clean_text(written)
    assert refused.value.facts["character"] == character


def test_text_longer_than_its_field_is_refused_with_both_lengths() -> None:
    assert reading.clean_text(" " + "a" * 255) == "a" * 255
    with pytest.raises(reading.TooLong) as refused:
        reading.clean_text("a" * 256)
    assert refused.value.facts == {"length": 256, "limit": 255}


@given(written=st.text(max_size=60))
def test_clean_text_stays_as_it_is(written: str) -> None:
    try:
        cleaned = reading.clean_text(written, 200)
    except reading.MalformedText:
        return
    assert cleaned == unicodedata.normalize("NFC", cleaned)
    assert reading.clean_text(cleaned, 200) == cleaned
    cleaned.encode("utf-8")
