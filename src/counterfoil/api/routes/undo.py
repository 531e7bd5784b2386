"""Undo: what it comes to, and doing it. Decisions, imports, documents, matches and entries by one pair of routes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, JsonValue

from counterfoil import words
from counterfoil.api import fields
from counterfoil.api.asking import Asked
from counterfoil.api.fields import Day, In, Line, Named, Out, Reference
from counterfoil.api.routing import Routes
from counterfoil.flows import undo as flow
from counterfoil.kernel.errors import Refusal
from counterfoil.people.domain import Act

routes = Routes("undo")
MOST_STEPS = 1_000


class PlanIn(In):
    """What is to be undone."""

    target: Reference
    """`CF-12`, `import:7`, `invoice:5`, `alias:2`, `bank_line:9`, `payment:4`, `J-8`, or a document's number."""
    on: Day | None = None
    """Accounting date of the reversal; today where it is left out, and in a closed period the first open day after."""
    only: Annotated[list[Reference], Field(max_length=MOST_STEPS)] | None = None
    """Parts of a decision, each by its subject (`opportunity:12`); all of it where it is left out."""


class UndoThisIn(PlanIn):
    """What is undone, and why."""

    reason: Named
    with_dependents: bool = False
    """Undo what was built on it, too; else it is refused with that list."""
    seen: Line = ""
    """The hash of the plan that was agreed to; another plan is refused."""


class UndoStepOut(Out):
    """One thing that is taken back; `because` names what it stands on where it was not asked for."""

    verb: str
    target: str
    name: str
    amount: str | None
    currency: str | None
    because: str | None
    message: str


class SaidOut(Out):
    """A sentence with its code and facts."""

    code: str
    message: str
    facts: dict[str, JsonValue]


class UndoneBeforeOut(Out):
    """Something of it was undone before: by whom, when and why."""

    decision: str
    by: str
    at: datetime
    reason: str


class PlanOut(Out):
    """What undoing comes to. `steps` holds the first thousand, in the order in which they are done."""

    target: str
    on: date
    steps: list[UndoStepOut]
    count: int
    dependents: int
    stays: list[SaidOut]
    refusals: list[SaidOut]
    hash: str
    undone_before: list[UndoneBeforeOut]


class UndoneThisOut(Out):
    """What was undone by which plan: `done`, or `unchanged` where nothing was left to undo."""

    outcome: str
    plan: PlanOut
    decisions: list[str]
    entries: int
    documents: list[str]


@routes.post("/undo/plan", act=Act.UNDO, status=200, is_kept=False)
def plan_undo(asked: Asked, body: PlanIn) -> PlanOut:
    """Say what undoing something comes to.

    What is taken back in order, what stands on it, what stays, and what stands against it; nothing is written.
    """
    return _plan(asked, flow.plan(asked.books.id, body.target, on=body.on, today=asked.today, only=body.only))


@routes.post("/undo", act=Act.UNDO, status=200)
def undo_this(asked: Asked, body: UndoThisIn) -> UndoneThisOut:
    """Undo something.

    From the day of the reversal on, everything is as if it had not been done; undoing twice is undoing once.
    """
    done = flow.undo(
        books_id=asked.books.id,
        target=body.target,
        on=body.on,
        reason=body.reason,
        only=body.only,
        with_dependents=body.with_dependents,
        seen=body.seen,
        actor=asked.actor,
        at=asked.at,
    )
    return UndoneThisOut(
        outcome="done" if done.decisions else "unchanged",
        plan=_plan(asked, done.plan),
        decisions=[f"CF-{id_}" for id_ in done.decisions],
        entries=done.entries,
        documents=list(done.documents),
    )


def _plan(asked: Asked, plan: flow.Plan) -> PlanOut:
    return PlanOut(
        target=plan.target,
        on=plan.on,
        steps=[_step(step) for step in plan.steps[:MOST_STEPS]],
        count=len(plan.steps),
        dependents=len(plan.dependents),
        stays=[_said(one) for one in plan.stays[:MOST_STEPS]],
        refusals=[_said(one) for one in plan.refusals],
        hash=plan.hash,
        undone_before=[
            UndoneBeforeOut(decision=one.number, by=one.actor, at=one.at, reason=one.reason)
            for one in flow.history(asked.books.id, plan.target)
        ],
    )


def _step(step: flow.Step) -> UndoStepOut:
    return UndoStepOut(
        verb=step.verb.value,
        target=step.target,
        name=step.name,
        amount=step.amount.decimal_text() if step.amount is not None else None,
        currency=step.amount.currency.code if step.amount is not None else None,
        because=step.because or None,
        message=words.sentence(f"plan_{step.verb.value}", step.facts),
    )


def _said(one: Refusal) -> SaidOut:
    return SaidOut(code=one.code, message=words.sentence(one.code, one.facts), facts=fields.facts(one.facts))
