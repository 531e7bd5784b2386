"""Reading counterfoils."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from counterfoil.audit.registry import BinderRow, Slice
from counterfoil.decisions.domain import Contribution, Evidence, Hashed, item_bytes
from counterfoil.decisions.models import DecisionEffect, DecisionItem
from counterfoil.infra import bulk
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Explanation
from counterfoil.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Why:
    """Why something is as it is: one decided item, as pages show it."""

    decision_id: int
    kind: str
    rule_version: str
    mode: str
    actor: str
    made_at: datetime
    subject: str
    inputs: dict[str, Fact]
    inputs_hash: str
    outcome: str
    code: str
    facts: dict[str, Fact]
    effects: tuple[str, ...]
    event_id: int
    item_id: int
    position: int
    books_id: int
    money: Money | None
    score_micro: int | None
    contributions: tuple[Contribution, ...]
    evidence: tuple[Evidence, ...]
    counterfactual: Explanation | None
    approver: str

    @property
    def number(self) -> str:
        """The one number an auditor quotes."""
        return f"CF-{self.decision_id}"


def why(subject: str, *, limit: int = 20) -> list[Why]:
    """Return the decided items about a thing or that led to it, newest first; two statements."""
    about = DecisionEffect.objects.filter(effect=subject).values("item_id")
    rows = DecisionItem.objects.filter(Q(subject=subject) | Q(id__in=about))
    return _whys(list(rows.select_related("decision").order_by("-id")[:limit]))


def decision_items(decision_id: int, *, after: int = -1, limit: int = 100) -> list[Why]:
    """Return the items of one decision in their order, `limit` of them after a position."""
    rows = DecisionItem.objects.filter(decision_id=decision_id, position__gt=after)
    return _whys(list(rows.select_related("decision").order_by("position")[:limit]))


def latest_items(books_id: int, *, limit: int = 20) -> list[Why]:
    """Return what was decided last, newest first: what the machine did without a person."""
    rows = DecisionItem.objects.filter(decision__books_id=books_id)
    return _whys(list(rows.select_related("decision").order_by("-id")[:limit]))


def _whys(rows: list[DecisionItem]) -> list[Why]:
    effects: dict[int, list[str]] = {}
    led_to = DecisionEffect.objects.filter(bulk.is_any_of("item_id", [row.pk for row in rows]))
    for item_id, effect in led_to.order_by("id").values_list("item_id", "effect"):
        effects.setdefault(item_id, []).append(effect)
    return [_why(row, tuple(effects.get(row.pk, ()))) for row in rows]


def _why(row: DecisionItem, effects: tuple[str, ...]) -> Why:
    reasons = json.loads(row.reasons) if row.reasons else {}
    nearest = reasons.get("counterfactual")
    return Why(
        row.decision_id,
        row.decision.kind,
        row.decision.rule_version,
        row.decision.mode,
        row.decision.actor,
        row.decision.made_at,
        row.subject,
        json.loads(row.inputs),
        row.inputs_hash,
        row.outcome,
        row.code,
        json.loads(row.facts),
        effects,
        row.decision.event_id,
        row.pk,
        row.position,
        row.decision.books_id,
        Money(row.money_minor, currency(row.money_currency)) if row.money_minor is not None else None,
        row.score_micro,
        tuple(Contribution(**part) for part in reasons.get("contributions", ())),
        tuple(Evidence(**one) for one in reasons.get("evidence", ())),
        Explanation(**nearest) if nearest else None,
        row.approver,
    )


# ------------------------------------------------------------------------------------ the auditor's binder


def binder_reach(_books_id: int, _start: date, _end: date) -> int | None:
    """Decisions are dated by their events: they do not reach beyond what else a binder takes in."""
    return None


def binder_items(part: Slice) -> Iterator[BinderRow]:
    """Yield what was decided within the events of a slice, with the inputs as they were seen."""
    fields = ("decision__event_id", "decision_id", "position", "decision__kind", "inputs", "item_hash", "form")
    covered = tuple(field.name for field in dataclasses.fields(Hashed))
    rows = DecisionItem.objects.filter(
        decision__books_id=part.books_id,
        decision__event_id__gte=part.first_event,
        decision__event_id__lte=part.last_event,
    ).order_by("decision__event_id", "position")
    for event_id, decision_id, position, kind, inputs, kept, form, *columns in rows.values_list(
        *fields, *covered
    ).iterator(chunk_size=2_000):
        one = Hashed(*columns)
        text = (
            one.canonical() if form != 1 else item_bytes(one.subject, one.inputs_hash, one.outcome, one.code, one.facts)
        )
        name = f"decision CF-{decision_id}, item {position + 1}"
        yield BinderRow(event_id, name, kept, text.decode("utf-8"), about={"kind": kind}, attached={"inputs": inputs})
