"""Entries by hand, and taking entries back."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act
from counterfoil.infra import world
from counterfoil.kernel.errors import Refusal, Refused
from counterfoil.kernel.explanation import Finding
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import (
    REVERSIBLE,
    JournalEntry,
    Outcome,
    OutcomeKind,
    Sourced,
    check_by_hand,
    check_reversible,
)
from counterfoil.receivables import selectors as receivables


class NoSuchEntry(Refused):
    """These books have no entry of this number."""

    code = "no_such_entry"


@transaction.atomic
def enter_journal(*, books_id: int, entry: JournalEntry, reference: str, actor: Actor) -> int:
    """Post a balanced entry that somebody wrote by hand, once for its reference, and return its id.

    Accounts that the product keeps with its documents (receivables, contract position, tax) are refused: what they
    hold must always be the sum of documents.

    Raises:
        Refused: `period_is_closed`, `unknown_account`, `account_kept_with_documents`.
    """
    roles = {line.code: line.role for line in ledger_reads.accounts(books_id)}
    wanted = [Sourced(f"hand:{reference}"[:120], entry)]
    cleared, held = decisions.clear(Act.POST, wanted, {"journal": check_by_hand(wanted, roles)})
    if held:
        raise _refused(held[0].findings[0])
    (outcome,) = ledger.post_entries(books_id=books_id, cleared=cleared, actor=actor, at=world.now())
    return _done(outcome)


@transaction.atomic
def reverse_entry(*, books_id: int, entry_id: int, on: date, reason: str, actor: Actor) -> int:
    """Take back an entry that was made by hand with a linked reversing entry, and return its id; twice is once.

    Entries of documents are taken back with their document: an invoice by a credit note, a match by undoing it.

    Raises:
        NoSuchEntry: there is none.
        Refused: `taken_back_with_its_cause`, `period_is_closed`.
    """
    found = ledger_reads.entries_by_id(books_id, [entry_id])
    if entry_id not in found:
        raise NoSuchEntry(entry=f"J-{entry_id}")
    findings = check_reversible([found[entry_id].source])
    if paid := receivables.payment_of_entry(books_id, [entry_id]):  # A payment by hand has its own key, by hand too.
        findings = [[Finding(REVERSIBLE, "taken_back_with_its_cause", {"cause": paid[entry_id].what.value})]]
    cleared, held = decisions.clear(Act.REVERSE, [entry_id], {"reversible": findings})
    if held:
        raise _refused(held[0].findings[0])
    (outcome,) = ledger.reverse_entries(
        books_id=books_id, cleared=cleared, on=on, reason=reason, actor=actor, at=world.now()
    )
    return _done(outcome)


def _refused(finding: Finding) -> Refused:
    return Refusal(finding.code, finding.facts, finding.field).error()


def _done(outcome: Outcome) -> int:
    if outcome.kind is OutcomeKind.REFUSED or outcome.entry_id is None:
        raise Refusal(outcome.code, outcome.facts or {}).error()
    return outcome.entry_id
