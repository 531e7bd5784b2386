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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Final

from counterfoil.anomalies.domain.facts import InvoiceFacts
from counterfoil.anomalies.domain.figures import FIGURES, Seen
from counterfoil.anomalies.domain.habits import Habit
from counterfoil.anomalies.domain.profiles import (
    NEAR,
    STEP,
    WINDOW_DAYS,
    ZEROS,
    CustomerProfile,
    Profile,
    Recent,
    View,
    learn_by_term,
    view,
)
from counterfoil.kernel.errors import Fact

FORM: Final = "anomalies-1"
MILLION: Final = 1_000_000
MOST_COMBINATIONS: Final = 1_024
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
PACED: Final = ("units", "terms", "discounts", "nets", "lags")
DOUBTS: Final = {
    "terms_change": frozenset(("terms", "nets")),
    "due_mismatch": frozenset(("nets",)),
    "discount_inflate": frozenset(("discounts",)),
    "wrong_customer": frozenset(("units", "terms", "discounts", "nets")),
    "backdated": frozenset(("lags", "nets")),
    "split": frozenset(("lags",)),
}
"""Which habits are learnt with doubt from an invoice that is likelier wrong than right, by its label."""
NO_DOUBT: Final[frozenset[str]] = frozenset()
LIKELY_WRONG: Final = 200_000
ROUND_NETS: Final = frozenset((30, 45, 60, 75, 90, 120))
"""Days that people agree on when they agree on a longer term."""
NO_MORE_ZEROS: Final = tuple(0.9 * 0.1**zeros for zeros in range(ZEROS + 1))
PRICED: Final = 0.02
"""How many customers are expected to be charged whole prices, nine times in ten; each invoice says more."""
EVEN_SAYS: Final = log(0.9 / 0.01)
UNEVEN_SAYS: Final = log(0.99 / 0.1)
PRICED_AT: Final = (0.05, 0.05, 0.4, 0.2, 0.15, 0.1, 0.03, 0.01, 0.01)
"""How many zeros whole prices end with, in hundredths."""
ZEROS_WORTH: Final = 300
"""Invoices it takes for a customer's own share of round amounts to weigh as much as the ledger's."""
SPLIT_LIMIT_MINOR: Final = 5_000_000
REPEATS_WORTH: Final = 20
"""Invoices it takes for a customer's own share of repeated amounts to weigh as much as the ledger's."""
EVEN_GAP: Final = 1 / (WINDOW_DAYS + 1)
"""A copy comes on any day of the window alike; what is bought again comes as the ledger's gaps say."""
ROUNDED_TO: Final = (0.0, 0.0, 0.0, 0.02, 0.1, 0.6, 0.2, 0.05, 0.03)
"""How many zeros rounding leaves, in hundredths: mostly thousands, then tens of thousands, then hundreds."""
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
    `ratios` are the likelihood ratios of the kinds, from which the score follows (`weighed`).
    """

    id: str
    score_micro: int
    label: str
    contributions: tuple[Contribution, ...]
    basis: str
    segment: str
    earlier: int
    ratios: tuple[float, ...] = ()


class Pace:
    """How often something new comes in this ledger, against what the habits alone would expect.

    Habits that have shown one value only and those that vary are counted apart.
    """

    __slots__ = ("steady", "varied")

    def __init__(self) -> None:
        self.steady = [0, 0]
        """Surprises that came, and that were expected, in millionths."""
        self.varied = [0, 0]

    def learn(self, habit: Habit, value: str) -> None:
        """Compare one more value with what was expected; called before the habit learns it."""
        if habit.total >= COLD:
            counted = self.varied if len(habit.counts) > 1 else self.steady
            counted[0] += value not in habit.counts
            counted[1] += int(habit.novelty() * MILLION)

    def to_json(self) -> Fact:
        """Return a form for canonical JSON."""
        return [*self.steady, *self.varied]

    @classmethod
    def from_json(cls, state: Fact) -> Pace:
        """Read what `to_json` wrote."""
        assert isinstance(state, list)
        pace = cls()
        pace.steady, pace.varied = state[:2], state[2:]
        return pace

    def of(self, habit: Habit) -> float:
        """Return what came / what was expected, drawn towards 1 by ten expected surprises."""
        came, expected = self.varied if len(habit.counts) > 1 else self.steady
        return (came + 10) / (expected / MILLION + 10)


class Scorer:
    """Scores invoices one after the other and learns from each: `score` first, then `learn`."""

    def __init__(self, *, split_limit_minor: int = SPLIT_LIMIT_MINOR) -> None:
        """Begin with no history.

        Args:
            split_limit_minor: the amount in base currency from which a second signature is needed, below which parts
                of a split stay.
        """
        self.split_limit_minor = split_limit_minor
        self.ledger = Profile()
        self.combinations = Habit(MOST_COMBINATIONS)
        """Segment, term and discount together, by invoice."""
        self.jumps = Habit()
        """By how many half points a discount that is new to its customer differs from the usual one."""
        self.segments: dict[str, Profile] = {}
        self.customers: dict[str, CustomerProfile] = {}
        self.pace = {name: Pace() for name in PACED}
        self.repeats = [0, 0]
        """How many invoices repeated an amount of their customer's window, of how many."""
        self.gaps = Habit()
        """How many days after the one it repeats."""

    def shared_state(self) -> dict[str, Fact]:
        """Return what is remembered of segments and ledger, in a form for canonical JSON."""
        return {
            "form": FORM,
            "ledger": self.ledger.to_json(),
            "segments": {name: segment.to_json() for name, segment in self.segments.items()},
            "combinations": self.combinations.to_json(),
            "jumps": self.jumps.to_json(),
            "gaps": self.gaps.to_json(),
            "repeats": list(self.repeats),
            "pace": {name: pace.to_json() for name, pace in self.pace.items()},
        }

    def customer_state(self, customer: str) -> dict[str, Fact] | None:
        """Return what is remembered of a customer, in a form for canonical JSON; None if nothing is."""
        profile = self.customers.get(customer)
        return None if profile is None else profile.to_json()

    @classmethod
    def restored(
        cls,
        shared: Mapping[str, Fact],
        customers: Mapping[str, Mapping[str, Fact]],
        *,
        split_limit_minor: int = SPLIT_LIMIT_MINOR,
    ) -> Scorer:
        """Return a scorer that knows what `shared_state` and `customer_state` said; name only customers it will meet.

        Raises:
            ValueError: the state is of another form, and history has to be learnt anew.
        """
        if shared.get("form") != FORM:
            raise ValueError(f"not a state of {FORM}")
        scorer = cls(split_limit_minor=split_limit_minor)
        segments, pace, repeats, ledger = shared["segments"], shared["pace"], shared["repeats"], shared["ledger"]
        assert isinstance(segments, dict)
        assert isinstance(pace, dict)
        assert isinstance(repeats, list)
        assert isinstance(ledger, dict)
        scorer.ledger.read_json(ledger)
        for name, state in segments.items():
            scorer.segments[name] = Profile()
            scorer.segments[name].read_json(state)
        scorer.combinations = Habit.from_json(shared["combinations"], MOST_COMBINATIONS)
        scorer.jumps = Habit.from_json(shared["jumps"])
        scorer.gaps = Habit.from_json(shared["gaps"])
        scorer.repeats = list(repeats)
        scorer.pace = {name: Pace.from_json(state) for name, state in pace.items()}
        scorer.customers = {name: CustomerProfile.from_json(state) for name, state in customers.items()}
        return scorer

    def learn(self, facts: InvoiceFacts, scored: Scored | None = None) -> None:
        """Take an invoice into the habits.

        Args:
            scored: what `score` said of it; without it, as of a past that people have closed or an invoice that a
                person confirmed, nothing of it is doubted.
        """
        self.learn_view(view(facts), scored)

    def score(self, facts: InvoiceFacts) -> Scored:
        """Score an invoice by what was learnt so far; nothing is learnt from it."""
        return self.score_view(view(facts))

    def learn_view(self, row: View, scored: Scored | None = None) -> None:
        """`learn` for who has the view already."""
        doubts = NO_DOUBT
        if scored is not None and scored.score_micro >= LIKELY_WRONG:
            doubts = DOUBTS.get(scored.label, NO_DOUBT)
        facts = row.facts
        customer = self.customers.get(facts.customer)
        if customer is None:
            customer = self.customers[facts.customer] = CustomerProfile()
        segment = self.segments.get(row.segment)
        if segment is None:
            segment = self.segments[row.segment] = Profile()
        ledger, pace, term = self.ledger, self.pace, row.term
        pace["units"].learn(customer.units, row.segment)
        if customer.units.learn(row.segment, "units" in doubts):
            ledger.units.learn(row.segment, "units" in doubts)
        pace["terms"].learn(customer.terms, term)
        doubt = "terms" in doubts
        if customer.terms.learn(term, doubt) and segment.terms.learn(term, doubt):
            ledger.terms.learn(term, doubt)
        if row.discount:
            self._learn_discount(customer, segment, row.discount, "discounts" in doubts)
        doubt = "lags" in doubts
        if habit := customer.lags.get(term):
            pace["lags"].learn(habit, row.lag_bucket)
        if learn_by_term(customer.lags, term, row.lag_bucket, doubt) and learn_by_term(
            segment.lags, term, row.lag_bucket, doubt
        ):
            learn_by_term(ledger.lags, "", row.lag_bucket, doubt)
        doubt = "nets" in doubts
        if habit := customer.nets.get(term):
            pace["nets"].learn(habit, row.net_text)
        if learn_by_term(customer.nets, term, row.net_text, doubt):
            learn_by_term(ledger.nets, term, row.net_text, doubt)
        if customer.recent:
            same = [one for one in customer.near(row) if one.amount == facts.amount_minor]
            for repeats in (self.repeats, customer.repeats):
                repeats[0] += bool(same)
                repeats[1] += 1
            if same:
                self.gaps.learn(str(row.posted - same[-1].posted))
        zeros = row.zeros_text
        customer.zeros.learn(zeros)
        ledger.zeros.learn(zeros)
        customer.sizes.learn(row.size)
        segment.sizes.learn(row.size)
        ledger.sizes.learn(row.size)
        customer.names.learn(facts.customer_name)
        customer.remember(row)
        self.combinations.learn(f"{row.segment}|{term}|{row.discount}")

    def ratios(self, row: View) -> tuple[float, ...]:
        """Return the likelihood ratio of each kind, in the order of KINDS: the features of the score."""
        return _Evidence(self, self.customers.get(row.facts.customer) or CustomerProfile(), row).ratios()

    def _learn_discount(self, customer: CustomerProfile, segment: Profile, discount: str, doubt: bool) -> None:
        habit = customer.discounts
        self.pace["discounts"].learn(habit, discount)
        if habit.total >= COLD and discount not in habit.counts and not doubt:
            self.jumps.learn(str(int(discount) - int(habit.usual)))
        if habit.learn(discount, doubt) and segment.discounts.learn(discount, doubt):
            self.ledger.discounts.learn(discount, doubt)

    def score_view(self, row: View) -> Scored:
        """`score` for who has the view already."""
        facts = row.facts
        customer = self.customers.get(facts.customer) or CustomerProfile()
        evidence = _Evidence(self, customer, row)
        ratios = evidence.ratios()
        score_micro, contributions = weighed(ratios, evidence.figures)
        label = contributions[0].feature if score_micro >= FLAGGED else ""
        earlier = customer.total
        basis = "customer" if earlier >= COLD else "segment" if row.segment in self.segments else "ledger"
        return Scored(facts.id, score_micro, label, contributions, basis, row.segment, earlier, ratios)


def weighed(
    ratios: Sequence[float], figures: Callable[[str], tuple[str, Mapping[str, Fact]]]
) -> tuple[int, tuple[Contribution, ...]]:
    """Return the score that follows from the likelihood ratios of the kinds, shared out in proportion to their odds.

    The parts sum to the score, and small ones are one remainder.

    Args:
        figures: by kind, the value that was seen and what is said beside it; asked of kinds that are worth saying.
    """
    odds = [PRIOR * ratio for ratio in ratios]
    total = sum(odds)
    score_micro = round(MILLION * total / (1 + total))
    if not score_micro:
        return 0, ()
    if score_micro < WORTH_SAYING:
        return score_micro, (Contribution(REMAINDER, "", {}, score_micro),)
    least = max(score_micro // 50, WORTH_SAYING)
    parts = [(int(score_micro * part / total), kind) for part, kind in zip(odds, KINDS, strict=True)]
    said = sorted((part for part in parts if part[0] >= least), reverse=True)
    rest = score_micro - sum(part for part, _ in said)
    found = [Contribution(kind, *figures(kind), amount_micro=part) for part, kind in said]
    if rest:
        found.append(Contribution(REMAINDER, "", {}, rest))
    return score_micro, tuple(found)


class _Evidence:
    """One invoice beside the habits: the likelihoods, and the figures that say why."""

    __slots__ = (
        "copy",
        "customer",
        "parts",
        "places",
        "priced",
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
        self.priced = 0.0
        self.usual_net = 0

    def ratios(self) -> tuple[float, ...]:
        """Return the likelihood ratio of each kind, in the order of KINDS."""
        scorer, customer, row = self.scorer, self.customer, self.row
        ledger = scorer.ledger
        segment = scorer.segments.get(row.segment, ledger)
        pace = scorer.pace
        # Shares under the habits.
        p_unit = customer.units.share(
            row.segment, ledger.units.share(row.segment, 0.02), pace["units"].of(customer.units)
        )
        segment_term = segment.terms.share(row.term, ledger.terms.share(row.term, 0.02))
        p_term = customer.terms.share(row.term, segment_term, pace["terms"].of(customer.terms))
        p_discount = 1.0
        if row.discount:
            base = segment.discounts.share(row.discount, ledger.discounts.share(row.discount, 0.02))
            if customer.discounts.total:
                jump = int(row.discount) - int(customer.discounts.usual)
                base = (base + scorer.jumps.share(str(jump), 0.02)) / 2
            p_discount = customer.discounts.share(row.discount, base, pace["discounts"].of(customer.discounts))
        p_lag = self._lag_share(row.lag_bucket)
        p_net = self._net_share(row.net_text)
        f_ledger = ledger.sizes.density(row.size, BROAD)
        f_segment = segment.sizes.density(row.size, f_ledger)
        f_size = customer.sizes.density(row.size, f_segment)
        self.priced = self._is_priced()
        p_zeros = self._zeros_share(row.zeros)
        p_name = customer.names.share(row.facts.customer_name, 0.1)

        usual_net = int(self._usual_net(customer.terms.usual or segment.terms.usual) or row.net)
        own_net = int(self._usual_net(row.term) or row.net)
        self.usual_net = own_net

        # The term was changed: to one of the ledger's, mostly longer, due as that term is or after a round number.
        longer = max(own_net, row.net) - usual_net
        to_term = 0.1 if longer >= 25 else 0.05 if longer >= 10 else 0.0025
        if longer < 25 and ledger.terms.counts.get(row.term, 0) < 3:
            to_term /= 100  # A code that nobody had and that moves little cash is a new code, not a change.
        to_net = (0.5 if row.net == own_net else 0.001) + (0.5 / 6 if row.net in ROUND_NETS else 0.0)
        terms = to_term * to_net / (p_term * p_net)
        # The due date was moved, not the term.
        moved = row.net - own_net
        due = (1 / 80 if moved >= 7 else 1 / 2_000 if moved else 0.0) / p_net
        # The discount was raised.
        discount = 0.0
        if row.discount:
            raised = int(row.discount) - int(customer.discounts.usual or segment.discounts.usual or "0")
            discount = (0.04 if raised >= 6 else 0.004 if raised > 0 else 0.0) / p_discount
        # Another customer's invoice.
        combination = scorer.combinations.share(f"{row.segment}|{row.term}|{row.discount}", 1e-5)
        other = combination * f_ledger / (p_unit * p_term * p_discount * f_size)
        other **= customer.total / (customer.total + 3)  # Who has shown no pattern cannot be off it.
        # The decimal point slipped by one or two places.
        slip = 0.0
        for places in range(1, min(row.zeros, 2) + 1):
            small = round(row.size - places * LN10 / STEP)
            before = ledger.sizes.density(small, BROAD)
            before = customer.sizes.density(small, segment.sizes.density(small, before))
            ratio = 0.5 * before / f_size * (self._zeros_share(row.zeros - places) / p_zeros)
            if ratio > slip:
                self.places = places
            slip += ratio
        # Rounded to hundreds, thousands or more.
        rounded = ROUNDED_TO[row.zeros] / p_zeros
        # Dated back.
        habit = customer.lags.get(row.term) or segment.lags.get(row.term)
        back = row.lag - int(habit.usual if habit else "0")
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
        return own.share(net, base, scorer.pace["nets"].of(own)) if own else base

    def _lag_share(self, bucket: str) -> float:
        """Return how usual a number of days from baseline to posting is, given the term."""
        scorer, term = self.scorer, self.row.term
        segment = scorer.segments.get(self.row.segment, scorer.ledger)
        every, theirs, own = scorer.ledger.lags.get(""), segment.lags.get(term), self.customer.lags.get(term)
        base = every.share(bucket, 0.05) if every else 0.05
        if theirs:
            base = theirs.share(bucket, base)
        return own.share(bucket, base, scorer.pace["lags"].of(own)) if own else base

    def _zeros_share(self, zeros: int) -> float:
        """Return how usual so many zeros at the end are: one in ten for each, unless the customer's prices say else."""
        text = str(zeros)
        own = self.customer.zeros
        base = self.scorer.ledger.zeros.mixed(text, NO_MORE_ZEROS[zeros], ZEROS_WORTH)
        return self.priced * PRICED_AT[zeros] + (1 - self.priced) * own.mixed(text, base, ZEROS_WORTH)

    def _is_priced(self) -> float:
        """Return how likely this customer is charged whole prices rather than sums of baskets."""
        own = self.customer.zeros
        uneven = own.counts.get("0", 0) + own.counts.get("1", 0)
        evidence = EVEN_SAYS * (own.total - uneven) - UNEVEN_SAYS * uneven
        odds = PRICED * exp(max(min(evidence, 40.0), -40.0))
        return odds / (1 + odds)

    def _copied(self, f_size: float, p_name: float) -> float:
        """Return the likelihood ratio of a copy of an invoice in the window."""
        customer, row = self.customer, self.row
        amount = row.facts.amount_minor
        near = customer.near(row)
        if not near:
            return 0.0
        held = sum(customer.posted_on(row.posted - days) for days in range(WINDOW_DAYS + 1)) or len(near)
        likeness = sum(_alike(one, row, p_name) for one in near) / len(near)
        same = [one for one in near if one.amount == amount]
        if same:
            repeated, invoices = self.scorer.repeats
            ever = REPEATS_WORTH * (repeated + 1) / (invoices + REPEATS_WORTH)
            again = min((ever + customer.repeats[0]) / (REPEATS_WORTH + customer.repeats[1]), 0.95)
            by_habit = (len(same) - 1 + again) / held + f_size / abs(amount)
            by_gap = self.scorer.gaps.mixed(str(row.posted - same[-1].posted), EVEN_GAP, 30)
            ratio = 0.5 * len(same) / held / by_habit * EVEN_GAP / by_gap
        else:
            ratio = 0.5 * len(near) / held / (2 * NEAR) / f_size
        self.copy = same[-1] if same else near[-1]
        return ratio * likeness

    def _split(self, f_size: float, p_lag: float, p_net: float, p_name: float) -> float:
        """Return the likelihood ratio of a part of something posted in parts below the limit."""
        row, limit = self.row, self.scorer.split_limit_minor
        base = row.facts.base_amount_minor
        if base >= limit or base <= 0:
            return 0.0
        parts = [
            one
            for one in self.customer.of_dates(row.baseline, row.due)[-64:]
            if 0 <= row.posted - one.posted <= 4
            and 0 < one.base_amount < limit
            and one.name == row.facts.customer_name
            and one.id != row.facts.id
        ]
        similar = [one for one in parts if abs(log(one.base_amount / base)) < 0.7]
        if not similar:
            return 0.0
        held = sum(self.customer.posted_on(row.posted - days) for days in range(3)) or 1
        likeness = sum(exp(-(log(one.base_amount / base) ** 2) / 0.125) / 0.63 for one in similar)
        together = base + sum(one.base_amount for one in similar)
        self.parts = similar
        return (1.0 if together > limit else 0.3) * likeness / held / f_size / (p_lag * p_name)

    def figures(self, kind: str) -> tuple[str, dict[str, Fact]]:
        """Return the value that was seen, and the figures beside it."""
        limit = self.scorer.split_limit_minor
        seen = Seen(self.row, self.customer, self.usual_net, self.places, self.copy, self.parts, limit)
        return FIGURES[kind](seen)


def _alike(one: Recent, row: View, p_name: float) -> float:
    """Return how much likelier two names are spelt so if one invoice was copied from the other."""
    return 0.9 / p_name if one.name == row.facts.customer_name else 0.1 / (1.02 - p_name)
