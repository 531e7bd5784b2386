"""The learned score of what is about to be posted: a candidate put into its form, and states that are kept by name.

What is scored is what was agreed: a deal whole, before its first invoice, and an invoice that was entered by hand. An
instalment was scored when its deal was signed. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from counterfoil.anomalies.domain.facts import InvoiceFacts
from counterfoil.anomalies.domain.profiles import view
from counterfoil.anomalies.domain.score import SPLIT_LIMIT_MINOR, Scored, Scorer
from counterfoil.anomalies.facts import Buyer, Candidate, What
from counterfoil.kernel import canonical
from counterfoil.kernel.money import round_half_up
from counterfoil.people.domain import Role
from counterfoil.policies.domain import ApprovalMatrix

EVERYBODY: Final = "score:all"
NO_SEGMENT: Final = "all customers"
_NAME_LENGTH: Final = 80
States: TypeAlias = Mapping[str, str]
"""What is remembered, as stored JSON, by the name of what it is remembered of."""


def customer_state(customer_id: int) -> str:
    """The name under which a customer's state is kept."""
    return f"score:customer:{customer_id}"


def segment_state(segment: str) -> str:
    """The name under which a segment's state is kept; a long one by its hash."""
    name = f"score:segment:{segment}"
    return name if len(name) <= _NAME_LENGTH else f"score:segment:{canonical.hash_of(segment)[:40]}"


def is_scored(it: Candidate) -> bool:
    """Tell whether the score looks at it."""
    return it.what is not What.INSTALMENT


def facts_of(it: Candidate, buyer: Buyer, base_minor: int) -> InvoiceFacts:
    """Return a candidate as the score sees it; its term runs from its own day, amounts are net."""
    return InvoiceFacts(
        id=it.reference,
        unit=buyer.segment or NO_SEGMENT,
        customer=str(it.customer_id),
        customer_name=buyer.name,
        posting_date=it.issue_date,
        baseline_date=it.issue_date,
        due_date=it.due_date,
        term_code=it.term.text,
        currency=it.currency.code,
        amount_minor=it.net.minor,
        base_amount_minor=base_minor,
        discount_micro=_discount(it),
    )


def _discount(it: Candidate) -> int:
    """Return the discount of all lines together in millionths: what their prices say, or what they state if more."""
    full = sum(round_half_up(line.unit_price_minor * line.quantity_micro, 10**6) for line in it.lines)
    if full <= 0:
        return 0
    conceded = 1_000_000 * (full - it.net.minor) // full if any(line.discount_percent for line in it.lines) else 0
    return min(max(conceded, 0), 1_000_000)


def names_of(wanted: Sequence[tuple[Candidate, Buyer]]) -> set[str]:
    """Return the names of the states that scoring some candidates needs."""
    names = {EVERYBODY} if wanted else set()
    for it, buyer in wanted:
        names.add(customer_state(it.customer_id))
        names.add(segment_state(_segment(it, buyer)))
    return names


def _segment(it: Candidate, buyer: Buyer) -> str:
    return f"{buyer.segment or NO_SEGMENT}|{it.currency.code}"


def split_limit(matrix: ApprovalMatrix) -> int:
    """Return below which amount parts of a split stay: what sales may sell alone, else as shipped."""
    limits = [limit.max_amount_minor for limit in matrix.limits if limit.role is Role.SALES and not limit.product_code]
    known = [limit for limit in limits if limit]
    return min(known, default=SPLIT_LIMIT_MINOR)


class Memory:
    """A scorer over states that are kept by name; those that are not there yet begin empty.

    Raises:
        ValueError: a state is of another form.
    """

    def __init__(self, states: States, wanted: Sequence[tuple[Candidate, Buyer]], *, split_limit_minor: int) -> None:
        self._segments = {segment_state(_segment(it, buyer)): _segment(it, buyer) for it, buyer in wanted}
        self._customers = {customer_state(it.customer_id): str(it.customer_id) for it, _ in wanted}
        self.scorer = Scorer(split_limit_minor=split_limit_minor)
        if EVERYBODY in states:
            shared: dict[str, Any] = json.loads(states[EVERYBODY])
            segments = {segment: json.loads(states[name]) for name, segment in self._segments.items() if name in states}
            customers = {
                customer: json.loads(states[name]) for name, customer in self._customers.items() if name in states
            }
            self.scorer = Scorer.restored(
                {**shared, "segments": segments}, customers, split_limit_minor=split_limit_minor
            )

    def scored(self, it: Candidate, buyer: Buyer, base_minor: int, *, learns: bool = True) -> Scored:
        """Score a candidate and, where it `learns`, let it be known to what comes after it."""
        row = view(facts_of(it, buyer, base_minor))
        found = self.scorer.score_view(row)
        if learns:
            self.scorer.learn_view(row, found)
        return found

    def learn(self, it: Candidate, buyer: Buyer, base_minor: int, scored: Scored | None) -> None:
        """Let something that was posted become usual; with doubt where its score said that it is likely wrong."""
        self.scorer.learn_view(view(facts_of(it, buyer, base_minor)), scored)

    def states(self) -> dict[str, str]:
        """Return what is remembered now, by name: canonical JSON."""
        shared = self.scorer.shared_state()
        del shared["segments"]
        found = {EVERYBODY: _written(shared)}
        for name, segment in self._segments.items():
            if segment in self.scorer.segments:
                found[name] = _written(self.scorer.segments[segment].to_json())
        for name, customer in self._customers.items():
            if customer in self.scorer.customers:
                found[name] = _written(self.scorer.customers[customer].to_json())
        return found


def _written(state: Mapping[str, Any]) -> str:
    """Write a state, which holds whole numbers and text alone, as canonical JSON by the fast path."""
    return json.dumps(state, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
