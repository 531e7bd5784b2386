"""Counting what a hand does: clicks and keys, typing not counted (LOOK.md, section 10)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page


class TooManySteps(AssertionError):
    """The job takes more clicks and keys than its budget."""


class Hand:
    """A hand with a budget; a chord, or `g` followed by a letter, is as many presses as it has keys to strike."""

    def __init__(self, page: Page, most: int) -> None:
        self._page = page
        self._most = most
        self.done: list[str] = []

    def click(self, target: Locator) -> None:
        """Click, once."""
        self._count(f"click {target}")
        target.click()

    def press(self, key: str) -> None:
        """Strike a key, or a chord."""
        self._count(f"press {key}")
        self._page.keyboard.press(key)

    def choose(self, target: Locator, value: str) -> None:
        """Choose from a list, which is a click."""
        self._count(f"choose {value}")
        target.select_option(value)

    def types(self, target: Locator, text: str) -> None:
        """Type into a field, which is not counted."""
        target.fill(text)

    def _count(self, step: str) -> None:
        self.done.append(step)
        if len(self.done) > self._most:
            raise TooManySteps(f"{len(self.done)} steps, {self._most} allowed: {'; '.join(self.done)}")


@contextmanager
def budget(page: Page, most: int) -> Iterator[Hand]:
    """Lend a hand for a job that may take so many clicks and keys."""
    yield Hand(page, most)
