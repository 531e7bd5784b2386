"""A sample is drawn by a stated seed, and anybody can draw it again."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest

from counterfoil.audit import selectors as audit_reads
from counterfoil.audit.domain import drawn
from counterfoil.flows.sampling import BadSample, Sample, SampleOf, draw_sample
from counterfoil.ledger.domain import Sourced
from tests.builders import NOW, TESTER, an_entry, found_books, post

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def test_the_items_with_the_lowest_hashes_are_drawn() -> None:
    keys = [f"J-{number}" for number in range(1, 201)]
    wanted = sorted(keys, key=lambda key: hashlib.sha256(f"7\n{key}".encode()).hexdigest())
    assert drawn("7", keys, 10) == wanted[:10]
    assert drawn("7", reversed(keys), 10) == wanted[:10]
    assert drawn("7", keys, 20)[:10] == wanted[:10]
    assert drawn("8", keys, 10) != wanted[:10]


def test_every_item_is_as_likely_as_another() -> None:
    keys = [f"J-{number}" for number in range(50)]
    hits = dict.fromkeys(keys, 0)
    for seed in range(1_000):
        for key in drawn(str(seed), keys, 10):
            hits[key] += 1
    assert 140 < min(hits.values()) <= max(hits.values()) < 260


def sample(books_id: int, seed: str = "7", of: SampleOf = SampleOf.ENTRIES, size: int = 5) -> Sample:
    return draw_sample(
        books_id=books_id, of=of, size=size, seed=seed, start=OCTOBER, end=NOVEMBER, actor=TESTER, at=NOW
    )


@pytest.mark.database
def test_a_sample_can_be_drawn_again_and_its_seed_is_on_record() -> None:
    books = found_books()
    post(books, *(Sourced(f"s{number}", an_entry(number)) for number in range(1, 31)))
    first = sample(books.id)
    assert (first.population, len(first.rows)) == (30, 5)
    again = sample(books.id)
    assert (again.rows, again.population_sha256) == (first.rows, first.population_sha256)
    assert sample(books.id, "8").rows != first.rows
    newest = audit_reads.events(limit=1)[0]
    assert (newest.kind, newest.body["seed"]) == ("audit.sample_drawn", "8")
    assert sample(books.id, of=SampleOf.INVOICES).rows == ()
    assert sample(books.id, of=SampleOf.DECISIONS).rows == ()


@pytest.mark.database
def test_a_sample_of_nothing_is_refused() -> None:
    books = found_books()
    with pytest.raises(BadSample):
        sample(books.id, size=0)
