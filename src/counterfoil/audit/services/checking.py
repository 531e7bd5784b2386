"""Checking the record as it is now."""

from __future__ import annotations

from pathlib import Path

from counterfoil.audit import registry, selectors
from counterfoil.audit.services.chain import seal


def verify(*, anchors: Path | None = None) -> selectors.Verification:
    """Seal what waits, then check every event, every link, every exported head and every hashed row."""
    seal()
    return selectors.verification(anchors=anchors, loaders=registry.loaders())
