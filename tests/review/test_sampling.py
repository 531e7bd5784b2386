"""The control sample is drawn by chance that nobody can foresee and everybody can compute again; digests go out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core import mail
from django.test import override_settings

from counterfoil import words
from counterfoil.audit import selectors as audit
from counterfoil.audit.domain import person
from counterfoil.decisions import selectors as decisions
from counterfoil.flows import control_sample, digest
from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.people import services as people
from counterfoil.people.domain import Role
from counterfoil.review import selectors, services
from counterfoil.review.selectors import Wanted
from tests.builders import NOW, TESTER
from tests.company import Company, a_company
from tests.review.crm_world import imports

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def _fifteenth_of_november() -> Iterator[World]:
    with world.using(World(clock=lambda: NOW)) as there:
        yield there


def a_busy_company() -> Company:
    company = a_company()
    imports(company, *["SVC"] * 120)
    company.closes()
    return company


def test_a_sample_is_drawn_once_and_can_be_computed_again() -> None:
    company = a_busy_company()
    drawn = control_sample.draw(books_id=company.books.id, actor=TESTER, at=NOW)
    assert drawn.of == 120
    assert drawn.rates == {"close_deal": 20_000}
    items = decisions.decided_after(company.books.id, 0, outcomes=control_sample.BY_ITSELF, limit=500)
    again = [item.subject for item in items if control_sample.is_drawn(drawn.seed, item, 20_000)]
    waiting = selectors.cases(company.books.id, Wanted(NOW, kinds=("sample",)))
    assert sorted(again) == sorted(case.subject for case in waiting)
    assert drawn.drawn == len(again)
    assert control_sample.draw(books_id=company.books.id, actor=TESTER, at=NOW).of == 0
    (event,) = audit.events(kind=control_sample.DRAWN)
    assert (event.body["seed"], event.body["of"]) == (drawn.seed, 120)


def test_the_share_that_is_drawn_is_the_rate() -> None:
    company = a_busy_company()
    items = decisions.decided_after(company.books.id, 0, outcomes=control_sample.BY_ITSELF, limit=500)
    drawn = sum(control_sample.is_drawn(f"{seed:064x}", item, 100_000) for seed in range(1, 101) for item in items)
    assert 1_090 <= drawn <= 1_310  # 12,000 tries at 10 %: four standard deviations about 1,200
    assert not any(control_sample.is_drawn("0" * 64, item, 0) for item in items)


@override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend")
def test_a_digest_goes_to_who_chose_one_with_the_head_and_not_twice() -> None:
    company = a_company()
    imports(company, "GTX Pro")
    company.closes()
    email = "ines@tidewater.example"
    user_id = people.add_user(
        email=email, name="Ines", role=Role.CONTROLLER, books_id=company.books.id, password=None, actor=TESTER
    )
    sent = digest.send_digests(books_id=company.books.id, say=words.sentence, at=NOW)
    assert sent == []
    services.choose_digest(user_id=user_id, every="day", actor=person(email), at=NOW)
    (one,) = digest.send_digests(books_id=company.books.id, say=words.sentence, at=NOW)
    (letter,) = mail.outbox
    assert letter.to == [email]
    assert one.head in letter.body
    assert "GTX Pro" in letter.body
    assert digest.send_digests(books_id=company.books.id, say=words.sentence, at=NOW + timedelta(hours=2)) == []
    assert len(digest.send_digests(books_id=company.books.id, say=words.sentence, at=NOW + timedelta(days=1))) == 1
