"""What is usual for a customer, kept small: it is read and written whole however long the history is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

MOST_RECENT: Final = 32
"""Deals remembered one by one; older ones only count."""
MOST_KINDS: Final = 48
"""Values that are told apart; a new one takes the place of the rarest."""
FORM: Final = 1


@dataclass(frozen=True, slots=True)
class Recent:
    """A deal or an invoice that was posted, or that is in the same batch; amounts are net, in minor units."""

    reference: str
    on: date
    currency: str
    net_minor: int
    base_minor: int
    po_number: str = ""
    owner: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Sold:
    """How often a product was sold, with which tax class, and its last price before discount."""

    times: int
    tax_class: str
    price_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Habit:
    """What is usual. `invoices` counts documents, `deals` what was sold at once; terms are counted by document."""

    invoices: int = 0
    deals: int = 0
    first: date | None = None
    last: date | None = None
    terms: Mapping[str, int] = field(default_factory=dict)
    discounts: Mapping[str, int] = field(default_factory=dict)
    products: Mapping[str, Sold] = field(default_factory=dict)
    tax_classes: Mapping[str, int] = field(default_factory=dict)
    ends: Mapping[str, int] = field(default_factory=dict)
    """How many deals came to an amount that ends in so many zeros."""
    recent: tuple[Recent, ...] = ()

    def usual_term(self) -> tuple[str, int]:
        """The term that stands on most documents, and on how many of them."""
        if not self.terms:
            return "", 0
        text = max(self.terms, key=lambda known: (self.terms[known], known))
        return text, self.terms[text]

    def to_json(self) -> dict[str, Any]:
        """Return a form for canonical JSON."""
        return {
            "deals": self.deals,
            "discounts": dict(self.discounts),
            "ends": dict(self.ends),
            "first": self.first.isoformat() if self.first else None,
            "form": FORM,
            "invoices": self.invoices,
            "last": self.last.isoformat() if self.last else None,
            "products": {
                code: [sold.times, sold.tax_class, sold.price_minor, sold.currency]
                for code, sold in self.products.items()
            },
            "recent": [
                [
                    one.reference,
                    one.on.isoformat(),
                    one.currency,
                    one.net_minor,
                    one.base_minor,
                    one.po_number,
                    one.owner,
                    one.subject,
                ]
                for one in self.recent
            ],
            "tax_classes": dict(self.tax_classes),
            "terms": dict(self.terms),
        }

    @classmethod
    def from_json(cls, state: Mapping[str, Any]) -> Habit:
        """Read what `to_json` wrote.

        Raises:
            ValueError: another form.
        """
        if state["form"] != FORM:
            raise ValueError(f"no such form of habit: {state['form']}")
        return cls(
            state["invoices"],
            state["deals"],
            _day(state["first"]),
            _day(state["last"]),
            state["terms"],
            state["discounts"],
            {code: Sold(*sold) for code, sold in state["products"].items()},
            state["tax_classes"],
            state["ends"],
            tuple([Recent(one[0], date.fromisoformat(one[1]), *one[2:]) for one in state["recent"]]),
        )


@dataclass(frozen=True, slots=True)
class Learned:
    """What one deal or document adds to a habit. `documents` is how many invoices; an instalment is no deal."""

    documents: int
    is_deal: bool
    on: date
    term: str
    discounts: tuple[str, ...]
    products: tuple[tuple[str, str, int, str], ...]
    """code, tax class, price before discount, currency"""
    recent: Recent | None


def with_learned(habit: Habit, news: list[Learned], *, keeps_recent: bool) -> Habit:
    """Return the habit after some more deals and documents, in the order in which they were posted."""
    terms, discounts = dict(habit.terms), dict(habit.discounts)
    products, classes, ends = dict(habit.products), dict(habit.tax_classes), dict(habit.ends)
    recent = list(habit.recent)
    days = [day for day in (habit.first, habit.last) if day]
    for one in news:
        days.append(one.on)
        _count(terms, one.term, one.documents)
        for discount in one.discounts:
            _count(discounts, discount, 1)
        for code, tax_class, price, currency in one.products:
            before = products.get(code)
            if before is None and len(products) >= MOST_KINDS:
                del products[min(products, key=lambda known: (products[known].times, known))]
            products[code] = Sold((before.times if before else 0) + 1, tax_class, price, currency)
            if tax_class:
                _count(classes, tax_class, 1)
        if one.recent is not None:
            _count(ends, str(zeros(one.recent.net_minor)), 1)
            if keeps_recent:
                recent.append(one.recent)
    return Habit(
        habit.invoices + sum(one.documents for one in news),
        habit.deals + sum(one.is_deal for one in news),
        min(days, default=None),
        max(days, default=None),
        terms,
        discounts,
        products,
        classes,
        ends,
        tuple(recent[-MOST_RECENT:]),
    )


def zeros(minor: int) -> int:
    """How many zeros an amount ends in, minor units included: 1,200.00 ends in four."""
    digits = str(abs(minor))
    return len(digits) - len(digits.rstrip("0")) if minor else 0


def _count(counts: dict[str, int], value: str, by: int) -> None:
    if value not in counts and len(counts) >= MOST_KINDS:
        del counts[min(counts, key=lambda known: (counts[known], known))]
    counts[value] = counts.get(value, 0) + by


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
