"""Document numbers: gapless within a series, in the order of the dates; and the payment reference of a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from string import ascii_uppercase

from counterfoil.kernel.errors import Refused


class Kind(StrEnum):
    """Which document it is. Each kind has series of its own."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class IssueDateTooEarly(Refused):
    """Numbers of the series were given to later dates; dates in a series never run backwards."""

    code = "issue_date_too_early"


PATTERNS = {Kind.INVOICE: "{year}-{no:04d}", Kind.CREDIT_NOTE: "CN-{year}-{no:04d}"}
BRANCH_PATTERNS = {Kind.INVOICE: "{year}-{branch}-{no:04d}", Kind.CREDIT_NOTE: "CN-{year}-{branch}-{no:04d}"}


@dataclass(frozen=True, slots=True)
class SeriesState:
    """A series as it stands. `branch` is empty for the main series of a year, else "B", "C" and so on."""

    id: int
    kind: Kind
    year: int
    branch: str
    pattern: str
    next_no: int
    last_date: date | None

    def takes(self, day: date) -> bool:
        """Whether a document of this date may be numbered next."""
        return self.last_date is None or self.last_date <= day

    def number(self, no: int) -> str:
        """The number as printed."""
        return self.pattern.format(year=self.year, branch=self.branch, no=no)


def pattern_of(kind: Kind, branch: str) -> str:
    """The pattern that a new series opens with."""
    return BRANCH_PATTERNS[kind] if branch else PATTERNS[kind]


def branch_after(branches: Sequence[str]) -> str:
    """The name of the next branch of a year whose series, the main one included, have these names: B, C ... Z, BA.

    The main series has no letter in its numbers, so that the first branch is B, the second series of the year.
    """
    letters = ascii_uppercase[1:]
    index = max([_index(branch, letters) for branch in branches], default=-1) + 1
    name = ""
    index += 1
    while index:
        index, digit = divmod(index - 1, len(letters))
        name = letters[digit] + name
    return name


def _index(branch: str, letters: str) -> int:
    """The place of a branch in the order that `branch_after` follows; -1 for the main series and foreign names."""
    if not branch or any(letter not in letters for letter in branch):
        return -1
    place = 0
    for letter in branch:
        place = place * len(letters) + letters.index(letter) + 1
    return place - 1


def payment_reference(number: str) -> str:
    """The ISO 11649 creditor reference of a document number: "RF" + two check digits + the number's own characters.

    2026-0001 becomes RF3120260001. Empty where the number has more than 21 letters and digits.
    """
    plain = "".join([sign for sign in number.upper() if sign.isascii() and sign.isalnum()])
    if not 0 < len(plain) <= _LONGEST_REFERENCE:
        return ""
    digits = "".join([str(int(sign, 36)) for sign in plain])
    return f"RF{98 - int(digits + _RF00) % 97:02d}{plain}"


_LONGEST_REFERENCE = 21
_RF00 = "271500"
"""RF00 with letters counted from 10 (ISO 7064, mod 97-10)."""
