"""UN/CEFACT Cross Industry Invoice D16B, as the binding CEN/TS 16931-3-3 maps it to EN 16931; Factur-X carries it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element

from counterfoil.billing.domain.einvoice.model import (
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

NAMESPACE: Final = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
_NAMESPACES: Final = {
    "rsm": NAMESPACE,
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}
_TRADE: Final = "SupplyChainTradeTransaction"
_VAT, _FISCAL_NUMBER = "VA", "FC"


# ------------------------------------------------------------------------------------------------- reading


def read(root: Element) -> EInvoice:
    """Read an invoice from its tree without namespaces.

    Raises:
        UnreadableValue: a number or a date that is none.
    """
    trade = root.find(_TRADE)
    trade = Element(_TRADE) if trade is None else trade
    agreement = trade.find("ApplicableHeaderTradeAgreement")
    delivery = trade.find("ApplicableHeaderTradeDelivery")
    found = trade.find("ApplicableHeaderTradeSettlement")
    settlement = Element("ApplicableHeaderTradeSettlement") if found is None else found
    currency, tax_currency = text(settlement, "InvoiceCurrencyCode"), text(settlement, "TaxCurrencyCode")
    document = root.find("ExchangedDocument")
    return EInvoice(
        syntax=Syntax.CII,
        specification=text(root, "ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID"),
        number=text(document, "ID"),
        issue_date=day(document, "IssueDateTime/DateTimeString", "BT-2"),
        type_code=text(document, "TypeCode"),
        currency=currency,
        tax_currency=tax_currency,
        due_date=day(settlement, "SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString", "BT-9"),
        buyer_reference=text(agreement, "BuyerReference"),
        contract=text(agreement, "ContractReferencedDocument/IssuerAssignedID"),
        order=text(agreement, "BuyerOrderReferencedDocument/IssuerAssignedID"),
        terms=text(settlement, "SpecifiedTradePaymentTerms/Description"),
        notes=texts(root, "ExchangedDocument/IncludedNote/Content"),
        preceding=tuple(
            [
                (text(one, "IssuerAssignedID"), day(one, "FormattedIssueDateTime/DateTimeString", "BT-26"))
                for one in settlement.findall("InvoiceReferencedDocument")
            ]
        ),
        seller=_party(agreement, "SellerTradeParty"),
        buyer=_party(agreement, "BuyerTradeParty"),
        representative_vat_id=_party(agreement, "SellerTaxRepresentativeTradeParty").vat_id,
        delivery_date=day(delivery, "ActualDeliverySupplyChainEvent/OccurrenceDateTime/DateTimeString", "BT-72"),
        delivery_country=text(delivery, "ShipToTradeParty/PostalTradeAddress/CountryID"),
        start=day(settlement, "BillingSpecifiedPeriod/StartDateTime/DateTimeString", "BT-73"),
        end=day(settlement, "BillingSpecifiedPeriod/EndDateTime/DateTimeString", "BT-74"),
        account=_account(settlement),
        adjustments=(*_adjustments(settlement, "BT-92"), *_logistics(settlement)),
        totals=_totals(settlement, currency, tax_currency),
        vat=tuple(
            [
                VatBreakdown(
                    base=number(one, "BasisAmount", "BT-116"),
                    tax=number(one, "CalculatedAmount", "BT-117"),
                    category=text(one, "CategoryCode"),
                    rate=number(one, "RateApplicablePercent", "BT-119"),
                    reason=text(one, "ExemptionReason"),
                    reason_code=text(one, "ExemptionReasonCode"),
                )
                for one in settlement.findall("ApplicableTradeTax")
            ]
        ),
        lines=tuple([_line(one) for one in trade.findall("IncludedSupplyChainTradeLineItem")]),
    )


def _party(agreement: Element | None, name: str) -> Party:
    party = None if agreement is None else agreement.find(name)
    if party is None:
        return Party()
    address = party.find("PostalTradeAddress")
    numbers = {
        one.get("schemeID", ""): (one.text or "").strip() for one in party.findall("SpecifiedTaxRegistration/ID")
    }
    return Party(
        name=text(party, "Name"),
        ids=(*texts(party, "ID"), *texts(party, "GlobalID")),
        registration=text(party, "SpecifiedLegalOrganization/ID"),
        vat_id=numbers.get(_VAT, ""),
        tax_number=numbers.get(_FISCAL_NUMBER, ""),
        has_address=address is not None,
        lines=tuple([said for path in ("LineOne", "LineTwo", "LineThree") if (said := text(address, path))]),
        city=text(address, "CityName"),
        post_code=text(address, "PostcodeCode"),
        country=text(address, "CountryID"),
    )


def _account(settlement: Element) -> Account | None:
    means = settlement.find("SpecifiedTradeSettlementPaymentMeans")
    reference = text(settlement, "PaymentReference")
    if means is None and not reference:
        return None
    box = "PayeePartyCreditorFinancialAccount"
    return Account(
        means=text(means, "TypeCode"),
        reference=reference,
        iban=text(means, f"{box}/IBANID") or text(means, f"{box}/ProprietaryID"),
        name=text(means, f"{box}/AccountName"),
    )


def _adjustments(parent: Element, term: str) -> tuple[Adjustment, ...]:
    return tuple(
        [
            Adjustment(
                is_charge=text(one, "ChargeIndicator/Indicator") in ("true", "1"),
                amount=number(one, "ActualAmount", term),
                base=number(one, "BasisAmount", term),
                percent=number(one, "CalculationPercent", term),
                category=text(one, "CategoryTradeTax/CategoryCode"),
                rate=number(one, "CategoryTradeTax/RateApplicablePercent", "BT-96"),
                reason=text(one, "Reason"),
                reason_code=text(one, "ReasonCode"),
            )
            for one in parent.findall("SpecifiedTradeAllowanceCharge")
        ]
    )


def _logistics(settlement: Element) -> tuple[Adjustment, ...]:
    """Freight, which the extended profiles of Factur-X state apart from other charges and count in BT-108."""
    return tuple(
        [
            Adjustment(
                is_charge=True,
                amount=number(one, "AppliedAmount", "BT-99"),
                category=text(one, "AppliedTradeTax/CategoryCode"),
                rate=number(one, "AppliedTradeTax/RateApplicablePercent", "BT-103"),
                reason=text(one, "Description"),
            )
            for one in settlement.findall("SpecifiedLogisticsServiceCharge")
        ]
    )


def _totals(settlement: Element, currency: str, tax_currency: str) -> Totals:
    sums = settlement.find("SpecifiedTradeSettlementHeaderMonetarySummation")
    vat, other = stated(amounts_by_currency(sums, "TaxTotalAmount", "BT-110"), currency, tax_currency)
    return Totals(
        lines=number(sums, "LineTotalAmount", "BT-106"),
        allowances=number(sums, "AllowanceTotalAmount", "BT-107"),
        charges=number(sums, "ChargeTotalAmount", "BT-108"),
        without_vat=number(sums, "TaxBasisTotalAmount", "BT-109"),
        vat=vat[0] if vat else None,
        vat_again=vat[1:],
        vat_in_tax_currency=other,
        with_vat=number(sums, "GrandTotalAmount", "BT-112"),
        paid=number(sums, "TotalPrepaidAmount", "BT-113"),
        rounding=number(sums, "RoundingAmount", "BT-114"),
        due=number(sums, "DuePayableAmount", "BT-115"),
    )


def _line(line: Element) -> Line:
    product, agreement = line.find("SpecifiedTradeProduct"), line.find("SpecifiedLineTradeAgreement")
    counted = line.find("SpecifiedLineTradeDelivery/BilledQuantity")
    found = line.find("SpecifiedLineTradeSettlement")
    settlement = Element("SpecifiedLineTradeSettlement") if found is None else found
    return Line(
        id=text(line, "AssociatedDocumentLineDocument/LineID"),
        quantity=number(line, "SpecifiedLineTradeDelivery/BilledQuantity", "BT-129"),
        unit=counted.get("unitCode", "") if counted is not None else "",
        net=number(settlement, "SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount", "BT-131"),
        start=day(settlement, "BillingSpecifiedPeriod/StartDateTime/DateTimeString", "BT-134"),
        end=day(settlement, "BillingSpecifiedPeriod/EndDateTime/DateTimeString", "BT-135"),
        adjustments=_adjustments(settlement, "BT-136"),
        price=number(agreement, "NetPriceProductTradePrice/ChargeAmount", "BT-146"),
        price_quantity=number(agreement, "NetPriceProductTradePrice/BasisQuantity", "BT-149"),
        gross_price=number(agreement, "GrossPriceProductTradePrice/ChargeAmount", "BT-148"),
        category=text(settlement, "ApplicableTradeTax/CategoryCode"),
        rate=number(settlement, "ApplicableTradeTax/RateApplicablePercent", "BT-152"),
        name=text(product, "Name"),
        description=text(product, "Description"),
        product_code=text(product, "SellerAssignedID"),
    )


# ------------------------------------------------------------------------------------------------- writing


def write(invoice: EInvoice) -> bytes:
    """Write an invoice or credit note; its type says which it is."""
    root = root_element("rsm:CrossIndustryInvoice", _NAMESPACES)
    add(
        root,
        "rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID",
        invoice.specification,
    )
    document = add(root, "rsm:ExchangedDocument")
    add(document, "ram:ID", invoice.number)
    add(document, "ram:TypeCode", invoice.type_code)
    _day(document, "ram:IssueDateTime", invoice.issue_date)
    for note in invoice.notes:
        add(document, "ram:IncludedNote/ram:Content", note)
    trade = add(root, "rsm:SupplyChainTradeTransaction")
    for line in invoice.lines:
        _write_line(trade, line)
    agreement = add(trade, "ram:ApplicableHeaderTradeAgreement")
    add(agreement, "ram:BuyerReference", invoice.buyer_reference)
    _write_party(agreement, "ram:SellerTradeParty", invoice.seller)
    _write_party(agreement, "ram:BuyerTradeParty", invoice.buyer)
    add(agreement, "ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID", invoice.order)
    add(agreement, "ram:ContractReferencedDocument/ram:IssuerAssignedID", invoice.contract)
    delivery = add(trade, "ram:ApplicableHeaderTradeDelivery")
    add(delivery, "ram:ShipToTradeParty/ram:PostalTradeAddress/ram:CountryID", invoice.delivery_country)
    if invoice.delivery_date:
        event = add(delivery, "ram:ActualDeliverySupplyChainEvent")
        _day(event, "ram:OccurrenceDateTime", invoice.delivery_date)
    _write_settlement(trade, invoice)
    return to_bytes(root)


def _write_settlement(trade: Element, invoice: EInvoice) -> None:
    box = add(trade, "ram:ApplicableHeaderTradeSettlement")
    account = invoice.account
    if account is not None:
        add(box, "ram:PaymentReference", account.reference)
    add(box, "ram:TaxCurrencyCode", invoice.tax_currency)
    add(box, "ram:InvoiceCurrencyCode", invoice.currency)
    if account is not None and account.means:
        means = add(box, "ram:SpecifiedTradeSettlementPaymentMeans")
        add(means, "ram:TypeCode", account.means)
        if account.iban:
            payee = add(means, "ram:PayeePartyCreditorFinancialAccount")
            add(payee, "ram:IBANID", account.iban)
            add(payee, "ram:AccountName", account.name)
    for part in invoice.vat:
        tax = add(box, "ram:ApplicableTradeTax")
        _amount(tax, "ram:CalculatedAmount", part.tax)
        add(tax, "ram:TypeCode", "VAT")
        add(tax, "ram:ExemptionReason", part.reason)
        _amount(tax, "ram:BasisAmount", part.base)
        add(tax, "ram:CategoryCode", part.category)
        add(tax, "ram:ExemptionReasonCode", part.reason_code)
        _rate(tax, part.rate)
    _write_period(box, invoice.start, invoice.end)
    for one in invoice.adjustments:
        _write_adjustment(box, one)
    if invoice.terms or invoice.due_date:
        terms = add(box, "ram:SpecifiedTradePaymentTerms")
        add(terms, "ram:Description", invoice.terms)
        _day(terms, "ram:DueDateDateTime", invoice.due_date)
    _write_totals(box, invoice)
    for invoice_number, issued in invoice.preceding:
        reference = add(box, "ram:InvoiceReferencedDocument")
        add(reference, "ram:IssuerAssignedID", invoice_number)
        _day(reference, "ram:FormattedIssueDateTime", issued, "qdt")


def _day(parent: Element, path: str, value: date | None, prefix: str = "udt") -> None:
    if value:
        add(parent, f"{path}/{prefix}:DateTimeString", f"{value:%Y%m%d}".rjust(8, "0"), format="102")


def _amount(parent: Element, path: str, amount: Decimal | None) -> None:
    if amount is not None:
        add(parent, path, money_text(amount))


def _rate(parent: Element, rate: Decimal | None) -> None:
    if rate is not None:
        add(parent, "ram:RateApplicablePercent", plain(rate))


def _write_period(parent: Element, start: date | None, end: date | None) -> None:
    if start or end:
        period = add(parent, "ram:BillingSpecifiedPeriod")
        _day(period, "ram:StartDateTime", start)
        _day(period, "ram:EndDateTime", end)


def _write_party(agreement: Element, name: str, party: Party) -> None:
    box = add(agreement, name)
    for id_ in party.ids:
        add(box, "ram:ID", id_)
    add(box, "ram:Name", party.name)
    add(box, "ram:SpecifiedLegalOrganization/ram:ID", party.registration)
    if party.has_address:
        address = add(box, "ram:PostalTradeAddress")
        first, second, more = address_lines(party.lines)
        add(address, "ram:PostcodeCode", party.post_code)
        add(address, "ram:LineOne", first)
        add(address, "ram:LineTwo", second)
        add(address, "ram:LineThree", more)
        add(address, "ram:CityName", party.city)
        add(address, "ram:CountryID", party.country)
    for tax_number, scheme in ((party.vat_id, _VAT), (party.tax_number, _FISCAL_NUMBER)):
        add(box, "ram:SpecifiedTaxRegistration/ram:ID", tax_number, schemeID=scheme)


def _write_adjustment(parent: Element, one: Adjustment) -> None:
    box = add(parent, "ram:SpecifiedTradeAllowanceCharge")
    add(box, "ram:ChargeIndicator/udt:Indicator", "true" if one.is_charge else "false")
    if one.percent is not None:
        add(box, "ram:CalculationPercent", plain(one.percent))
    _amount(box, "ram:BasisAmount", one.base)
    _amount(box, "ram:ActualAmount", one.amount)
    add(box, "ram:ReasonCode", one.reason_code)
    add(box, "ram:Reason", one.reason)
    if one.category:
        tax = add(box, "ram:CategoryTradeTax")
        add(tax, "ram:TypeCode", "VAT")
        add(tax, "ram:CategoryCode", one.category)
        _rate(tax, one.rate)


def _write_totals(settlement: Element, invoice: EInvoice) -> None:
    totals = invoice.totals
    box = add(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    _amount(box, "ram:LineTotalAmount", totals.lines)
    _amount(box, "ram:ChargeTotalAmount", totals.charges)
    _amount(box, "ram:AllowanceTotalAmount", totals.allowances)
    _amount(box, "ram:TaxBasisTotalAmount", totals.without_vat)
    if totals.vat is not None:
        add(box, "ram:TaxTotalAmount", money_text(totals.vat), currencyID=invoice.currency)
    if totals.vat_in_tax_currency is not None:
        other = money_text(totals.vat_in_tax_currency)
        add(box, "ram:TaxTotalAmount", other, currencyID=invoice.tax_currency)
    _amount(box, "ram:RoundingAmount", totals.rounding)
    _amount(box, "ram:GrandTotalAmount", totals.with_vat)
    _amount(box, "ram:TotalPrepaidAmount", totals.paid)
    _amount(box, "ram:DuePayableAmount", totals.due)


def _write_line(trade: Element, line: Line) -> None:
    box = add(trade, "ram:IncludedSupplyChainTradeLineItem")
    add(box, "ram:AssociatedDocumentLineDocument/ram:LineID", line.id)
    product = add(box, "ram:SpecifiedTradeProduct")
    add(product, "ram:SellerAssignedID", line.product_code)
    add(product, "ram:Name", line.name)
    add(product, "ram:Description", line.description)
    agreement = add(box, "ram:SpecifiedLineTradeAgreement")
    if line.gross_price is not None:
        gross = add(agreement, "ram:GrossPriceProductTradePrice")
        add(gross, "ram:ChargeAmount", plain(line.gross_price))
        if line.price is not None:
            less = add(gross, "ram:AppliedTradeAllowanceCharge")
            add(less, "ram:ChargeIndicator/udt:Indicator", "false")
            add(less, "ram:ActualAmount", plain(exact_sum([line.gross_price, -line.price])))
    price = add(agreement, "ram:NetPriceProductTradePrice")
    if line.price is not None:
        add(price, "ram:ChargeAmount", plain(line.price))
    if line.price_quantity is not None:
        add(price, "ram:BasisQuantity", plain(line.price_quantity), unitCode=line.unit)
    if line.quantity is not None:
        path = "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity"
        add(box, path, plain(line.quantity), unitCode=line.unit)
    settlement = add(box, "ram:SpecifiedLineTradeSettlement")
    tax = add(settlement, "ram:ApplicableTradeTax")
    add(tax, "ram:TypeCode", "VAT")
    add(tax, "ram:CategoryCode", line.category)
    _rate(tax, line.rate)
    _write_period(settlement, line.start, line.end)
    for one in line.adjustments:
        _write_adjustment(settlement, one)
    sums = add(settlement, "ram:SpecifiedTradeSettlementLineMonetarySummation")
    _amount(sums, "ram:LineTotalAmount", line.net)
