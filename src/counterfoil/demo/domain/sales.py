"""What is sold in the story: won, lost and open opportunities, and the ones that finance has to hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import Final

from counterfoil.crm.domain import AmountState, Stage
from counterfoil.demo.domain import company
from counterfoil.demo.domain.calendar import Story, nth_working_day, working_day, working_day_before, working_days
from counterfoil.demo.domain.cast import Buys, Pays
from counterfoil.demo.domain.company import Product
from counterfoil.demo.domain.customers import Customer
from counterfoil.kernel.money import round_half_up
from counterfoil.kernel.spans import Span, add_months

PRICED_IN: Final = {"EUR": Decimal(1), "GBP": Decimal("0.87"), "USD": Decimal("1.10")}
"""What the price list is multiplied by for other currencies, before rounding to whole units."""
_SUBSCRIBERS: Final = {Buys.YEARLY: "up_front", Buys.QUARTERLY: "quarterly", Buys.MONTHLY: "monthly"}
_ORDERS_A_MONTH: Final = {
    Buys.YEARLY: 0.20,
    Buys.QUARTERLY: 0.14,
    Buys.MONTHLY: 0.10,
    Buys.HARDWARE: 0.55,
    Buys.PROJECTS: 0.45,
}
CLOSING_DAYS: Final = 5
"""On how many days of a month deals are won: sellers close in bunches, and the story is told faster."""


class Outcome(StrEnum):
    """How an opportunity ends."""

    WON = "won"
    LOST = "lost"
    OPEN = "open"


class Flaw(StrEnum):
    """Why finance cannot invoice a won deal."""

    PRODUCT_NAME = "product_name"
    NO_ORDER_NUMBER = "no_order_number"
    NOT_SIGNED = "not_signed"
    TERMS = "terms"
    UNKNOWN_CUSTOMER = "unknown_customer"
    BLOCKED = "blocked"
    RETIRED = "retired"
    CHANGED = "changed"
    LONG_TERM = "long_term"
    DISCOUNT = "discount"
    SLIPPED = "slipped"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class SaleLine:
    """One line: a product by its text in the CRM, how many, and its price before a discount in percent."""

    product: str
    description: str
    quantity: int
    unit_price_minor: int
    discount: int = 0

    @property
    def net_minor(self) -> int:
        """What the line comes to after discount, before tax."""
        return round_half_up(self.quantity * self.unit_price_minor * (100 - self.discount), 100)


@dataclass(frozen=True, slots=True)
class Sale:
    """One opportunity from its first day to its end. `service_end` is the first day after the service.

    `closes` is when it is won or lost, or the expected day of an open one. `is_by_hand`: entered in the product by
    its seller, because it has several lines. `mended_on`: the day on which its flaw is gone.
    """

    reference: str
    customer: str
    customer_id: str
    currency: str
    name: str
    owner: str
    terms: str
    billing: str
    lines: tuple[SaleLine, ...]
    created: date
    closes: date
    outcome: Outcome
    po_number: str = ""
    service: Span | None = None
    delivered_on: date | None = None
    cancellable_until: date | None = None
    is_by_hand: bool = False
    flaw: Flaw | None = None
    flawed: date | None = None
    mended_on: date | None = None

    @property
    def net_minor(self) -> int:
        """What it comes to before tax."""
        return sum(line.net_minor for line in self.lines)

    def stage(self, day: date) -> Stage:
        """Where it stands on a day, from its creation on."""
        if self.outcome is not Outcome.OPEN and day >= self.closes:
            return Stage.WON if self.outcome is Outcome.WON else Stage.LOST
        share = (day - self.created).days / max(1, (self.closes - self.created).days)
        return Stage.PROSPECTING if share < 0.2 else Stage.ENGAGING if share < 0.45 else Stage.PROPOSAL

    def amount_state(self, day: date) -> AmountState:
        """How final its amount is on a day."""
        match self.stage(day):
            case Stage.WON:
                return AmountState.QUOTED if self.has_flaw(Flaw.NOT_SIGNED, day) else AmountState.SIGNED
            case Stage.PROPOSAL:
                return AmountState.QUOTED
            case _:
                return AmountState.ESTIMATED

    def has_flaw(self, flaw: Flaw, day: date) -> bool:
        """Whether the flaw is there on a day."""
        is_there = self.flaw is flaw and (self.flawed is None or day >= self.flawed)
        return is_there and (self.mended_on is None or day < self.mended_on)

    def seen(self, day: date) -> Sale:
        """Return the sale as the CRM shows it on a day, with its flaw where it has one."""
        line = self.lines[0]
        if self.has_flaw(Flaw.PRODUCT_NAME, day):
            return replace(self, lines=(replace(line, product=line.product.replace("-", " ")),))
        if self.has_flaw(Flaw.NO_ORDER_NUMBER, day):
            return replace(self, po_number="")
        if self.has_flaw(Flaw.TERMS, day):
            return replace(self, terms="Net, once it runs")
        if self.has_flaw(Flaw.LONG_TERM, day):
            return replace(self, terms="Net 90")
        if self.has_flaw(Flaw.DISCOUNT, day):
            return replace(self, lines=(replace(line, discount=28), *self.lines[1:]))
        if self.has_flaw(Flaw.SLIPPED, day):
            return replace(self, lines=(replace(line, unit_price_minor=line.unit_price_minor * 10), *self.lines[1:]))
        if self.has_flaw(Flaw.UNKNOWN_CUSTOMER, day):
            return replace(self, customer=self.customer.replace(" BV", "").rstrip("s"))
        if self.has_flaw(Flaw.CHANGED, day):
            more = replace(line, quantity=line.quantity + 2)
            return replace(self, lines=(more, *self.lines[1:]))
        return self


# ------------------------------------------------------------------------------------ the whole story


def sales(story: Story, customers: Sequence[Customer], seed: int) -> tuple[Sale, ...]:
    """Return every opportunity, numbered in the order of creation; the same seed gives the same ones."""
    unnumbered = [
        *[sale for customer in customers for sale in _of_customer(story, customer, seed)],
        *_pipeline(story, customers, Random(f"{seed}/pipeline")),
        *_flawed(story, customers, Random(f"{seed}/flawed")),
        *_fresh(story, customers, Random(f"{seed}/fresh")),
    ]
    unnumbered.sort(key=lambda sale: (sale.created, sale.customer_id, sale.name))
    return tuple([replace(sale, reference=f"CRM-{number}") for number, sale in enumerate(unnumbered, 1001)])


def _of_customer(story: Story, customer: Customer, seed: int) -> Iterator[Sale]:
    """Yield what a customer signs and declines, from the month in which it came."""
    rng = Random(f"{seed}/sales/{customer.external_id}")
    character = customer.character
    if character.is_blocked:
        return
    if billing := _SUBSCRIBERS.get(character.buys):
        yield from _subscription(story, customer, billing, rng)
    for number, month in enumerate(story.spans()):
        is_gone = character.pays is Pays.NEVER and number > story.months * 2 // 3
        if month.end <= customer.joined or is_gone:
            continue
        is_first = month.start == customer.joined
        if is_first or rng.random() < _ORDERS_A_MONTH[character.buys]:
            close = _closing_day(story, month, rng)
            order = _order(customer, close, rng, is_first=is_first)
            yield replace(order, outcome=Outcome.LOST) if not is_first and rng.random() < 0.18 else order


def _subscription(story: Story, customer: Customer, billing: str, rng: Random) -> Iterator[Sale]:
    """Yield the platform subscription and its yearly renewals."""
    month = Span(customer.joined, add_months(customer.joined, 1))
    product = rng.choice((company.PLATFORM, company.PLATFORM, company.PLATFORM, company.ANALYTICS))
    product = company.PLATFORM if customer.character.buys is Buys.MONTHLY else product
    quantity = customer.character.size
    discount = rng.choice((0, 0, 5, 10)) if quantity > 9 else 0
    close = _closing_day(story, month, rng)
    start = month.end
    what = product.spoken
    while close <= story.today:
        name = f"{customer.name}: {what} {start.year}"
        yield _sale(
            customer,
            name,
            (_line(product, customer, quantity, discount),),
            created=close - timedelta(days=rng.randrange(25, 80)),
            closes=close,
            billing=billing,
            service=Span(start, add_months(start, 12)),
            rng=rng,
        )
        start = add_months(start, 12)
        close = working_day_before(start - timedelta(days=rng.randrange(3, 24)))
        quantity += rng.choice((0, 0, 1, 2))
        what = f"{product.spoken} renewal"


def _order(customer: Customer, close: date, rng: Random, *, is_first: bool) -> Sale:
    """Return one order of hardware, services or both; the first one equips the buildings."""
    size = customer.character.size
    if customer.character.buys is Buys.PROJECTS:
        product = rng.choice((company.AUDIT, company.TRAINING, company.INSTALLATION, company.EXPORT_LICENCE))
        quantity = 1 if product in (company.AUDIT, company.EXPORT_LICENCE) else rng.randrange(1, 6)
        lines: tuple[SaleLine, ...] = (_line(product, customer, quantity, 0),)
    elif is_first:
        days = max(1, size // 6)
        lines = (
            _line(company.METER_20, customer, size * rng.randrange(1, 4), 5 if size > 15 else 0),
            _line(company.GATEWAY, customer, max(1, size // 4), 0),
            _line(company.INSTALLATION, customer, days, 0),
        )
    else:
        product = rng.choice((*company.HARDWARE, company.METER_20, company.INSTALLATION, company.TRAINING))
        most = {company.METER_20: size * 2, company.METER_40: size, company.HEAT: size, company.GATEWAY: size // 3}
        quantity = rng.randrange(1, 3 + most.get(product, 3))
        lines = (_line(product, customer, quantity, rng.choice((0, 0, 0, 5))),)
    first = next(product for product in company.PRICE_LIST if product.code == lines[0].product)
    name = f"{customer.name}: {'first equipment' if len(lines) > 1 else first.spoken}"
    delivered = working_day_before(close - timedelta(days=rng.randrange(0, 9)))
    return _sale(
        customer,
        name,
        lines,
        created=close - timedelta(days=rng.randrange(12, 70)),
        closes=close,
        billing="up_front",
        delivered_on=delivered,
        rng=rng,
    )


def _line(product: Product, customer: Customer, quantity: int, discount: int) -> SaleLine:
    sold = product.abroad if customer.character.is_abroad else product
    factor = PRICED_IN[customer.character.currency]
    price = sold.price_minor if factor == 1 else int(sold.price_minor * factor) // 100 * 100
    return SaleLine(sold.code, "", quantity, price, discount)


def _sale(
    customer: Customer,
    name: str,
    lines: tuple[SaleLine, ...],
    *,
    created: date,
    closes: date,
    billing: str,
    rng: Random,
    service: Span | None = None,
    delivered_on: date | None = None,
    outcome: Outcome = Outcome.WON,
) -> Sale:
    """Return a sale to a customer as it should be; its number follows when all are known."""
    needs_order_number = customer.character.is_po_required
    return Sale(
        reference="",
        customer=customer.name,
        customer_id=customer.external_id,
        currency=customer.character.currency,
        name=name,
        owner=customer.seller,
        terms=customer.character.terms,
        billing=billing,
        lines=lines,
        created=working_day(created),
        closes=closes,
        outcome=outcome,
        po_number=f"PO-{rng.randrange(10_000, 99_999)}" if needs_order_number else "",
        service=service,
        delivered_on=delivered_on,
        is_by_hand=len(lines) > 1,
    )


def _closing_day(story: Story, month: Span, rng: Random) -> date:
    """Return one of the few days of a month on which deals are won."""
    days = working_days(month)
    if not days:
        return working_day_before(month.last)
    step = max(1, len(days) // CLOSING_DAYS)
    return rng.choice(days[step - 1 :: step] or days)


# ------------------------------------------------------------------------------------ open and flawed


def _pipeline(story: Story, customers: Sequence[Customer], rng: Random) -> Iterator[Sale]:
    """Yield what is still being sold today: equipment, more of the platform, and single orders."""
    buyers = [customer for customer in customers if not customer.character.is_blocked]
    for customer in rng.sample(buyers, 26):
        closes = working_day(story.today + timedelta(days=rng.randrange(4, 100)))
        order = _order(customer, closes, rng, is_first=rng.random() < 0.4)
        if not order.is_by_hand and rng.random() < 0.6:
            start = add_months(closes.replace(day=1), 1)
            quantity = customer.character.size // 2 + rng.randrange(3, 20)
            order = replace(
                order,
                name=f"{customer.name}: platform for {quantity} more",
                lines=(_line(company.PLATFORM, customer, quantity, rng.choice((0, 5, 10))),),
                billing=_SUBSCRIBERS.get(customer.character.buys, "up_front"),
                service=Span(start, add_months(start, 12)),
            )
        yield replace(
            order,
            created=working_day_before(story.today - timedelta(days=rng.randrange(2, 70))),
            delivered_on=None,
            outcome=Outcome.OPEN,
        )


def _flawed(story: Story, customers: Sequence[Customer], rng: Random) -> Iterator[Sale]:
    """Yield the won deals that finance holds: nine of the last weeks, and two older ones that were mended."""
    by_name = {customer.name: customer for customer in customers}
    for who, flaw, days_ago, product, quantity in _FLAWS:
        customer = by_name[who]
        closes = working_day_before(story.today - timedelta(days=days_ago))
        mended = working_day(closes + timedelta(days=6)) if days_ago > _RECENT else None
        if mended and closes < nth_working_day(max(story.start, customer.joined), 8):
            continue
        is_service = product in company.SUBSCRIPTIONS
        start = closes.replace(day=1)
        sale = _sale(
            customer,
            f"{customer.name}: {product.spoken}",
            (_line(product, customer, quantity, 0),),
            created=closes - timedelta(days=rng.randrange(14, 40)),
            closes=closes,
            billing="up_front",
            service=Span(start, add_months(start, 12)) if is_service else None,
            delivered_on=None if is_service else working_day_before(closes - timedelta(days=2)),
            rng=rng,
        )
        flawed = working_day(closes + timedelta(days=4)) if flaw is Flaw.CHANGED else None
        yield replace(sale, flaw=flaw, flawed=flawed, mended_on=mended)


def _fresh(story: Story, customers: Sequence[Customer], rng: Random) -> Iterator[Sale]:
    """Yield what was won lately without anything wrong: some of it is paid by now, one may still be cancelled."""
    by_name = {customer.name: customer for customer in customers}
    for who, days_ago, product, quantity, may_cancel in _FRESH:
        customer = by_name[who]
        closes = working_day_before(story.today - timedelta(days=days_ago)) if days_ago else story.today
        if closes < story.start:
            continue
        start = add_months(closes.replace(day=1), 1)
        is_service = product in company.SUBSCRIPTIONS
        sale = _sale(
            customer,
            f"{customer.name}: {product.spoken}",
            (_line(product, customer, quantity, 0),),
            created=closes - timedelta(days=rng.randrange(14, 40)),
            closes=closes,
            billing="up_front",
            service=Span(start, add_months(start, 12)) if is_service else None,
            delivered_on=None if is_service else closes,
            rng=rng,
        )
        yield replace(sale, cancellable_until=start) if may_cancel else sale


_FRESH: Final = (
    ("Steenuil Logistiek BV", 0, company.METER_20, 26, False),
    ("Drie Sluizen Onderwijs", 0, company.ANALYTICS, 16, False),
    ("Fjord Energy AS", 1, company.ANALYTICS, 15, True),
    ("Parelhoen Retail BV", 1, company.HEAT, 9, False),
    ("Elbe Pharma GmbH", 14, company.METER_40, 18, False),
    ("Brugwacht Beheer BV", 15, company.HEAT, 22, False),
    ("Kwakersdijk Bakeries BV", 17, company.METER_20, 30, False),
)
"""Who, how many days ago, which product, how many, and whether the customer may still cancel."""
_RECENT: Final = 40
"""Flawed deals that are older, in days, were mended a week after they were held."""
_FLAWS: Final = (
    ("Bluepeak Software BV", Flaw.PRODUCT_NAME, 4, company.PLATFORM, 4),
    ("Kwakersdijk Bakeries BV", Flaw.PRODUCT_NAME, 2, company.PLATFORM, 5),
    ("Northgate Schools", Flaw.NO_ORDER_NUMBER, 5, company.HEAT, 12),
    ("Waterlelie Zorggroep", Flaw.NO_ORDER_NUMBER, 1, company.TRAINING, 3),
    ("Polderzicht Wonen", Flaw.NOT_SIGNED, 6, company.METER_20, 38),
    ("Molenberg Papier NV", Flaw.TERMS, 8, company.METER_40, 8),
    ("Kestrel Logistics BV", Flaw.UNKNOWN_CUSTOMER, 3, company.GATEWAY, 4),
    ("Vlietstroom Chalets", Flaw.BLOCKED, 9, company.INSTALLATION, 2),
    ("Saltmarsh Growers", Flaw.RETIRED, 7, company.METER_15, 30),
    ("Oosterveld Campus", Flaw.CHANGED, 16, company.METER_20, 12),
    ("Zonnehoek Coop", Flaw.LONG_TERM, 5, company.PLATFORM, 16),
    ("Dunmore Freight BV", Flaw.LONG_TERM, 3, company.GATEWAY, 14),
    ("Blauwe Reiger Wonen", Flaw.DISCOUNT, 4, company.HEAT, 48),
    ("Ivybridge Clinics", Flaw.DISCOUNT, 2, company.METER_20, 26),
    ("Parelhoen Retail BV", Flaw.SLIPPED, 2, company.METER_40, 6),
    ("Elbe Pharma GmbH", Flaw.TWICE, 13, company.METER_40, 18),
    ("Harbourlight Housing", Flaw.NO_ORDER_NUMBER, 100, company.METER_20, 30),
    ("Zuiderpoort Vastgoed BV", Flaw.PRODUCT_NAME, 61, company.METER_20, 44),
)
"""Who, what is wrong, how many days ago it was won, which product, how many."""
