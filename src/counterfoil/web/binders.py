"""Binders written on the server while a person waits: how far they are, and where the file is."""

from __future__ import annotations

import json
import threading
from datetime import date
from pathlib import Path

from django.db import connection

from counterfoil.audit.domain import Actor
from counterfoil.flows import binder
from counterfoil.infra.home import home
from counterfoil.kernel.errors import Refused

WRITING, DONE, REFUSED, BROKEN = "writing", "done", "refused", "broken"


def path(month: date) -> Path:
    """Return where the binder of a month is kept."""
    return home() / "binders" / f"counterfoil-{month:%Y-%m}.zip"


def state(month: date) -> dict[str, str | int]:
    """Return how far the binder of a month is; empty when it was never asked for."""
    file = path(month).with_suffix(".json")
    if not file.is_file():
        return {}
    found: dict[str, str | int] = json.loads(file.read_text("utf-8"))
    return found


def start(books_id: int, month: date, actor: Actor) -> None:
    """Begin to write the binder of a month, unless it is being written."""
    if state(month).get("state") == WRITING and any(one.name == f"binder-{month}" for one in threading.enumerate()):
        return
    _note(month, {"state": WRITING, "member": "", "rows": 0})
    threading.Thread(target=_write, args=(books_id, month, actor), name=f"binder-{month}", daemon=True).start()


def _write(books_id: int, month: date, actor: Actor) -> None:
    rows = 0

    def progress(member: str, count: int) -> None:
        nonlocal rows
        rows += count
        _note(month, {"state": WRITING, "member": member, "rows": rows})

    said: dict[str, str | int] = {"state": BROKEN}
    try:
        bound = binder.write_binder(books_id=books_id, month=month, out=path(month), actor=actor, progress=progress)
        said = {"state": DONE, "size": bound.size, "head": bound.head.short, "closed": int(bound.is_closed)}
    except Refused as refused:
        said = {"state": REFUSED, "code": refused.code}
    finally:
        _note(month, said)
        connection.close()


def _note(month: date, said: dict[str, str | int]) -> None:
    file = path(month).with_suffix(".json")
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(said), "utf-8")
    partial.replace(file)
