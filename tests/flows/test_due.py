"""One command runs what is due: nothing twice, nothing late, and one that fails stops no other."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core import mail

from counterfoil import words
from counterfoil.audit.domain import system
from counterfoil.flows import due
from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.people import services as people
from counterfoil.people.domain import Role
from counterfoil.review import services as review
from tests.builders import NOW, TESTER
from tests.company import Company, a_company

pytestmark = pytest.mark.database
DAILY = {"levels", "samples"}
HOURLY = {"digests", "anchors"}


@pytest.fixture
def company(home: Path) -> Company:
    return a_company()


def ran(company: Company, at: datetime) -> dict[str, str]:
    with world.using(World(clock=lambda: at)):
        done = due.run_due(books_id=company.books.id, say=words.sentence, actor=system("run_due"), at=at)
    return {one.name: one.outcome.problem or one.outcome.code for one in done if one.outcome}


def test_each_job_runs_when_it_is_due_and_says_when_it_ran(company: Company) -> None:
    assert set(ran(company, NOW)) == DAILY | HOURLY | {"quality"}
    assert set(ran(company, NOW + timedelta(hours=2))) == HOURLY
    assert set(ran(company, NOW + timedelta(days=1) - due.EARLY)) == DAILY | HOURLY
    planned = {one.name: one for one in due.schedule(books_id=company.books.id)}
    assert planned["quality"].last_at == NOW
    assert planned["quality"].next_at == NOW + timedelta(days=7)
    assert planned["quality"].outcome is not None
    assert words.sentence(planned["quality"].outcome.code, planned["quality"].outcome.facts).startswith("The week of")


def test_a_job_that_fails_says_so_is_tried_again_and_stops_no_other(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_id = people.add_user(
        email="jonas@tidewater.example", name="Jonas", role=Role.ACCOUNTANT, books_id=company.books.id, password=None,
        actor=TESTER,
    )  # fmt: skip
    review.choose_digest(user_id=user_id, every="day", actor=TESTER, at=NOW)
    with monkeypatch.context() as there:
        there.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", _unreachable)
        first = ran(company, NOW)
    assert (first["digests"], first["anchors"], mail.outbox) == ("job_unreachable", "heads_left", [])
    assert ran(company, NOW + timedelta(hours=1))["digests"] == "digests_sent"
    assert [one.to for one in mail.outbox] == [["jonas@tidewater.example"]]


def _unreachable(*_: object) -> int:
    raise ConnectionRefusedError


def test_only_what_is_named_runs_and_an_unknown_name_is_refused(company: Company) -> None:
    done = due.run_due(books_id=company.books.id, say=words.sentence, only=["levels"], actor=system("run_due"), at=NOW)
    assert [one.name for one in done] == ["levels"]
    with pytest.raises(due.NoSuchJob):
        due.run_due(books_id=company.books.id, say=words.sentence, only=["tea"], actor=system("run_due"), at=NOW)
