"""Tax rates of the books."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.billing import domain
from counterfoil.billing.models import TaxRate
from counterfoil.kernel.errors import Refused


class TaxRateExists(Refused):
    """The code has a rate from this day on already."""

    code = "tax_rate_exists"


@transaction.atomic
def open_tax_rates(*, books_id: int, country: str, actor: Actor, at: datetime) -> None:
    """Open new books with the rates of the common countries; opening them again changes nothing.

    Which rate a product's tax class means is decided by the books' own country.
    """
    if TaxRate.objects.filter(books_id=books_id).exists():
        return
    rates = domain.opening_rates()
    TaxRate.objects.bulk_create([_row(books_id, rate) for rate in rates])
    audit.record(
        kind="billing.tax_rates_opened",
        actor=actor,
        subject=f"books:{books_id}",
        body={"country": country, "codes": sorted({rate.code for rate in rates})},
        at=at,
        books_id=books_id,
    )


@transaction.atomic
def add_tax_rate(
    *,
    books_id: int,
    code: str,
    country: str,
    tax_class: str,
    name: str,
    percent: Decimal,
    valid_from: date,
    actor: Actor,
    at: datetime,
) -> None:
    """Add a rate, or a new value of a code from a day on. Documents issued before keep the rate they were issued at.

    Raises:
        TaxRateExists: the code has a rate from this very day on.
    """
    if TaxRate.objects.filter(books_id=books_id, code=code, valid_from=valid_from).exists():
        raise TaxRateExists(field="code", tax_code=code, valid_from=valid_from.isoformat())
    rate = domain.TaxRate(code, country, tax_class, name, percent, valid_from)
    _row(books_id, rate).save(force_insert=True)
    audit.record(
        kind="billing.tax_rate_added",
        actor=actor,
        subject=f"books:{books_id}",
        body={"code": code, "percent": f"{percent:f}", "valid_from": valid_from.isoformat(), "tax_class": tax_class},
        at=at,
        books_id=books_id,
    )


def _row(books_id: int, rate: domain.TaxRate) -> TaxRate:
    return TaxRate(
        books_id=books_id,
        code=rate.code,
        country=rate.country,
        tax_class=rate.tax_class,
        name=rate.name,
        percent=rate.percent,
        valid_from=rate.valid_from,
    )
