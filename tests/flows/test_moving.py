"""A copy of everything: kept in a file, brought back, and moved to another database."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.db import connection

from counterfoil.audit import services as audit
from counterfoil.flows import doctor, moving
from counterfoil.flows.win_deal import enter_deal
from counterfoil.infra import fences, world
from counterfoil.infra.home import home, secret_key
from counterfoil.infra.world import World
from counterfoil.people import selectors as people
from tests.builders import NOW, TESTER
from tests.company import Company, a_company, a_won_deal
from tests.databases import SQLITE, OwnDatabase

pytestmark = pytest.mark.commit
Fresh = Callable[..., AbstractContextManager[OwnDatabase]]


def silent(done: int, total: int) -> None:
    """Show nobody how far it is."""


@pytest.fixture(autouse=True)
def _fifteenth_of_november() -> Iterator[None]:
    with world.using(World(clock=lambda: NOW)):
        yield


def a_working_company() -> Company:
    """Return a company with invoices, a schedule, and heads of the record in its home."""
    company = a_company()
    for product in ("GW-1", "SVC", "SUB"):
        draft = a_won_deal(company, product=product)
        enter_deal(books_id=company.books.id, draft=draft, actor=TESTER, at=NOW)
    assert company.closes().invoiced == 3
    secret_key()
    audit.seal()
    audit.export_head(home() / "anchors")
    return company


def kept(fresh: Fresh, out: Path, engine: str | None = None) -> dict[str, int]:
    """Fill a company, keep it in a file while it goes on invoicing, and return its balances as the file was begun."""
    with fresh(engine=engine):
        company = a_working_company()
        before = company.balances()

        def invoice_another(done: int, total: int) -> None:
            if done == 1:
                enter_deal(books_id=company.books.id, draft=a_won_deal(company), actor=TESTER, at=NOW)
                assert company.closes().invoiced == 1

        moved = moving.backup(out=out, progress=invoice_another)
        assert (moved.rows > 100, moved.files >= 2) == (True, True)
        assert company.balances() != before
        return before


def goes_on_working(before: dict[str, int]) -> None:
    """Insist that the books in use are as they were, fenced, and take a next deal."""
    books = people.books_facts()
    company = Company(books, 1)
    assert company.balances() == before
    assert fences.missing() == []
    enter_deal(books_id=books.id, draft=a_won_deal(company, product="GW-1"), actor=TESTER, at=NOW)
    assert company.closes().invoiced == 1
    assert audit.verify(anchors=home() / "anchors").ok
    assert doctor.examine(books_id=books.id) == []


def test_what_is_kept_comes_back_whole_and_goes_on(
    empty_database: OwnDatabase, fresh_database: Fresh, tmp_path: Path
) -> None:
    """The file is from SQLite, whatever the engine that it is brought back to."""
    file = tmp_path / "kept.zip"
    before = kept(fresh_database, file, SQLITE)
    moving.restore(file=file, progress=silent)
    goes_on_working(before)


def test_a_damaged_file_brings_nothing_back_and_the_whole_one_still_does(
    empty_database: OwnDatabase, fresh_database: Fresh, tmp_path: Path
) -> None:
    file, damaged = tmp_path / "kept.zip", tmp_path / "damaged.zip"
    before = kept(fresh_database, file)
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(damaged, "w") as other:
        for name in whole.namelist():
            data = whole.read(name)
            other.writestr(name, data.replace(b"Kestrel", b"Kestrol") if name == "tables/crm_customer.jsonl" else data)
    with pytest.raises(moving.NotTheSame, match="moving_differs") as refused:
        moving.restore(file=damaged, progress=silent)
    assert refused.value.facts == {"what": "crm_customer"}
    damaged.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(moving.NoBackup):
        moving.restore(file=damaged, progress=silent)
    with connection.cursor() as cursor:
        assert connection.introspection.table_names(cursor) == []
    moving.restore(file=file, progress=silent)
    with pytest.raises(moving.NotEmpty):
        moving.restore(file=file, progress=silent)
    assert Company(people.books_facts(), 1).balances() == before


def test_books_move_to_another_database_and_stay_where_they_were(
    empty_database: OwnDatabase, fresh_database: Fresh, tmp_path: Path
) -> None:
    with fresh_database(engine=SQLITE):
        company = a_working_company()
        before = company.balances()
        moved = moving.copy_to(url=empty_database.url, progress=silent)
        assert audit.verify().head.short == moved.head
        with pytest.raises(moving.NotEmpty):
            moving.copy_to(url=empty_database.url, progress=silent)
        with pytest.raises(moving.InsideHome):
            moving.backup(out=home() / "kept.zip", progress=silent)
        assert company.balances() == before
    goes_on_working(before)
