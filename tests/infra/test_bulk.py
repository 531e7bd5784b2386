"""Bulk writing gives back what went in, on both engines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from pytest_django import DjangoAssertNumQueries

from counterfoil.infra import bulk, ids
from counterfoil.infra.models import IdempotencyKey
from counterfoil.ledger.models import ExchangeRate, Period
from tests.builders import NOW, found_books

pytestmark = pytest.mark.database
COLUMNS = ["id", "actor", "key", "request_hash", "status", "answer", "made_at"]
ODD = ["", "plain", "tab\there", "line\nbreak\r", "back\\slash \\N", "Zürich – 北京 🙂", "quote ' \" % %s"]


def keep(*answers: str, at: datetime = NOW) -> list[int]:
    """Insert a row for each answer and return their ids."""
    new = list(ids.take(IdempotencyKey, len(answers)))
    rows = [(id_, "a", str(id_), "", 200, answer, at) for id_, answer in zip(new, answers, strict=True)]
    bulk.insert(IdempotencyKey, COLUMNS, rows)
    return new


def test_text_comes_back_as_it_went_in() -> None:
    new = keep(*ODD)
    found = dict(IdempotencyKey.objects.values_list("id", "answer"))
    assert [found[id_] for id_ in new] == ODD


def test_an_instant_is_kept_in_utc_whatever_its_zone() -> None:
    there = datetime(2026, 11, 15, 23, 30, 0, 5, tzinfo=timezone(timedelta(hours=-5)))
    keep("x", at=there)
    assert IdempotencyKey.objects.get().made_at == datetime(2026, 11, 16, 4, 30, 0, 5, tzinfo=UTC)


def test_days_and_decimals_are_read_back_by_the_orm() -> None:
    books = found_books()
    columns = ["books_id", "currency", "valid_from", "base_rate"]
    bulk.insert(ExchangeRate, columns, [(books.id, "USD", date(2026, 11, 1), "0.92")])
    assert ExchangeRate.objects.values_list("valid_from", "base_rate").get() == (date(2026, 11, 1), Decimal("0.92"))


def test_nothing_is_inserted_or_changed_for_no_rows(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        bulk.insert(IdempotencyKey, COLUMNS, [])
        bulk.insert_columns(IdempotencyKey, COLUMNS, [[] for _ in COLUMNS])
        bulk.update(IdempotencyKey, ["id", "answer"], [])


def test_rows_are_changed_by_their_id_in_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    first, second, third = keep("1", "2", "3")
    later = NOW + timedelta(days=1)
    with django_assert_num_queries(1):
        bulk.update(
            IdempotencyKey,
            ["id", "answer", "status", "made_at"],
            [(first, "one\t", 201, later), (third, "three", 202, later)],
        )
    found = {row.pk: (row.answer, row.status, row.made_at) for row in IdempotencyKey.objects.all()}
    assert found == {first: ("one\t", 201, later), second: ("2", 200, NOW), third: ("three", 202, later)}


@pytest.mark.parametrize("count", [0, 1, 40_000])
def test_any_number_of_values_can_be_looked_for(count: int) -> None:
    (kept,) = keep("x")
    values = [kept + 1_000_000 + number for number in range(count)]
    rows = IdempotencyKey.objects.filter(bulk.is_any_of("id", values))
    assert rows.count() == 0
    if values:
        assert IdempotencyKey.objects.filter(bulk.is_any_of("id", [*values, kept])).count() == 1
    names = [str(value) for value in values]
    assert IdempotencyKey.objects.filter(bulk.is_any_of("key", names)).count() == 0


def test_keys_of_several_tables_are_taken_in_one_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    keep("1")
    (rate,) = ids.take(ExchangeRate, 1)
    with django_assert_num_queries(1):
        keys, none, rates = ids.take_each((IdempotencyKey, 2), (Period, 0), (ExchangeRate, 3))
    assert [len(set(keys)), list(none), len(set(rates))] == [2, [], 3]
    assert min(rates) > rate
    assert keep("2")[0] > max(keys)


def test_small_writes_go_together_and_nothing_overtakes_them() -> None:
    with bulk.one_trip():
        first = keep("1", "2")
        with bulk.one_trip():
            bulk.insert(IdempotencyKey, COLUMNS, [(first[-1] + 1_000, "a", "many", "", 200, ODD[-1], NOW)])
        assert IdempotencyKey.objects.count() == 3
        keep(*map(str, range(bulk.FEW + 1)))
    assert IdempotencyKey.objects.count() == 3 + bulk.FEW + 1


def test_what_is_refused_in_one_trip_is_raised_where_it_is_sent() -> None:
    with pytest.raises(IntegrityError), bulk.one_trip():
        bulk.insert(IdempotencyKey, COLUMNS, [(id_, "a", "same", "", 200, "", NOW) for id_ in (7, 8)])


def test_what_is_copied_out_is_what_went_in() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL copies")
    new = keep(*ODD, "all\b\f\v\\\\n")
    query = f"SELECT id, answer FROM infra_idempotencykey WHERE id IN ({', '.join(map(str, new))}) ORDER BY id"
    assert [answer for _, answer in bulk.copied(query)] == [*ODD, "all\b\f\v\\\\n"]
