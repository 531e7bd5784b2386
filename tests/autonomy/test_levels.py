"""Levels: what a history comes to, and what only a promotion may do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from counterfoil.audit import services as audit
from counterfoil.autonomy import selectors, services
from counterfoil.autonomy.domain.levels import (
    AlreadyStopped,
    Change,
    Entry,
    NeedsPromotion,
    NotStopped,
    next_down,
    next_up,
    standing,
)
from counterfoil.autonomy.models import LevelChange
from counterfoil.decisions.domain import Mode
from tests.builders import NOW, TESTER
from tests.company import a_company

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


def entry(change: Change, mode: Mode | None = None, version: str = "v1", actor: str = "person:helen") -> Entry:
    return Entry(change, version if mode else "", mode, actor, AT)


def test_what_was_never_set_acts() -> None:
    found = standing((), "v1")
    assert (found.mode, found.is_set, found.is_stopped) == (Mode.ACT, False, False)


def test_the_last_line_of_a_version_holds() -> None:
    history = [entry(Change.SET, Mode.OBSERVE), entry(Change.PROMOTED, Mode.SUGGEST)]
    assert standing(history, "v1").mode is Mode.SUGGEST


def test_a_new_version_starts_at_observe() -> None:
    history = [entry(Change.SET, Mode.ACT_WITH_SAMPLE)]
    assert standing(history, "v2").mode is Mode.OBSERVE
    assert not standing(history, "v2").is_set


def test_a_stop_holds_for_every_version_until_it_is_revived() -> None:
    history = [entry(Change.SET, Mode.SUGGEST), entry(Change.STOPPED)]
    for version in ("v1", "v2"):
        assert (standing(history, version).mode, standing(history, version).stopped_by) == (
            Mode.OBSERVE,
            "person:helen",
        )
    revived = standing([*history, entry(Change.REVIVED)], "v1")
    assert (revived.mode, revived.is_stopped) == (Mode.SUGGEST, False)


def test_a_stop_alone_says_nothing_about_the_level() -> None:
    assert standing([entry(Change.STOPPED), entry(Change.REVIVED)], "v1").mode is Mode.ACT


def test_steps_go_one_by_one() -> None:
    assert [next_up(mode) for mode in Mode] == [Mode.SUGGEST, Mode.ACT_WITH_SAMPLE, Mode.ACT, None]
    assert [next_down(mode) for mode in Mode] == [None, Mode.OBSERVE, Mode.SUGGEST, Mode.ACT_WITH_SAMPLE]


@pytest.mark.database
def test_lowering_is_one_persons_act_and_raising_is_not() -> None:
    books_id = a_company().books.id
    services.set_level(
        books_id=books_id, kind="match", version="v1", mode=Mode.OBSERVE, reason="trial", actor=TESTER, at=NOW
    )
    assert selectors.mode(books_id, "match", "v1") is Mode.OBSERVE
    for mode in (Mode.SUGGEST, Mode.ACT_WITH_SAMPLE, Mode.ACT):
        with pytest.raises(NeedsPromotion):
            services.set_level(books_id=books_id, kind="match", version="v1", mode=mode, actor=TESTER, at=NOW)
    assert [line.entry.reason for line in selectors.history(books_id, "match")] == ["trial"]


@pytest.mark.database
def test_a_stop_names_who_stopped_and_is_taken_back() -> None:
    books_id = a_company().books.id
    services.kill(books_id=books_id, kind="match", reason="odd lines", actor=TESTER, at=NOW)
    found = selectors.standing(books_id, "match", "any")
    assert (found.mode, found.stopped_by) == (Mode.OBSERVE, str(TESTER))
    assert selectors.mode(books_id, "close_deal", "any") is Mode.ACT
    with pytest.raises(AlreadyStopped):
        services.kill(books_id=books_id, kind="match", actor=TESTER, at=NOW)
    services.revive(books_id=books_id, kind="match", actor=TESTER, at=NOW)
    assert selectors.mode(books_id, "match", "any") is Mode.ACT
    with pytest.raises(NotStopped):
        services.revive(books_id=books_id, kind="match", actor=TESTER, at=NOW)
    assert audit.verify().ok


@pytest.mark.database
def test_the_mode_is_one_statement() -> None:
    books_id = a_company().books.id
    services.set_level(books_id=books_id, kind="match", version="v1", mode=Mode.SUGGEST, actor=TESTER, at=NOW)
    with CaptureQueriesContext(connection) as captured:
        selectors.mode(books_id, "match", "v1")
    assert len(captured) == 1


@pytest.mark.database
def test_the_history_never_changes() -> None:
    books_id = a_company().books.id
    services.kill(books_id=books_id, kind="match", actor=TESTER, at=NOW)
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        LevelChange.objects.all().delete()
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE autonomy_level_change SET actor = 'person:nobody'")
