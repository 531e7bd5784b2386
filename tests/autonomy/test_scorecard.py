"""Scorecards by hand: Wilson's interval, Cohen's kappa, wrong money, pairing, promotion and breach."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from counterfoil.autonomy.domain import promotion as rising
from counterfoil.autonomy.domain.pairs import Human, Pair, Said, Verdict, difference, error_of, paired
from counterfoil.autonomy.domain.promotion import Criteria, Promotion, breach, checks, promotion
from counterfoil.autonomy.domain.scorecard import Scorecard, kappa, money_error, scorecard, wilson
from counterfoil.decisions.domain import Mode

START = datetime(2026, 8, 1, 9, tzinfo=UTC)
LATER = START + timedelta(days=365)


def invoice(net: int = 10_000, tax: int = 1_900, days: int = 30, currency: str = "EUR") -> Said:
    return Said("invoiced", net + tax, currency, {"net": net, "tax": tax, "term_days": days})


HELD = Said("held")
INVOICE = invoice()


def verdict(
    subject: str, said: Said = INVOICE, *, at: int = 0, mode: Mode = Mode.OBSERVE, stake: int | None = None
) -> Verdict:
    money = said.total_minor if stake is None else stake
    return Verdict(at, subject, 1, mode, said, money, START + timedelta(days=at), segments={"currency": said.currency})


def human(subject: str, said: Said = INVOICE, *, at: int = 1, source: str = "external") -> Human:
    return Human(f"{subject}@{at}", subject, 1, source, said, START + timedelta(days=at))


def compared(machine: Sequence[Said], person: Sequence[Said], mode: Mode = Mode.OBSERVE) -> list[Pair]:
    names = [f"opportunity:{at}" for at in range(len(machine))]
    return paired(
        [verdict(name, said, mode=mode) for name, said in zip(names, machine, strict=True)],
        [human(name, said) for name, said in zip(names, person, strict=True)],
        as_of=LATER,
        unpaired_after_days=30,
    )


# ------------------------------------------------------------------------------------ estimates


def test_wilson_as_worked_by_hand() -> None:
    """8 of 10: centre (0.8 + 3.8415/20) / 1.38415 = 0.71674, half width 0.22657 (Wilson 1927, z = 1.96)."""
    found = wilson(8, 10)
    assert found is not None
    assert (found.micro, found.low_micro, found.high_micro) == (800_000, 490_162, 943_318)


def test_wilson_at_its_ends() -> None:
    """10 of 10: the lower end is n / (n + z^2) = 10 / 13.8415 = 0.72247."""
    found = wilson(10, 10)
    assert found is not None
    assert (found.micro, found.low_micro, found.high_micro) == (1_000_000, 722_467, 1_000_000)
    assert wilson(0, 0) is None


def test_kappa_as_worked_by_hand() -> None:
    """Fifty applications, two readers (20 yes/yes, 15 no/no, 5 yes/no, 10 no/yes): (0.7 - 0.5) / (1 - 0.5) = 0.4."""
    table = [("yes", "yes")] * 20 + [("no", "no")] * 15 + [("yes", "no")] * 5 + [("no", "yes")] * 10
    found = kappa(table)
    assert found is not None
    assert found.micro == 400_000
    assert 100_000 < found.low_micro < 200_000
    assert 600_000 < found.high_micro < 700_000
    assert kappa(table) == found
    assert kappa(list(reversed(table))) == found


def test_kappa_says_nothing_about_one_class() -> None:
    assert kappa([("invoiced", "invoiced")] * 50) is None
    assert kappa([]) is None


def test_wrong_money_as_worked_by_hand() -> None:
    """10 wrong of 100 and 0 of 300: 10 / 400 = 2.5 %; a drawing of two has 0, 2.5 or 10 %."""
    found = money_error([(1_000, 10_000), (0, 30_000)])
    assert found is not None
    assert (found.micro, found.low_micro, found.high_micro) == (25_000, 0, 100_000)
    assert money_error([(0, 0)]) is None


# ------------------------------------------------------------------------------------ pairs


@pytest.mark.parametrize(
    ("person", "code", "error"),
    [
        (invoice(), "agreed", 0),
        (HELD, "machine_invoiced_person_held", 11_900),
        (invoice(currency="USD"), "other_currency", 11_900),
        (invoice(9_000, 1_710), "other_net", 1_190),
        (invoice(10_000, 700), "other_tax", 1_200),
        (invoice(days=45), "other_term", 0),
    ],
)
def test_how_two_answers_differ_and_what_that_costs(person: Said, code: str, error: int) -> None:
    assert difference(invoice(), person) == code
    assert error_of(verdict("opportunity:1"), person)[0] == error


def test_wrong_money_is_counted_in_base_currency() -> None:
    dollars = verdict("opportunity:1", invoice(currency="USD"), stake=10_948)
    assert error_of(dollars, invoice(9_000, 1_710, currency="USD")) == (1_094, 10_948)


def test_the_last_verdict_before_the_person_counts() -> None:
    told = [verdict("opportunity:1", HELD, at=1), verdict("opportunity:1", at=2), verdict("opportunity:1", HELD, at=9)]
    (pair,) = paired(told, [human("opportunity:1", at=5)], as_of=LATER, unpaired_after_days=30)
    assert pair.verdict == told[1]
    assert pair.is_agreed


def test_what_stays_unpaired_is_missed_only_after_its_days() -> None:
    told, wrote = [verdict("opportunity:1")], [human("opportunity:2", at=0)]
    early = paired(told, wrote, as_of=START + timedelta(days=29), unpaired_after_days=30)
    late = paired(told, wrote, as_of=START + timedelta(days=30), unpaired_after_days=30)
    assert early == []
    assert [pair.code for pair in late] == ["no_human_answer", "no_machine_answer"]
    card = scorecard(late)
    assert (card.n, card.paired, card.missed, card.agreed) == (2, 0, 2, 0)
    assert card.agreement is not None
    assert card.agreement.micro == 0


def test_what_the_machine_left_to_people_is_not_compared() -> None:
    told = [verdict("bank_line:1", Said("left")), verdict("opportunity:2", Said("later"))]
    wrote = [human("bank_line:1", Said("matched", 5)), human("opportunity:2")]
    assert paired(told, wrote, as_of=LATER, unpaired_after_days=1) == []


def test_kappa_counts_blind_pairs_only() -> None:
    machine = [invoice(), HELD, invoice(), invoice(days=60)]
    seen = scorecard(compared(machine, machine, Mode.SUGGEST))
    blind = scorecard(compared(machine, machine))
    assert (seen.paired, seen.blind, seen.kappa) == (4, 0, None)
    assert blind.kappa is not None
    assert (blind.blind, blind.kappa.micro) == (4, 1_000_000)


def test_a_person_with_other_figures_is_in_another_class() -> None:
    card = scorecard(compared([invoice(), HELD], [invoice(9_000, 1_710), HELD]))
    assert card.kappa is not None
    assert card.agreement is not None
    assert card.kappa.micro < 1_000_000
    assert card.agreement.micro == 500_000


def test_segments_and_months_sum_to_the_whole() -> None:
    machine = [invoice(), invoice(currency="USD"), invoice()]
    card = scorecard(compared(machine, [invoice(), invoice(currency="USD"), HELD]))
    assert {value: one.n for value, one in card.by_segment["currency"].items()} == {"EUR": 2, "USD": 1}
    assert sum(one.n for one in card.by_month.values()) == card.n
    assert card.differences == {"machine_invoiced_person_held": 1}


# ------------------------------------------------------------------------------------ up and down

CRITERIA = Criteria(min_n=100, min_agreement_micro=950_000, min_quality_micro=900_000, max_money_error_micro=10_000)


def card_of(right: int, wrong: int) -> Scorecard:
    return scorecard(pairs_of(right, wrong))


def pairs_of(right: int, wrong: int) -> list[Pair]:
    person = [invoice()] * right + [invoice(days=60)] * wrong
    return compared([invoice()] * (right + wrong), person)


def missing(card: Scorecard, quality: int | None, criteria: Criteria = CRITERIA) -> list[str]:
    found = promotion(card, criteria, quality, now=Mode.OBSERVE, wanted=Mode.SUGGEST)
    return [] if isinstance(found, Promotion) else [check.code for check in found]


def test_evidence_over_every_bar_rises() -> None:
    assert missing(card_of(200, 2), 950_000) == []


@pytest.mark.parametrize(
    ("right", "wrong", "quality", "codes"),
    [
        (99, 0, 950_000, ["enough_compared"]),
        (100, 0, 950_000, []),
        (190, 10, 950_000, ["agreement_over_bar"]),
        (200, 0, 899_999, ["quality_over_gate"]),
        (200, 0, None, ["quality_over_gate"]),
    ],
)
def test_what_is_missing_is_named(right: int, wrong: int, quality: int | None, codes: list[str]) -> None:
    assert missing(card_of(right, wrong), quality) == codes


def test_no_policy_opens_the_gate() -> None:
    """A policy that asks for nothing still meets the floors: data that is poor or not known raises nothing."""
    nothing = Criteria(0, 0, 0, 1_000_000)
    assert missing(card_of(200, 0), None, nothing) == ["quality_over_gate"]
    assert missing(card_of(200, 0), rising.LEAST_QUALITY_MICRO - 1, nothing) == ["quality_over_gate"]
    assert missing(card_of(rising.LEAST_N - 1, 0), 1_000_000, nothing) == ["enough_compared"]
    assert missing(scorecard([]), 1_000_000, nothing) == [
        "enough_compared",
        "agreement_over_bar",
        "money_error_under_bar",
    ]


def test_only_evidence_builds_a_promotion() -> None:
    with pytest.raises(ValueError, match="evidence"):
        Promotion(Mode.OBSERVE, Mode.ACT, object())
    with pytest.raises(ValueError, match="one step"):
        promotion(card_of(200, 0), CRITERIA, 1_000_000, now=Mode.OBSERVE, wanted=Mode.ACT)


def test_a_breach_steps_down_by_one() -> None:
    found = breach(pairs_of(94, 6), CRITERIA, now=Mode.ACT_WITH_SAMPLE)
    assert found is not None
    assert (found.code, found.have_micro, found.to_mode) == ("agreement_fell", 940_000, Mode.SUGGEST)
    assert breach(pairs_of(95, 5), CRITERIA, now=Mode.ACT_WITH_SAMPLE) is None
    assert breach(pairs_of(94, 6), CRITERIA, now=Mode.OBSERVE) is None


def test_of_answers_at_the_same_instant_the_one_kept_last_counts() -> None:
    said = [Human(f"answer:{id_}", "D-1", 1, "hand", answer, START) for id_, answer in ((99, INVOICE), (100, HELD))]
    (pair,) = paired([verdict("D-1")], said, as_of=START, unpaired_after_days=30)
    assert pair.human == said[1]


def test_a_breach_is_seen_in_the_last_pairs_alone() -> None:
    good_then_bad = [*pairs_of(1_000, 0), *pairs_of(50, 50)]
    found = breach(good_then_bad, CRITERIA, now=Mode.ACT)
    assert found is not None
    assert found.compared == 100


def test_wrong_money_steps_down() -> None:
    machine = [invoice()] * 100
    person = [invoice(5_000, 950)] * 4 + [invoice()] * 96
    found = breach(compared(machine, person), CRITERIA, now=Mode.ACT)
    assert found is not None
    assert (found.code, found.have_micro) == ("money_error_rose", 20_000)


def test_criteria_are_shown_with_their_figures() -> None:
    shown = checks(card_of(190, 10), CRITERIA, None)
    assert [(check.code, check.is_met) for check in shown] == [
        ("enough_compared", True),
        ("agreement_over_bar", False),
        ("money_error_under_bar", True),
        ("quality_over_gate", False),
    ]
    assert shown[3].have is None
