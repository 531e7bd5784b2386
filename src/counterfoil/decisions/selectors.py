"""Reading counterfoils."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from counterfoil.decisions.domain import Contribution, Evidence
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
