"""The outside world as values that can be replaced: clock, randomness, HTTP and database connection.

The product reads time, chance and the network only here. A simulation runs the whole product in one
process by entering `using(World(...))` with its own clock and seeded randomness.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from counterfoil.kernel.errors import Refused


class NoNetwork(Refused):
    """Something asked for an outside system, and none is connected."""

    code = "no_network"


class Http(Protocol):
    """Send one request to another system."""

    def __call__(self, method: str, url: str, *, body: bytes | None = None) -> bytes: ...


def no_network(method: str, url: str, *, body: bytes | None = None) -> bytes:
    """Refuse: without a connector the product makes no outside call at all (SCOPE M0.3)."""
    raise NoNetwork(method=method)


def system_now() -> datetime:
    """Return the machine's time as an aware UTC instant."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class World:
    """What the product may know of the outside."""

    clock: Callable[[], datetime] = system_now
    random_bytes: Callable[[int], bytes] = secrets.token_bytes
    http: Http = no_network
    database: str = "default"


_current: ContextVar[World] = ContextVar("counterfoil_world")
_SYSTEM = World()


def current() -> World:
    """Return the world in force."""
    return _current.get(_SYSTEM)


@contextmanager
def using(world: World) -> Iterator[World]:
    """Replace the world for the length of a `with` block."""
    token = _current.set(world)
    try:
        yield world
    finally:
        _current.reset(token)


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return _current.get(_SYSTEM).clock()


def today(time_zone: str) -> date:
    """Return the calendar day in a time zone: accounting dates are dates of the books' zone."""
    return now().astimezone(ZoneInfo(time_zone)).date()


def token(size: int = 24) -> str:
    """Return an unguessable hexadecimal token of `size` random bytes."""
    return _current.get(_SYSTEM).random_bytes(size).hex()
