"""Credit terms: when an invoice is due, and until when it may be paid with a discount."""

from __future__ import annotations

import dataclasses
import enum
import functools
import re
from datetime import date, timedelta
from decimal import Decimal

from counterfoil.kernel.errors import Refused
from counterfoil.kernel.spans import month_end


class UnknownTerm(Refused):
    """The text is none of the terms that we know. It is never replaced by a default."""

    code = "unknown_term"


class TermKind(enum.StrEnum):
    """From where the days are counted."""

    RECEIPT = "receipt"
    """Due on the day of issue."""
    NET = "net"
    """Due so many days after issue."""
    END_OF_MONTH = "end_of_month"
    """Due so many days after the last day of the month of issue; "EOM" is zero days."""


@dataclasses.dataclass(frozen=True, slots=True)
class Term:
    """A credit term, with the discount for paying early if there is one.

    `discount_percent` is 2 for "2/10 Net 30", and is granted through `discount_days` days after issue.
    """

    kind: TermKind
    days: int = 0
    discount_percent: Decimal | None = None
    discount_days: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.days <= _MOST_DAYS or (self.kind is TermKind.RECEIPT and self.days):
            raise ValueError(f"no such term: {self.kind}, {self.days} days")
        if (self.discount_percent is None) != (self.discount_days is None):
            raise ValueError("a discount needs both its percentage and its days")
        if self.discount_percent is not None and self.discount_days is not None:
            if self.kind is not TermKind.NET or not 0 <= self.discount_days < self.days:
                raise ValueError("a discount ends before the invoice is due")
            if not 0 < self.discount_percent < 100:
                raise ValueError("a discount lies between 0 and 100 percent")

    @classmethod
    def parse(cls, text: str) -> Term:
        """Read "Net 30", "NET30", "30 days", "2/10 Net 30", "Due on receipt", "EOM" or "Net 30 EOM".

        Upper and lower case and blanks do not matter.

        Raises:
            UnknownTerm: it is none of these; the text is a fact of the refusal.
        """
        return _parsed(text)

    @property
    def text(self) -> str:
        """The term as we write it; `Term.parse` reads it back."""
        match self.kind:
            case TermKind.RECEIPT:
                return "Due on receipt"
            case TermKind.END_OF_MONTH:
                return f"Net {self.days} EOM" if self.days else "EOM"
            case TermKind.NET:
                discount = f"{self.discount_percent:f}/{self.discount_days} " if self.discount_percent else ""
                return f"{discount}Net {self.days}"

    def due_date(self, issue_date: date) -> date:
        """The last day to pay in full and on time."""
        counted_from = month_end(issue_date) if self.kind is TermKind.END_OF_MONTH else issue_date
        return counted_from + timedelta(days=self.days)

    def discount_until(self, issue_date: date) -> date | None:
        """The last day to pay with the discount, or None where the term grants none."""
        return None if self.discount_days is None else issue_date + timedelta(days=self.discount_days)

    def __str__(self) -> str:
        return self.text


_MOST_DAYS = 999
_LONGEST = 80
_RECEIPT = re.compile(r"(?:DUE|PAYABLE)?\s*(?:UPON|ON)\s*RECEIPT|DUE\s+(?:NOW|IMMEDIATELY)|IMMEDIATE")
_END_OF_MONTH = re.compile(r"(?:NET\s*)?(?:EOM|END\s+OF\s+MONTH)")
_DAYS_AFTER_MONTH = re.compile(r"NET\s*([0-9]{1,3})\s*(?:DAYS\s*)?(?:EOM|END\s+OF\s+MONTH)")
_NET = re.compile(
    r"(?:([0-9]{1,2}(?:\.[0-9]{1,4})?)\s*%?\s*/\s*([0-9]{1,3})\s*,?\s*)?(?:NET|N\s*/)\s*([0-9]{1,3})(?:\s*DAYS)?"
)
_DAYS = re.compile(r"([0-9]{1,3})\s*DAYS")


@functools.lru_cache(maxsize=1024)
def _parsed(text: str) -> Term:
    """Read a term; imports repeat the same few texts a great many times."""
    plain = " ".join(text.upper().split()) if len(text) <= _LONGEST else ""
    if _RECEIPT.fullmatch(plain):
        return Term(TermKind.RECEIPT)
    if _END_OF_MONTH.fullmatch(plain):
        return Term(TermKind.END_OF_MONTH)
    if found := _DAYS_AFTER_MONTH.fullmatch(plain):
        return Term(TermKind.END_OF_MONTH, int(found[1]))
    if found := _DAYS.fullmatch(plain):
        return _net(int(found[1]))
    if found := _NET.fullmatch(plain):
        percent, discount_days, days = found.groups()
        if percent is None:
            return _net(int(days))
        if 0 < Decimal(percent) < 100 and int(discount_days) < int(days):
            return Term(TermKind.NET, int(days), Decimal(percent).normalize(), int(discount_days))
    raise UnknownTerm(text=text[:_LONGEST])


def _net(days: int) -> Term:
    """Net n; zero days after issue is on receipt."""
    return Term(TermKind.NET, days) if days else Term(TermKind.RECEIPT)
