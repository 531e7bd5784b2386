"""Tax rates by code and day, and tax for a document: once for each rate, on the sum of its nets."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import Money

ALWAYS = date(1990, 1, 1)
STANDARD, REDUCED, ZERO, NONE = "standard", "reduced", "zero", "none"


class UnknownTaxCode(Refused):
    """The books have no tax rate with this code on this day."""

    code = "unknown_tax_code"


class NoTaxRate(Refused):
    """The books' country has no rate for this tax class on this day; add one, or change the product's class."""

    code = "no_tax_rate"


@dataclass(frozen=True, slots=True)
class TaxRate:
    """A rate in percent under a code, in force from a day on until the same class gets another one.

    `country` is empty for rates that every country has (nothing is taxed, taxed at zero).
    """

    code: str
    country: str
    tax_class: str
    name: str
    percent: Decimal
    valid_from: date = ALWAYS

    @property
    def label(self) -> str:
        """The rate as documents name it: "VAT 19 %", "No tax"."""
        return _label(self.name, self.percent)


@dataclass(frozen=True, slots=True)
class TaxSum:
    """Tax of one rate on a document: on how much, and how much."""

    rate: TaxRate
    base: Money
    tax: Money


@dataclass(frozen=True, slots=True)
class TaxTable:
    """The rates of some books. `country` is the books' own: a product's tax class means a rate of it."""

    country: str
    rates: tuple[TaxRate, ...]
    _by_code: dict[str, list[TaxRate]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_code: dict[str, list[TaxRate]] = {}
        for rate in sorted(self.rates, key=lambda rate: rate.valid_from):
            by_code.setdefault(rate.code, []).append(rate)
        object.__setattr__(self, "_by_code", by_code)

    def rate(self, code: str, day: date) -> TaxRate:
        """The rate with a code on a day.

        Raises:
            UnknownTaxCode: there is none, or it is not yet in force.
        """
        for rate in reversed(self._by_code.get(code, ())):
            if rate.valid_from <= day:
                return rate
        raise UnknownTaxCode(field="tax_code", tax_code=code[:20], day=day.isoformat())

    def code_for(self, tax_class: str, day: date) -> str:
        """The code of a tax class in the books' country on a day.

        Raises:
            NoTaxRate: the country has no rate of this class on that day.
        """
        known = [
            rate
            for rate in self.rates
            if rate.tax_class == tax_class and rate.country in ("", self.country) and rate.valid_from <= day
        ]
        if not known:
            raise NoTaxRate(field="tax_class", tax_class=tax_class[:20], country=self.country, day=day.isoformat())
        return max(known, key=lambda rate: rate.valid_from).code


def tax_sums(nets: Iterable[tuple[TaxRate, Money]]) -> tuple[TaxSum, ...]:
    """Tax of a document by rate, in the order in which the rates first occur.

    Rounded half away from zero, once for each rate on the sum of its nets (EN 16931 BR-CO-17, BR-S-08): three lines
    of 33.33 at 19 % are taxed 19.00, and -625743.54 at 25 % is -156435.89.
    """
    bases: dict[tuple[str, Decimal], tuple[TaxRate, Money]] = {}
    for rate, net in nets:
        key = (rate.code, rate.percent)
        known = bases.get(key)
        bases[key] = (rate, net) if known is None else (known[0], known[1] + net)
    return tuple([TaxSum(rate, base, base.times(*_fraction(rate.percent))) for rate, base in bases.values()])


@functools.cache
def _label(name: str, percent: Decimal) -> str:
    return f"{name} {percent.normalize():f} %" if name else "No tax"


@functools.cache
def _fraction(percent: Decimal) -> tuple[int, int]:
    """A percentage as an exact fraction."""
    numerator, denominator = percent.as_integer_ratio()
    return numerator, denominator * 100


_COMMON = (
    TaxRate("ZERO", "", ZERO, "VAT", Decimal(0)),
    TaxRate("NONE", "", NONE, "", Decimal(0)),
)
_VAT = """
AT 20 10
BE 21 6
BG 20 9
CH 8.1 2.6
CY 19 5
CZ 21 12
DE 19 7
DK 25
EE 24 9
ES 21 10
FI 25.5 13.5
FR 20 5.5
GB 20 5
GR 24 13
HR 25 13
HU 27 5
IE 23 13.5
IT 22 10
LT 21
LU 17 8
LV 21 12
MT 18 7
NL 21 9
NO 25 15
PL 23 8
PT 23 6
RO 21 11
SE 25 12
SI 22 9.5
SK 23 19
"""
"""Country, standard rate and the reduced rate most used, in percent, as in force in November 2026. Books whose rates
differ (other reduced rates, the years before a change) add them: a code names its rate, so old documents stay right."""
_GST = """
AU 10
NZ 15
SG 9
"""
_GERMANY = (
    TaxRate("DE-16", "DE", STANDARD, "VAT", Decimal(16), date(1998, 4, 1)),
    TaxRate("DE-19", "DE", STANDARD, "VAT", Decimal(19), date(2007, 1, 1)),
    TaxRate("DE-16", "DE", STANDARD, "VAT", Decimal(16), date(2020, 7, 1)),
    TaxRate("DE-19", "DE", STANDARD, "VAT", Decimal(19), date(2021, 1, 1)),
    TaxRate("DE-7", "DE", REDUCED, "VAT", Decimal(7), date(1990, 1, 1)),
    TaxRate("DE-5", "DE", REDUCED, "VAT", Decimal(5), date(2020, 7, 1)),
    TaxRate("DE-7", "DE", REDUCED, "VAT", Decimal(7), date(2021, 1, 1)),
)
"""Rates since 1998, with the half year of 2020 (§ 12 and § 28 UStG)."""


def opening_rates() -> tuple[TaxRate, ...]:
    """The rates that new books open with: nothing taxed, zero, and the common countries'.

    All countries are there, so that an invoice may name the rate of another one; only the books' own country decides
    which rate a tax class means.
    """
    return (*_COMMON, *_GERMANY, *_listed(_VAT, "VAT"), *_listed(_GST, "GST"))


def _listed(table: str, name: str) -> Sequence[TaxRate]:
    rates = []
    for line in table.split("\n"):
        country, *percents = line.split() or [""]
        if country not in ("", "DE"):
            rates += [
                TaxRate(f"{country}-{percent}", country, tax_class, name, Decimal(percent))
                for tax_class, percent in zip((STANDARD, REDUCED), percents, strict=False)
            ]
    return rates
