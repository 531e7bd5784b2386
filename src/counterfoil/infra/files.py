"""Files stored by what they contain: the name is the SHA-256 of the bytes, so nothing is ever overwritten."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from counterfoil.infra.home import home


def path(sha256: str) -> Path:
    """Return where the file with this hash lives."""
    return home() / "files" / sha256[:2] / sha256


def put(data: bytes) -> str:
    """Store bytes and return their SHA-256 in hexadecimal; storing them again changes nothing."""
    sha256 = hashlib.sha256(data).hexdigest()
    target = path(sha256)
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
        partial.write_bytes(data)
        partial.replace(target)
    return sha256


def read(sha256: str) -> bytes:
    """Return the bytes stored under a hash.

    Raises:
        FileNotFoundError: nothing was stored under it.
        ValueError: the file on disk no longer matches its name.
    """
    data = path(sha256).read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError(f"stored file {sha256} was altered")
    return data
