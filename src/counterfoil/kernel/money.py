"""Exact money, and the one place where it is rounded."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from counterfoil.kernel.currency import Currency
from counterfoil.kernel.errors import Refused

MAX_MAJOR: Final = 10**13
"""Amounts stay below this many major units (euros, not cents), so that they fit a 64-bit integer in any currency."""

_LIMIT_MINOR: Final = tuple(MAX_MAJOR * 10**exponent for exponent in range(5))
_FARTHEST: Final = 40
"""Powers of ten beyond this are not written out: such a decimal is out of range or rounds to nothing."""


class OutOfRange(Refused):
    """An amount of 10^13 major units or more, a value outside the limits that its field states."""

    code = "out_of_range"


def round_half_up(numerator: int, denominator: int) -> int:
    """Divide exactly and round to the nearest whole number, a half away from zero.

    Half away from zero is what tax authorities and EN 16931 mean by rounding: -324.995 becomes -325.00. Every
    rounding of money goes through here.

    Raises:
        ValueError: the denominator is zero.
    """
    if denominator == 0:
        raise ValueError("cannot divide by zero")
    quotient, remainder = divmod(abs(numerator), abs(denominator))
    if 2 * remainder >= abs(denominator):
        quotient += 1
    return quotient if (numerator < 0) == (denominator < 0) else -quotient


@dataclasses.dataclass(frozen=True, slots=True)
class Money:
    """An exact amount, counted in minor units (cents, yen). Never a float.

    Sums, differences and comparisons of two currencies are a ValueError; `==` of two currencies is False. Zero is
    falsy, as it is for numbers.

    Raises:
        OutOfRange: the amount reaches 10^13 major units.
    """

    minor: int
    currency: Currency

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("an amount is counted in whole minor units")
        if type(self.currency) is not Currency:
            raise TypeError("an amount needs its currency")
        limit = _LIMIT_MINOR[self.currency.exponent]
        if not -limit < self.minor < limit:
            raise OutOfRange(currency=self.currency.code, below=str(MAX_MAJOR))

    @classmethod
    def zero(cls, currency: Currency) -> Money:
        """Nothing, in `currency`; the start of a sum: `sum(amounts, Money.zero(EUR))`."""
        return cls(0, currency)

    @classmethod
    def rounded(cls, major: Decimal, currency: Currency) -> Money:
        """Round an exact number of major units (euros, not cents) to the currency, a half away from zero.

        Raises:
            ValueError: not a finite Decimal.
            OutOfRange: 10^13 or more.
        """
        if type(major) is not Decimal or not major.is_finite():
            raise ValueError("only a finite Decimal can be rounded to money")
        if not major or major.adjusted() < -_FARTHEST:
            return cls(0, currency)
        if major.adjusted() > _FARTHEST:
            raise OutOfRange(currency=currency.code, below=str(MAX_MAJOR))
        numerator, denominator = major.as_integer_ratio()
        return cls(round_half_up(numerator * 10**currency.exponent, denominator), currency)

    def times(self, numerator: int, denominator: int = 1) -> Money:
        """Multiply by an exact fraction and round once, a half away from zero.

        Raises:
            ValueError: the denominator is zero.
            OutOfRange: the product reaches 10^13 major units.
        """
        return Money(round_half_up(self.minor * numerator, denominator), self.currency)

    def split(self, weights: Sequence[int]) -> tuple[Money, ...]:
        """Share the amount out in proportion to `weights`.

        The parts always sum to the whole: the odd minor units go to the largest remainders, the earlier part first
        on a tie. No part has another sign than the whole, and a weight of zero gets nothing.

        Raises:
            ValueError: no weight, a negative weight, or nothing but zeros.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("weights must not be negative, and one must be above zero")
        whole = abs(self.minor)
        parts: list[int] = []
        remainders: list[int] = []
        for weight in weights:
            part, remainder = divmod(whole * weight, total)
            parts.append(part)
            remainders.append(remainder)
        odd = whole - sum(parts)
        if odd:
            for position in sorted(range(len(parts)), key=remainders.__getitem__, reverse=True)[:odd]:
                parts[position] += 1
        sign = -1 if self.minor < 0 else 1
        return tuple(Money(sign * part, self.currency) for part in parts)

    def as_decimal(self) -> Decimal:
        """The exact number of major units."""
        return Decimal(self.decimal_text())

    def decimal_text(self) -> str:
        """The amount as "1234.50": a point, no grouping, every decimal of the currency, and no currency."""
        exponent = self.currency.exponent
        sign = "-" if self.minor < 0 else ""
        digits = str(abs(self.minor)).rjust(exponent + 1, "0")
        return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}" if exponent else sign + digits

    def __str__(self) -> str:
        return f"{self.decimal_text()} {self.currency.code}"

    def __bool__(self) -> bool:
        return self.minor != 0

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __abs__(self) -> Money:
        return self if self.minor >= 0 else -self

    def __add__(self, other: Money) -> Money:
        self._insist_same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._insist_same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._insist_same_currency(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._insist_same_currency(other)
        return self.minor <= other.minor

    def __gt__(self, other: Money) -> bool:
        self._insist_same_currency(other)
        return self.minor > other.minor

    def __ge__(self, other: Money) -> bool:
        self._insist_same_currency(other)
        return self.minor >= other.minor

    def _insist_same_currency(self, other: Money) -> None:
        if type(other) is not Money:
            raise TypeError(f"money meets only money, not {type(other).__name__}")
        if self.currency is not other.currency and self.currency != other.currency:
            raise ValueError(f"{self.currency.code} and {other.currency.code} do not meet without a rate")
