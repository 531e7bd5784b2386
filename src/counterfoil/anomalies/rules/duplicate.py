"""What was sold or invoiced already: the same amount, or nearly, to the same customer, under a number like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counterfoil.anomalies.facts import DealFacts, What, noticed
from counterfoil.anomalies.habit import Recent
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money

IS_HARD: Final = False
_LEAST: Final = 3


@dataclass(frozen=True, slots=True)
class Policy:
    """Over how many days, how nearly equal in thousandths, and how many days apart where no number is alike."""

    holds: bool = False
    window_days: int = 60
    near_permille: int = 5
    close_days: int = 3


def check(facts: DealFacts, policy: Policy) -> tuple[Finding, ...]:
    """Find the one that is most alike: an order number or a reference that is equal or has one slip."""
    it = facts.it
    if it.what is What.INSTALMENT or it.net.minor <= 0:
        return ()
    day = it.close_date or it.issue_date
    best: tuple[int, int, Recent, str] | None = None
    for other in facts.nearby:
        apart = abs((other.on - day).days)
        off = abs(other.net_minor - it.net.minor)
        if apart > policy.window_days or other.currency != it.currency.code:
            continue
        if off * 1000 > it.net.minor * policy.near_permille:
            continue
        how = _alike(facts, other, apart, off, policy)
        if how and (best is None or (off, apart) < best[:2]):
            best = (off, apart, other, how)
    if best is None:
        return ()
    off, apart, other, how = best
    said: dict[str, Fact] = {
        "other": other.reference,
        "on": other.on.isoformat(),
        "amount": it.net.decimal_text(),
        "other_amount": Money(other.net_minor, it.currency).decimal_text(),
        "currency": it.currency.code,
        "days": apart,
        "how": how,
        "number": it.po_number or it.reference,
        "other_number": other.po_number or other.reference,
    }
    evidence = (f"{other.reference}, {other.on.isoformat()}: {Money(other.net_minor, it.currency)} {other.po_number}",)
    return (noticed(facts, f"duplicate_{how}", "amount", said, evidence=evidence),)


def _alike(facts: DealFacts, other: Recent, apart: int, off: int, policy: Policy) -> str:
    it = facts.it
    if it.po_number and other.po_number:
        if it.po_number == other.po_number:
            return "order"
        if is_slip(it.po_number, other.po_number) and off == 0:
            return "typo"
    if off == 0 and is_slip(it.reference, other.reference) and not _counts_on(it.reference, other.reference):
        return "typo"
    return "amount" if off == 0 and apart <= policy.close_days else ""


def is_slip(one: str, other: str) -> bool:
    """Whether two numbers differ by one slip of the hand: a sign too much, too few, wrong, or two swapped."""
    a, b = one.strip().casefold(), other.strip().casefold()
    if a == b or min(len(a), len(b)) < _LEAST or abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    ra, rb = a[start:], b[start:]
    if len(a) == len(b):
        is_swap = len(ra) > 1 and ra[:2] == rb[1::-1] and ra[2:] == rb[2:]
        return ra[1:] == rb[1:] or is_swap
    return ra[1:] == rb if len(a) > len(b) else ra == rb[1:]


def _counts_on(one: str, other: str) -> bool:
    """Whether two references merely count on, as D-17 and D-18 do: that is how different deals are numbered."""
    a, b = _number(one), _number(other)
    return a is not None and b is not None and a != b and len(one) == len(other)


def _number(text: str) -> int | None:
    digits = text[len(text.rstrip("0123456789")) :]
    return int(digits) if digits else None
