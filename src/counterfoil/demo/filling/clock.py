"""The clock of the story, which stands still while something is done and is moved in between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class Clock:
    """Shows the instant at which the story is; never goes back."""

    instant: datetime

    def __call__(self) -> datetime:
        return self.instant

    def move(self, instant: datetime) -> None:
        """Go on to an instant.

        Raises:
            ValueError: it lies before the one shown.
        """
        if instant < self.instant:
            raise ValueError(f"the story does not go back: {self.instant} to {instant}")
        self.instant = instant
