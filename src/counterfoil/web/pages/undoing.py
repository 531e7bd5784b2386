"""What undoing something comes to, before it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from counterfoil import words
from counterfoil.flows import undo as flow
from counterfoil.kernel.money import Money
from counterfoil.people.domain import BooksFacts
from counterfoil.web import addresses, reader
from counterfoil.web.forms import Form
from counterfoil.web.parts import Field, Link, Said
from counterfoil.web.saying import said

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step: what it does, to what, how much."""

    sentence: str
    thing: Link
    made_on: date | None
    amount: Money | None


@dataclass(frozen=True, slots=True)
class PartChoice:
    """A part of a decision that may be undone alone."""

    subject: str
    thing: Link
    is_meant: bool


@dataclass(frozen=True, slots=True)
class UndoPage:
    """A plan: what is taken back, what stands on it, what stays, and what forbids it."""

    title: str
    sentence: str
    target: str
    thing: Link
    on: date
    steps: tuple[StepRow, ...]
    dependents: tuple[StepRow, ...]
    more: int
    stays: tuple[str, ...]
    refusals: tuple[Said, ...]
    parts: tuple[PartChoice, ...]
    only: tuple[str, ...]
    is_nothing: bool
    button: str
    seen: str
    date_field: Field
    reason_field: Field
    before: tuple[tuple[Link, str], ...] = ()
    """Who undid something of it before, when and why."""
    refusal: Said | None = None


def undo_page(
    books: BooksFacts,
    target: str,
    form: Form,
    *,
    on: date | None,
    only: list[str],
    refusal: Said | None = None,
) -> UndoPage:
    """Fill the plan of undoing a target.

    Raises:
        UnknownTarget: it names nothing.
    """
    plan = flow.plan(books.id, target, on=on, today=reader.today(), only=only or None)
    parts = flow.parts_of(books.id, target)
    links = addresses.links(
        books.id, [plan.target, *(step.target for step in plan.steps), *(subject for subject, _thing in parts)]
    )
    own = [step for step in plan.steps if not step.because]
    thing = links[plan.target]
    sums = ", ".join(reader.symboled(amount) for amount in plan.sums)
    meant = set(only) or {subject for subject, _thing in parts}
    return UndoPage(
        title=_("Undo %(what)s") % {"what": thing.label},
        sentence=_sentence(plan),
        target=plan.target,
        thing=thing,
        on=plan.on,
        steps=tuple(_row(step, links) for step in own[:MOST_SHOWN]),
        dependents=tuple(_row(step, links) for step in plan.dependents[:MOST_SHOWN]),
        more=max(len(own) - MOST_SHOWN, 0) + max(len(plan.dependents) - MOST_SHOWN, 0),
        stays=tuple(dict.fromkeys(words.sentence(one.code, one.facts) for one in plan.stays[:MOST_SHOWN])),
        refusals=tuple(said(one) for one in plan.refusals),
        parts=tuple(PartChoice(subject, links[subject], subject in meant) for subject, _thing in parts[:MOST_SHOWN])
        if len(parts) > 1
        else (),
        only=tuple(only),
        is_nothing=plan.is_nothing,
        button=_("Undo %(what)s, %(sum)s") % {"what": thing.label, "sum": sums}
        if sums
        else _("Undo %(what)s") % {"what": thing.label},
        seen=plan.hash,
        date_field=form.field("on", _("Date of the reversal"), value=plan.on.isoformat(), kind="date"),
        reason_field=form.field("reason", _("Reason"), hint=_("It stays on record, and on the credit notes")),
        before=tuple(
            (Link(one.number, f"/decisions/{one.number}"), told(one)) for one in flow.history(books.id, target)
        ),
        refusal=refusal,
    )


def told(one: flow.Undoing) -> str:
    """Say who undid something, when and why."""
    return _("%(who)s, %(when)s: %(why)s") % {"who": one.actor, "when": reader.moment(one.at), "why": one.reason}


def _sentence(plan: flow.Plan) -> str:
    if plan.is_nothing:
        return _("Nothing of it is left to undo.")
    facts = {"day": reader.day(plan.on), "n": reader.count(len(plan.dependents))}
    if plan.dependents:
        return _("As of %(day)s. %(n)s other acts stand on it and are undone with it.") % facts
    return _("As of %(day)s. Nothing else stands on it.") % facts


def _row(step: flow.Step, links: dict[str, Link]) -> StepRow:
    facts = {**step.facts, "name": step.name or links[step.target].label}
    return StepRow(words.sentence(f"plan_{step.verb.value}", facts), links[step.target], step.made_on, step.amount)
