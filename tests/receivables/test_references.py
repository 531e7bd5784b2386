"""What names an invoice: structured references, numbers in free text, account numbers."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.receivables.domain import references


@pytest.mark.parametrize("text", ["RF18539007547034", "RF18 5390 0754 7034", "RF185390075470Y"])
def test_valid_creditor_references_are_known(text: str) -> None:
    """ISO 11649; ORACLES N-63."""
    assert references.is_creditor_reference(references.clean_reference(text))


@pytest.mark.parametrize("text", ["RF17539007547034", "RF185390075470X", "RF18", "18539007547034", "RF1853900754703é"])
def test_other_texts_are_no_creditor_references(text: str) -> None:
    assert not references.is_creditor_reference(references.clean_reference(text))


@pytest.mark.parametrize("text", ["210000000003139471430009017", "000000000000000000000000000"])
def test_qr_references_have_27_digits_with_a_recursive_check_digit(text: str) -> None:
    """SIX, Swiss Payment Standards, annex B: 21 00000 00003 13947 14300 09017."""
    assert references.is_qr_reference(text)
    assert not references.is_qr_reference(text[:-1] + str((int(text[-1]) + 1) % 10))


@pytest.mark.parametrize(
    "account",
    [
        "GR1601101050000010547023795",
        "BE31435411161155",
        "GB33BUKB20201555555555",
        "DE89370400440532013000",
        "NL91ABNA0417164300",
        "BE68539007547034",  # Its national check digits name no Belgian bank: still an IBAN.
        "123456789",
        "",
    ],
)
def test_good_ibans_and_other_account_numbers_are_not_bad_ibans(account: str) -> None:
    """ORACLES N-64."""
    assert not references.is_bad_iban(account)


@pytest.mark.parametrize("account", ["DE89370400440532013001", "DE8937040044053201300", "GB33BUKB2020155555555A"])
def test_a_wrong_check_digit_length_or_structure_is_a_bad_iban(account: str) -> None:
    assert references.is_bad_iban(account)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("INV-2026-000017", "INV-2026-000017"),
        ("RETURN INV-2026-000017", "INV-2026-000017"),
        ("inv 2026 000017 less bank fee", "INV-2026-000017"),
        ("payment for INV2026000017, thanks", "INV-2026-000017"),
        ("Rechnung 2026-1061/Kd. 99", "2026-1061"),
        ("(2026/1061)", "2026-1061"),
    ],
)
def test_a_number_is_named_as_printed_or_without_separators(text: str, number: str) -> None:
    assert references.number_key(number) in references.text_keys(text)
    assert references.names(references.runs(text), number)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("INV-2026-0000170", "INV-2026-000017"),
        ("XINV-2026-000017", "INV-2026-000017"),
        ("order 12026-1061", "2026-1061"),
        ("20 261061", "2026-1061"),
        ("2026 EUR 1061", "2026-1061"),
        ("17", "17"),
    ],
)
def test_a_part_of_another_word_names_nothing(text: str, number: str) -> None:
    is_key = references.number_key(number) in references.text_keys(text)
    assert not (is_key and references.names(references.runs(text), number))


def test_a_creditor_reference_in_groups_of_four_is_one_key() -> None:
    assert "RF18539007547034" in references.text_keys("ref RF18 5390 0754 7034 thank you")


@given(
    before=st.text(max_size=40),
    after=st.text(max_size=40),
    year=st.integers(1990, 2199),
    serial=st.integers(1, 10**6),
)
def test_a_number_is_found_in_any_text_that_holds_it_between_blanks(
    before: str, after: str, year: int, serial: int
) -> None:
    number = f"INV-{year}-{serial:06}"
    text = f"{before} {number} {after}"
    assert references.number_key(number) in references.text_keys(text)
    assert references.names(references.runs(text), number)


@given(st.text(alphabet=string.ascii_letters + string.digits + " -/.", max_size=200))
def test_the_keys_of_a_text_stay_few(text: str) -> None:
    assert len(references.text_keys(text)) <= 7 * (len(references.runs(text)) or 1)


@pytest.mark.parametrize(
    ("text", "number", "words"),
    [
        ("Rechnung inv 2026 000017, danke", "INV-2026-000017", "inv 2026 000017"),
        ("STRAßE 4 INV2026000017", "INV-2026-000017", "INV2026000017"),
        ("INV-2026-000017/2", "INV-2026-000017", "INV-2026-000017"),
        ("INV 20 26000017", "INV-2026-000017", ""),
    ],
)
def test_the_words_that_name_a_number_are_quoted_as_they_stand(text: str, number: str, words: str) -> None:
    assert references.written(text, number) == words
    assert bool(words) is references.names(references.runs(text), number)


def test_a_printed_reference_is_quoted_as_it_stands() -> None:
    assert references.written_reference("pay RF18 5390 0754 7034 danke") == "RF18 5390 0754 7034"
    assert references.written_reference("210000000003139471430009017") == "210000000003139471430009017"
    assert references.written_reference("RF17 5390 0754 7034") == ""
