"""The record: any change, insertion, deletion or truncation is found."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from counterfoil.audit import selectors
from counterfoil.audit import services as audit
from counterfoil.infra import fences, world
from counterfoil.infra.world import World
from counterfoil.ledger.domain import Sourced
from counterfoil.people.domain import BooksFacts
from tests.builders import NOW, TESTER, an_entry, found_books, post
from tests.databases import OwnDatabase

pytestmark = pytest.mark.commit


@pytest.fixture
def books(own_database: OwnDatabase) -> BooksFacts:
    books = found_books()
    for number in range(1, 6):
        post(books, Sourced(f"s{number}", an_entry(number)), Sourced(f"t{number}", an_entry(number)))
    audit.seal()
    return books


def tamper(*statements: str) -> None:
    """Change rows behind the triggers' back, as the database's owner can."""
    with connection.cursor() as cursor:
        for fence in fences.wanted(connection.vendor):
            on = f" ON {fence.table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {fence.name}{on}")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            cursor.execute(statement)


def test_an_untouched_record_verifies(books: BooksFacts) -> None:
    found = audit.verify()
    assert (found.ok, found.events, found.rows) == (True, 7, 10)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET body = '{}' WHERE id = 4",
        "UPDATE audit_event SET actor = 'person:somebody else' WHERE id = 4",
        "UPDATE audit_event SET at = '2026-11-15 12:00:01+00:00' WHERE id = 4",
        "UPDATE audit_event SET books = NULL WHERE id = 4",
        "UPDATE audit_event SET items_root = '' WHERE id = 4",
        "UPDATE audit_event SET hash = 'f' || substr(hash, 2, 62) || 'g' WHERE id = 4",
        "UPDATE audit_link SET hash = previous WHERE sequence = 3",
        "UPDATE audit_link SET sequence = 100 WHERE sequence = 3",
        "DELETE FROM audit_link WHERE sequence = 3",
        "UPDATE ledger_posting SET amount_minor = amount_minor + 1 WHERE entry_id = 3 AND line = 1",
        "UPDATE ledger_posting SET customer_id = 9 WHERE entry_id = 3 AND line = 1",
        "UPDATE ledger_posting SET account_id = account_id + 1 WHERE entry_id = 3 AND line = 2",
        "UPDATE ledger_entry SET memo = 'x' WHERE id = 3",
        "UPDATE ledger_entry SET entry_date = '2026-10-02' WHERE id = 3",
        "DELETE FROM ledger_posting WHERE entry_id = 3",
        "DELETE FROM ledger_posting WHERE entry_id IN (3, 4)",
    ],
)
def test_any_single_change_is_found(books: BooksFacts, statement: str) -> None:
    tamper(statement)
    found = audit.verify()
    assert not found.ok
    assert found.first_bad


def test_an_inserted_event_is_found(books: BooksFacts) -> None:
    columns = "at, actor, books, kind, subject, body, items_count, items_root, form, hash"
    tamper(f"INSERT INTO audit_event ({columns}) SELECT {columns} FROM audit_event WHERE id = 4")
    assert audit.verify().first_bad.endswith("is outside the chain")


def test_a_cut_tail_is_found_only_by_the_head_that_left_the_house(books: BooksFacts, tmp_path: Path) -> None:
    audit.export_head(tmp_path)
    tamper(
        "DELETE FROM ledger_posting WHERE entry_id > 6",
        "DELETE FROM ledger_entry WHERE id > 6",
        "DELETE FROM audit_link WHERE sequence > 5",
        "DELETE FROM audit_event WHERE id > 5",
    )
    assert audit.verify().ok
    found = audit.verify(anchors=tmp_path)
    assert not found.ok
    assert found.first_bad.startswith("sequence 7: was exported and is gone")


def test_an_event_is_sealed_once_and_in_order(books: BooksFacts) -> None:
    assert audit.seal() == 0
    with transaction.atomic():
        audit.record(kind="test.noted", actor=TESTER, subject="x:1", body={"said": "ü"}, at=NOW)
    assert selectors.waiting() == 1
    assert audit.seal() == 1
    newest = selectors.events(limit=1)[0]
    assert (newest.sequence, newest.body) == (8, {"said": "ü"})


def test_a_forgotten_person_leaves_a_chain_that_verifies(books: BooksFacts) -> None:
    with transaction.atomic():
        macs = audit.personal_macs("contact:1", {"name": "Ana Silva", "phone": ""})
        audit.record(kind="crm.contact_added", actor=TESTER, subject="contact:1", body=macs, at=NOW)
    assert set(macs) == {"name"}
    assert audit.forget("contact:1")
    assert not audit.forget("contact:1")
    assert audit.verify().ok


def test_an_exported_head_is_written_once_and_at_most_every_so_often(books: BooksFacts, tmp_path: Path) -> None:
    audit.export_head(tmp_path)
    head = audit.export_head(tmp_path)
    assert [one.head for one in selectors.exported_heads(tmp_path)] == [head]
    post(books, Sourced("later", an_entry(1)))
    audit.seal()
    audit.export_head(tmp_path, every=timedelta(hours=1))
    assert len(selectors.exported_heads(tmp_path)) == 1
    audit.export_head(tmp_path)
    assert len(selectors.exported_heads(tmp_path)) == 2


def test_a_head_leaves_within_the_hour_though_nobody_looks_on_the_second(books: BooksFacts, tmp_path: Path) -> None:
    at = NOW
    with world.using(World(clock=lambda: at)):
        for minutes, left in ((0, 1), (58, 1), (59, 2), (60, 2)):
            at = NOW + timedelta(minutes=minutes)
            post(books, Sourced(f"at {minutes}", an_entry(1)))
            audit.seal()
            audit.export_head(tmp_path, every=timedelta(hours=1))
            assert len(selectors.exported_heads(tmp_path)) == left
