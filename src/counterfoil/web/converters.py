"""What may stand in an address: numbers as the pages print them."""

from __future__ import annotations

from datetime import date


class Prefixed:
    """A number behind its letters: `D-1187`."""

    letters = ""
    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value.removeprefix(f"{self.letters}-"))

    def to_url(self, value: int) -> str:
        return f"{self.letters}-{value}"


class DealNumber(Prefixed):
    letters = "D"
    regex = "D-[0-9]{1,18}"


class EntryNumber(Prefixed):
    letters = "J"
    regex = "J-[0-9]{1,18}"


class DecisionNumber(Prefixed):
    letters = "CF"
    regex = "CF-[0-9]{1,18}"


class CaseNumber(Prefixed):
    letters = "R"
    regex = "R-[0-9]{1,17}"


class ImportNumber(Prefixed):
    letters = "B"
    regex = "B-[0-9]{1,18}"


class PaymentNumber(Prefixed):
    letters = "P"
    regex = "P-[0-9]{1,18}"


class Month:
    """A month of the books: `2026-10`, the first day of it in Python."""

    regex = "(?:19|20|21)[0-9]{2}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(f"{value}-01")

    def to_url(self, value: date) -> str:
        return f"{value:%Y-%m}"
