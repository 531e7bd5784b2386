"""How customers pay: which invoices, when, how much, and what they write on the transfer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from random import Random
from typing import Final

from counterfoil.demo.domain.calendar import friday_from, working_day, working_day_before
from counterfoil.demo.domain.cast import Pays
from counterfoil.demo.domain.customers import Customer
from counterfoil.kernel.money import round_half_up
from counterfoil.kernel.spans import Span

CHARGE_MINOR: Final = 15_00
"""What some banks keep back from a transfer."""
DISCOUNT_PERCENT: Final = 2


class Way(StrEnum):
    """What a transfer is, so that the accountant of the story knows what to do with it."""

    EXACT = "exact"
    TOGETHER = "together"
    SHORT = "short"
    DISCOUNTED = "discounted"
    ROUND = "round"
    WORDLESS = "wordless"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Due:
    """An invoice that waits to be paid. Amounts count minor units of its currency."""

    number: str
    reference: str
    customer_id: str
    issue_date: date
    due_date: date
    open_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """One transfer of a customer. `pays` names invoices and what of each is settled, in the invoice's currency."""

    customer_id: str
    on: date
    amount_minor: int
    text: str
    reference: str
    way: Way
    pays: tuple[tuple[str, int], ...]


def transfers(
    waiting: Iterable[Due],
    customers: Mapping[str, Customer],
    period: Span,
    start: date,
    base_rates: Mapping[str, tuple[int, int]],
    seed: int,
) -> list[Transfer]:
    """Return the transfers that arrive in a period, by day.

    Args:
        start: when the story began, for customers whose habit changes with time.
        base_rates: what one unit of another currency is worth in euros, as a fraction.
    """
    arriving: dict[str, list[tuple[date, Due]]] = defaultdict(list)
    for due in waiting:
        customer = customers[due.customer_id]
        on = pays_on(customer, due, start, Random(f"{seed}/pays/{due.number}"))
        if on is not None and on < period.end:
            arriving[due.customer_id].append((max(on, working_day(period.start)), due))
    found: list[Transfer] = []
    for customer_id, dues in arriving.items():
        dues.sort(key=lambda one: (one[0], one[1].number))
        customer = customers[customer_id]
        if customer.character.pays is Pays.TOGETHER and len(dues) > 1:
            found.append(_together(customer, dues))
        else:
            found += [_single(customer, on, due, base_rates, seed) for on, due in dues]
    return sorted(found, key=lambda one: (one.on, one.customer_id, one.text))


def pays_on(customer: Customer, due: Due, start: date, rng: Random) -> date | None:
    """Return the day on which an invoice is paid, or None for never."""
    months_gone = (due.issue_date.year - start.year) * 12 + due.issue_date.month - start.month
    match customer.character.pays:
        case Pays.EARLY:
            return working_day(due.issue_date + timedelta(days=rng.randrange(4, 8)))
        case Pays.FRIDAYS:
            return friday_from(due.due_date + timedelta(days=rng.randrange(3, 9)))
        case Pays.SLOW:
            return working_day(due.due_date + timedelta(days=rng.randrange(12, 30)))
        case Pays.ERRATIC:
            return working_day(due.due_date + timedelta(days=rng.randrange(-12, 48)))
        case Pays.DETERIORATING:
            late = months_gone * 4 + rng.randrange(-3, 5)
            return working_day(due.due_date + timedelta(days=late)) if months_gone < 15 else None
        case Pays.NEVER:
            return None if months_gone > 6 else working_day(due.due_date + timedelta(days=rng.randrange(5, 25)))
        case Pays.TOGETHER:
            return working_day(due.due_date + timedelta(days=rng.randrange(0, 10)))
        case _:
            return working_day(due.due_date + timedelta(days=rng.randrange(-5, 2)))


def _together(customer: Customer, dues: Sequence[tuple[date, Due]]) -> Transfer:
    """One transfer for everything that is due, naming every number."""
    named = sorted([(due.number, due.open_minor) for _, due in dues])
    return Transfer(
        customer.external_id,
        max(on for on, _ in dues),
        sum(due.open_minor for _, due in dues),
        f"INV {' '.join([number for number, _ in named])}",
        "",
        Way.TOGETHER,
        tuple(named),
    )


def _single(customer: Customer, on: date, due: Due, base_rates: Mapping[str, tuple[int, int]], seed: int) -> Transfer:
    """One transfer for one invoice, as the customer's habit has it."""
    rng = Random(f"{seed}/transfer/{due.number}")
    text, reference = _wording(due, rng)
    settles = ((due.number, due.open_minor),)
    amount, way = due.open_minor, Way.EXACT
    if due.currency in base_rates:
        numerator, denominator = base_rates[due.currency]
        # The bank converts at its own rate, a little worse than the published one.
        amount = round_half_up(due.open_minor * numerator * 1000, denominator * (1000 + rng.randrange(2, 9)))
        return Transfer(customer.external_id, on, amount, text or due.number, "", Way.FOREIGN, settles)
    match customer.character.pays:
        case Pays.EARLY if due.open_minor > 100_00:
            amount -= round_half_up(amount * DISCOUNT_PERCENT, 100)
            text, way = f"{due.number} LESS {DISCOUNT_PERCENT}PCT", Way.DISCOUNTED
        case Pays.SHORT if due.open_minor > 10 * CHARGE_MINOR:
            amount -= CHARGE_MINOR
            text, way = f"INV {due.number} LESS CHG", Way.SHORT
        case Pays.ROUND if amount % 1000:
            amount += 1000 - amount % 1000
            text, way = f"Factuur {due.number}", Way.ROUND
        case Pays.WORDLESS:
            text, way = rng.choice(("thanks", "betaling", "facture", "rekening")), Way.WORDLESS
    if way is not Way.EXACT:
        reference = ""
    return Transfer(customer.external_id, on, amount, text, reference, way, settles)


def _wording(due: Due, rng: Random) -> tuple[str, str]:
    """What stands on a transfer: a structured reference, or the number in words."""
    if due.reference and rng.random() < 0.55:
        return "", due.reference
    return rng.choice((f"Invoice {due.number}", f"{due.number}", f"INV {due.number}", f"Factuur {due.number}")), ""


# ------------------------------------------------------------------------------------ lines that need a person


def puzzles(waiting: Sequence[Due], customers: Mapping[str, Customer], period: Span, seed: int) -> Iterator[Transfer]:
    """Yield transfers that no rule can settle, out of invoices that are open and not otherwise paid by now.

    Two invoices less a bank charge, a part payment, a payer without a word, a typing error in the number, and one
    that names an invoice and pays too much.
    """
    rng = Random(f"{seed}/puzzles")
    domestic = [due for due in waiting if due.currency == "EUR" and due.open_minor > 40_000]
    domestic.sort(key=lambda due: (due.due_date, due.number))
    by_customer: dict[str, list[Due]] = defaultdict(list)
    for due in domestic:
        by_customer[due.customer_id].append(due)
    last = working_day_before(period.last)
    pairs = [sorted(dues, key=lambda due: -due.open_minor)[:2] for dues in by_customer.values() if len(dues) > 1]
    pairs = [pair for pair in pairs if customers[pair[0].customer_id].character.pays is not Pays.NEVER]
    pair = max(pairs, key=lambda one: sum(due.open_minor for due in one), default=[])
    used = {due.number for due in pair}
    left = [due for due in domestic if due.number not in used]
    rng.shuffle(left)
    for due, kind in zip(left, ("part", "wordless", "typo", "over"), strict=False):
        amount, text = due.open_minor, f"INV {due.number}"
        if kind == "part":
            amount, text = due.open_minor // 200_00 * 100_00 or due.open_minor // 2, f"PART PMT {due.number}"
        elif kind == "wordless":
            text = "thanks"
        elif kind == "typo":
            text = f"INV {due.number[:-2]}{due.number[-1]}{due.number[-2]}9"
        else:
            amount += 250_00
        on = working_day_before(max(period.start, last - timedelta(days=rng.randrange(0, 5))))
        yield Transfer(due.customer_id, max(on, period.start), amount, text, "", Way.WORDLESS, ())
    if pair:
        numbers = sorted(used)
        total = sum(due.open_minor for due in pair) - CHARGE_MINOR
        text = f"INV {' '.join(numbers)} LESS CHG"
        yield Transfer(pair[0].customer_id, last, total, text, "", Way.SHORT, ())
