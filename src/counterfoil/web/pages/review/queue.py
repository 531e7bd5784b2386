"""The queue beside the case at hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.flows import review as flow
from counterfoil.kernel.errors import Refusal
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.review import domain
from counterfoil.review import selectors as reads
from counterfoil.review.domain import State
from counterfoil.review.selectors import CaseRow, Wanted
from counterfoil.web import reader
from counterfoil.web.pages.review.asked import ROWS, Asked, kind_name
from counterfoil.web.pages.review.card import card_of, said_of
from counterfoil.web.pages.review.parts import QueueItem, Result, ReviewPage
from counterfoil.web.parts import Chip, Choice, Empty, Link, View


def review_page(
    person: Person,
    asked: Asked,
    *,
    case_id: int | None,
    now: datetime,
    refusal: Refusal | None = None,
    tried: str = "",
    reason: str = "",
    results: Sequence[Result] = (),
) -> ReviewPage:
    """Fill the queue beside the case at hand: the one that is asked for, else the first.

    Raises:
        NoSuchCase: there is none of this number for this person.
    """
    wanted = asked.wanted(person, now)
    books_id = person.books.id
    if asked.view == "answered":
        rows = [row for row in reads.answered_cases(books_id, now, limit=ROWS) if domain.may_see(person.role, row.kind)]
        total = len(rows)
    else:
        rows = reads.cases(books_id, wanted, limit=ROWS, offset=asked.place)
        total = sum(stake.count for stake in reads.stakes(books_id, wanted))
    chosen = flow.visible_case(person=person, case_id=case_id, at=now) if case_id else (rows[0] if rows else None)
    place = next((at for at, row in enumerate(rows) if chosen and row.id == chosen.id), None)
    items = tuple(_item(row, asked, now, is_current=chosen is not None and row.id == chosen.id) for row in rows)
    after = items[place + 1].url if place is not None and place + 1 < len(items) else ""
    before = items[place - 1].url if place else ""
    shown = {row.kind for row in rows} | ({asked.kind} if asked.kind else set())
    return ReviewPage(
        sentence=_sentence(person, now),
        views=_views(person, asked, now),
        chips=(Chip(kind_name(asked.kind), asked.url(kind="")),) if asked.kind else (),
        kinds=tuple(
            View(kind_name(kind), asked.url(kind=kind)) for kind in sorted(shown) if not asked.kind and len(shown) > 1
        ),
        items=items,
        total=total,
        more_url=asked.url(**{"from": str(asked.place + ROWS)}) if asked.place + len(rows) < total else "",
        case=card_of(person, chosen, asked, now, after, refusal, tried, reason) if chosen else None,
        here=asked.url(),
        here_view=asked.view,
        here_kind=asked.kind,
        previous_url=before,
        next_url=after,
        empty=None if chosen else _empty(asked),
        results=tuple(results),
        may_answer=person.may(Act.REVIEW),
        rhythms=_rhythms() if person.may(Act.REVIEW) else (),
        rhythm=reads.digest_choice(person.user_id),
    )


def _rhythms() -> tuple[Choice, ...]:
    names = {"never": _("no mail"), "day": _("a mail each day"), "week": _("a mail each week")}
    return tuple(Choice(value, label) for value, label in names.items())


def _sentence(person: Person, now: datetime) -> str:
    stakes = reads.stakes(person.books.id, Asked().wanted(person, now))
    count = sum(stake.count for stake in stakes)
    if not count:
        return _("Nothing waits. What passes goes through on its own; what does not lands here.")
    text = ngettext("%(n)s open", "%(n)s open", count) % {"n": reader.count(count)}
    sums = [reader.symboled(stake.money) for stake in stakes if stake.money]
    if sums:
        text += ", " + _("%(money)s at stake") % {"money": " + ".join(sums)}
    late = sum(
        stake.count for stake in reads.stakes(person.books.id, Wanted(now, is_overdue=True, seen_by=person.role))
    )
    if late:
        text += ", " + _("%(n)s over time") % {"n": reader.count(late)}
    return text + "."


def _views(person: Person, asked: Asked, now: datetime) -> tuple[View, ...]:
    labels = {
        "": _("For you") if person.may(Act.REVIEW) else _("All open"),
        "all": _("All open"),
        "mine": _("Mine"),
        "mentions": _("Mentions me"),
        "overdue": _("Over time"),
        "policy": _("Approvals and policies"),
        "samples": _("Control samples"),
        "snoozed": _("Snoozed"),
        "answered": _("Answered"),
    }
    views = []
    for view, label in labels.items():
        if view == "all" and not person.may(Act.REVIEW):
            continue
        count = None
        if view != "answered":
            stakes = reads.stakes(person.books.id, Asked(view).wanted(person, now))
            count = sum(stake.count for stake in stakes)
        views.append(View(label, Asked(view).url(), count, is_current=view == asked.view))
    return tuple(views)


def _item(row: CaseRow, asked: Asked, now: datetime, *, is_current: bool) -> QueueItem:
    title, rest = said_of(row)
    who = row.facts.get("customer") or row.facts.get("name")
    return QueueItem(
        row.id,
        row.number,
        asked.url(case=row.number),
        title,
        f"{who}. {rest}" if who else rest,
        row.money,
        row.owner,
        age(now - row.opened_at),
        row.due_at < now and row.state is State.OPEN,
        row.content_hash,
        is_current,
    )


def age(span: timedelta) -> str:
    """Write an age to its largest unit: `5 d old`."""
    if span >= timedelta(days=1):
        return _("%(n)s d old") % {"n": span.days}
    if span >= timedelta(hours=1):
        return _("%(n)s h old") % {"n": span.seconds // 3600}
    return _("new")


def _empty(asked: Asked) -> Empty:
    if asked.view or asked.kind:
        return Empty("review", _("Nothing in this view"), _("Other cases may wait."), Link(_("The queue"), "/review"))
    return Empty(
        "review",
        _("Nothing waits for you"),
        _("Held deals, proposed bank lines, approvals and control samples land here, the most money at risk first."),
        Link(_("Answered cases"), "/review?view=answered"),
    )
