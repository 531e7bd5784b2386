"""Taking back what one decided thing led to: invoices by credit notes, matches by reversals, entries by entries."""

from __future__ import annotations

from counterfoil.billing.domain import CreditDraft
from counterfoil.decisions.domain import CannotBeReversed, Reversal
from counterfoil.flows.credit_invoice import credit_invoices
from counterfoil.flows.receive_money import undo_match
from counterfoil.flows.verdicts.subjects import ids_of
from counterfoil.receivables.domain.undoing import Undo, What


def credited(wanted: Reversal) -> tuple[str, ...]:
    """Credit every invoice that a decision issued, each once.

    Raises:
        CannotBeReversed: it issued none.
        Refused: the first thing that stands against crediting one of them.
    """
    invoices = ids_of("invoice", wanted.effects)
    if not invoices:
        raise CannotBeReversed(number=f"CF-{wanted.item_id}")
    answers = credit_invoices(
        books_id=wanted.books_id,
        credits_wanted=[CreditDraft(id_, wanted.on, wanted.reason) for id_ in invoices],
        actor=wanted.actor,
        at=wanted.at,
    )
    for answer in answers:
        for refusal in answer.refusals:
            raise refusal.error()
    return tuple([f"invoice:{answer.credit_note_id}" for answer in answers])


def unmatched(wanted: Reversal) -> tuple[str, ...]:
    """Take the match of a bank line back as of a day.

    Raises:
        CannotBeReversed: the decision was about no bank line, or settled nothing.
        Refused: the first thing that stands against it.
    """
    lines = ids_of("bank_line", [wanted.subject])
    if not lines or not wanted.effects:
        raise CannotBeReversed(number=f"CF-{wanted.item_id}")
    undo_match(
        books_id=wanted.books_id,
        undo=Undo(What.LINE, lines[0]),
        on=wanted.on,
        reason=wanted.reason,
        actor=wanted.actor,
        at=wanted.at,
    )
    return (wanted.subject,)


def irreversible(wanted: Reversal) -> tuple[str, ...]:
    """Refuse: the decision led to nothing that could be taken back by itself.

    Raises:
        CannotBeReversed: always.
    """
    raise CannotBeReversed(number=f"CF-{wanted.item_id}")
