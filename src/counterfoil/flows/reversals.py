"""Taking back what one decided thing led to, with everything that depends on it refused or named first."""

from __future__ import annotations

from counterfoil.decisions.domain import CannotBeReversed, Reversal
from counterfoil.flows.undo import undo


def taken_back(wanted: Reversal) -> tuple[str, ...]:
    """Undo what a decision did about one subject as of a day; returns what that made. Twice is once.

    Raises:
        Refused: there is nothing to undo, or something depends on it (the facts list it).
    """
    done = undo(
        books_id=wanted.books_id,
        target=f"decision:{wanted.decision_id}",
        on=wanted.on,
        reason=wanted.reason,
        only=[wanted.subject],
        with_dependents=wanted.with_dependents,
        actor=wanted.actor,
        at=wanted.at,
    )
    return tuple([f"decision:{id_}" for id_ in done.decisions])


def irreversible(wanted: Reversal) -> tuple[str, ...]:
    """Refuse: the decision led to nothing that could be taken back by itself.

    Raises:
        CannotBeReversed: always.
    """
    raise CannotBeReversed(number=f"CF-{wanted.decision_id}")
