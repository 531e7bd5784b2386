"""What finance needs of a deal, and the deal itself: an opportunity that passed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeAlias

from rapidfuzz import fuzz, process

from counterfoil.crm.domain import (
    AmountState,
    CustomerFacts,
    OpportunityFacts,
    ProductFacts,
    ProductStatus,
    Said,
    SaidLine,
    Stage,
    key_of,
)
from counterfoil.kernel.currency import CURRENCIES, Currency
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import MAX_MAJOR, Money, round_half_up
from counterfoil.kernel.spans import Span, add_months
from counterfoil.kernel.terms import Term, UnknownTerm
from counterfoil.policies.domain import (
    ApprovalFacts,
    ApprovalLine,
    DataStandard,
    Kind,
    Parameter,
    RequiredField,
    RuleSetting,
    address_of,
)

CHECK: Final = "standards"
"""The name under which these findings speak in `decisions.clear`."""
MICRO: Final = 10**6


class UncheckableSetting(Refused):
    """The standard demands what nobody can check: no such stage, field, rule or parameter."""

    code = "uncheckable_setting"

    def __init__(self, field: str, text: str, known: Iterable[str]) -> None:
        super().__init__(field=field, text=text[:80], known=sorted(known))


class Recognition(StrEnum):
    """When revenue is recognised; the product decides (ASC 606-10-25-27, 25-30)."""

    POINT_IN_TIME = "point_in_time"
    OVER_TIME = "over_time"


class Billing(StrEnum):
    """When a deal is invoiced: at once, or in instalments over the service span."""

    UP_FRONT = "up_front"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


@dataclass(frozen=True, slots=True)
class DealLine:
    """One line that was sold. `net` is after discount and before tax; `delivered_on` is None until delivery."""

    product_id: int
    product_code: str
    description: str
    quantity_micro: int
    unit_price: Money
    discount_percent: Decimal
    net: Money
    tax_class: str
    recognition: Recognition
    service: Span | None
    delivered_on: date | None


@dataclass(frozen=True, slots=True)
class Deal:
    """A won opportunity that passed the standards; only `validate` makes one from an opportunity."""

    opportunity_id: int
    reference: str
    name: str
    books_id: int
    customer_id: int
    customer_country: str
    term: Term
    close_date: date
    po_number: str
    billing: Billing
    cancellable_until: date | None
    lines: tuple[DealLine, ...]
    version_hash: str

    @property
    def currency(self) -> Currency:
        """The currency of every line."""
        return self.lines[0].net.currency

    @property
    def total(self) -> Money:
        """What was sold, before tax."""
        return sum((line.net for line in self.lines), Money.zero(self.currency))


# ------------------------------------------------------------------------------------ what is required, as data


@dataclass(frozen=True, slots=True)
class Requirement:
    """A field that must be there, and why finance needs it. It does not hold for the systems in `not_for`."""

    field: str
    why: str
    not_for: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A rule across fields: a key of `RULES`, its parameters, and why finance needs it."""

    kind: str
    params: Mapping[str, Fact]
    why: str
    not_for: frozenset[str] = frozenset()


IsThere: TypeAlias = "Callable[[OpportunityFacts], object]"
Found: TypeAlias = "tuple[str, str, dict[str, Fact]]"
"""code, field, facts"""
RuleFunction: TypeAlias = "Callable[[OpportunityFacts, Catalogue, Mapping[str, Fact]], Sequence[Found]]"

CORE: Final = {
    "customer": "An invoice is addressed to somebody.",
    "amount": "The invoice is made out for it.",
    "currency": "An amount without a currency is not money.",
    "close_date": "The contract begins on it.",
    "product": "The product decides tax and when revenue is recognised.",
    "terms": "The due date follows from them.",
    "billing_type": "It says when the invoices are sent.",
}
"""Without these there is no deal, whatever the data says: nobody can take them off the list."""


@dataclass(frozen=True, slots=True)
class Standard:
    """What sales and finance agreed on: required fields by stage, and rules for what is won."""

    fields: Mapping[str, tuple[tuple[IsThere, Requirement], ...]]
    checks: tuple[tuple[RuleFunction, RuleSpec], ...]
    version: str
    """A name by content, so that a decision can name the standard it was made by, words included."""

    @classmethod
    def of(cls, requirements: Iterable[tuple[str, Requirement]], rules: Iterable[RuleSpec]) -> Standard:
        """Put a standard together from rows of (stage, requirement) and rules.

        Raises:
            UncheckableSetting: a stage, field or rule that nobody can check.
        """
        required = tuple(
            RequiredField(stage, wanted.field, wanted.why, tuple(sorted(wanted.not_for)))
            for stage, wanted in requirements
        )
        settings = tuple(
            RuleSetting(spec.kind, spec.why, _parameters(spec.params), tuple(sorted(spec.not_for))) for spec in rules
        )
        return cls.from_content(DataStandard(required, settings))

    @classmethod
    def from_content(cls, content: DataStandard) -> Standard:
        """Make of what was signed what can be checked.

        Raises:
            UncheckableSetting: a stage, field or rule that nobody can check.
        """
        by_stage: dict[str, list[Requirement]] = {stage.value: [] for stage in Stage}
        for row, wanted in enumerate(content.required):
            if wanted.stage not in by_stage:
                raise UncheckableSetting(f"required.{row}.stage", wanted.stage, by_stage)
            if wanted.field not in _IS_THERE:
                raise UncheckableSetting(f"required.{row}.field", wanted.field, _IS_THERE)
            by_stage[wanted.stage].append(Requirement(wanted.field, wanted.why, frozenset(wanted.not_for)))
        won = by_stage[Stage.WON.value]
        named = {requirement.field: requirement.why for requirement in won}
        won[:] = [requirement for requirement in won if requirement.field not in CORE]
        won[:0] = [Requirement(field, named.get(field, why)) for field, why in CORE.items()]
        checks = []
        for row, rule in enumerate(content.rules):
            if rule.kind not in RULES:
                raise UncheckableSetting(f"rules.{row}.kind", rule.kind, RULES)
            checks.append((RULES[rule.kind], RuleSpec(rule.kind, rule.params, rule.why, frozenset(rule.not_for))))
        fields = {
            stage: tuple((_IS_THERE[requirement.field], requirement) for requirement in requirements)
            for stage, requirements in by_stage.items()
        }
        return cls(fields, tuple(checks), address_of(Kind.DATA_STANDARD, content))

    @property
    def requirements(self) -> dict[str, tuple[Requirement, ...]]:
        """What must be there, by stage."""
        return {stage: tuple(requirement for _, requirement in fields) for stage, fields in self.fields.items()}


def insist_checkable(content: DataStandard) -> None:
    """Refuse a standard that somebody proposes and nobody could check, or a parameter that no rule takes.

    Raises:
        UncheckableSetting.
    """
    Standard.from_content(content)
    for row, rule in enumerate(content.rules):
        for name, value in rule.params.items():
            if PARAMETERS.get(name) != rule.kind or not isinstance(value, int) or not 0 <= value <= 10**9:
                known = [one for one, kind in PARAMETERS.items() if kind == rule.kind]
                raise UncheckableSetting(f"rules.{row}.params.{name}", name, known)


def _parameters(params: Mapping[str, Fact]) -> dict[str, Parameter]:
    return {name: value for name, value in params.items() if isinstance(value, str | int)}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a text of a CRM may mean: products by key of code or confirmed alias, and the customers at hand."""

    products: Mapping[str, ProductFacts]
    customers: Mapping[int, CustomerFacts]
    customer_names: Sequence[str] = ()
    """Names to suggest from, where a customer is not known."""
    ambiguous: Collection[str] = frozenset()
    """Keys of customer texts that more than one customer goes by."""
    _suggested: dict[tuple[str, str], str | None] = dataclasses.field(default_factory=dict, compare=False, repr=False)

    def product_suggestion(self, text: str) -> str | None:
        """The code of the product that a text most likely meant, for a person to confirm; never acted upon."""
        names = {key: product.code for key, product in self.products.items()}
        names.update({key_of(product.name): product.code for product in self.products.values()})
        return self._suggestion("product", text, names)

    def customer_suggestion(self, text: str) -> str | None:
        """The customer that a text most likely meant, for a person to confirm; never acted upon."""
        return self._suggestion("customer", text, {key_of(name): name for name in self.customer_names})

    def _suggestion(self, kind: str, text: str, names: Mapping[str, str]) -> str | None:
        if (kind, text) not in self._suggested:
            best = process.extractOne(key_of(text), list(names), scorer=fuzz.ratio, score_cutoff=_ALIKE)
            self._suggested[kind, text] = names[best[0]] if best else None
        return self._suggested[kind, text]


_ALIKE: Final = 75
"""Percent of characters alike from which on a name is suggested."""

# ------------------------------------------------------------------------------------ checking

_PRODUCT_TEXT: Final = SaidLine._fields.index("product_text")
_QUANTITY: Final = SaidLine._fields.index("quantity_micro")
_WON: Final = Stage.WON.value
_SIGNED: Final = AmountState.SIGNED.value
_RETIRED: Final = ProductStatus.RETIRED
"""Names of their own, because looking a member up in its enum takes as long as the whole rule."""


def _have(lines: Sequence[SaidLine], place: int, nothing: object) -> bool:
    """Whether there are lines, and each states the field at this place."""
    return bool(lines) and nothing not in [line[place] for line in lines]


_IS_THERE: Final[Mapping[str, IsThere]] = {
    "name": lambda facts: facts.said.name,
    "customer": lambda facts: facts.customer_id or facts.said.customer_text,
    "amount": lambda facts: facts.said.amount_minor is not None,
    "currency": lambda facts: facts.said.currency,
    "close_date": lambda facts: facts.said.close_date,
    "product": lambda facts: _have(facts.said.lines, _PRODUCT_TEXT, ""),
    "quantity": lambda facts: _have(facts.said.lines, _QUANTITY, None),
    "terms": lambda facts: facts.said.terms_text,
    "billing_type": lambda facts: facts.said.billing_text,
    "po_number": lambda facts: facts.said.po_number,
    "owner": lambda facts: facts.owner,
    "service_start": lambda facts: facts.said.service_start,
    "service_end": lambda facts: facts.said.service_end,
    "delivered_on": lambda facts: facts.said.delivered_on,
}
"""The fields that can be required, each with the test of whether it is there."""
REQUIRABLE: Final = frozenset(_IS_THERE)


def findings_of(facts: OpportunityFacts, catalogue: Catalogue, standard: Standard) -> tuple[Finding, ...]:
    """Return everything that keeps an opportunity out of the stage it is in: every failing field, not the first.

    What is won is held against all rules; an earlier stage only against its required fields.
    """
    said = facts.said
    stage = said.stage
    system = said.system
    found = [
        Finding(CHECK, "missing_field", {"stage": stage, "why": requirement.why}, requirement.field)
        for is_there, requirement in standard.fields[stage]
        if not is_there(facts) and system not in requirement.not_for
    ]
    if stage != _WON:
        return tuple(found)
    for code, field, about in _unreadable(facts, catalogue):
        found.append(Finding(CHECK, code, about, field))
    for check, spec in standard.checks:
        for code, field, about in check(facts, catalogue, spec.params):
            if system not in spec.not_for:
                found.append(Finding(CHECK, code, {**about, "why": spec.why}, field))
    return tuple(found)


def _unreadable(facts: OpportunityFacts, catalogue: Catalogue) -> list[Found]:
    """Find what was stated but means nothing to finance: no deal could be built from it."""
    said = facts.said
    found: list[Found] = []
    if facts.customer_id is None:
        if said.customer_text:
            found.append(_unknown_customer(said.customer_text, catalogue))
    elif facts.customer_id not in catalogue.customers:
        raise ValueError(f"the catalogue lacks customer {facts.customer_id}")
    if said.currency and said.currency not in CURRENCIES:
        found.append(("unknown_currency", "currency", {"currency": said.currency}))
    if said.terms_text:
        try:
            Term.parse(said.terms_text)
        except UnknownTerm as refused:
            found.append((refused.code, "terms", refused.facts))
    if said.billing_text and billing_of(facts, catalogue) is None:
        does_recur = key_of(said.billing_text) == _RECURRING
        code = "nothing_recurs" if does_recur else "unknown_billing"
        found.append((code, "billing_type", {"text": said.billing_text, "known": list(_KNOWN_BILLING)}))
    for number, line in enumerate(said.lines, 1):
        found += _unreadable_line(facts, line, number, catalogue)
    return found


def _unknown_customer(text: str, catalogue: Catalogue) -> Found:
    if key_of(text) in catalogue.ambiguous:
        return "ambiguous_customer", "customer", {"text": text}
    return "unknown_customer", "customer", {"text": text, "did_you_mean": catalogue.customer_suggestion(text)}


def _unreadable_line(facts: OpportunityFacts, line: SaidLine, number: int, catalogue: Catalogue) -> list[Found]:
    text, _, quantity, price, discount, amount = line
    found: list[Found] = []
    if quantity is not None and quantity <= 0:
        found.append(("quantity_not_positive", "quantity", {"line": number}))
    if discount is not None and not 0 <= discount <= 100:
        found.append(("discount_out_of_range", "discount", {"line": number, "discount": f"{discount:f}"}))
    if price is not None and price < 0:
        found.append(("price_negative", "unit_price", {"line": number}))
    if amount is None and price is None and len(facts.said.lines) > 1:
        found.append(("line_without_amount", "amount", {"line": number}))
    if text:
        product = catalogue.products.get(key_of(text))
        if product is None:
            about: dict[str, Fact] = {
                "text": text,
                "did_you_mean": catalogue.product_suggestion(text),
                "line": number,
            }
            found.append(("unknown_product", "product", about))
        elif product.kind.is_over_time:
            found += _unreadable_service(facts.said, product, number)
    return found


def _unreadable_service(said: Said, product: ProductFacts, number: int) -> list[Found]:
    start = said.service_start or said.close_date
    if said.service_end is None and not product.term_months:
        return [("missing_service_end", "service_end", {"line": number, "product": product.code})]
    if start and said.service_end and said.service_end <= start:
        about: dict[str, Fact] = {"start": start.isoformat(), "end": said.service_end.isoformat()}
        return [("service_ends_before_it_starts", "service_end", about)]
    return []


# ------------------------------------------------------------------------------------ rules, by kind


def _amount_is_signed(facts: OpportunityFacts, catalogue: Catalogue, params: Mapping[str, Fact]) -> Sequence[Found]:
    if facts.said.amount_state == _SIGNED:
        return ()
    return [("amount_not_signed", "amount", {"state": facts.said.amount_state})]


def _amount_is_positive(facts: OpportunityFacts, catalogue: Catalogue, params: Mapping[str, Fact]) -> Sequence[Found]:
    minor, unit = facts.said.amount_minor, facts.said.currency
    if minor is None or minor > 0 or unit not in CURRENCIES:
        return ()
    return [("amount_not_positive", "amount", {"amount": _major(minor, CURRENCIES[unit]), "currency": unit})]


def _lines_sum_to_the_amount(
    facts: OpportunityFacts, catalogue: Catalogue, params: Mapping[str, Fact]
) -> Sequence[Found]:
    said = facts.said
    nets = [net_minor(line) for line in said.lines]
    if nets == [said.amount_minor] or None in nets or not nets:
        return ()
    if said.amount_minor is None or said.currency not in CURRENCIES:
        return ()
    total = sum([net for net in nets if net is not None])
    if total == said.amount_minor:
        return ()
    currency = CURRENCIES[said.currency]
    about: dict[str, Fact] = {
        "amount": _major(said.amount_minor, currency),
        "lines": _major(total, currency),
        "currency": currency.code,
    }
    return [("lines_do_not_sum", "amount", about)]


def _lines_follow_from_prices(
    facts: OpportunityFacts, catalogue: Catalogue, params: Mapping[str, Fact]
) -> Sequence[Found]:
    currency = CURRENCIES.get(facts.said.currency)
    found: list[Found] = []
    for number, line in enumerate(facts.said.lines, 1):
        priced = _priced_minor(line)
        if priced is None or line.amount_minor is None or currency is None:
            continue
        if abs(line.amount_minor - priced) > int(str(params.get("tolerance_minor", 0))):
            about: dict[str, Fact] = {
                "line": number,
                "amount": _major(line.amount_minor, currency),
                "price": _major(priced, currency),
            }
            found.append(("line_amount_differs", "amount", about))
    return found


def _product_is_active(facts: OpportunityFacts, catalogue: Catalogue, params: Mapping[str, Fact]) -> Sequence[Found]:
    found: list[Found] = []
    for number, line in enumerate(facts.said.lines, 1):
        product = catalogue.products.get(key_of(line.product_text))
        if product is not None and product.status is _RETIRED:
            found.append(("product_retired", "product", {"product": product.code, "line": number}))
    return found


def _po_where_the_customer_asks(
    facts: OpportunityFacts, catalogue: Catalogue, params: Mapping[str, Fact]
) -> Sequence[Found]:
    customer = catalogue.customers.get(facts.customer_id or 0)
    if customer is None or not customer.is_po_required or facts.said.po_number:
        return ()
    return [("po_number_required", "po_number", {"customer": customer.name})]


def _customer_is_not_blocked(
    facts: OpportunityFacts, catalogue: Catalogue, params: Mapping[str, Fact]
) -> Sequence[Found]:
    customer = catalogue.customers.get(facts.customer_id or 0)
    if customer is None or not customer.is_blocked:
        return ()
    return [("customer_blocked", "customer", {"customer": customer.name})]


def _service_is_not_too_long(
    facts: OpportunityFacts, catalogue: Catalogue, params: Mapping[str, Fact]
) -> Sequence[Found]:
    said = facts.said
    start = said.service_start or said.close_date
    if start is None or said.service_end is None:
        return ()
    most = int(str(params.get("most_months", 120)))
    if said.service_end <= add_months(start, most):
        return ()
    return [("service_too_long", "service_end", {"end": said.service_end.isoformat(), "most_months": most})]


RULES: Final[Mapping[str, RuleFunction]] = {
    "amount_is_signed": _amount_is_signed,
    "amount_is_positive": _amount_is_positive,
    "lines_sum_to_the_amount": _lines_sum_to_the_amount,
    "lines_follow_from_prices": _lines_follow_from_prices,
    "product_is_active": _product_is_active,
    "po_where_the_customer_asks": _po_where_the_customer_asks,
    "customer_is_not_blocked": _customer_is_not_blocked,
    "service_is_not_too_long": _service_is_not_too_long,
}
"""How each kind of rule is checked; which of them apply, and with which parameters, is data."""
PARAMETERS: Final = {"tolerance_minor": "lines_follow_from_prices", "most_months": "service_is_not_too_long"}
"""Which rule takes which parameter; all are whole numbers."""

# ------------------------------------------------------------------------------------ building the deal

_RECURRING: Final = "recurring"
_BILLING_WORDS: Final[Mapping[str, Billing | str]] = {
    "up front": Billing.UP_FRONT,
    "up_front": Billing.UP_FRONT,
    "upfront": Billing.UP_FRONT,
    "one_time": Billing.UP_FRONT,
    "one time": Billing.UP_FRONT,
    "one-time": Billing.UP_FRONT,
    "once": Billing.UP_FRONT,
    "monthly": Billing.MONTHLY,
    "quarterly": Billing.QUARTERLY,
    "yearly": Billing.YEARLY,
    "annual": Billing.YEARLY,
    "annually": Billing.YEARLY,
    "recurring": _RECURRING,
}
_KNOWN_BILLING: Final = (*(billing.value for billing in Billing), _RECURRING)
_RECURS: Final = {1: Billing.MONTHLY, 3: Billing.QUARTERLY, 12: Billing.YEARLY, 24: Billing.YEARLY, 36: Billing.YEARLY}
"""How often a subscription sold for so many months is invoiced."""


def billing_of(facts: OpportunityFacts, catalogue: Catalogue) -> Billing | None:
    """Read when a deal is invoiced, or None for words that say nothing.

    "recurring" is as often as the shortest product on it is sold for: by the month, the quarter or the year.
    """
    meant = _BILLING_WORDS.get(key_of(facts.said.billing_text))
    if meant is None or isinstance(meant, Billing):
        return meant
    products = [catalogue.products.get(key_of(line.product_text)) for line in facts.said.lines]
    if None in products:
        return Billing.UP_FRONT  # The product is refused anyway; two complaints would say one thing twice.
    terms = [product.term_months for product in products if product and product.kind.is_over_time]
    return _RECURS.get(min([term or 12 for term in terms], default=0))


def validate(facts: OpportunityFacts, catalogue: Catalogue, standard: Standard) -> Deal | tuple[Finding, ...]:
    """Return the deal that a won opportunity is, or everything that stands against it.

    Raises:
        ValueError: it is not won, or the catalogue lacks its customer.
    """
    said = facts.said
    if said.stage != Stage.WON:
        raise ValueError("only what is won becomes a deal")
    if found := findings_of(facts, catalogue, standard):
        return found
    billing = billing_of(facts, catalogue)
    assert facts.customer_id
    assert said.close_date
    assert billing
    return Deal(
        opportunity_id=facts.opportunity_id,
        reference=said.external_id,
        name=said.name,
        books_id=facts.books_id,
        customer_id=facts.customer_id,
        customer_country=catalogue.customers[facts.customer_id].country,
        term=Term.parse(said.terms_text),
        close_date=said.close_date,
        po_number=said.po_number,
        billing=billing,
        cancellable_until=said.cancellable_until,
        lines=tuple([_deal_line(facts, line, catalogue) for line in said.lines]),
        version_hash=facts.version_hash,
    )


def stated_amount(facts: OpportunityFacts) -> Money | None:
    """Return what an opportunity is said to be worth, or None where no money can be read from it."""
    minor, unit = facts.said.amount_minor, CURRENCIES.get(facts.said.currency)
    if minor is None or unit is None or abs(minor) >= MAX_MAJOR * 10**unit.exponent:
        return None
    return Money(minor, unit)


def approval_facts(
    deal: Deal, *, base_minor: int, segment: str, products: Mapping[int, ProductFacts], signed_date: date | None = None
) -> ApprovalFacts:
    """Return what a deal asks for, to be held against the limits of a role.

    A discount is the one stated, or what the price is below the list, whichever is more; the margin is of the net.

    Args:
        base_minor: the deal's total in base currency. products: by id; one that is not there has neither list price
            nor cost. signed_date: the day from which the term counts, else the close date.
    """
    start = signed_date or deal.close_date
    return ApprovalFacts(
        amount_minor=base_minor,
        term_days=(deal.term.due_date(start) - start).days,
        segment=segment,
        lines=tuple(_approval_line(line, products.get(line.product_id)) for line in deal.lines),
    )


def _approval_line(line: DealLine, product: ProductFacts | None) -> ApprovalLine:
    net, discount, margin = line.net.minor, line.discount_percent, None
    if product is not None and product.currency == line.net.currency.code:
        if product.price_minor:
            listed = round_half_up(product.price_minor * line.quantity_micro, MICRO)
            # Half a minor unit is what rounding the net may have taken: no discount is found in it.
            below = 2 * (listed - net) - 1
            discount = max(discount, _percent(below, 2 * listed)) if below > 0 else discount
        if product.unit_cost_minor is not None and net > 0:
            cost = round_half_up(product.unit_cost_minor * line.quantity_micro, MICRO)
            margin = _percent(net - cost, net)
    return ApprovalLine(line.product_code, discount, margin)


def _percent(part: int, whole: int) -> Decimal:
    """A share in percent, rounded down so far behind the point that a minor unit of any deal still counts."""
    return Decimal(part * 10**20 // whole) / 10**18


def _deal_line(facts: OpportunityFacts, line: SaidLine, catalogue: Catalogue) -> DealLine:
    said = facts.said
    product = catalogue.products[key_of(line.product_text)]
    currency = CURRENCIES[said.currency]
    stated = net_minor(line)
    net = Money(said.amount_minor if stated is None and said.amount_minor is not None else stated or 0, currency)
    description = line.description or product.name
    quantity = line.quantity_micro or MICRO
    discount = Decimal(0)
    if line.unit_price_minor is not None:
        price = Money(line.unit_price_minor, currency)
        discount = line.discount_percent or discount
    elif net.minor * MICRO % quantity == 0:
        price = Money(net.minor * MICRO // quantity, currency)
    else:
        # No price of whole cents gives this amount: it is sold as one, and says of how many.
        price, description, quantity = net, f"{_plain(quantity)} × {description}", MICRO
    is_over_time = product.kind.is_over_time
    return DealLine(
        product_id=product.id,
        product_code=product.code,
        description=description,
        quantity_micro=quantity,
        unit_price=price,
        discount_percent=discount,
        net=net,
        tax_class=product.tax_class,
        recognition=Recognition.OVER_TIME if is_over_time else Recognition.POINT_IN_TIME,
        service=_service(facts, product) if is_over_time else None,
        delivered_on=None if is_over_time else said.delivered_on,
    )


def _service(facts: OpportunityFacts, product: ProductFacts) -> Span:
    """The span that was stated, else from the close date for as long as the product is sold for."""
    start = facts.said.service_start or facts.said.close_date
    assert start
    return Span(start, facts.said.service_end or add_months(start, product.term_months or 0))


def net_minor(line: SaidLine) -> int | None:
    """What a line comes to: its stated amount, else quantity times price less discount, rounded once."""
    return line.amount_minor if line.amount_minor is not None else _priced_minor(line)


def _priced_minor(line: SaidLine) -> int | None:
    if line.unit_price_minor is None:
        return None
    quantity = MICRO if line.quantity_micro is None else line.quantity_micro
    left = MICRO * 100 - int((line.discount_percent or Decimal(0)) * MICRO)
    return round_half_up(line.unit_price_minor * quantity * left, MICRO * MICRO * 100)


def _major(minor: int, currency: Currency) -> str:
    """Write a sum of stated amounts, which may be too large to be money."""
    limit = MAX_MAJOR * 10**currency.exponent - 1
    return Money(max(-limit, min(limit, minor)), currency).decimal_text()


def _plain(micro: int) -> str:
    return f"{(Decimal(micro) / MICRO).normalize():f}"
