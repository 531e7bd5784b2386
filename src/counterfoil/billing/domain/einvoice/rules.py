"""The exact check of an electronic invoice: the arithmetic of EN 16931 without slack, and what it must state.

The official rules accept VAT that is up to 1.00 off (64.26 at 21 % passes as 13.22) and round a negative half cent
upwards. Here every sum is exact, and VAT is rounded once, a half away from zero (BR-CO-17). What the official rules
would let pass is reported all the same and marked, so that the reader knows why another validator is silent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from counterfoil.billing.domain.einvoice.model import (
    CREDIT_CODES,
    Adjustment,
    Category,
    EInvoice,
    VatBreakdown,
    exact_share,
    exact_sum,
    money_text,
    plain,
)
from counterfoil.kernel.currency import CURRENCIES
from counterfoil.kernel.errors import Fact, Refusal
from counterfoil.kernel.money import round_half_up

SUM, TAX, BASE, MISSING, UNWANTED, NEGATIVE, DECIMALS, PERIOD, TWICE, AGAIN, PREFIX = (
    "einvoice_sum",
    "einvoice_tax",
    "einvoice_base",
    "einvoice_missing",
    "einvoice_unwanted",
    "einvoice_negative",
    "einvoice_decimals",
    "einvoice_period",
    "einvoice_twice",
    "einvoice_again",
    "einvoice_prefix",
)
_RULE_NAMES: Final = {"K": "IC", "L": "AF", "M": "AG"}
"""How the rules name a category, where not by its code."""
_BY_RATE: Final = frozenset({Category.STANDARD, Category.CANARY_ISLANDS, Category.CEUTA_MELILLA})
_UNTAXED: Final = frozenset(Category) - _BY_RATE
_WITH_REASON: Final = _UNTAXED - {Category.ZERO}
_PLACES: Final = 2
"""Amounts have two decimals at most (BR-DEC)."""
_SLACK: Final = Decimal(1)


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that an invoice breaks.

    Args:
        rule: as EN 16931 names it, "BR-CO-16".
        code: which sentence says it. `facts` hold what is stated and what should be.
        is_tolerated: the official rule accepts it, because it allows a difference of up to 1.00.
        is_remark: it is said and refuses nothing: a category's base that is a few cents off the nets of its lines,
            because the sender rounded each apart; no day to pay by.
    """

    rule: str
    code: str
    facts: tuple[tuple[str, str], ...]
    is_tolerated: bool = False
    is_remark: bool = False

    @property
    def refusal(self) -> Refusal:
        """The same as a refusal, to be said at a door."""
        facts: dict[str, Fact] = {"rule": self.rule, **dict(self.facts)}
        if self.is_tolerated:
            facts["slack"] = money_text(_SLACK)
        return Refusal(self.code, facts, dict(self.facts).get("term"))


def check(invoice: EInvoice) -> tuple[Breach, ...]:
    """Return every rule that an invoice breaks, the arithmetic first."""
    return tuple([breach for rule in _RULES for breach in rule(invoice)])


def refused(breaches: Sequence[Breach]) -> tuple[Breach, ...]:
    """The breaches for which an invoice is refused."""
    return tuple([breach for breach in breaches if not breach.is_remark])


def _breach(rule: str, code: str, **facts: str) -> Breach:
    return Breach(rule, code, tuple(facts.items()))


# ---------------------------------------------------------------------------------------------- arithmetic


def _sums(invoice: EInvoice) -> Iterator[Breach]:
    """BR-CO-10 to BR-CO-16."""
    totals = invoice.totals
    allowances = [one.amount for one in invoice.adjustments if not one.is_charge]
    charges = [one.amount for one in invoice.adjustments if one.is_charge]
    known = totals.by_term()

    def given(term: str) -> Decimal:
        return known[term] or Decimal(0)

    for rule, term, formula, expected in (
        ("BR-CO-10", "BT-106", "Σ BT-131", exact_sum(line.net for line in invoice.lines)),
        ("BR-CO-11", "BT-107", "Σ BT-92", exact_sum(allowances)),
        ("BR-CO-12", "BT-108", "Σ BT-99", exact_sum(charges)),
        (
            "BR-CO-13",
            "BT-109",
            "BT-106 - BT-107 + BT-108",
            exact_sum([given("BT-106"), -given("BT-107"), given("BT-108")]),
        ),
        ("BR-CO-14", "BT-110", "Σ BT-117", exact_sum(part.tax for part in invoice.vat)),
        ("BR-CO-15", "BT-112", "BT-109 + BT-110", exact_sum([given("BT-109"), given("BT-110")])),
        (
            "BR-CO-16",
            "BT-115",
            "BT-112 - BT-113 + BT-114",
            exact_sum([given("BT-112"), -given("BT-113"), given("BT-114")]),
        ),
    ):
        stated = known[term]
        if stated is None and term not in _OPTIONAL_TOTALS:
            continue
        if term == "BT-110" and not invoice.vat:
            continue
        if (stated or Decimal(0)) != expected:
            yield _breach(
                rule,
                SUM,
                term=term,
                stated=money_text(stated) if stated is not None else "-",
                formula=formula,
                expected=money_text(expected),
            )


_OPTIONAL_TOTALS: Final = frozenset({"BT-107", "BT-108", "BT-110"})
"""Totals that may be left out where they are zero; leaving out another one breaks another rule."""


def _one_vat_total(invoice: EInvoice) -> Iterator[Breach]:
    """BR-CO-15 again: where VAT is stated more than once in the invoice's currency, the total follows from one only."""
    for again in invoice.totals.vat_again:
        if again != invoice.totals.vat:
            stated = money_text(invoice.totals.vat or Decimal(0))
            yield _breach("BR-CO-15", AGAIN, term="BT-110", stated=stated, again=money_text(again))


def vat_of(base: Decimal, rate: Decimal | None, places: int = _PLACES) -> Decimal:
    """VAT on a base, rounded once, a half away from zero: -625743.54 at 25 % is -156435.89."""
    numerator, denominator = exact_share(base, rate or Decimal(0))
    return Decimal(round_half_up(numerator * 10**places, denominator)).scaleb(-places)


def _vat(invoice: EInvoice) -> Iterator[Breach]:
    """BR-CO-17, strict: each part's tax is its base times its rate.

    Rounded to two decimals, as the rule says, or to those of the currency: half a yen cannot be paid, and a dinar has
    a thousand fils.
    """
    money = CURRENCIES.get(invoice.currency)
    for part in invoice.vat:
        if part.base is None or part.tax is None:
            continue
        expected = vat_of(part.base, part.rate)
        if part.tax == expected:
            continue
        if money is not None and money.exponent != _PLACES and part.tax == vat_of(part.base, part.rate, money.exponent):
            continue
        breach = _breach(
            "BR-CO-17",
            TAX,
            term="BT-117",
            stated=money_text(part.tax),
            base=money_text(part.base),
            rate=plain(part.rate or Decimal(0)),
            expected=money_text(expected),
        )
        yield replace(breach, is_tolerated=_is_within_slack(part.tax, expected))


def _is_within_slack(stated: Decimal, expected: Decimal) -> bool:
    return abs(exact_sum([stated, -expected])) <= _SLACK


def _bases(invoice: EInvoice) -> Iterator[Breach]:
    """BR-S-08 and its like: the base of a category (and rate) is what lines, allowances and charges have of it."""
    found: dict[tuple[str, str], list[Decimal]] = {}
    parts: list[tuple[str, Decimal | None, Decimal | None]] = [
        *((line.category, line.rate, line.net) for line in invoice.lines),
        *((one.category, one.rate, one.amount if one.is_charge else _minus(one)) for one in invoice.adjustments),
    ]
    for category, rate, amount in parts:
        if category and amount is not None:
            found.setdefault(_key(category, rate), []).append(amount)
    stated: dict[tuple[str, str], list[Decimal | None]] = {}
    for part in invoice.vat:
        stated.setdefault(_key(part.category, part.rate), []).append(part.base)
    for key in {**stated, **found}:
        category, rate_text = key
        said, expected = exact_sum(stated.get(key, [])), exact_sum(found.get(key, []))
        if said == expected or not category:
            continue
        is_near = key in stated and _is_within_slack(said, expected)
        breach = _breach(
            f"BR-{_rule_name(category)}-08",
            BASE,
            term="BT-116",
            stated=money_text(said),
            category=category + (f" {rate_text} %" if rate_text else ""),
            expected=money_text(expected),
        )
        yield replace(breach, is_tolerated=is_near, is_remark=is_near)


def _minus(one: Adjustment) -> Decimal | None:
    return None if one.amount is None else -one.amount


def _key(category: str, rate: Decimal | None) -> tuple[str, str]:
    return (category, plain(rate or Decimal(0)) if category in _BY_RATE else "")


def _rule_name(category: str) -> str:
    return _RULE_NAMES.get(category, category)


def _prices(invoice: EInvoice) -> Iterator[Breach]:
    """BR-27, BR-28: a negative line has a negative quantity, never a negative price."""
    for line in invoice.lines:
        for rule, term, price in (("BR-27", "BT-146", line.price), ("BR-28", "BT-148", line.gross_price)):
            if price is not None and price < 0:
                yield _breach(rule, NEGATIVE, term=term, line=line.id, stated=plain(price))


def _decimals(invoice: EInvoice) -> Iterator[Breach]:
    """BR-DEC: no amount has more than two decimals, which an amount in dinars may."""
    numbers = {"BT-106": 9, "BT-107": 10, "BT-108": 11, "BT-109": 12, "BT-110": 13, "BT-111": 15, "BT-112": 14}
    numbers |= {"BT-113": 16, "BT-114": 17, "BT-115": 18}
    amounts = [(f"BR-DEC-{numbers[term]:02d}", term, amount) for term, amount in invoice.totals.by_term().items()]
    for part in invoice.vat:
        amounts += [("BR-DEC-19", "BT-116", part.base), ("BR-DEC-20", "BT-117", part.tax)]
    amounts += [("BR-DEC-23", "BT-131", line.net) for line in invoice.lines]
    for one in invoice.adjustments:
        amounts.append(("BR-DEC-05", "BT-99", one.amount) if one.is_charge else ("BR-DEC-01", "BT-92", one.amount))
    said = set()
    for rule, term, amount in amounts:
        if amount is not None and len(plain(amount).partition(".")[2]) > _PLACES and rule not in said:
            said.add(rule)
            yield _breach(rule, DECIMALS, term=term, stated=plain(amount))


# ------------------------------------------------------------------------------------ what must be stated


def _stated(invoice: EInvoice) -> Iterator[Breach]:
    """BR-01 to BR-16, BR-CO-18, BR-53: what every invoice states."""
    totals, seller, buyer = invoice.totals, invoice.seller, invoice.buyer
    for rule, term, is_there in (
        ("BR-01", "BT-24", bool(invoice.specification)),
        ("BR-02", "BT-1", bool(invoice.number)),
        ("BR-03", "BT-2", invoice.issue_date is not None),
        ("BR-04", "BT-3", bool(invoice.type_code)),
        ("BR-05", "BT-5", bool(invoice.currency)),
        ("BR-06", "BT-27", bool(seller.name)),
        ("BR-07", "BT-44", bool(buyer.name)),
        ("BR-08", "BG-5", seller.has_address),
        ("BR-09", "BT-40", bool(seller.country) or not seller.has_address),
        ("BR-10", "BG-8", buyer.has_address),
        ("BR-11", "BT-55", bool(buyer.country) or not buyer.has_address),
        ("BR-12", "BT-106", totals.lines is not None),
        ("BR-13", "BT-109", totals.without_vat is not None),
        ("BR-14", "BT-112", totals.with_vat is not None),
        ("BR-15", "BT-115", totals.due is not None),
        ("BR-16", "BG-25", bool(invoice.lines)),
        ("BR-CO-18", "BG-23", bool(invoice.vat)),
        ("BR-53", "BT-111", not invoice.tax_currency or _states_tax_in_its_currency(invoice)),
    ):
        if not is_there:
            yield _breach(rule, MISSING, term=term)
    if not (seller.ids or seller.registration or seller.vat_id):
        yield _breach("BR-CO-26", MISSING, term="BT-29, BT-30, BT-31")
    if invoice.type_code not in CREDIT_CODES and (totals.due or 0) > 0 and not (invoice.due_date or invoice.terms):
        yield replace(_breach("BR-CO-25", MISSING, term="BT-9, BT-20"), is_remark=True)
    if invoice.account is not None and invoice.account.iban and not invoice.account.means:
        yield _breach("BR-49", MISSING, term="BT-81")


def _states_tax_in_its_currency(invoice: EInvoice) -> bool:
    return invoice.totals.vat_in_tax_currency is not None or invoice.tax_currency == invoice.currency


def _lines(invoice: EInvoice) -> Iterator[Breach]:
    """BR-21 to BR-26, BR-CO-4, BR-30, BR-41 to BR-44: what every line states. Each rule is named once."""
    said = set()
    for line in invoice.lines:
        for rule, term, is_there in (
            ("BR-21", "BT-126", bool(line.id)),
            ("BR-22", "BT-129", line.quantity is not None),
            ("BR-23", "BT-130", bool(line.unit)),
            ("BR-24", "BT-131", line.net is not None),
            ("BR-25", "BT-153", bool(line.name)),
            ("BR-26", "BT-146", line.price is not None),
            ("BR-CO-04", "BT-151", bool(line.category)),
        ):
            if not is_there and rule not in said:
                said.add(rule)
                yield _breach(rule, MISSING, term=term, line=line.id)
        if line.start and line.end and line.end < line.start:
            yield _breach("BR-30", PERIOD, term="BT-135", line=line.id)
        for one in line.adjustments:
            amount, reason = ("BR-43", "BR-44") if one.is_charge else ("BR-41", "BR-42")
            terms = ("BT-141", "BT-144") if one.is_charge else ("BT-136", "BT-139")
            yield from _adjustment(one, (amount, terms[0]), (reason, terms[1]), line.id)


def _adjustments(invoice: EInvoice) -> Iterator[Breach]:
    """BR-29, BR-31 to BR-38: what allowances and charges on the document state."""
    if invoice.start and invoice.end and invoice.end < invoice.start:
        yield _breach("BR-29", PERIOD, term="BT-74")
    for one in invoice.adjustments:
        amount, category, reason = (
            (("BR-36", "BT-99"), ("BR-37", "BT-102"), ("BR-38", "BT-104"))
            if one.is_charge
            else (("BR-31", "BT-92"), ("BR-32", "BT-95"), ("BR-33", "BT-97"))
        )
        yield from _adjustment(one, amount, reason)
        if not one.category:
            yield _breach(category[0], MISSING, term=category[1])


def _adjustment(one: Adjustment, amount: tuple[str, str], reason: tuple[str, str], line: str = "") -> Iterator[Breach]:
    where = {"line": line} if line else {}
    if one.amount is None:
        yield _breach(amount[0], MISSING, term=amount[1], **where)
    if not (one.reason or one.reason_code):
        yield _breach(reason[0], MISSING, term=reason[1], **where)


def _breakdown(invoice: EInvoice) -> Iterator[Breach]:
    """BR-45 to BR-48, and what each category asks: -01, -05, -09 and -10 of its rules."""
    for part in invoice.vat:
        name = _rule_name(part.category)
        for rule, term, is_there in (
            ("BR-45", "BT-116", part.base is not None),
            ("BR-46", "BT-117", part.tax is not None),
            ("BR-47", "BT-118", bool(part.category)),
            ("BR-48", "BT-119", part.rate is not None or part.category == Category.OUT_OF_SCOPE),
        ):
            if not is_there:
                yield _breach(rule, MISSING, term=term)
        has_reason = bool(part.reason or part.reason_code)
        if part.category in _WITH_REASON and not has_reason:
            yield _breach(f"BR-{name}-10", MISSING, term="BT-120")
        if part.category in _BY_RATE | {Category.ZERO} and has_reason:
            yield _breach(f"BR-{name}-10", UNWANTED, term="BT-120", category=part.category)
        if part.category in _UNTAXED and part.tax:
            yield _breach(f"BR-{name}-09", UNWANTED, term="BT-117", category=part.category)
    yield from _one_part_each(invoice.vat)
    used = {line.category for line in invoice.lines} | {one.category for one in invoice.adjustments}
    stated = {part.category for part in invoice.vat}
    for category in sorted((used - stated) & set(Category)):
        yield _breach(f"BR-{_rule_name(category)}-01", MISSING, term="BG-23", category=category)
    for line in invoice.lines:
        if line.category in _UNTAXED and line.rate:
            yield _breach(f"BR-{_rule_name(line.category)}-05", UNWANTED, term="BT-152", category=line.category)
        if line.category == Category.STANDARD and not line.rate:
            yield _breach("BR-S-05", MISSING, term="BT-152", line=line.id)


def _one_part_each(parts: Sequence[VatBreakdown]) -> Iterator[Breach]:
    """One part for each category and rate: a second one would tax it twice."""
    seen = set()
    for part in parts:
        key = _key(part.category, part.rate)
        if part.category and key in seen:
            yield _breach(f"BR-{_rule_name(part.category)}-01", TWICE, term="BG-23", category=part.category)
        seen.add(key)


def _numbers(invoice: EInvoice) -> Iterator[Breach]:
    """BR-CO-09, BR-S-02 and its like: the VAT ids that a category asks for, or that it forbids."""
    seller, buyer = invoice.seller, invoice.buyer
    has_vat_id = bool(seller.vat_id or invoice.representative_vat_id)
    has_number = has_vat_id or bool(seller.tax_number)
    for term, number in (("BT-31", seller.vat_id), ("BT-48", buyer.vat_id), ("BT-63", invoice.representative_vat_id)):
        if number and not (number[:2].isascii() and number[:2].isalpha()):
            yield _breach("BR-CO-09", PREFIX, term=term, stated=number)
    on_line = {line.category for line in invoice.lines}
    for category in sorted((on_line | {one.category for one in invoice.adjustments}) & set(Category)):
        rule = f"BR-{_rule_name(category)}-{'02' if category in on_line else '03'}"
        if category == Category.OUT_OF_SCOPE:
            for term, number in (("BT-31", seller.vat_id), ("BT-48", buyer.vat_id)):
                if number:
                    yield _breach(rule, UNWANTED, term=term, category=category)
        elif not (has_vat_id if category in (Category.INTRA_COMMUNITY, Category.EXPORT) else has_number):
            yield _breach(rule, MISSING, term="BT-31", category=category)
        if category == Category.REVERSE_CHARGE and not (buyer.vat_id or buyer.registration):
            yield _breach(rule, MISSING, term="BT-48", category=category)
        if category == Category.INTRA_COMMUNITY:
            yield from _intra_community(invoice, rule)
    if Category.OUT_OF_SCOPE in {part.category for part in invoice.vat} and len(invoice.vat) > 1:
        yield _breach("BR-O-11", TWICE, term="BG-23", category=Category.OUT_OF_SCOPE)


def _intra_community(invoice: EInvoice, rule: str) -> Iterator[Breach]:
    if not invoice.buyer.vat_id:
        yield _breach(rule, MISSING, term="BT-48", category=Category.INTRA_COMMUNITY)
    if not (invoice.delivery_date or invoice.start or invoice.end):
        yield _breach("BR-IC-11", MISSING, term="BT-72")
    if not invoice.delivery_country:
        yield _breach("BR-IC-12", MISSING, term="BT-80")


_RULES: Final[tuple[Callable[[EInvoice], Iterator[Breach]], ...]] = (
    _sums,
    _one_vat_total,
    _vat,
    _bases,
    _prices,
    _decimals,
    _stated,
    _lines,
    _adjustments,
    _breakdown,
    _numbers,
)
