"""Importing files: stored once, changed when they change, refused row by row, told the same by a dry run."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil import words
from counterfoil.audit import selectors as record
from counterfoil.audit import services as audit
from counterfoil.crm import columns
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm.columns import RowRefusal
from counterfoil.flows import import_file as flow
from counterfoil.flows.import_file import ImportResult
from tests.badinput.crm_world import COLUMNS, World, rows_of_everything, the_world
from tests.builders import NOW, TESTER

pytestmark = pytest.mark.database


@pytest.fixture
def world() -> World:
    return the_world()


def a_row(id_: str = "D-1", *, amount: str = "12000.00", product: str = "SUB-ENT-Y", **other: str) -> str:
    values = {
        "external_id": id_,
        "name": f"Deal {id_}",
        "account": "ACC-1",
        "amount": amount,
        "currency": "EUR",
        "stage": "Closed Won",
        "close_date": "2026-10-15",
        "product_code": product,
        "quantity": "1",
        "discount_pct": "5",
        "payment_terms": "NET30",
        "billing_type": "recurring",
        "owner_email": "rep1@example.test",
        "po_number": "PO-77",
        **other,
    }
    return ",".join(values[column] for column in COLUMNS.split(","))


def a_file(*rows: str) -> bytes:
    return ("\n".join([COLUMNS, *rows]) + "\n").encode()


def counts(result: ImportResult) -> tuple[int, int, int]:
    assert result.read == result.accepted + result.unchanged + result.rejected
    return result.accepted, result.unchanged, result.rejected


def test_the_same_file_again_writes_nothing_at_all(world: World) -> None:
    data = a_file(a_row("D-1"), a_row("D-2"))
    first = world.feeds("deals", data)
    assert counts(first) == (2, 0, 0)
    before = rows_of_everything()
    with CaptureQueriesContext(connection) as queries:
        again = world.feeds("deals", data)
    assert counts(again) == (0, 2, 0)
    assert again.batch == first.batch
    assert rows_of_everything() == before
    writes = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert writes == []


def test_a_changed_row_becomes_a_new_version_and_keeps_its_identity(world: World) -> None:
    world.feeds("deals", a_file(a_row("D-1"), a_row("D-2")))
    before = world.deals()
    result = world.feeds("deals", a_file(a_row("D-1", amount="13000.00"), a_row("D-2")))
    after = world.deals()
    assert counts(result) == (1, 1, 0)
    assert after["D-1"].opportunity_id == before["D-1"].opportunity_id
    assert after["D-1"].version_hash != before["D-1"].version_hash
    assert (after["D-1"].said.amount_minor, len(after["D-1"].said.lines)) == (1_300_000, 1)
    assert after["D-2"] == before["D-2"]


def test_a_new_owner_is_stored_and_is_no_new_version(world: World) -> None:
    world.feeds("deals", a_file(a_row()))
    before = world.deals()["D-1"]
    assert counts(world.feeds("deals", a_file(a_row(owner_email="rep2@example.test")))) == (1, 0, 0)
    after = world.deals()["D-1"]
    assert (after.owner, after.version_hash) == ("rep2@example.test", before.version_hash)


def test_a_won_row_that_fails_the_standards_is_refused_with_every_field(world: World) -> None:
    bad = a_row(account="Nobody", product="HW-OLD", payment_terms="whenever", billing_type="", amount="-1")
    result = world.feeds("deals", a_file(bad, a_row("D-2")))
    assert [(error.field, error.code) for error in result.errors] == [
        ("billing_type", "missing_field"),
        ("account", "unknown_customer"),
        ("payment_terms", "unknown_term"),
        ("amount", "amount_not_positive"),
        ("product_code", "product_retired"),
    ]
    assert set(world.deals()) == {"D-2"}
    assert result.errors[1].facts["text"] == "Nobody"


def test_an_earlier_stage_is_stored_as_it_is(world: World) -> None:
    early = a_row(stage="Prospecting", account="Nobody", product="?", payment_terms="", amount="", currency="")
    assert counts(world.feeds("deals", a_file(early))) == (1, 0, 0)
    facts = world.deals()["D-1"]
    assert (facts.customer_id, facts.said.customer_text, facts.said.amount_minor) == (None, "Nobody", None)


def test_a_mirror_of_another_crm_is_stored_as_it_is_and_counted_as_held(world: World) -> None:
    header = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value"
    row = "Z1,Ann,GTXPro,Isdom,Won,10/25/2016,3/11/2017,4514.0"
    result = flow.import_file(
        kind="deals", data=f"{header}\n{row}\n".encode(), file_name="sales_pipeline.csv", profile="maven-crm",
        actor=TESTER, books_id=world.books.id, at=NOW,
    )  # fmt: skip
    assert (counts(result), result.held) == ((1, 0, 0), 1)
    assert world.deals()["Z1"].said.lines[0].product_text == "GTXPro"


def test_customers_that_come_after_their_deals_are_attached(world: World) -> None:
    world.feeds("deals", a_file(a_row(stage="Qualified", account="New AG")))
    before = world.deals()["D-1"]
    world.feeds("customers", b"external_id,name,country\nN-1,New AG,DE\n")
    after = world.deals()["D-1"]
    assert before.customer_id is None
    assert after.customer_id == crm_reads.customer_id("N-1")
    assert after.version_hash == before.version_hash


def test_a_file_changes_only_what_it_states(world: World) -> None:
    world.feeds("customers", b"external_id,name,country,city\nN-1,New AG,DE,Bonn\n")
    assert counts(world.feeds("customers", b"external_id,name\nN-1,New AG\n")) == (0, 1, 0)
    assert counts(world.feeds("customers", b"external_id,name,city\nN-1,New AG,Ulm\n")) == (1, 0, 0)
    found = crm_reads.customer(crm_reads.customer_id("N-1"))
    assert (found.city, found.country) == ("Ulm", "DE")


def test_products_are_told_apart_without_case_and_filled_in(world: World) -> None:
    result = world.feeds("products", b"code,kind,price\nNEW,subscription,10.00\nnew,subscription,11.00\n")
    assert [(error.row, error.code) for error in result.errors] == [(2, "duplicate_id"), (3, "duplicate_id")]
    assert counts(world.feeds("products", b"code,kind,price\nNEW,subscription,10.00\n")) == (1, 0, 0)
    product = crm_reads.product("new")
    assert (product.price_minor, product.currency, product.term_months) == (1000, "EUR", 12)
    assert counts(world.feeds("products", b"code,kind,price\nnew,subscription,10.00\n")) == (1, 0, 0)


def test_activities_find_their_deal_customer_and_person(world: World) -> None:
    world.feeds("deals", a_file(a_row()))
    world.feeds("contacts", b"external_id,last_name,company\nC-1,Silva,ACC-1\n")
    header = b"external_id,kind,happened_at,deal,account,contact,subject\n"
    rows = b"A-1,call,2026-10-01,D-1,ACC-1,C-1,Asked for terms\n"
    rows += b"A-2,call,2026-10-02,D-9,,,Odd\nA-3,note,2026-10-03,,,C-9,x\n"
    result = world.feeds("activities", header + rows)
    assert [(error.row, error.field, error.code) for error in result.errors] == [
        (3, "deal", "unknown_deal"),
        (4, "contact", "unknown_contact"),
    ]
    (activity,) = crm_reads.activities(opportunity_id=world.deals()["D-1"].opportunity_id)
    assert (activity.subject, activity.contact_id) == ("Asked for terms", crm_reads.contact_id("C-1"))
    assert activity.customer_id == crm_reads.customer_id("ACC-1")
    assert counts(world.feeds("activities", header + rows)) == (0, 1, 2)
    assert not any("terms" in str(event.body) for event in record.events(kind="crm.imported"))


def test_an_import_keeps_its_counts_its_refusals_and_not_the_file(world: World) -> None:
    result = world.feeds("deals", a_file(a_row("D-1"), a_row("D-2", amount="x")), "deals.csv")
    assert result.batch is not None
    kept = crm_reads.import_of(result.batch)
    assert (kept.kind, kept.profile, kept.file_name) == ("deals", "counterfoil", "deals.csv")
    assert (kept.read, kept.accepted, kept.unchanged, kept.rejected) == (2, 1, 0, 1)
    assert kept.finished_at is not None
    ((key, refusal),) = crm_reads.refusals(result.batch)
    assert refusal == result.errors[0] == RowRefusal(3, "amount", "bad_number", refusal.facts)
    assert crm_reads.refusals(result.batch, after=key) == []
    assert list(crm_reads.all_refusals(result.batch)) == [refusal]
    assert [row.id for row in crm_reads.imports()] == [result.batch]


def test_the_record_holds_one_event_for_a_chunk_with_the_hashes_of_its_rows(world: World) -> None:
    world.feeds("deals", a_file(a_row("D-1"), a_row("D-2")))
    (event,) = record.events(kind="crm.imported")
    assert (event.items_count, event.body["written"], event.body["refused"]) == (2, 2, 0)
    assert audit.verify().ok


def test_the_number_of_statements_does_not_grow_with_the_rows(world: World) -> None:
    world.feeds("deals", a_file(a_row("D-999")))  # The first one opens the counters of ids.
    asked = []
    for start, size in ((0, 3), (100, 60)):
        rows = [a_row(f"D-{number}") for number in range(start, start + size)]
        with CaptureQueriesContext(connection) as queries:
            world.feeds("deals", a_file(*rows))
        asked.append(len(queries))
    changed = []
    for size in (3, 60):
        rows = [a_row(f"D-{number}", amount=f"{size}.00") for number in range(100, 100 + size)]
        with CaptureQueriesContext(connection) as queries:
            world.feeds("deals", a_file(*rows))
        changed.append(len(queries))
    assert asked[0] == asked[1]
    assert changed[0] == changed[1]


def test_chunks_count_and_report_as_one_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("counterfoil.crm.services.imports.MAX_BATCH", 2)
    seen: list[tuple[int, int]] = []
    rows = [a_row(f"D-{number}", amount="x" if number == 3 else "1.00") for number in range(5)]
    result = flow.import_file(
        kind="deals", data=a_file(*rows, rows[0]), file_name="deals.csv", actor=TESTER, books_id=world.books.id,
        at=NOW, progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert counts(result) == (4, 1, 1)
    assert seen == [(2, 6), (4, 6), (6, 6)]
    assert result.batch is not None
    assert crm_reads.import_of(result.batch).accepted == 4
    assert len(record.events(kind="crm.imported")) == 3


def test_a_file_is_read_from_where_it_lies(world: World, tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_bytes(a_file(a_row()))
    result = flow.import_file(
        kind="deals", data=path, file_name="deals.csv", actor=TESTER, books_id=world.books.id, at=NOW
    )
    assert counts(result) == (1, 0, 0)


def test_a_kind_or_profile_that_does_not_exist_is_refused(world: World) -> None:
    with pytest.raises(columns.UnknownColumns):
        world.feeds("campaigns", b"")
    with pytest.raises(Exception, match="unknown_profile"):
        flow.fills("deals", "salesforce", world.books.id)
    assert flow.fills("deals", "maven-crm", world.books.id)["currency"] == "EUR"


def test_no_cell_of_the_error_file_can_become_a_formula() -> None:
    errors = [RowRefusal(2, "=cmd", "unknown_word", {"text": "=1+1", "known": ["a"]})]
    text = "".join(flow.error_file(errors, words.sentence))
    header, row = csv.reader(io.StringIO(text))
    assert header == ["row", "field", "code", "message"]
    assert row[:3] == ["2", "'=cmd", "unknown_word"]
    assert row[3].startswith("'=1+1 is none")


def test_errors_beyond_the_limit_are_counted_and_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "MAX_ERRORS", 2)
    result = world.feeds("deals", a_file(*[a_row(f"D-{number}", amount="x") for number in range(5)]))
    assert (len(result.errors), result.left_out, result.rejected) == (2, 3, 5)
    assert result.batch is not None
    assert len(list(crm_reads.all_refusals(result.batch))) == 5
