"""Exact matching: one bank line, one open item, named by its reference or number, with an equal amount. No guess.

What is not exact is left, with a code that says what a person has to decide. The verdict is a function of its inputs,
which are stored with the decision: replayed, they give the same verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.money import Money
from counterfoil.receivables.domain.settlement import DocumentKind, Origin, Part, Settlement

RULE_VERSION: Final = "exact-match/1"
KIND: Final = "match"
MAY_CHANGE: Final = ("already_paid", "nothing_to_return")
"""What is said of a line only until another line is settled: a payment and its return may come in one file."""


class Outcome(StrEnum):
    """What became of a line: settled, left with something to look at, or left with nothing found."""

    MATCHED = "matched"
    PROPOSED = "proposed"
    UNMATCHED = "unmatched"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that a line names. `by` says how: "reference" (structured) or "number" (in the text).

    `payments` are what settled it and may come back: (allocation, amount minor, a person did it).
    `by_hand` are payments entered by hand that no bank line stands for yet: (payment, amount minor).
    """

    item_id: int
    document_id: int
    number: str
    kind: DocumentKind
    open: Money
    by: str
    payments: tuple[tuple[int, int, bool], ...] = ()
    by_hand: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class MatchLine:
    """What of a bank line decides. `is_hands_off`: a person took a match of it back."""

    id: int
    amount: Money
    booking_date: date
    has_bad_iban: bool = False
    is_reversal: bool = False
    is_hands_off: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rule says about a line: an outcome, why, and what to do, if anything."""

    line: MatchLine
    candidates: tuple[Candidate, ...]
    outcome: Outcome
    code: str
    facts: Mapping[str, Fact]
    settlement: Settlement | None = None

    @property
    def inputs(self) -> dict[str, Fact]:
        """Everything the verdict follows from, in canonical form."""
        line = self.line
        return {
            "line": line.id,
            "amount": line.amount.minor,
            "currency": line.amount.currency.code,
            "booking_date": line.booking_date.isoformat(),
            "has_bad_iban": line.has_bad_iban,
            "is_reversal": line.is_reversal,
            "is_hands_off": line.is_hands_off,
            "candidates": [
                {
                    "item": candidate.item_id,
                    "document": candidate.document_id,
                    "number": candidate.number,
                    "kind": candidate.kind.value,
                    "open": candidate.open.minor,
                    "currency": candidate.open.currency.code,
                    "by": candidate.by,
                    "payments": [list(payment) for payment in candidate.payments],
                    "by_hand": [list(payment) for payment in candidate.by_hand],
                }
                for candidate in self.candidates
            ],
        }


def verdict(line: MatchLine, candidates: Sequence[Candidate]) -> Verdict:
    """Decide about one line, given every item it names.

    Matched: exactly one item is named, it is open in the line's currency, and its open amount is the line's. A negative
    line that names one invoice takes back the one payment of that amount. A line for a paid invoice that one payment
    of this amount entered by hand paid is that payment.
    """
    named = tuple(candidates)

    def left(outcome: Outcome, code: str, **facts: Fact) -> Verdict:
        return Verdict(line, named, outcome, code, facts)

    numbers = sorted({candidate.number for candidate in named})
    suspect = _suspicion(line)
    if suspect:
        return left(Outcome.PROPOSED if named else Outcome.UNMATCHED, suspect)
    if not named:
        return left(Outcome.UNMATCHED, "no_reference")
    if len({candidate.item_id for candidate in named}) > 1:
        return left(Outcome.PROPOSED, "ambiguous_reference", numbers=", ".join(numbers))
    (candidate,) = named[:1]
    seen: dict[str, Fact] = {
        "number": candidate.number,
        "amount": line.amount.decimal_text(),
        "open": candidate.open.decimal_text(),
        "currency": candidate.open.currency.code,
    }
    if candidate.open.currency != line.amount.currency:
        return left(Outcome.PROPOSED, "currency_differs", **seen)
    if line.amount.minor < 0:
        return _returned(line, named, candidate, seen)
    if candidate.kind is not DocumentKind.INVOICE:
        return left(Outcome.PROPOSED, "credit_note_named", **seen)
    if not candidate.open:
        return _recognised(line, named, candidate, seen)
    if candidate.open != line.amount:
        return left(Outcome.PROPOSED, "amount_differs", **seen)
    settlement = Settlement(
        Origin.LINE,
        line.id,
        line.amount,
        line.booking_date,
        (Part(candidate.item_id, line.amount),),
        is_manual=False,
    )
    return Verdict(line, named, Outcome.MATCHED, f"exact_{candidate.by}", seen, settlement)


def verdicts(lines: Iterable[tuple[MatchLine, Sequence[Candidate]]]) -> list[Verdict]:
    """Decide about lines in their order: what one line settles, returns or recognises is not there for the next."""
    settled: set[int] = set()
    returned: set[int] = set()
    recognised: set[int] = set()
    found = []
    for line, candidates in lines:
        there = [_left_of(candidate, settled, returned, recognised) for candidate in candidates]
        decided = verdict(line, there)
        found.append(decided)
        if decided.settlement is not None:
            for part in decided.settlement.parts:
                (settled if part.returns is None else returned).add(part.returns or part.item_id)
            if decided.settlement.recognises is not None:
                recognised.add(decided.settlement.recognises)
    return found


def _left_of(candidate: Candidate, settled: set[int], returned: set[int], recognised: set[int]) -> Candidate:
    """Return a candidate without what earlier lines of the batch took."""
    is_settled = candidate.item_id in settled
    if not (is_settled or candidate.payments or candidate.by_hand):
        return candidate
    return replace(
        candidate,
        open=Money.zero(candidate.open.currency) if is_settled else candidate.open,
        payments=tuple([one for one in candidate.payments if one[0] not in returned]),
        by_hand=tuple([one for one in candidate.by_hand if one[0] not in recognised]),
    )


def _suspicion(line: MatchLine) -> str:
    """The code of what keeps a line from being matched by itself, whatever it names; empty for nothing."""
    if line.is_hands_off:
        return "match_was_undone"
    if line.has_bad_iban:
        return "iban_checksum"
    return "reversal" if line.is_reversal else ""


def _returned(line: MatchLine, named: tuple[Candidate, ...], candidate: Candidate, seen: Mapping[str, Fact]) -> Verdict:
    """A payment that came back: exactly one allocation of that amount, and not one that a person made."""
    equal = [payment for payment in candidate.payments if payment[1] == -line.amount.minor]
    if len(equal) != 1:
        code = "ambiguous_reference" if equal else "nothing_to_return"
        facts: dict[str, Fact] = {**seen, "numbers": candidate.number}
        return Verdict(line, named, Outcome.PROPOSED, code, facts)
    ((allocation, _, is_manual),) = equal
    if is_manual:
        return Verdict(line, named, Outcome.PROPOSED, "manual_match", seen)
    settlement = Settlement(
        Origin.LINE,
        line.id,
        line.amount,
        line.booking_date,
        (Part(candidate.item_id, line.amount, returns=allocation),),
        is_manual=False,
    )
    return Verdict(line, named, Outcome.MATCHED, "payment_returned", seen, settlement)


def _recognised(
    line: MatchLine, named: tuple[Candidate, ...], candidate: Candidate, seen: Mapping[str, Fact]
) -> Verdict:
    """A line for a paid invoice: the payment entered by hand before its bank line came, or a second payment."""
    equal = [payment for payment, minor in candidate.by_hand if minor == line.amount.minor]
    if len(equal) != 1:
        return Verdict(line, named, Outcome.PROPOSED, "already_paid", seen)
    settlement = Settlement(Origin.LINE, line.id, line.amount, line.booking_date, is_manual=False, recognises=equal[0])
    return Verdict(line, named, Outcome.MATCHED, "entered_by_hand", seen, settlement)


def replayed(inputs: Mapping[str, Fact]) -> Verdict:
    """Decide again from stored inputs.

    Raises:
        ValueError: these are not the inputs of this rule.
    """
    match inputs:
        case {
            "line": int(id_),
            "amount": int(amount),
            "currency": str(code),
            "booking_date": str(day),
            "has_bad_iban": bool(bad),
            "is_reversal": bool(reversal),
            "is_hands_off": bool(off),
            "candidates": list(rows),
        }:
            line = MatchLine(id_, Money(amount, currency(code)), date.fromisoformat(day), bad, reversal, off)
            return verdict(line, [_candidate(row) for row in rows])
    raise ValueError("these are not the inputs of an exact match")


def _candidate(row: Fact) -> Candidate:
    match row:
        case {
            "item": int(item),
            "document": int(document),
            "number": str(number),
            "kind": str(kind),
            "open": int(open_),
            "currency": str(code),
            "by": str(by),
            "payments": list(payments),
            "by_hand": list(by_hand),
        }:
            return Candidate(
                item,
                document,
                number,
                DocumentKind(kind),
                Money(open_, currency(code)),
                by,
                tuple((int(one), int(minor), bool(manual)) for one, minor, manual in payments),
                tuple((int(one), int(minor)) for one, minor in by_hand),
            )
    raise ValueError("this is not a candidate of an exact match")
