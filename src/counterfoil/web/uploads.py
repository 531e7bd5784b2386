"""Files that were tried and wait to be imported: kept in the home for an hour, under a random name, then gone."""

from __future__ import annotations

import re
from pathlib import Path

from counterfoil.infra import home, world

KEPT_SECONDS = 3_600
_TOKEN = re.compile("[0-9a-f]{32}")


def keep(data: bytes) -> str:
    """Keep a file and return the token that finds it again; what is older than an hour is removed first."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _sweep(folder)
    token = world.token(16)
    path = folder / token
    path.touch(mode=0o600)
    path.write_bytes(data)
    return token


def found(token: str) -> bytes | None:
    """Return a kept file, or None when there is none by this token."""
    path = _folder() / token
    return path.read_bytes() if _TOKEN.fullmatch(token) and path.is_file() else None


def drop(token: str) -> None:
    """Remove a kept file."""
    if _TOKEN.fullmatch(token):
        (_folder() / token).unlink(missing_ok=True)


def _folder() -> Path:
    return home.home() / "uploads"


def _sweep(folder: Path) -> None:
    oldest = world.now().timestamp() - KEPT_SECONDS
    for path in folder.iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
