"""The one message after something undoable was done: what, how much, and its undo. Refusals are never toasts."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from counterfoil.web.parts import Undo

KEY = "toast"


@dataclass(frozen=True, slots=True)
class Toast:
    """A sentence, and how to take it back."""

    text: str
    undo: Undo | None = None


def leave(request: HttpRequest, text: str, undo: Undo | None = None) -> None:
    """Keep a toast for the next page that this person opens."""
    kept = {"url": undo.url, "label": undo.label, "fields": [list(field) for field in undo.fields]} if undo else None
    request.session[KEY] = {"text": text, "undo": kept}


def take(request: HttpRequest) -> Toast | None:
    """Take the toast that the last step left, if there is one."""
    kept = request.session.pop(KEY, None)
    if kept is None:
        return None
    undo = kept["undo"]
    fields = tuple((name, value) for name, value in undo["fields"]) if undo else ()
    return Toast(kept["text"], Undo(undo["url"], undo["label"], fields) if undo else None)
