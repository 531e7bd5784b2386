"""Six kinds of tampering with the record, each found and named, on SQLite and PostgreSQL; and where heads are kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.db import connection

from counterfoil.audit import domain, selectors
from counterfoil.audit import services as audit
from counterfoil.audit.domain import StoreKind
from counterfoil.infra import fences, world
from counterfoil.infra.world import World
from counterfoil.kernel import canonical
from counterfoil.kernel.errors import Refused
from counterfoil.ledger.domain import Sourced
from counterfoil.people.domain import BooksFacts
from tests.builders import NOW, TESTER, an_entry, found_books, post
from tests.databases import OwnDatabase

pytestmark = pytest.mark.commit


@pytest.fixture
def books(own_database: OwnDatabase) -> BooksFacts:
    """Books whose record has seven sealed events."""
    books = found_books()
    for number in range(1, 6):
        post(books, Sourced(f"s{number}", an_entry(number)))
    audit.seal()
    return books


def run(*statements: str) -> None:
    """Change rows behind the triggers' back, as the database's owner can."""
    with connection.cursor() as cursor:
        for fence in fences.wanted(connection.vendor):
            on = f" ON {fence.table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {fence.name}{on}")
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_keys = OFF")
        else:
            cursor.execute("SET session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = origin")


def chain_anew() -> None:
    """Chain every event anew from the first, as somebody who knows the form would to cover up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT event_id, sealed_at FROM audit_link ORDER BY sequence")
        links = cursor.fetchall()
        cursor.execute("DELETE FROM audit_link")
        previous = domain.GENESIS
        for sequence, (event_id, sealed_at) in enumerate(links, 1):
            cursor.execute("SELECT hash FROM audit_event WHERE id = %s", [event_id])
            link = domain.Link(sequence, previous, cursor.fetchone()[0])
            cursor.execute(
                "INSERT INTO audit_link (sequence, event_id, previous, hash, sealed_at) VALUES (%s, %s, %s, %s, %s)",
                [sequence, event_id, previous, link.hash, sealed_at],
            )
            previous = link.hash


def edit() -> None:
    run("UPDATE audit_event SET actor = 'person:somebody else' WHERE id = 4")


def insert() -> None:
    columns = "at, actor, books, kind, subject, body, items_count, items_root, form, hash"
    run(f"INSERT INTO audit_event ({columns}) SELECT {columns} FROM audit_event WHERE id = 4")


def delete() -> None:
    run("DELETE FROM audit_link WHERE sequence = 4", "DELETE FROM audit_event WHERE id = 4")


def reorder() -> None:
    run(
        "UPDATE audit_link SET sequence = 100 WHERE sequence = 4",
        "UPDATE audit_link SET sequence = 4 WHERE sequence = 5",
        "UPDATE audit_link SET sequence = 5 WHERE sequence = 100",
    )


def cut_the_tail() -> None:
    run(
        "DELETE FROM ledger_posting WHERE entry_id > 3",
        "DELETE FROM ledger_entry WHERE id > 3",
        "DELETE FROM audit_link WHERE sequence > 5",
        "DELETE FROM audit_event WHERE id > 5",
    )


def drop_the_whole_log() -> None:
    run(
        "DELETE FROM ledger_posting",
        "DELETE FROM ledger_entry",
        "DELETE FROM audit_link",
        "DELETE FROM audit_event",
        "DELETE FROM audit_anchor",
    )


@pytest.mark.parametrize(
    ("tamper", "code", "said"),
    [
        (edit, "altered", "sequence 4: the event was altered"),
        (insert, "inserted", "event 8 is outside the chain"),
        (delete, "missing", "sequence 4 is missing"),
        (reorder, "reordered", "sequence 4: the chain is broken, another event stood here"),
        (cut_the_tail, "cut", "sequence 7: was exported and is gone"),
        (drop_the_whole_log, "dropped", "the whole record is gone: its head at 7 was exported"),
    ],
)
def test_each_kind_of_tampering_is_found_and_named(
    books: BooksFacts, tmp_path: Path, tamper: Callable[[], None], code: str, said: str
) -> None:
    audit.export_head(tmp_path)
    assert audit.verify(anchors=tmp_path).ok
    tamper()
    found = audit.verify(anchors=tmp_path)
    assert not found.ok
    assert found.findings[0].code == code
    assert found.first_bad.startswith(said)


@pytest.mark.parametrize("tamper", [edit, delete, reorder])
def test_who_chains_everything_anew_is_found_by_the_head_that_left(
    books: BooksFacts, tmp_path: Path, tamper: Callable[[], None]
) -> None:
    audit.export_head(tmp_path)
    tamper()
    rehash()
    chain_anew()
    found = audit.verify(anchors=tmp_path)
    assert found.findings[0].code in {"rewritten", "cut"}
    assert "kept in" in found.first_bad


def rehash() -> None:
    """Give every event the hash of what it says now."""
    for link in list(selectors.chained_events(1, 100, 1)):
        if link.text is not None:
            run(
                f"UPDATE audit_event SET hash = '{canonical.sha256_hex(link.text.encode())}' WHERE id = {link.event_id}"
            )


def test_every_finding_is_named_not_only_the_first(books: BooksFacts) -> None:
    run(
        "UPDATE audit_event SET actor = 'x' WHERE id = 3",
        "UPDATE audit_event SET body = '{}' WHERE id = 6",
    )
    assert [one.text for one in audit.verify().findings] == [
        "sequence 3: the event was altered",
        "sequence 6: the event was altered",
    ]


def test_an_event_is_hashed_as_canonical_json() -> None:
    at = datetime(2026, 11, 15, 12, 0, 0, 7, tzinfo=UTC).isoformat(timespec="microseconds")
    actor, body = 'person:"Ünal\n"', '{"a":"\\"é"}'
    for books in (None, 3):
        said: dict[str, str | int | None] = {
            "actor": actor, "at": at, "body": body, "books": books, "form": 1, "items_count": 2,
            "items_root": "ab", "kind": "x.y", "subject": "s:1",
        }  # fmt: skip
        text = domain.event_text(at, actor, books, "x.y", "s:1", body, 2, "ab", 1)
        assert text.encode() == canonical.canonical_bytes(said)


# ------------------------------------------------------------------------------------ where heads are kept


class Store:
    """A store elsewhere that keeps what is sent to it, as the port of the world."""

    def __init__(self) -> None:
        self.kept = b""
        self.is_down = False

    def __call__(self, method: str, url: str, *, body: bytes | None = None) -> bytes:
        if self.is_down:
            raise ConnectionError(url)
        self.kept += body or b""
        return self.kept


def test_a_head_goes_to_every_store_and_each_is_compared(books: BooksFacts, tmp_path: Path) -> None:
    elsewhere = Store()
    second = tmp_path / "second"
    with world.using(World(clock=lambda: NOW, http=elsewhere)):
        for name, kind, target in (
            ("disk B", StoreKind.FOLDER, str(second)),
            ("notary", StoreKind.MAIL, "notary@example.test"),
            ("vault", StoreKind.URL, "https://vault.example.test/heads"),
        ):
            audit.add_store(name=name, kind=kind, target=target, actor=TESTER, at=NOW)
        audit.seal()
        head = audit.export_head(tmp_path / "home")
        audit.export_head(tmp_path / "home")
        assert json.loads(elsewhere.kept)["hash"] == head.hash
        assert [one.head for one in selectors.exported_heads(second)] == [head]
        assert [message.to for message in mail.outbox] == [["notary@example.test"]]
        assert head.hash in str(mail.outbox[0].body)
        assert audit.verify(anchors=tmp_path / "home").anchors == 5
        assert all(one.problem == "" and one.last for one in selectors.standings(tmp_path / "home"))
        elsewhere.kept = elsewhere.kept.replace(head.hash[:4].encode(), b"0000")
        found = audit.verify(anchors=tmp_path / "home")
        assert found.findings[0].code == "rewritten"
        assert "vault" in found.first_bad


def test_a_store_that_is_down_is_noted_and_tried_again(books: BooksFacts, tmp_path: Path) -> None:
    elsewhere = Store()
    elsewhere.is_down = True
    later = NOW
    with world.using(World(clock=lambda: later, http=elsewhere)):
        audit.add_store(name="vault", kind=StoreKind.URL, target="https://v.example.test", actor=TESTER, at=NOW)
        audit.seal()
        audit.export_head(tmp_path)
        standing = selectors.standings(tmp_path)[1]
        assert (standing.last, standing.problem) == (None, "store_unreachable")
        assert audit.verify(anchors=tmp_path).unread == ("vault",)
        elsewhere.is_down = False
        audit.export_head(tmp_path)
        assert selectors.standings(tmp_path)[1].problem == "store_unreachable"
        later = NOW + timedelta(minutes=6)
        audit.export_head(tmp_path)
        standing = selectors.standings(tmp_path)[1]
        assert standing.problem == ""
        assert standing.last is not None


@pytest.mark.parametrize(
    ("name", "kind", "target", "code"),
    [
        ("home", StoreKind.FOLDER, "/x", "store_exists"),
        ("b", StoreKind.FOLDER, "relative", "bad_store"),
        ("b", StoreKind.MAIL, "nobody", "bad_store"),
        ("b", StoreKind.URL, "http://plain.example.test", "bad_store"),
    ],
)
def test_a_store_must_be_one(books: BooksFacts, name: str, kind: StoreKind, target: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        audit.add_store(name=name, kind=kind, target=target, actor=TESTER, at=NOW)
    assert refused.value.code == code
