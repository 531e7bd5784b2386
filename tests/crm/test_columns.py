"""Reading columns: what a profile maps, fills in and refuses."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from counterfoil.crm import columns, profiles
from counterfoil.crm.columns import Profile, Reader, RowRefusal
from counterfoil.crm.domain import Said
from counterfoil.kernel.errors import Refusal

MAVEN_HEADER = ["opportunity_id", "sales_agent", "product", "account", "deal_stage", "engage_date", "close_date"]


def read_deals(
    profile: str, header: list[str], *rows: list[str], currency: str = "EUR"
) -> tuple[list[columns.DealRow], list[RowRefusal]]:
    reader = Reader(profiles.load(profile), "deals", header, currency)
    return columns.deals(reader, list(enumerate(rows, start=2)))


def read_one(kind: str, header: list[str], row: list[str]) -> dict[str, Any]:
    reader = Reader(profiles.load(""), kind, header, "EUR")
    read, refused = columns.plain(reader, [(2, row)])
    assert refused == []
    return dict(read[0].values)


def refusals_of(kind: str, header: list[str], row: list[str]) -> list[tuple[str, str]]:
    reader = Reader(profiles.load(""), kind, header, "EUR")
    _, refused = columns.plain(reader, [(2, row)])
    return [(refusal.field, refusal.code) for refusal in refused]


def test_the_maven_profile_fills_in_what_its_files_lack() -> None:
    header = [*MAVEN_HEADER, "close_value"]
    row = ["Z063OYW0", "Darcel Schlecht", "GTXPro", "Isdom", "Won", "10/25/2016", "3/11/2017", "4514.0"]
    (deal,), refused = read_deals("maven-crm", header, row, currency="USD")
    assert refused == []
    assert deal.said == Said(
        system="maven-crm",
        external_id="Z063OYW0",
        name="GTXPro for Isdom",
        customer_text="Isdom",
        amount_minor=451_400,
        currency="USD",
        amount_state="signed",
        stage="won",
        close_date=date(2017, 3, 11),
        terms_text="Net 30",
        billing_text="up_front",
        po_number="",
        service_start=None,
        service_end=None,
        delivered_on=date(2017, 3, 11),
        cancellable_until=None,
        lines=deal.said.lines,
    )
    (line,) = deal.said.lines
    assert (line.product_text, line.quantity_micro, line.amount_minor) == ("GTXPro", 1_000_000, 451_400)
    assert (deal.stage_text, deal.owner) == ("Won", "Darcel Schlecht")


def test_what_a_profile_fills_in_can_be_shown_before_it_runs() -> None:
    assert profiles.load("maven-crm").fills("deals", "USD") == {
        "name": "{product} for {customer}",
        "currency": "USD",
        "quantity": "1",
        "terms": "Net 30",
        "billing_type": "up_front",
        "delivered_on": "{close_date}",
    }


def test_an_open_deal_of_maven_has_neither_amount_nor_date() -> None:
    header = [*MAVEN_HEADER, "close_value"]
    row = ["UP409DSB", "Maureen Marcano", "MG Advanced", "", "Engaging", "11/10/2016", "", ""]
    (deal,), _ = read_deals("maven-crm", header, row, currency="USD")
    assert (deal.said.name, deal.said.amount_minor, deal.said.close_date) == ("MG Advanced for –", None, None)
    assert (deal.said.stage, deal.said.amount_state) == ("engaging", "estimated")


def test_every_failing_value_of_a_row_is_named_by_the_files_column() -> None:
    header = ["external_id", "name", "account", "amount", "currency", "stage", "close_date", "product_code", "quantity"]
    header += ["discount_pct", "payment_terms", "billing_type"]
    row = ["D-1", "x" * 300, "ACC-1", "1e3", "eur", "closed won", "03/04/2026", "SUB", "1.2345678", "150", "?" * 90, ""]
    read, refused = read_deals("counterfoil", header, row)
    assert read == []
    assert sorted((refusal.field, refusal.code) for refusal in refused) == [
        ("amount", "bad_number"),
        ("close_date", "ambiguous_date"),
        ("currency", "unknown_currency"),
        ("discount_pct", "out_of_range"),
        ("name", "too_long"),
        ("payment_terms", "too_long"),
        ("quantity", "scale"),
        ("stage", "unknown_stage"),
    ]


def test_nothing_is_stored_without_its_key() -> None:
    assert refusals_of("customers", ["external_id", "name"], ["", "Acme"]) == [("external_id", "missing_value")]
    assert refusals_of("products", ["code", "kind"], ["P", ""]) == [("kind", "missing_value")]


def test_a_customer_is_read_with_its_own_words() -> None:
    header = ["external_id", "name", "country", "payment_terms", "po_required", "currency", "email"]
    values = read_one("customers", header, ["ACC-1", "Acme\u00a0", "DE", "net 30", "yes", "EUR", "ap@acme.test"])
    assert (values["name"], values["country"], values["terms"]) == ("Acme", "DE", "Net 30")
    assert (values["is_po_required"], values["currency"].code, values["email"]) == (True, "EUR", "ap@acme.test")


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("country", "Germany", "unknown_country"),
        ("payment_terms", "whenever", "unknown_term"),
        ("po_required", "perhaps", "unknown_word"),
        ("email", "ana@@example", "bad_email"),
        ("email", "=cmd@example.test", "bad_email"),
        ("email", '"a\nBcc: x@evil.test"@example.test', "bad_email"),
        ("city", "A\x00B", "malformed_text"),
    ],
)
def test_values_of_a_customer_that_mean_nothing_are_refused(column: str, value: str, code: str) -> None:
    assert refusals_of("customers", ["external_id", "name", column], ["A", "Acme", value]) == [(column, code)]


def test_a_product_is_filled_in_and_its_price_has_its_currencys_decimals() -> None:
    values = read_one("products", ["code", "kind", "price"], ["GTX", "good", "1,250.50"])
    assert (values["name"], values["tax_class"], values["price"]) == ("GTX", "standard", 125_050)
    assert refusals_of("products", ["code", "kind", "price"], ["GTX", "good", "1.234"]) == [("price", "scale")]


def test_a_moment_needs_its_zone_and_a_day_is_midnight() -> None:
    header = ["external_id", "kind", "happened_at"]
    assert read_one("activities", header, ["A", "call", "2026-10-01"])["happened_at"] == datetime(
        2026, 10, 1, tzinfo=UTC
    )
    read = read_one("activities", header, ["A", "call", "2026-10-01T09:30:00+02:00"])["happened_at"]
    assert read == datetime(2026, 10, 1, 7, 30, tzinfo=UTC)
    assert refusals_of("activities", header, ["A", "call", "2026-10-01T09:30:00"]) == [("happened_at", "bad_date")]


def test_the_last_day_of_a_service_is_named_and_the_first_day_after_it_kept() -> None:
    header = ["external_id", "name", "account", "amount", "currency", "stage", "close_date", "product_code"]
    header += ["payment_terms", "billing_type", "service_start", "service_end"]
    row = ["D-1", "A", "ACC-1", "1", "EUR", "Closed Won", "2026-01-31", "SUB", "NET30", "monthly"]
    (deal,), _ = read_deals("counterfoil", header, [*row, "2026-02-01", "2027-01-31"])
    assert (deal.said.service_start, deal.said.service_end) == (date(2026, 2, 1), date(2027, 2, 1))


def test_refusals_of_people_do_not_repeat_what_was_written() -> None:
    reader = Reader(profiles.load(""), "contacts", ["external_id", "country"], "EUR")
    _, refused = columns.plain(reader, [(2, ["C-1", "Wonderland"])])
    assert refused == [RowRefusal(2, "country", "unknown_country", {})]


def test_a_value_beyond_the_limit_of_a_file_is_told_the_limit_of_its_field() -> None:
    reader = Reader(profiles.load(""), "contacts", ["external_id", "first_name", "notes"], "EUR")
    too_long = Refusal("limit", {"row": 2, "limit": 65_536, "length": 200_000}, "first_name")
    assert reader.unreadable(2, too_long).facts["limit"] == 255
    assert reader.unreadable(2, Refusal("malformed", {"row": 2, "columns": 3})).code == "malformed"


def test_columns_that_hardly_repeat_are_read_the_same_way() -> None:
    header = ["external_id", "name", "account", "amount", "currency", "stage", "close_date", "product_code"]
    header += ["payment_terms", "billing_type", "discount_pct"]
    rows = [
        [
            f"D-{n}",
            f"Deal {n}\u00a0",
            "A",
            f"{n}.50",
            "EUR",
            "Closed Won",
            "2026-01-31",
            "SUB",
            "NET30",
            "once",
            str(n / 10),
        ]
        for n in range(300)
    ]
    rows[250][1] = "A\x07"
    reader = Reader(profiles.load(""), "deals", header, "EUR")
    for start in (0, 150):
        read, refused = columns.deals(reader, list(enumerate(rows[start : start + 150], start=start + 2)))
        for deal in read:
            number = deal.row - 2
            assert (deal.said.external_id, deal.said.name) == (f"D-{number}", f"Deal {number}")
            assert deal.said.amount_minor == number * 100 + 50
            assert deal.said.lines[0].discount_percent == Decimal(number) / 10
    assert [(refusal.row, refusal.code) for refusal in refused] == [(252, "malformed_text")]


def test_a_profile_that_names_unknown_fields_is_a_defect() -> None:
    table = {"columns": {"colour": "Colour"}, "required": [], "fill": {}}
    data = {"name": "x", "version": 1, "title": "", "system": "x", "is_external_crm": True, "numbers": "en-US"}
    with pytest.raises(ValueError, match="colour"):
        Profile.of(data | {"dates": "iso", "kinds": {"deals": table}})


def test_a_profile_is_known_by_name_and_says_which_kinds_it_reads() -> None:
    with pytest.raises(profiles.UnknownProfile) as refused:
        profiles.load("salesforce")
    assert refused.value.facts["known"] == sorted(profiles.known())
    assert {"counterfoil", "maven-crm"} <= profiles.known().keys()
    with pytest.raises(columns.UnknownColumns):
        profiles.load("maven-crm").layout("contacts")


@pytest.mark.parametrize(
    ("text", "flags"),
    [("card 4111 1111 1111 1111 cvv 123", ["card_number"]), ("order 4111 1111 1111 1112", []), ("", [])],
)
def test_card_numbers_in_notes_are_told_by_their_checksum(text: str, flags: list[str]) -> None:
    assert columns.flags_of_text(text) == flags


@pytest.mark.parametrize(
    ("vat_id", "flags"),
    [("DE123456789", ["bad_vat_id"]), ("PT501964843", []), ("", []), ("US-12", [])],
)
def test_vat_numbers_of_the_union_are_told_by_their_checksum(vat_id: str, flags: list[str]) -> None:
    assert columns.flags_of_vat(vat_id) == flags
