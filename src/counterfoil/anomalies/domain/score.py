"""How likely something is wrong with an invoice: the sum of how likely each single thing is wrong.

An invoice either follows the habits of its customer, or one thing happened to it: its term was changed, its decimal
point slipped, it was entered twice. For each such kind k the likelihood ratio

    LR(k) = P(what is seen | k happened) / P(what is seen | the habits hold)

needs only the features that k touches, the others cancel. The denominators are shares and tail probabilities of the
customer's own habits, backed by the segment and the ledger where the customer has few. With the prior pi(k)

    P(k | seen) = pi(k) LR(k) / (1 + sum over j of pi(j) LR(j))

so the score, 1 - P(habits hold | seen), is the sum of the kinds' probabilities, each a contribution: nothing else is in
it. Scoring an invoice reads what was learnt before it, so what comes later never changes an earlier score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Final

from counterfoil.anomalies.domain.facts import InvoiceFacts, written
from counterfoil.anomalies.domain.habits import Habit
from counterfoil.anomalies.domain.profiles import (
    NEAR,
    STEP,
    CustomerProfile,
    Profile,
    Recent,
    View,
    view,
)
from counterfoil.kernel.errors import Fact

FORM: Final = "anomalies-1"
MILLION: Final = 1_000_000
COLD: Final = 5
"""Below so many earlier invoices the segment speaks for the customer, and the answer says so."""
KINDS: Final = (
    "terms_change",
    "due_mismatch",
    "discount_inflate",
    "wrong_customer",
    "decimal_slip",
    "round_amount",
    "backdated",
    "duplicate",
    "split",
)
PRIOR: Final = 1 / 400
"""How often each kind is expected before anything is seen."""
REMAINDER: Final = "remainder"
"""The feature under which contributions too small to be told apart are kept, so that the sum is exact."""
WORTH_SAYING: Final = 1_000
"""Millionths of the score below which a contribution goes into the remainder."""
FLAGGED: Final = 10_000
"""From this score on the kind that contributes most is named."""
PACED: Final = ("units", "terms", "discounts", "lags")
BROAD: Final = 1 / 30
"""Density of sizes when nothing is known: from a cent to a hundred thousand million, evenly by logarithm."""
LN10: Final = log(10)


@dataclass(frozen=True, slots=True)
class Contribution:
    """One summand of the score: what was found, its figures, and how many millionths of the score it is."""

    feature: str
    value: str
    facts: Mapping[str, Fact]
    amount_micro: int


@dataclass(frozen=True, slots=True)
class Scored:
    """A score in millionths with the contributions that sum to it, largest first.

    `label` is the kind that contributes most, empty below a score of one per cent.
    `basis` says whose habits were compared: customer, segment or ledger. `earlier` counts the customer's invoices.
    """

    id: str
    score_micro: int
    label: str
    contributions: tuple[Contribution, ...]
    basis: str
    segment: str
    earlier: int


class Pace:
    """How often something new comes in this ledger, against what the habits alone would expect."""

    __slots__ = ("expected_micro", "seen")

    def __init__(self, seen: int = 0, expected_micro: int = 0) -> None:
        self.seen = seen
        self.expected_micro = expected_micro

    def learn(self, habit: Habit, value: str) -> None:
        """Compare one more value with what was expected; called before the habit learns it."""
        if habit.total >= COLD:
            self.expected_micro += int(habit.novelty() * MILLION)
            self.seen += value not in habit.counts

    @property
    def factor(self) -> float:
        """Return seen / expected, drawn towards 1 by ten expected surprises."""
        return (self.seen + 10) / (self.expected_micro / MILLION + 10)


class Scorer:
    """Scores invoices one after the other and learns from each: `score` first, then `learn`."""

    def __init__(self, *, split_limit_minor: int = 5_000_000) -> None:
        """Begin with no history.

        Args:
            split_limit_minor: the amount in base currency from which a second signature is needed, below which parts
                of a split stay.
        """
        self.split_limit_minor = split_limit_minor
        self.ledger = Profile()
        self.combinations = Habit()
        self.segments: dict[str, Profile] = {}
        self.customers: dict[str, CustomerProfile] = {}
        self.pace = {name: Pace() for name in PACED}
        self.repeats = Pace()

    def learn(self, facts: InvoiceFacts) -> None:
        """Take an invoice into the habits."""
        self.learn_view(view(facts))

    def score(self, facts: InvoiceFacts) -> Scored:
        """Score an invoice by what was learnt so far; nothing is learnt from it."""
        return self.score_view(view(facts))

    def learn_view(self, row: View) -> None:
        """`learn` for who has the view already."""
        facts = row.facts
        customer = self.customers.get(facts.customer)
        if customer is None:
            customer = self.customers[facts.customer] = CustomerProfile()
        pace = self.pace
        pace["units"].learn(customer.units, row.segment)
        pace["terms"].learn(customer.terms, row.term)
        pace["lags"].learn(customer.lags, row.lag_bucket)
        if row.discount:
            pace["discounts"].learn(customer.discounts, row.discount)
        if customer.recent:
            self.repeats.expected_micro += MILLION
            self.repeats.seen += customer.same_amount(facts.amount_minor) > 0
        customer.learn(row)
        segment = self.segments.get(row.segment)
        if segment is None:
            segment = self.segments[row.segment] = Profile()
        segment.learn(row)
        self.ledger.learn(row)
        self.combinations.learn(f"{row.segment}|{row.term}|{row.discount}")

    def score_view(self, row: View) -> Scored:
        """`score` for who has the view already."""
        facts = row.facts
        customer = self.customers.get(facts.customer) or CustomerProfile()
        evidence = _Evidence(self, customer, row)
        odds = [PRIOR * ratio for ratio in evidence.ratios()]
        total = sum(odds)
        score_micro = round(MILLION * total / (1 + total))
        contributions = _shared_out(score_micro, odds, evidence)
        label = contributions[0].feature if score_micro >= FLAGGED else ""
        earlier = customer.total
        basis = "customer" if earlier >= COLD else "segment" if row.segment in self.segments else "ledger"
        return Scored(facts.id, score_micro, label, contributions, basis, row.segment, earlier)


def _shared_out(score_micro: int, odds: Sequence[float], evidence: _Evidence) -> tuple[Contribution, ...]:
    """Share a score out in proportion to the odds; the parts sum to it, and small ones are one remainder."""
    total = sum(odds)
    if not score_micro or not total:
        return ()
    least = max(score_micro // 50, WORTH_SAYING)
    parts = [(int(score_micro * part / total), kind) for part, kind in zip(odds, KINDS, strict=True)]
    said = sorted((part for part in parts if part[0] >= least), reverse=True)
    rest = score_micro - sum(part for part, _ in said)
    found = [Contribution(kind, *evidence.figures(kind), amount_micro=part) for part, kind in said]
    if rest:
        found.append(Contribution(REMAINDER, "", {}, rest))
    return tuple(found)


class _Evidence:
    """One invoice beside the habits: the likelihoods, and the figures that say why."""

    __slots__ = (
        "copy",
        "customer",
        "parts",
        "places",
        "row",
        "scorer",
        "usual_net",
    )

    def __init__(self, scorer: Scorer, customer: CustomerProfile, row: View) -> None:
        self.scorer = scorer
        self.customer = customer
        self.row = row
        self.copy: Recent | None = None
        self.parts: list[Recent] = []
        self.places = 1
        self.usual_net = 0

    def ratios(self) -> tuple[float, ...]:
        """Return the likelihood ratio of each kind, in the order of KINDS."""
        scorer, customer, row = self.scorer, self.customer, self.row
        ledger = scorer.ledger
        segment = scorer.segments.get(row.segment, ledger)
        pace = scorer.pace
        # Shares under the habits.
        p_unit = customer.units.share(row.segment, ledger.units.share(row.segment, 0.02), pace["units"].factor)
        ledger_term = ledger.terms.share(row.term, 0.02)
        segment_term = segment.terms.share(row.term, ledger_term)
        p_term = customer.terms.share(row.term, segment_term, pace["terms"].factor)
        p_discount = 1.0
        if row.discount:
            base = segment.discounts.share(row.discount, 0.02)
            p_discount = customer.discounts.share(row.discount, base, pace["discounts"].factor)
        segment_lag = segment.lags.share(row.lag_bucket, 0.05)
        p_lag = customer.lags.share(row.lag_bucket, segment_lag, pace["lags"].factor)
        p_net = self._net_share(row.net_text)
        f_ledger = ledger.sizes.density(row.size, BROAD, 5)
        f_segment = segment.sizes.density(row.size, f_ledger, 5)
        f_size = customer.sizes.density(row.size, f_segment, 5)
        p_zeros = self._zeros_share(row.zeros)
        p_name = customer.names.share(row.facts.customer_name, 0.1)

        usual_net = int(self._usual_net(customer.terms.usual or segment.terms.usual) or row.net)
        own_net = int(self._usual_net(row.term) or row.net)
        self.usual_net = own_net

        # The term was changed.
        longer = own_net - usual_net >= 10 or row.net - usual_net >= 10
        terms = (0.1 if longer else 0.0025) / p_term
        # The due date was moved, not the term.
        moved = row.net - own_net
        due = (1 / 80 if moved >= 7 else 1 / 2_000 if moved else 0.0) / p_net
        # The discount was raised.
        discount = 0.0
        if row.discount:
            habit = int(customer.discounts.usual or segment.discounts.usual or "0")
            raised = int(row.discount) - habit
            discount = (0.04 if raised >= 6 else 0.004 if raised > 0 else 0.0) / p_discount
        # Another customer's invoice.
        combination = scorer.combinations.share(f"{row.segment}|{row.term}|{row.discount}", 1e-5)
        other = combination * f_ledger * segment_lag / (p_unit * p_term * p_discount * f_size * p_lag)
        # The decimal point slipped by one or two places.
        slip = 0.0
        for places in (1, 2):
            small = round(row.size - places * LN10 / STEP)
            before = customer.sizes.density(small, segment.sizes.density(small, BROAD, 5), 5)
            ratio = 0.5 * before / f_size * (self._zeros_share(row.zeros - places) / p_zeros)
            if ratio > slip:
                self.places = places
            slip += ratio
        # Rounded to hundreds, thousands or more.
        rounded = (0.0, 0.0, 0.0, 0.02, 0.1, 0.6, 0.2, 0.05, 0.03)[row.zeros] / p_zeros
        # Dated back.
        habit_lag = int(customer.lags.usual or segment.lags.usual or "0")
        back = row.lag - habit_lag
        backdated = 0.0
        if back >= 10:
            kept = max(p_net, self._net_share(str(row.net - back)))
            backdated = 0.15 / p_lag * kept / p_net
        copied = self._copied(f_size, p_name)
        split = self._split(f_size, p_lag, p_net, p_name)
        return (terms, due, discount, other, slip, rounded, backdated, copied, split)

    def _usual_net(self, term: str) -> str | None:
        habit = self.scorer.ledger.nets.get(term)
        return habit.usual if habit else None

    def _net_share(self, net: str) -> float:
        """Return how usual a number of days from baseline to due is, given the term."""
        scorer, term = self.scorer, self.row.term
        ledger, own = scorer.ledger.nets.get(term), self.customer.nets.get(term)
        base = ledger.share(net, 0.005) if ledger else 0.05
        return own.share(net, base) if own else base

    def _zeros_share(self, zeros: int) -> float:
        """Return how usual so many zeros at the end are: one in ten for each, unless the customer's prices say else."""
        if zeros < 0:
            return 0.0
        base = self.scorer.ledger.zeros.share(str(zeros), 0.9 * 0.1**zeros)
        return self.customer.zeros.share(str(zeros), base)

    def _copied(self, f_size: float, p_name: float) -> float:
        """Return the likelihood ratio of a copy of an invoice in the window."""
        customer, row = self.customer, self.row
        held = len(customer.recent)
        if not held or not row.facts.amount_minor:
            return 0.0
        amount = row.facts.amount_minor
        near = [
            one
            for one in customer.near(row.cell)[-64:]
            if one.amount and (one.amount > 0) == (amount > 0) and abs(log(one.amount / amount)) < NEAR
        ]
        if not near:
            return 0.0
        same = customer.same_amount(amount)
        repeats = self.scorer.repeats
        prior = (repeats.seen + 1) / (repeats.expected_micro / MILLION + 20)
        kept = (2 * 20 * prior + customer.repeated) / (20 + customer.once + customer.repeated)
        kept = min(kept, 0.95)
        exact = 0.0
        chance = f_size / abs(amount)
        name_copies = sum(1 for one in near if one.name == row.facts.customer_name) / len(near)
        if same:
            usual = max(same - (1 - kept), kept) / held + chance
            exact = 0.5 * same / held / usual
        usual_near = f_size
        blurred = 0.5 * len(near) / held / (2 * NEAR) / usual_near if not same else 0.0
        self.copy = next((one for one in reversed(near) if one.amount == amount), near[-1])
        return (exact + blurred) * name_copies / p_name

    def _split(self, f_size: float, p_lag: float, p_net: float, p_name: float) -> float:
        """Return the likelihood ratio of a part of something posted in parts below the limit."""
        row, limit = self.row, self.scorer.split_limit_minor
        base = row.facts.base_amount_minor
        if base >= limit or base <= 0:
            return 0.0
        parts = [
            one
            for one in self.customer.of_dates(row.baseline, row.due)[-64:]
            if 0 <= row.posted - one.posted <= 4 and 0 < one.base_amount < limit and one.name == row.facts.customer_name
        ]
        similar = [one for one in parts if abs(log(one.base_amount / base)) < 0.7]
        if not similar:
            return 0.0
        held = sum(1 for one in self.customer.recent if row.posted - one.posted <= 2) or 1
        likeness = sum(exp(-(log(one.base_amount / base) ** 2) / 0.125) / 0.63 for one in similar)
        together = base + sum(one.base_amount for one in similar)
        self.parts = similar
        return (1.0 if together > limit else 0.3) * likeness / held / f_size / (p_lag * p_name)

    def figures(self, kind: str) -> tuple[str, dict[str, Fact]]:
        """Return the value that was seen, and the figures beside it."""
        return _FIGURES[kind](self)


def _terms(evidence: _Evidence) -> tuple[str, dict[str, Fact]]:
    row, habit = evidence.row, evidence.customer.terms
    facts: dict[str, Fact] = {
        "term": row.term,
        "usual": habit.usual,
        "of_usual": habit.counts.get(habit.usual, 0),
        "earlier": habit.total,
        "seen": habit.counts.get(row.term, 0),
    }
    return row.term, facts


def _due(evidence: _Evidence) -> tuple[str, dict[str, Fact]]:
    row = evidence.row
    return row.facts.due_date.isoformat(), {
        "term": row.term,
        "days": row.net,
        "usual_days": evidence.usual_net,
        "due_date": row.facts.due_date.isoformat(),
    }


def _percent(halves: str) -> str:
    return f"{int(halves) / 2:g}" if halves else "–"


def _discount(evidence: _Evidence) -> tuple[str, dict[str, Fact]]:
    row, habit = evidence.row, evidence.customer.discounts
    return _percent(row.discount), {
        "percent": _percent(row.discount),
        "usual_percent": _percent(habit.usual),
        "of_usual": habit.counts.get(habit.usual, 0),
        "earlier": habit.total,
    }


def _other(evidence: _Evidence) -> tuple[str, dict[str, Fact]]:
    row = evidence.row
    return row.facts.customer, {
        "customer": row.facts.customer_name or row.facts.customer,
        "term": row.term,
        "unit": row.facts.unit,
        "currency": row.facts.currency,
        "percent": _percent(row.discount),
        "amount": written(row.facts.amount_minor, row.facts.currency),
        "earlier": evidence.customer.total,
    }


def _slip(evidence: _Evidence) -> tuple[str, dict[str, Fact]]:
    amount = written(evidence.row.facts.amount_minor, evidence.row.facts.currency)
    return amount, {
        "amount": amount,
        "currency": evidence.row.facts.currency,
        "places": evidence.places,
        "earlier": evidence.customer.total,
    }


def _round(evidence: _Evidence) -> tuple[str, dict[str, Fact]]:
    row, zeros = evidence.row, evidence.customer.zeros
    amount = written(row.facts.amount_minor, row.facts.currency)
    return amount, {
        "amount": amount,
        "currency": row.facts.currency,
        "of_round": sum(count for seen, count in zeros.counts.items() if int(seen) >= row.zeros),
        "earlier": zeros.total,
    }


def _back(evidence: _Evidence) -> tuple[str, dict[str, Fact]]:
    row, habit = evidence.row, evidence.customer.lags
    return row.facts.baseline_date.isoformat(), {
        "days": row.lag,
        "usual_days": int(habit.usual or "0"),
        "of_usual": habit.counts.get(habit.usual, 0),
        "earlier": habit.total,
        "baseline_date": row.facts.baseline_date.isoformat(),
    }


def _copy(evidence: _Evidence) -> tuple[str, dict[str, Fact]]:
    row, copy = evidence.row, evidence.copy
    assert copy is not None
    return copy.id, {
        "other": copy.id,
        "days": row.posted - copy.posted,
        "amount": written(row.facts.amount_minor, row.facts.currency),
        "other_amount": written(copy.amount, row.facts.currency),
        "currency": row.facts.currency,
    }


def _parts(evidence: _Evidence) -> tuple[str, dict[str, Fact]]:
    together = evidence.row.facts.base_amount_minor + sum(one.base_amount for one in evidence.parts)
    return str(len(evidence.parts) + 1), {
        "parts": len(evidence.parts) + 1,
        "others": [one.id for one in evidence.parts[-8:]],
        "together": written(together, ""),
        "limit": written(evidence.scorer.split_limit_minor, ""),
    }


_FIGURES: Final = {
    "terms_change": _terms,
    "due_mismatch": _due,
    "discount_inflate": _discount,
    "wrong_customer": _other,
    "decimal_slip": _slip,
    "round_amount": _round,
    "backdated": _back,
    "duplicate": _copy,
    "split": _parts,
}
