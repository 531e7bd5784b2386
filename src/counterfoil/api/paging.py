"""Lists page by page: a page ends with `next`, which the next request sends back as `after`.

A cursor holds the sort key of the last row, so that a list stays whole while rows are added to it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from counterfoil.kernel import strict_json
from counterfoil.kernel.canonical import canonical_bytes
from counterfoil.kernel.errors import Refused

T = TypeVar("T")
_BIGGEST = (1 << 63) - 1


class BadCursor(Refused):
    """Not the `next` of a page of this list."""

    code = "bad_cursor"


def next_of(rows: Sequence[T], limit: int, key: Callable[[T], Sequence[str | int]]) -> str | None:
    """Return the cursor after a page, None where the list ends. `rows` were asked for with one more than `limit`."""
    return next_at(*key(rows[limit - 1])) if len(rows) > limit else None


def next_at(*parts: str | int) -> str:
    """Return the cursor after a row with this sort key."""
    return base64.urlsafe_b64encode(canonical_bytes(parts)).decode("ascii").rstrip("=")


def position(after: str, *kinds: type[int] | type[str] | type[date]) -> tuple[Any, ...] | None:
    """Read a cursor of the given parts, None for the first page.

    Raises:
        BadCursor: it has other parts, or is none at all.
    """
    if not after:
        return None
    try:
        data = base64.b64decode(after.encode("ascii") + b"=" * (-len(after) % 4), altchars=b"-_", validate=True)
        parts = strict_json.loads(data)
    except (binascii.Error, ValueError, Refused):
        raise BadCursor(field="after") from None
    if not isinstance(parts, list) or len(parts) != len(kinds):
        raise BadCursor(field="after")
    return tuple(_part(part, kind) for part, kind in zip(parts, kinds, strict=True))


def instant(text: str) -> datetime:
    """Read the instant in a cursor.

    Raises:
        BadCursor: it is none.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadCursor(field="after") from None
    if found.tzinfo is None or not 1990 <= found.year < 2200:
        raise BadCursor(field="after")
    return found


def _part(part: object, kind: type) -> object:
    if kind is date and isinstance(part, str):
        try:
            return date.fromisoformat(part)
        except ValueError:
            raise BadCursor(field="after") from None
    if type(part) is not kind or (isinstance(part, int) and abs(part) > _BIGGEST):
        raise BadCursor(field="after")
    return part
