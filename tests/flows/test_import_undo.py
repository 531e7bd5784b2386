"""Taking a whole import back, and refusing to when something stands on it."""

from __future__ import annotations

import pytest

from counterfoil.audit import selectors as record
from counterfoil.audit import services as audit
from counterfoil.connectors.embedded import EmbeddedAccounting, EmbeddedCrm
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm import services as crm
from counterfoil.crm.domain import CustomerDraft
from counterfoil.crm.services import imports
from counterfoil.flows.close_deals import close_deals
from counterfoil.flows.import_file import undo_import
from tests.badinput.crm_world import World, rows_of_everything, the_world
from tests.builders import NOW, TESTER
from tests.company import a_company
from tests.flows.test_import_file import a_file, a_row

pytestmark = pytest.mark.database


@pytest.fixture
def world() -> World:
    return the_world()


def batch_of(world: World, kind: str, data: bytes) -> int:
    batch = world.feeds(kind, data).batch
    assert batch is not None
    return batch


def undo(batch_id: int) -> dict[str, int]:
    return undo_import(batch_id=batch_id, actor=TESTER, at=NOW)


def but_the_record(rows: dict[str, int]) -> dict[str, int]:
    return {table: count for table, count in rows.items() if table not in ("audit_event", "crm_import_change")}


def test_what_an_import_created_goes(world: World) -> None:
    before = but_the_record(rows_of_everything())
    batch = batch_of(world, "deals", a_file(a_row("D-1"), a_row("D-2")))
    assert undo(batch) == {"removed": 2, "restored": 0}
    assert but_the_record(rows_of_everything()) == before
    assert crm_reads.import_of(batch).undone_at == NOW
    assert record.events(limit=1)[0].kind == "crm.import_undone"
    assert audit.verify().ok


def test_what_an_import_changed_is_as_it_was(world: World) -> None:
    first = batch_of(world, "deals", a_file(a_row("D-1"), a_row("D-2")))
    before = world.deals()
    second = batch_of(world, "deals", a_file(a_row("D-1", amount="1.00", owner_email="x@y.test"), a_row("D-3")))
    assert undo(second) == {"removed": 1, "restored": 1}
    assert world.deals() == before
    assert undo(first) == {"removed": 2, "restored": 0}


def test_an_import_is_taken_back_once(world: World) -> None:
    batch = batch_of(world, "deals", a_file(a_row()))
    undo(batch)
    with pytest.raises(imports.ImportUndone):
        undo(batch)
    with pytest.raises(crm_reads.NoSuchImport):
        undo(10**9)


def test_the_same_file_can_come_again_after_it_was_taken_back(world: World) -> None:
    first = batch_of(world, "deals", a_file(a_row()))
    undo(first)
    again = world.feeds("deals", a_file(a_row()))
    assert again.accepted == 1
    assert again.batch != first


def test_an_import_that_a_later_one_changed_is_in_use(world: World) -> None:
    first = batch_of(world, "deals", a_file(a_row()))
    second = batch_of(world, "deals", a_file(a_row(amount="1.00")))
    with pytest.raises(imports.ImportInUse) as refused:
        undo(first)
    assert refused.value.facts["used_by"] == [{"kind": "deals", "changed_since": 1}]
    undo(second)
    undo(first)


def test_customers_with_deals_that_are_by_hand_are_in_use(world: World) -> None:
    batch = batch_of(world, "customers", b"external_id,name,country\nN-1,New AG,DE\n")
    customer_id = crm_reads.customer_id("N-1")
    draft = CustomerDraft("New AG", "AT")
    crm.update_customer(customer_id=customer_id, draft=draft, actor=TESTER, at=NOW)
    with pytest.raises(imports.ImportInUse) as refused:
        undo(batch)
    assert refused.value.facts["used_by"] == [{"kind": "customers", "changed_since": 1}]


def test_deals_with_activities_are_in_use(world: World) -> None:
    batch = batch_of(world, "deals", a_file(a_row()))
    world.feeds("activities", b"external_id,kind,happened_at,deal,subject\nA-1,call,2026-10-01,D-1,Call\n")
    with pytest.raises(imports.ImportInUse) as refused:
        undo(batch)
    assert refused.value.facts["used_by"] == [{"kind": "activity", "count": 1}]
    assert set(world.deals()) == {"D-1"}


def test_an_invoiced_deal_holds_its_import() -> None:
    company = a_company()
    world = World(company.books)
    row = a_row(account="Kestrel Water AG", product="SVC", billing_type="up_front", discount_pct="")
    batch = batch_of(world, "deals", a_file(row))
    closed = close_deals(
        books_id=company.books.id, source=EmbeddedCrm(), sink=EmbeddedAccounting(),
        time_zone=company.books.time_zone, actor=TESTER,
    )  # fmt: skip
    assert closed.invoiced == 1
    with pytest.raises(imports.ImportInUse) as refused:
        undo(batch)
    assert refused.value.facts["used_by"] == [{"kind": "deal", "count": 1}]


def test_imported_deals_wait_again_when_their_customers_go(world: World) -> None:
    batch = batch_of(world, "customers", b"external_id,name,country\nN-1,New AG,DE\n")
    world.feeds("deals", a_file(a_row(stage="Qualified", account="N-1")))
    assert world.deals()["D-1"].customer_id is not None
    assert undo(batch)["removed"] == 1
    assert world.deals()["D-1"].customer_id is None


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        (
            "customers",
            b"external_id,name,country,payment_terms\nN-1,New AG,DE,Net 30\n",
            b"external_id,name,country,payment_terms\nN-1,New AG,AT,Net 60\n",
        ),
        ("products", b"code,kind,price\nNEW,good,10.00\n", b"code,kind,price\nNEW,good,\n"),
        (
            "contacts",
            b"external_id,first_name,email\nC-1,Ana,a@b.test\n",
            b"external_id,first_name,email\nC-1,Ana,c@d.test\n",
        ),
        (
            "activities",
            b"external_id,kind,happened_at,subject\nA-1,call,2026-10-01,One\n",
            b"external_id,kind,happened_at,subject\nA-1,call,2026-10-02T10:00:00Z,Two\n",
        ),
    ],
)
def test_every_kind_is_restored(world: World, kind: str, first: bytes, second: bytes) -> None:
    made = batch_of(world, kind, first)
    changed = batch_of(world, kind, second)
    assert undo(changed) == {"removed": 0, "restored": 1}
    assert world.feeds(kind, first).unchanged == 1
    assert undo(made) == {"removed": 1, "restored": 0}
    assert world.feeds(kind, first).accepted == 1
