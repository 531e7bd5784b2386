"""From which bank accounts a customer pays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class PaidFrom:
    """An account that a customer paid from: how often, and when first and last."""

    account: str
    times: int
    first: date
    last: date

    @property
    def ending(self) -> str:
        """The account as it may be shown: its last four signs."""
        return ending_of(self.account)


def ending_of(account: str) -> str:
    """Return an account as it may be shown."""
    return f"…{account[-4:]}"
