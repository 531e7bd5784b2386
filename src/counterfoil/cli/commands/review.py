"""counterfoil review"""

from __future__ import annotations

import argparse

from counterfoil import words
from counterfoil.audit.domain import Actor
from counterfoil.audit.domain import person as person_actor
from counterfoil.cli.running import Answer as Said
from counterfoil.cli.running import actor as command_line
from counterfoil.flows import control_sample
from counterfoil.flows import review as flow
from counterfoil.flows.review import Wish
from counterfoil.infra import world
from counterfoil.people import selectors as people
from counterfoil.people.selectors import Person
from counterfoil.people.services import UnknownUser
from counterfoil.review import selectors, services
from counterfoil.review.domain import Answer, NoSuchCase
from counterfoil.review.selectors import Wanted


def run(args: argparse.Namespace) -> Said:
    """Do what was asked of the queue."""
    return {
        "list": _list,
        "answer": _answer,
        "assign": _assign,
        "comment": _comment,
        "sample": _sample,
        "labels": _labels,
        "relaxed": _relaxed,
    }[args.act](args)


def person_of(email: str) -> Person:
    """Return who acts, by e-mail address.

    Raises:
        UnknownUser: nobody in the books signs in with it.
    """
    user = people.user_by_email(email)
    found = people.person(user.pk) if user else None
    if found is None:
        raise UnknownUser(field="as", email=email[:80])
    return found


def case_id(number: str) -> int:
    """Read the number of a case, R-12.

    Raises:
        NoSuchCase: it is none.
    """
    digits = number.upper().removeprefix("R-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 18):
        raise NoSuchCase(field="case", case=number[:20])
    return int(digits)


def _who(args: argparse.Namespace) -> tuple[Person, Actor]:
    who = person_of(args.email)
    return who, person_actor(who.email)


def _list(args: argparse.Namespace) -> Said:
    books = people.books_facts()
    now = world.now()
    kinds = (args.kind,) if args.kind else ()
    who = flow.answerer(person_of(args.email), now) if args.email else None
    wanted = Wanted(now, kinds, is_overdue=args.overdue, is_snoozed=args.snoozed, answered_by=who)
    rows = selectors.cases(books.id, wanted, limit=max(1, args.limit))
    total = sum(stake.count for stake in selectors.stakes(books.id, wanted))
    data: dict[str, object] = {
        "total": total,
        "cases": [
            {
                "case": row.number,
                "kind": row.kind,
                "subject": row.subject,
                "code": row.code,
                "message": words.sentence(row.code, row.facts),
                "amount": row.money.decimal_text() if row.money else None,
                "currency": row.money.currency.code if row.money else None,
                "risk_micro": row.risk_micro,
                "owner": row.owner_email,
                "due_at": row.due_at.isoformat(),
                "content_hash": row.content_hash,
            }
            for row in rows
        ],
    }
    lines = [
        f"{row.number:<7} {row.money or ''!s:>16}  {row.kind:<14} {words.sentence(row.code, row.facts)}" for row in rows
    ]
    return Said(data, [*lines, f"{total:,} waiting." if total else "Nothing waits."])


def _answer(args: argparse.Namespace) -> Said:
    who, actor = _who(args)
    fix = dict(one.partition("=")[::2] for one in args.set)
    wishes = [Wish(case_id(number), Answer(args.answer), args.reason, fix) for number in args.cases]
    done = flow.answer_cases(person=who, wishes=wishes, actor=actor, at=world.now())
    results: list[dict[str, object]] = []
    lines = []
    for one in done:
        refused = words.sentence(one.refusal.code, one.refusal.facts) if one.refusal else ""
        results.append(
            {
                "case": f"R-{one.case_id}",
                "outcome": one.outcome,
                "is_new": one.is_new,
                "is_closed": one.is_closed,
                "effects": list(one.effects),
                "code": one.refusal.code if one.refusal else None,
                "message": refused or None,
            }
        )
        lines.append(f"R-{one.case_id}: {refused or one.outcome.replace('_', ' ')}")
    return Said({"results": results}, lines, is_refused=any(one.refusal for one in done))


def _assign(args: argparse.Namespace) -> Said:
    who, actor = _who(args)
    number = case_id(args.case)
    changed = flow.assign_case(person=who, case_id=number, email=args.owner, actor=actor, at=world.now())
    return Said({"case": f"R-{number}", "owner": args.owner, "changed": changed}, [f"R-{number}: {args.owner}"])


def _comment(args: argparse.Namespace) -> Said:
    who, actor = _who(args)
    number = case_id(args.case)
    named = flow.comment_on(person=who, case_id=number, text=args.text, actor=actor, at=world.now())
    told = ", ".join(named) or "nobody"
    return Said({"case": f"R-{number}", "mentions": list(named)}, [f"R-{number}: said; {told} named"])


def _sample(args: argparse.Namespace) -> Said:
    actor = _who(args)[1] if args.email else command_line()
    drawn = control_sample.draw(books_id=people.books_facts().id, actor=actor, at=world.now())
    data: dict[str, object] = {"of": drawn.of, "drawn": drawn.drawn, "seed": drawn.seed, "rates": dict(drawn.rates)}
    return Said(data, [f"{drawn.drawn:,} of {drawn.of:,} were drawn, by the seed {drawn.seed[:16]} of the record."])


def _labels(args: argparse.Namespace) -> Said:
    books_id = people.books_facts().id
    for label_id, is_accepted in ((args.accept, True), (args.drop, False)):
        if label_id is not None:
            _, actor = _who(args)
            services.review_label(
                books_id=books_id, label_id=label_id, is_accepted=is_accepted, actor=actor, at=world.now()
            )
    rows = selectors.labels(books_id)
    data: dict[str, object] = {
        "labels": [
            {
                "label": row.id,
                "case": f"R-{row.case_id}",
                "kind": row.kind,
                "subject": row.subject,
                "machine": row.machine,
                "person": row.person,
                "reason": row.reason,
                "made_by": row.made_by,
                "is_accepted": row.is_accepted,
                "reviewed_by": row.reviewed_by,
            }
            for row in rows
        ]
    }
    states = {None: "waits for a second person", True: "accepted", False: "dropped"}
    lines = [f"{row.id:<5} {row.machine} -> {row.person}  {row.reason}  ({states[row.is_accepted]})" for row in rows]
    return Said(data, lines or ["Nobody said otherwise yet."])


def _relaxed(args: argparse.Namespace) -> Said:
    rows = selectors.relaxations(people.books_facts().id)
    data: dict[str, object] = {
        "relaxations": [
            {
                "case": f"R-{row.case_id}",
                "subject": row.subject,
                "person": row.person,
                "policy": row.policy_version,
                "at": row.at.isoformat(),
            }
            for row in rows
        ]
    }
    lines = [f"{row.at:%Y-%m-%d %H:%M} {row.person} approved {row.subject} by {row.policy_version}" for row in rows]
    return Said(data, lines or ["Nobody approved their own request."])
