"""Entering the CRM by hand: what is stored, what is refused, and what the record says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from counterfoil.audit import selectors as record
from counterfoil.crm import columns
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm import services as crm
from counterfoil.crm.domain import (
    ActivityDraft,
    ActivityKind,
    AmountState,
    ContactDraft,
    CustomerDraft,
    LineDraft,
    OpportunityDraft,
    ProductDraft,
    ProductKind,
    ProductStatus,
    Stage,
)
from counterfoil.kernel.currency import EUR, USD
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import Money
from tests.builders import NOW, TESTER, eur, found_books

pytestmark = pytest.mark.database
LATER = datetime(2026, 11, 16, tzinfo=UTC)


def a_customer(name: str = "Kestrel Water AG", *external_ids: tuple[str, str]) -> int:
    return crm.add_customer(draft=CustomerDraft(name, "DE"), external_ids=external_ids, actor=TESTER, at=NOW)


def an_open_deal(customer_id: int | None = None) -> OpportunityDraft:
    return OpportunityDraft(
        "Rollout",
        customer_id,
        Stage.PROPOSAL,
        "EUR",
        eur(90_000),
        AmountState.QUOTED,
        lines=(LineDraft("SVC", unit_price=eur(100_000), discount_percent=Decimal(10), amount=eur(90_000)),),
    )


def last_event() -> record.EventLine:
    (event,) = record.events(limit=1)
    return event


def test_a_customer_is_stored_as_it_was_read() -> None:
    draft = CustomerDraft(
        " Kestrel\u00a0", "DE", "DE123456789", "EUR", "net 30", "ap@kestrel.test", "Main St 1", "10115", "Berlin", True
    )
    id_ = crm.add_customer(draft=draft, external_ids=[("sap", "4711")], actor=TESTER, at=NOW)
    found = crm_reads.customer(id_)
    assert (found.name, found.terms, found.currency, found.is_po_required) == ("Kestrel", "Net 30", "EUR", True)
    assert found.flags == ("bad_vat_id",)
    assert found.external_ids == (("sap", "4711"),)
    assert found.address == ("Main St 1", "10115 Berlin", "DE")
    event = last_event()
    assert event.kind == "crm.customer_added"
    assert str(event.body["email"]).startswith("hmac:")


@pytest.mark.parametrize(
    ("draft", "field", "code"),
    [
        (CustomerDraft("  "), "name", "missing_value"),
        (CustomerDraft("A", country="Germany"), "country", "unknown_country"),
        (CustomerDraft("A", terms="whenever"), "terms", "unknown_term"),
        (CustomerDraft("A", currency="eur"), "currency", "unknown_currency"),
        (CustomerDraft("A" * 300), "name", "too_long"),
    ],
)
def test_a_customer_that_cannot_be_read_names_the_field(draft: CustomerDraft, field: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        crm.add_customer(draft=draft, actor=TESTER, at=NOW)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert record.events() == []


def test_an_external_id_belongs_to_one_customer() -> None:
    a_customer("Kestrel", ("sap", "1"))
    with pytest.raises(crm.ExternalIdTaken):
        a_customer("Dunmore", ("sap", "1"))


def test_changing_a_customer_to_what_it_is_changes_nothing() -> None:
    id_ = a_customer()
    before = len(record.events())
    draft = CustomerDraft("Kestrel Water AG", "DE")
    assert not crm.update_customer(customer_id=id_, draft=draft, actor=TESTER, at=LATER)
    assert len(record.events()) == before
    assert crm.update_customer(customer_id=id_, draft=replace(draft, city="Bonn"), actor=TESTER, at=LATER)
    assert last_event().body == {"city": "Bonn"}


def test_a_customer_is_found_by_external_id_then_by_a_name_that_only_one_has() -> None:
    first, second = a_customer("Kestrel", ("sap", "1")), a_customer("Dunmore", ("sap", "Kestrel"))
    assert crm_reads.customer_id("1") == first
    assert crm_reads.customer_id("Kestrel") == second
    assert crm_reads.customer_id("dunmore ") == second
    third = a_customer("Dunmore")
    assert third != second
    with pytest.raises(crm_reads.NoSuchCustomer) as refused:
        crm_reads.customer_id("Dunmore")
    assert refused.value.facts["is_ambiguous"] is True


def test_customers_are_paged_by_name() -> None:
    for name in ("c", "A", "b"):
        a_customer(name)
    first = crm_reads.customers(limit=2)
    assert [row.name for row in first] == ["A", "b"]
    rest = crm_reads.customers(after=(first[-1].key, first[-1].id), limit=2)
    assert [row.name for row in rest] == ["c"]
    assert [row.name for row in crm_reads.customers(search="B")] == ["b"]


def test_a_person_enters_the_record_by_macs_only() -> None:
    draft = ContactDraft(a_customer(), "Ana", "Silva", "ana@example.test", "+351 21", notes="card 4111111111111111")
    id_ = crm.add_contact(draft=draft, actor=TESTER, at=NOW)
    found = crm_reads.contact(id_)
    assert (found.name, found.flags) == ("Ana Silva", ("card_number",))
    body = last_event().body
    assert all(str(body[name]).startswith("hmac:") for name in ("first_name", "last_name", "email", "phone", "notes"))
    assert "Silva" not in str(body)


def test_a_person_needs_a_name_or_an_address() -> None:
    with pytest.raises(columns.MissingValue):
        crm.add_contact(draft=ContactDraft(phone="1"), actor=TESTER, at=NOW)


def test_a_product_code_is_taken_whatever_its_case() -> None:
    draft = ProductDraft("GTX Pro", "", ProductKind.GOOD, price=eur(100))
    crm.add_product(draft=draft, actor=TESTER, at=NOW)
    with pytest.raises(crm.ProductExists):
        crm.add_product(draft=replace(draft, code=" gtx  pro"), actor=TESTER, at=NOW)
    assert crm_reads.product("gtx pro").name == "GTX Pro"


def test_what_is_sold_by_time_says_for_how_long() -> None:
    with pytest.raises(crm.MissingTerm):
        crm.add_product(draft=ProductDraft("SUB", "", ProductKind.SUBSCRIPTION), actor=TESTER, at=NOW)


def test_a_product_is_retired_and_keeps_its_code() -> None:
    draft = ProductDraft("GTX", "Gateway", ProductKind.GOOD, price=eur(100))
    crm.add_product(draft=draft, actor=TESTER, at=NOW)
    retired = replace(draft, code="other", status=ProductStatus.RETIRED)
    assert crm.update_product(code="gtx", draft=retired, actor=TESTER, at=LATER)
    (row,) = crm_reads.products()
    assert (row.code, row.status, row.price) == ("GTX", ProductStatus.RETIRED, Money(100, EUR))
    assert not crm.update_product(code="gtx", draft=retired, actor=TESTER, at=LATER)
    with pytest.raises(crm_reads.NoSuchProduct):
        crm.update_product(code="nothing", draft=draft, actor=TESTER, at=LATER)


def test_an_opportunity_is_stored_as_it_was_said() -> None:
    books = found_books()
    customer_id = a_customer()
    id_ = crm.add_opportunity(books_id=books.id, draft=an_open_deal(customer_id), actor=TESTER, at=NOW)
    (facts,) = crm_reads.opportunity_facts([id_])
    assert (facts.customer_id, facts.books_id, facts.said.customer_text) == (customer_id, books.id, "Kestrel Water AG")
    (line,) = facts.said.lines
    assert (line.unit_price_minor, line.discount_percent, line.amount_minor) == (100_000, Decimal(10), 90_000)
    row = crm_reads.opportunity(id_)
    assert (row.reference, row.amount, row.customer, row.stage) == (
        f"O-{id_}",
        Money(90_000, EUR),
        "Kestrel Water AG",
        Stage.PROPOSAL,
    )
    assert crm_reads.opportunity_id(row.reference) == id_


def test_amounts_of_one_opportunity_are_in_one_currency() -> None:
    books = found_books()
    draft = replace(an_open_deal(), amount=Money(1, USD))
    with pytest.raises(crm.CurrenciesDiffer):
        crm.add_opportunity(books_id=books.id, draft=draft, actor=TESTER, at=NOW)


def test_nothing_is_stored_as_won_past_the_gate() -> None:
    books = found_books()
    won = replace(an_open_deal(a_customer()), stage=Stage.WON)
    with pytest.raises(ValueError, match=r"flows\.win_deal"):
        crm.add_opportunity(books_id=books.id, draft=won, actor=TESTER, at=NOW)
    id_ = crm.add_opportunity(books_id=books.id, draft=replace(won, stage=Stage.PROPOSAL), actor=TESTER, at=NOW)
    with pytest.raises(ValueError, match=r"flows\.win_deal"):
        crm.move_stage(opportunity_id=id_, stage=Stage.WON, actor=TESTER, at=NOW)
    with pytest.raises(ValueError, match=r"flows\.win_deal"):
        crm.update_opportunity(opportunity_id=id_, draft=won, actor=TESTER, at=NOW)


def test_a_new_version_follows_a_change_and_not_a_new_owner() -> None:
    books = found_books()
    draft = an_open_deal(a_customer())
    id_ = crm.add_opportunity(books_id=books.id, draft=draft, actor=TESTER, at=NOW)
    (before,) = crm_reads.opportunity_facts([id_])
    assert not crm.update_opportunity(opportunity_id=id_, draft=draft, actor=TESTER, at=LATER)
    other = replace(draft, owner="new@example.test")
    assert crm.update_opportunity(opportunity_id=id_, draft=other, actor=TESTER, at=LATER)
    (owned,) = crm_reads.opportunity_facts([id_])
    assert (owned.version_hash, owned.owner) == (before.version_hash, "new@example.test")
    assert crm.update_opportunity(opportunity_id=id_, draft=replace(other, lines=()), actor=TESTER, at=LATER)
    (after,) = crm_reads.opportunity_facts([id_])
    assert after.version_hash != before.version_hash
    assert after.said.lines == ()


def test_moving_to_the_stage_it_is_in_changes_nothing() -> None:
    books = found_books()
    id_ = crm.add_opportunity(books_id=books.id, draft=an_open_deal(), actor=TESTER, at=NOW)
    assert not crm.move_stage(opportunity_id=id_, stage=Stage.PROPOSAL, actor=TESTER, at=LATER)
    assert crm.move_stage(opportunity_id=id_, stage=Stage.LOST, actor=TESTER, at=LATER)
    assert last_event().body["to"] == "lost"
    (counted,) = crm_reads.stage_counts(books.id)
    assert (counted.stage, counted.count, counted.amount) == (Stage.LOST, 1, Money(90_000, EUR))


def test_opportunities_are_listed_newest_first_and_searched() -> None:
    books = found_books()
    customer_id = a_customer()
    ids = [
        crm.add_opportunity(
            books_id=books.id, draft=replace(an_open_deal(customer_id), name=name), actor=TESTER, at=NOW
        )
        for name in ("Alpha", "Beta", "Gamma")
    ]
    assert [row.id for row in crm_reads.opportunities(books_id=books.id, limit=2)] == [ids[2], ids[1]]
    assert [row.id for row in crm_reads.opportunities(books_id=books.id, before=ids[1])] == [ids[0]]
    assert [row.name for row in crm_reads.opportunities(books_id=books.id, search="bet")] == ["Beta"]
    assert len(crm_reads.opportunities(books_id=books.id, search="kestrel")) == 3
    assert len(crm_reads.opportunities(books_id=books.id, customer_id=customer_id, stage="proposal")) == 3
    assert crm_reads.opportunities(books_id=books.id, ids=[]) == []


def test_activities_make_a_timeline() -> None:
    customer_id = a_customer()
    contact_id = crm.add_contact(draft=ContactDraft(customer_id, last_name="Silva"), actor=TESTER, at=NOW)
    for day, subject in ((1, "first"), (2, "second"), (3, "third")):
        when = datetime(2026, 11, day, tzinfo=UTC)
        draft = ActivityDraft(ActivityKind.CALL, when, subject, contact_id=contact_id)
        crm.log_activity(draft=draft, actor=TESTER, at=NOW)
    assert "third" not in str(last_event().body)
    latest = crm_reads.activities(customer_id=customer_id, limit=2)
    assert [row.subject for row in latest] == ["third", "second"]
    rest = crm_reads.activities(customer_id=customer_id, before=latest[-1].key)
    assert [row.subject for row in rest] == ["first"]
    with pytest.raises(columns.MissingValue):
        crm.log_activity(draft=ActivityDraft(ActivityKind.NOTE, NOW), actor=TESTER, at=NOW)


def test_facts_come_in_two_statements_however_many_there_are(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    books = found_books()
    ids = [crm.add_opportunity(books_id=books.id, draft=an_open_deal(), actor=TESTER, at=NOW) for _ in range(5)]
    with django_assert_num_queries(2):
        assert [facts.opportunity_id for facts in crm_reads.opportunity_facts([*ids, 10**9])] == ids
