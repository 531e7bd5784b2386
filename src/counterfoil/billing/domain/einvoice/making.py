"""An electronic invoice made from the canonical content of an issued document: nothing is computed anew.

Every amount is the one that was issued. Where EN 16931 has no place for how we say a thing, it is said in its way: a
negative price becomes a negative quantity, and what a line's net differs from quantity times price becomes an allowance
or a charge of that line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from counterfoil.billing.domain.einvoice.model import (
    CREDIT_NOTE_CODE,
    CREDIT_TRANSFER,
    EN_16931,
    INVOICE_CODE,
    ONE,
    SEPA_TRANSFER,
    Account,
    Adjustment,
    Category,
    EInvoice,
    Line,
    Party,
    Syntax,
    Totals,
    VatBreakdown,
    exact_sum,
)
from counterfoil.billing.domain.numbering import Kind
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Fact, Refusal, Refused
from counterfoil.kernel.money import Money

_CATEGORY_OF_CLASS: Final[Mapping[str, Category]] = {
    "zero": Category.ZERO,
    "none": Category.OUT_OF_SCOPE,
    "out_of_scope": Category.OUT_OF_SCOPE,
    "exempt": Category.EXEMPT,
    "reverse_charge": Category.REVERSE_CHARGE,
    "intra_community": Category.INTRA_COMMUNITY,
    "export": Category.EXPORT,
}
"""What a rate of nothing means, by the class of the rate. A class that is not here is exempt, with the rate's name."""
_REASONS: Final[Mapping[Category, tuple[str, str]]] = {
    Category.REVERSE_CHARGE: ("VATEX-EU-AE", "Reverse charge"),
    Category.INTRA_COMMUNITY: ("VATEX-EU-IC", "Intra-Community supply"),
    Category.EXPORT: ("VATEX-EU-G", "Export outside the EU"),
    Category.OUT_OF_SCOPE: ("VATEX-EU-O", "Not subject to VAT"),
}
"""Code (CEF VATEX list) and words of why nothing is charged."""
_ISSUED_WITHOUT: Final = "No tax"
_PLACE: Final = re.compile(r"([0-9]{4} [A-Z]{2}|[0-9]{4,6}) (\S.*)")
_SEPA: Final = "EUR"


class IncompleteEInvoice(Refused):
    """A document lacks what an electronic invoice must state; `refusals` say each thing and where it is entered."""

    code = "einvoice_incomplete"

    def __init__(self, number: str, refusals: Sequence[Refusal]) -> None:
        super().__init__(number=number, missing=[refusal.field for refusal in refusals])
        self.refusals = tuple(refusals)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyFacts:
    """What the books know of a party now. It fills what the document leaves out and changes nothing that it says."""

    vat_id: str = ""
    registration: str = ""
    country: str = ""
    city: str = ""
    post_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What an electronic invoice states beside the document.

    Args:
        tax_classes: the class of each tax code.
        tax_in_base: the document's tax in base currency, where that is another one (BT-111).
        iban, account_name: where to pay, as the printed form says it.
    """

    seller: PartyFacts = PartyFacts()
    customer: PartyFacts = PartyFacts()
    tax_classes: Mapping[str, str]
    tax_in_base: Money | None = None
    iban: str = ""
    account_name: str = ""


def einvoice_of(content: Mapping[str, Fact], beside: Beside) -> EInvoice:
    """Make the electronic form of an issued document, in any syntax.

    Raises:
        IncompleteEInvoice: something that EN 16931 wants is known neither from the document nor beside it.
    """
    is_credit_note = content["kind"] == Kind.CREDIT_NOTE.value
    number, money = str(content["number"]), str(content["currency"])
    taxes = [_mapping(one) for one in _sequence(content["taxes"])]
    categories = {str(tax["code"]): _category(tax, beside.tax_classes) for tax in taxes}
    seller = _party(_mapping(content["seller"]), beside.seller)
    buyer = _party(_mapping(content["customer"]), beside.customer)
    if Category.OUT_OF_SCOPE in categories.values():
        seller, buyer = _without_vat_id(seller), _without_vat_id(buyer)
    refusals = _missing(seller, buyer, frozenset(categories.values()))
    if refusals:
        raise IncompleteEInvoice(number, refusals)
    lines = [_mapping(one) for one in _sequence(content["lines"])]
    issue_date = _day(content["issue_date"])
    assert issue_date is not None
    is_delivered_abroad = Category.INTRA_COMMUNITY in categories.values()
    credited = content["credits"]
    return EInvoice(
        syntax=Syntax.UBL_CREDIT_NOTE if is_credit_note else Syntax.UBL_INVOICE,
        specification=EN_16931,
        number=number,
        issue_date=issue_date,
        type_code=CREDIT_NOTE_CODE if is_credit_note else INVOICE_CODE,
        currency=money,
        tax_currency=beside.tax_in_base.currency.code if beside.tax_in_base else "",
        due_date=None if is_credit_note else _day(content["due_date"]),
        contract=str(content["contract"]),
        order=str(content["po_number"]),
        terms="" if is_credit_note else str(content["term"]),
        notes=(str(content["note"]).strip(),) if str(content["note"]).strip() else (),
        preceding=_preceding(credited),
        seller=seller,
        buyer=buyer,
        delivery_date=_delivered(lines) or (issue_date if is_delivered_abroad else None),
        delivery_country=buyer.country if is_delivered_abroad else "",
        account=_account(content, beside, is_credit_note=is_credit_note),
        totals=Totals(
            lines=_amount(content["net"]),
            without_vat=_amount(content["net"]),
            vat=_amount(content["tax"]),
            vat_in_tax_currency=beside.tax_in_base.as_decimal() if beside.tax_in_base else None,
            with_vat=_amount(content["gross"]),
            due=_amount(content["gross"]),
        ),
        vat=_breakdown(taxes, categories),
        lines=tuple([_line(line, categories, money) for line in lines]),
    )


def _category(tax: Mapping[str, Fact], classes: Mapping[str, str]) -> Category:
    if Decimal(str(tax["percent"])):
        return Category.STANDARD
    label = str(tax["label"])
    return _CATEGORY_OF_CLASS.get(
        classes.get(str(tax["code"]), ""), Category.OUT_OF_SCOPE if label == _ISSUED_WITHOUT else Category.EXEMPT
    )


def _party(stated: Mapping[str, Fact], known: PartyFacts) -> Party:
    """A party as the document states it, with what it leaves blank from what is known now."""
    country = str(stated["country"]) or known.country
    lines = [text for line in _sequence(stated["lines"]) if (text := str(line).strip()) and text != country]
    place = f"{known.post_code} {known.city}".strip()
    city = post_code = ""
    if lines and place and lines[-1] == place:
        city, post_code = known.city, known.post_code
    elif len(lines) > 1 and (found := _PLACE.fullmatch(lines[-1])):
        post_code, city = found[1], found[2]
    return Party(
        name=str(stated["name"]),
        registration=known.registration,
        vat_id=_compact(str(stated["vat_id"]) or known.vat_id),
        has_address=True,
        lines=tuple(lines[:-1] if city or post_code else lines),
        city=city,
        post_code=post_code,
        country=country,
    )


def _compact(number: str) -> str:
    return re.sub(r"[\s.-]", "", number).upper()


def _without_vat_id(party: Party) -> Party:
    """BR-O-02 forbids VAT ids on what is not subject to VAT; the number still says who it is."""
    return Party(
        name=party.name,
        ids=() if party.registration or not party.vat_id else (party.vat_id,),
        registration=party.registration,
        has_address=True,
        lines=party.lines,
        city=party.city,
        post_code=party.post_code,
        country=party.country,
    )


def _missing(seller: Party, buyer: Party, categories: frozenset[Category]) -> list[Refusal]:
    """What no electronic invoice can do without, each with where it is entered."""
    found = []
    is_out_of_scope = Category.OUT_OF_SCOPE in categories
    if is_out_of_scope and len(categories) > 1:
        found.append(Refusal("einvoice_mixed_scope", {}, "taxes"))
    if is_out_of_scope and not (seller.ids or seller.registration):
        found.append(Refusal("einvoice_needs_seller_number", {"seller": seller.name}, "seller.registration"))
    if not is_out_of_scope and not seller.vat_id:
        found.append(Refusal("einvoice_needs_seller_vat_id", {"seller": seller.name}, "seller.vat_id"))
    if not seller.country:
        found.append(Refusal("einvoice_needs_seller_country", {"seller": seller.name}, "seller.country"))
    if not buyer.country:
        found.append(Refusal("einvoice_needs_customer_country", {"customer": buyer.name}, "customer.country"))
    if categories & {Category.REVERSE_CHARGE, Category.INTRA_COMMUNITY} and not buyer.vat_id:
        found.append(Refusal("einvoice_needs_customer_vat_id", {"customer": buyer.name}, "customer.vat_id"))
    return found


def _preceding(credited: Fact) -> tuple[tuple[str, date | None], ...]:
    if not isinstance(credited, Mapping):
        return ()
    return ((str(credited["number"]), _day(credited["issue_date"])),)


def _delivered(lines: Sequence[Mapping[str, Fact]]) -> date | None:
    """The last day on which something of it was delivered."""
    days = [day for line in lines if (day := _day(line["delivered_on"]))]
    return max(days, default=None)


def _account(content: Mapping[str, Fact], beside: Beside, *, is_credit_note: bool) -> Account | None:
    """Where to pay; a credit note asks for nothing."""
    if is_credit_note or not beside.iban:
        return None
    return Account(
        means=SEPA_TRANSFER if content["currency"] == _SEPA else CREDIT_TRANSFER,
        reference=str(content["payment_reference"]) or str(content["number"]),
        iban=_compact(beside.iban),
        name=beside.account_name,
    )


def _breakdown(taxes: Sequence[Mapping[str, Fact]], categories: Mapping[str, Category]) -> tuple[VatBreakdown, ...]:
    """One part for each category and rate: two codes of one rate are one part, rounded as they were issued."""
    parts: dict[tuple[Category, Decimal | None], VatBreakdown] = {}
    for tax in taxes:
        category = categories[str(tax["code"])]
        rate = _rate(category, tax["percent"])
        known = parts.get((category, rate))
        code, reason = _REASONS.get(category, ("", str(tax["label"]) if category == Category.EXEMPT else ""))
        parts[category, rate] = VatBreakdown(
            base=exact_sum([_amount(tax["base"]), known.base if known else None]),
            tax=exact_sum([_amount(tax["tax"]), known.tax if known else None]),
            category=category.value,
            rate=rate,
            reason=reason,
            reason_code=code,
        )
    return tuple(parts.values())


def _rate(category: Category, percent: Fact) -> Decimal | None:
    """The rate; what is not subject to VAT has none (BR-O-05)."""
    return None if category is Category.OUT_OF_SCOPE else Decimal(str(percent))


def _line(line: Mapping[str, Fact], categories: Mapping[str, Category], money: str) -> Line:
    category = categories[str(line["tax_code"])]
    quantity, price, net = (Decimal(str(line[name])) for name in ("quantity", "unit_price", "net"))
    if price < 0:
        quantity, price = -quantity, -price
    description, product = str(line["description"]).strip(), str(line["product"])
    start, end = _day(line["service_start"]), _day(line["service_end"])
    return Line(
        id=str(line["no"]),
        quantity=quantity,
        unit=ONE,
        net=net,
        start=start,
        end=end - timedelta(days=1) if end else None,
        adjustments=_difference(quantity, price, net, Decimal(str(line["discount_percent"])), money),
        price=price,
        category=category.value,
        rate=_rate(category, line["tax_percent"]),
        name=description or product or str(line["no"]),
        product_code=product,
    )


def _difference(
    quantity: Decimal, price: Decimal, net: Decimal, discount: Decimal, money: str
) -> tuple[Adjustment, ...]:
    """What lies between quantity times price and the net that was issued: a discount, or a rounding of the contract."""
    whole = Money.rounded(quantity * price, currency(money)).as_decimal()
    less = exact_sum([whole, -net])
    if not less:
        return ()
    reason = "Discount" if discount else "Agreed amount"
    return (Adjustment(is_charge=less < 0, amount=abs(less), reason=reason),)


def _amount(value: Fact) -> Decimal:
    return Decimal(str(value))


def _day(value: Fact) -> date | None:
    return date.fromisoformat(str(value)) if value else None


def _mapping(value: Fact) -> Mapping[str, Fact]:
    assert isinstance(value, Mapping)
    return value


def _sequence(value: Fact) -> Sequence[Fact]:
    assert isinstance(value, Sequence)
    assert not isinstance(value, str)
    return value
