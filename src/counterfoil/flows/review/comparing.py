"""What a person says in the queue, beside what the machine said."""

from __future__ import annotations

from counterfoil.flows import autonomy
from counterfoil.flows.review.asked import Asked


def compared(asked: Asked, *, is_agreed: bool) -> None:
    """Keep what the person said beside what the machine said, where that is compared."""
    kind, subject, part = (asked.case.facts.get(name) for name in ("kind", "judged", "part"))
    if isinstance(kind, str) and isinstance(subject, str):
        autonomy.note_answer(
            books_id=asked.books_id,
            kind=kind,
            subject=subject,
            part=part if isinstance(part, int) else None,
            is_agreed=is_agreed,
            reason=asked.reason,
            actor=asked.actor,
            at=asked.at,
        )
