"""Builds electronic invoices that keep every rule, so that a test changes the one thing it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from counterfoil.billing.domain.einvoice import (
    Adjustment,
    EInvoice,
    Line,
    Party,
    Syntax,
    Totals,
    VatBreakdown,
    check,
)
from counterfoil.billing.domain.einvoice.model import EN_16931, exact_sum
from counterfoil.billing.domain.einvoice.rules import vat_of

SELLER = Party(name="Tidewater Metering GmbH", vat_id="DE123456788", has_address=True, city="Kiel", country="DE")
BUYER = Party(name="Kestrel Water AG", has_address=True, lines=("Quai 4",), country="FR")


def an_einvoice(
    *nets: str,
    rates: Sequence[str] = (),
    allowances: Sequence[str] = (),
    charges: Sequence[str] = (),
    paid: str | None = None,
    rounding: str | None = None,
    currency: str = "EUR",
) -> EInvoice:
    """An invoice with one line for each net, taxed at the rate of the same place, or at 19 %; "0" is zero-rated.

    Allowances and charges are taxed like the first line.
    """
    percents = [*rates, *["19"] * (len(nets) - len(rates))]
    lines = tuple(
        [
            Line(
                id=str(no),
                quantity=Decimal(-1 if net.startswith("-") else 1),
                unit="C62",
                net=Decimal(net),
                price=abs(Decimal(net)),
                category=category(percent),
                rate=Decimal(percent),
                name="Meter",
            )
            for no, (net, percent) in enumerate(zip(nets, percents, strict=True), 1)
        ]
    )
    adjustments = tuple(
        [
            Adjustment(
                is_charge=is_charge,
                amount=Decimal(amount),
                category=category(percents[0]),
                rate=Decimal(percents[0]),
                reason="Agreed",
            )
            for is_charge, amounts in ((False, allowances), (True, charges))
            for amount in amounts
        ]
    )
    signed = [(one.rate, one.amount if one.is_charge else -(one.amount or Decimal(0))) for one in adjustments]
    bases = [*((line.rate, line.net) for line in lines), *signed]
    vat = tuple([_part(percent, bases) for percent in dict.fromkeys(percents)])
    totals = _totals(lines, adjustments, vat, paid, rounding)
    return EInvoice(
        syntax=Syntax.UBL_INVOICE,
        specification=EN_16931,
        number="2026-0001",
        issue_date=date(2026, 11, 15),
        type_code="380",
        currency=currency,
        due_date=date(2026, 12, 15),
        seller=SELLER,
        buyer=BUYER,
        adjustments=adjustments,
        totals=totals,
        vat=vat,
        lines=lines,
    )


def category(percent: str) -> str:
    """The category of a rate: standard, or zero-rated."""
    return "S" if Decimal(percent) else "Z"


def _part(percent: str, bases: Sequence[tuple[Decimal | None, Decimal | None]]) -> VatBreakdown:
    rate = Decimal(percent)
    base = exact_sum(amount for one, amount in bases if one == rate)
    return VatBreakdown(base=base, tax=vat_of(base, rate), category=category(percent), rate=rate)


def _totals(
    lines: Sequence[Line],
    adjustments: Sequence[Adjustment],
    vat: Sequence[VatBreakdown],
    paid: str | None,
    rounding: str | None,
) -> Totals:
    nets = exact_sum(line.net for line in lines)
    less = exact_sum(one.amount for one in adjustments if not one.is_charge)
    more = exact_sum(one.amount for one in adjustments if one.is_charge)
    tax = exact_sum(part.tax for part in vat)
    prepaid, odd = (Decimal(text) if text else None for text in (paid, rounding))
    gross = nets - less + more + tax
    return Totals(
        lines=nets,
        allowances=less or None,
        charges=more or None,
        without_vat=nets - less + more,
        vat=tax,
        with_vat=gross,
        paid=prepaid,
        rounding=odd,
        due=gross - (prepaid or 0) + (odd or 0),
    )


def with_total(invoice: EInvoice, **totals: str | None) -> EInvoice:
    """The same invoice stating other totals."""
    stated: dict[str, Any] = {name: None if text is None else Decimal(text) for name, text in totals.items()}
    return replace(invoice, totals=replace(invoice.totals, **stated))


def with_vat(invoice: EInvoice, **values: str) -> EInvoice:
    """The same invoice stating another base, tax or rate of its first part of VAT."""
    stated: dict[str, Any] = {name: Decimal(text) for name, text in values.items()}
    return replace(invoice, vat=(replace(invoice.vat[0], **stated), *invoice.vat[1:]))


def broken(invoice: EInvoice) -> list[str]:
    """The rules that an invoice breaks, in the order found."""
    return [breach.rule for breach in check(invoice)]
