"""UBL 2.1 Invoice and CreditNote, as the binding CEN/TS 16931-3-2 maps them to EN 16931."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element

from counterfoil.billing.domain.einvoice.model import (
    CREDIT_CODES,
    Account,
    Adjustment,
    EInvoice,
    Line,
    Party,
    Syntax,
    Totals,
    VatBreakdown,
    exact_sum,
    money_text,
    plain,
)
from counterfoil.billing.domain.einvoice.tree import (
    add,
    address_lines,
    amounts_by_currency,
    day,
    number,
    root_element,
    stated,
    text,
    texts,
    to_bytes,
)

INVOICE: Final = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CREDIT_NOTE: Final = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
_COMPONENTS: Final = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


# ------------------------------------------------------------------------------------------------- reading


def read(root: Element, *, is_credit_note: bool) -> EInvoice:
    """Read an invoice from its tree without namespaces.

    Raises:
        UnreadableValue: a number or a date that is none.
    """
    currency, tax_currency = text(root, "DocumentCurrencyCode"), text(root, "TaxCurrencyCode")
    line, quantity = ("CreditNoteLine", "CreditedQuantity") if is_credit_note else ("InvoiceLine", "InvoicedQuantity")
    return EInvoice(
        syntax=Syntax.UBL_CREDIT_NOTE if is_credit_note else Syntax.UBL_INVOICE,
        specification=text(root, "CustomizationID"),
        number=text(root, "ID"),
        issue_date=day(root, "IssueDate", "BT-2"),
        type_code=text(root, "CreditNoteTypeCode" if is_credit_note else "InvoiceTypeCode"),
        currency=currency,
        tax_currency=tax_currency,
        due_date=day(root, "PaymentMeans/PaymentDueDate" if is_credit_note else "DueDate", "BT-9"),
        buyer_reference=text(root, "BuyerReference"),
        contract=text(root, "ContractDocumentReference/ID"),
        order=text(root, "OrderReference/ID"),
        terms=text(root, "PaymentTerms/Note"),
        notes=texts(root, "Note"),
        preceding=tuple(
            [
                (text(one, "ID"), day(one, "IssueDate", "BT-26"))
                for one in root.findall("BillingReference/InvoiceDocumentReference")
            ]
        ),
        seller=_party(root.find("AccountingSupplierParty/Party")),
        buyer=_party(root.find("AccountingCustomerParty/Party")),
        representative_vat_id=_vat_id(root.find("TaxRepresentativeParty")),
        delivery_date=day(root, "Delivery/ActualDeliveryDate", "BT-72"),
        delivery_country=text(root, "Delivery/DeliveryLocation/Address/Country/IdentificationCode"),
        start=day(root, "InvoicePeriod/StartDate", "BT-73"),
        end=day(root, "InvoicePeriod/EndDate", "BT-74"),
        account=_account(root.find("PaymentMeans")),
        adjustments=_adjustments(root, "BT-92"),
        totals=_totals(root, currency, tax_currency),
        vat=_vat(root, currency),
        lines=tuple([_line(one, quantity) for one in root.findall(line)]),
    )


def _party(party: Element | None) -> Party:
    if party is None:
        return Party()
    address = party.find("PostalAddress")
    name = text(party, "PartyLegalEntity/RegistrationName") or text(party, "PartyName/Name")
    return Party(
        name=name,
        ids=texts(party, "PartyIdentification/ID"),
        registration=text(party, "PartyLegalEntity/CompanyID"),
        vat_id=_vat_id(party),
        tax_number=_scheme(party, is_vat=False),
        has_address=address is not None,
        lines=tuple(
            [
                said
                for path in ("StreetName", "AdditionalStreetName", "AddressLine/Line")
                if (said := text(address, path))
            ]
        ),
        city=text(address, "CityName"),
        post_code=text(address, "PostalZone"),
        country=text(address, "Country/IdentificationCode"),
    )


def _vat_id(party: Element | None) -> str:
    return "" if party is None else _scheme(party, is_vat=True)


def _scheme(party: Element, *, is_vat: bool) -> str:
    """A party's number under the VAT scheme, or under another one."""
    for one in party.findall("PartyTaxScheme"):
        if (text(one, "TaxScheme/ID").upper() == "VAT") is is_vat:
            return text(one, "CompanyID")
    return ""


def _account(means: Element | None) -> Account | None:
    if means is None:
        return None
    return Account(
        means=text(means, "PaymentMeansCode"),
        reference=text(means, "PaymentID"),
        iban=text(means, "PayeeFinancialAccount/ID"),
        name=text(means, "PayeeFinancialAccount/Name"),
    )


def _adjustments(parent: Element, term: str) -> tuple[Adjustment, ...]:
    return tuple(
        [
            Adjustment(
                is_charge=text(one, "ChargeIndicator") in ("true", "1"),
                amount=number(one, "Amount", term),
                base=number(one, "BaseAmount", term),
                percent=number(one, "MultiplierFactorNumeric", term),
                category=text(one, "TaxCategory/ID"),
                rate=number(one, "TaxCategory/Percent", "BT-96"),
                reason=text(one, "AllowanceChargeReason"),
                reason_code=text(one, "AllowanceChargeReasonCode"),
            )
            for one in parent.findall("AllowanceCharge")
        ]
    )


def _totals(root: Element, currency: str, tax_currency: str) -> Totals:
    sums = root.find("LegalMonetaryTotal")
    vat, other = stated(amounts_by_currency(root, "TaxTotal/TaxAmount", "BT-110"), currency, tax_currency)
    return Totals(
        lines=number(sums, "LineExtensionAmount", "BT-106"),
        allowances=number(sums, "AllowanceTotalAmount", "BT-107"),
        charges=number(sums, "ChargeTotalAmount", "BT-108"),
        without_vat=number(sums, "TaxExclusiveAmount", "BT-109"),
        vat=vat[0] if vat else None,
        vat_again=vat[1:],
        vat_in_tax_currency=other,
        with_vat=number(sums, "TaxInclusiveAmount", "BT-112"),
        paid=number(sums, "PrepaidAmount", "BT-113"),
        rounding=number(sums, "PayableRoundingAmount", "BT-114"),
        due=number(sums, "PayableAmount", "BT-115"),
    )


def _vat(root: Element, currency: str) -> tuple[VatBreakdown, ...]:
    """The breakdown of the total in the invoice's own currency; the other total has none."""
    found = []
    for total in root.findall("TaxTotal"):
        amount = total.find("TaxAmount")
        stated_in = amount.get("currencyID", "") if amount is not None else ""
        if not stated_in or not currency or stated_in == currency:
            found += total.findall("TaxSubtotal")
    return tuple(
        [
            VatBreakdown(
                base=number(one, "TaxableAmount", "BT-116"),
                tax=number(one, "TaxAmount", "BT-117"),
                category=text(one, "TaxCategory/ID"),
                rate=number(one, "TaxCategory/Percent", "BT-119"),
                reason=text(one, "TaxCategory/TaxExemptionReason"),
                reason_code=text(one, "TaxCategory/TaxExemptionReasonCode"),
            )
            for one in found
        ]
    )


def _line(line: Element, quantity: str) -> Line:
    counted = line.find(quantity)
    item, price = line.find("Item"), line.find("Price")
    return Line(
        id=text(line, "ID"),
        quantity=number(line, quantity, "BT-129"),
        unit=counted.get("unitCode", "") if counted is not None else "",
        net=number(line, "LineExtensionAmount", "BT-131"),
        start=day(line, "InvoicePeriod/StartDate", "BT-134"),
        end=day(line, "InvoicePeriod/EndDate", "BT-135"),
        adjustments=_adjustments(line, "BT-136"),
        price=number(price, "PriceAmount", "BT-146"),
        price_quantity=number(price, "BaseQuantity", "BT-149"),
        gross_price=number(price, "AllowanceCharge/BaseAmount", "BT-148"),
        category=text(item, "ClassifiedTaxCategory/ID"),
        rate=number(item, "ClassifiedTaxCategory/Percent", "BT-152"),
        name=text(item, "Name"),
        description=text(item, "Description"),
        product_code=text(item, "SellersItemIdentification/ID"),
    )


# ------------------------------------------------------------------------------------------------- writing


def write(invoice: EInvoice) -> bytes:
    """Write an invoice, as a CreditNote where its type says so."""
    is_credit_note = invoice.type_code in CREDIT_CODES
    name, namespace = ("CreditNote", CREDIT_NOTE) if is_credit_note else ("Invoice", INVOICE)
    root = root_element(name, {"": namespace, **_COMPONENTS})
    money = invoice.currency
    add(root, "cbc:CustomizationID", invoice.specification)
    add(root, "cbc:ID", invoice.number)
    add(root, "cbc:IssueDate", _day(invoice.issue_date))
    if not is_credit_note:
        add(root, "cbc:DueDate", _day(invoice.due_date))
    add(root, f"cbc:{name}TypeCode", invoice.type_code)
    for note in invoice.notes:
        add(root, "cbc:Note", note)
    add(root, "cbc:DocumentCurrencyCode", money)
    add(root, "cbc:TaxCurrencyCode", invoice.tax_currency)
    add(root, "cbc:BuyerReference", invoice.buyer_reference)
    _write_period(root, invoice.start, invoice.end)
    add(root, "cac:OrderReference/cbc:ID", invoice.order)
    for invoice_number, issued in invoice.preceding:
        reference = add(root, "cac:BillingReference/cac:InvoiceDocumentReference")
        add(reference, "cbc:ID", invoice_number)
        add(reference, "cbc:IssueDate", _day(issued))
    add(root, "cac:ContractDocumentReference/cbc:ID", invoice.contract)
    _write_party(root, "cac:AccountingSupplierParty", invoice.seller)
    _write_party(root, "cac:AccountingCustomerParty", invoice.buyer)
    _write_delivery(root, invoice)
    _write_account(root, invoice, is_credit_note=is_credit_note)
    add(root, "cac:PaymentTerms/cbc:Note", invoice.terms)
    for one in invoice.adjustments:
        _write_adjustment(root, one, money)
    _write_vat(root, invoice)
    _write_totals(root, invoice.totals, money)
    for line in invoice.lines:
        _write_line(root, line, money, is_credit_note=is_credit_note)
    return to_bytes(root)


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _amount(parent: Element, path: str, amount: Decimal | None, money: str) -> None:
    if amount is not None:
        add(parent, path, money_text(amount), currencyID=money)


def _write_period(parent: Element, start: date | None, end: date | None) -> None:
    if start or end:
        period = add(parent, "cac:InvoicePeriod")
        add(period, "cbc:StartDate", _day(start))
        add(period, "cbc:EndDate", _day(end))


def _write_party(root: Element, path: str, party: Party) -> None:
    box = add(root, f"{path}/cac:Party")
    for id_ in party.ids:
        add(box, "cac:PartyIdentification/cbc:ID", id_)
    if party.has_address:
        address = add(box, "cac:PostalAddress")
        first, second, more = address_lines(party.lines)
        add(address, "cbc:StreetName", first)
        add(address, "cbc:AdditionalStreetName", second)
        add(address, "cbc:CityName", party.city)
        add(address, "cbc:PostalZone", party.post_code)
        add(address, "cac:AddressLine/cbc:Line", more)
        add(address, "cac:Country/cbc:IdentificationCode", party.country)
    for tax_number, scheme in ((party.vat_id, "VAT"), (party.tax_number, "TAX")):
        if tax_number:
            tax = add(box, "cac:PartyTaxScheme")
            add(tax, "cbc:CompanyID", tax_number)
            add(tax, "cac:TaxScheme/cbc:ID", scheme)
    entity = add(box, "cac:PartyLegalEntity")
    add(entity, "cbc:RegistrationName", party.name)
    add(entity, "cbc:CompanyID", party.registration)


def _write_delivery(root: Element, invoice: EInvoice) -> None:
    if invoice.delivery_date or invoice.delivery_country:
        delivery = add(root, "cac:Delivery")
        add(delivery, "cbc:ActualDeliveryDate", _day(invoice.delivery_date))
        add(
            delivery,
            "cac:DeliveryLocation/cac:Address/cac:Country/cbc:IdentificationCode",
            invoice.delivery_country,
        )


def _write_account(root: Element, invoice: EInvoice, *, is_credit_note: bool) -> None:
    account = invoice.account
    if account is None:
        return
    means = add(root, "cac:PaymentMeans")
    add(means, "cbc:PaymentMeansCode", account.means)
    if is_credit_note:
        add(means, "cbc:PaymentDueDate", _day(invoice.due_date))
    add(means, "cbc:PaymentID", account.reference)
    if account.iban:
        box = add(means, "cac:PayeeFinancialAccount")
        add(box, "cbc:ID", account.iban)
        add(box, "cbc:Name", account.name)


def _write_adjustment(parent: Element, one: Adjustment, money: str) -> None:
    box = add(parent, "cac:AllowanceCharge")
    add(box, "cbc:ChargeIndicator", "true" if one.is_charge else "false")
    add(box, "cbc:AllowanceChargeReasonCode", one.reason_code)
    add(box, "cbc:AllowanceChargeReason", one.reason)
    if one.percent is not None:
        add(box, "cbc:MultiplierFactorNumeric", plain(one.percent))
    _amount(box, "cbc:Amount", one.amount, money)
    _amount(box, "cbc:BaseAmount", one.base, money)
    if one.category:
        _write_category(box, "cac:TaxCategory", one.category, one.rate)


def _write_category(
    parent: Element, path: str, category: str, rate: Decimal | None, reason: Sequence[str] = ("", "")
) -> None:
    box = add(parent, path)
    add(box, "cbc:ID", category)
    if rate is not None:
        add(box, "cbc:Percent", plain(rate))
    code, said = reason
    add(box, "cbc:TaxExemptionReasonCode", code)
    add(box, "cbc:TaxExemptionReason", said)
    add(box, "cac:TaxScheme/cbc:ID", "VAT")


def _write_vat(root: Element, invoice: EInvoice) -> None:
    total = add(root, "cac:TaxTotal")
    _amount(total, "cbc:TaxAmount", invoice.totals.vat, invoice.currency)
    for part in invoice.vat:
        box = add(total, "cac:TaxSubtotal")
        _amount(box, "cbc:TaxableAmount", part.base, invoice.currency)
        _amount(box, "cbc:TaxAmount", part.tax, invoice.currency)
        _write_category(box, "cac:TaxCategory", part.category, part.rate, (part.reason_code, part.reason))
    if invoice.totals.vat_in_tax_currency is not None:
        _amount(root, "cac:TaxTotal/cbc:TaxAmount", invoice.totals.vat_in_tax_currency, invoice.tax_currency)


def _write_totals(root: Element, totals: Totals, money: str) -> None:
    box = add(root, "cac:LegalMonetaryTotal")
    _amount(box, "cbc:LineExtensionAmount", totals.lines, money)
    _amount(box, "cbc:TaxExclusiveAmount", totals.without_vat, money)
    _amount(box, "cbc:TaxInclusiveAmount", totals.with_vat, money)
    _amount(box, "cbc:AllowanceTotalAmount", totals.allowances, money)
    _amount(box, "cbc:ChargeTotalAmount", totals.charges, money)
    _amount(box, "cbc:PrepaidAmount", totals.paid, money)
    _amount(box, "cbc:PayableRoundingAmount", totals.rounding, money)
    _amount(box, "cbc:PayableAmount", totals.due, money)


def _write_line(root: Element, line: Line, money: str, *, is_credit_note: bool) -> None:
    box = add(root, "cac:CreditNoteLine" if is_credit_note else "cac:InvoiceLine")
    add(box, "cbc:ID", line.id)
    if line.quantity is not None:
        name = "cbc:CreditedQuantity" if is_credit_note else "cbc:InvoicedQuantity"
        add(box, name, plain(line.quantity), unitCode=line.unit)
    _amount(box, "cbc:LineExtensionAmount", line.net, money)
    _write_period(box, line.start, line.end)
    for one in line.adjustments:
        _write_adjustment(box, one, money)
    item = add(box, "cac:Item")
    add(item, "cbc:Description", line.description)
    add(item, "cbc:Name", line.name)
    add(item, "cac:SellersItemIdentification/cbc:ID", line.product_code)
    _write_category(item, "cac:ClassifiedTaxCategory", line.category, line.rate)
    price = add(box, "cac:Price")
    if line.price is not None:
        add(price, "cbc:PriceAmount", plain(line.price), currencyID=money)
    if line.price_quantity is not None:
        add(price, "cbc:BaseQuantity", plain(line.price_quantity), unitCode=line.unit)
    if line.gross_price is not None and line.price is not None:
        discount = add(price, "cac:AllowanceCharge")
        add(discount, "cbc:ChargeIndicator", "false")
        add(discount, "cbc:Amount", plain(exact_sum([line.gross_price, -line.price])), currencyID=money)
        add(discount, "cbc:BaseAmount", plain(line.gross_price), currencyID=money)
