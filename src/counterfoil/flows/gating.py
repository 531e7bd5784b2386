"""The gate in front of each automatic act: which mode holds, how a batch is taken back, what is kept to be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from counterfoil.audit.domain import Actor
from counterfoil.autonomy import selectors as autonomy_reads
from counterfoil.autonomy import services as autonomy
from counterfoil.autonomy.domain.levels import Standing
from counterfoil.autonomy.domain.pairs import Said
from counterfoil.billing import selectors as billing_reads
from counterfoil.connectors.ports import Accepted
from counterfoil.decisions.domain import Mode
from counterfoil.flows import answers as heard
from counterfoil.flows import control_rate
from counterfoil.infra import world
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import Money
from counterfoil.review import services as review
from counterfoil.review.domain import NewCase

INVOICED: Final = "invoiced"
MATCHED: Final = "matched"
HELD: Final = "held"
LEFT: Final = "left"
"""Left to people: the machine claims nothing, so there is nothing to compare."""
LATER: Final = "later"
"""Signed, and nothing is to be invoiced yet: there is nothing to compare."""
SAMPLE: Final = "sample"
MILLION: Final = 1_000_000


class Stopped(Refused):
    """Somebody stopped this kind of decision while it ran: the batch was taken back."""

    code = "decision_stopped"


@dataclass(frozen=True, slots=True)
class Gate:
    """What a batch of one kind of decision may do. `is_confirmed`: a person asks for these very things."""

    books_id: int
    kind: str
    version: str
    standing: Standing
    is_confirmed: bool

    @property
    def acts(self) -> bool:
        """Tell whether the batch writes what it decides."""
        return self.is_confirmed or self.standing.mode in (Mode.ACT_WITH_SAMPLE, Mode.ACT)

    @property
    def mode(self) -> Mode:
        """The mode in which the batch is recorded. What a person asked for, they confirmed: it was not done alone."""
        return Mode.SUGGEST if self.is_confirmed else self.standing.mode

    @property
    def is_compared(self) -> bool:
        """Tell whether what a person does here is kept to be compared with what the machine said."""
        return self.is_confirmed and (self.standing.is_set or self.standing.is_stopped)

    def insist_running(self) -> None:
        """Look once more before a batch ends, whether somebody stopped it meanwhile.

        Raises:
            Stopped: its transaction must be taken back.
        """
        if (
            not self.is_confirmed
            and not self.standing.is_stopped
            and autonomy_reads.is_stopped(self.books_id, self.kind)
        ):
            by = autonomy_reads.standing(self.books_id, self.kind, self.version).stopped_by
            raise Stopped(kind=self.kind, by=by)


def gate(books_id: int, kind: str, version: str, *, is_confirmed: bool = False) -> Gate:
    """Read what a batch may do, at its start and within its transaction; one statement."""
    return Gate(books_id, kind, version, autonomy_reads.standing(books_id, kind, version), is_confirmed)


@contextmanager
def taken_back() -> Iterator[None]:
    """Do something and take it back: what follows from it can be read within the block, and nothing of it stays."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# ------------------------------------------------------------------------------------ what is compared


def invoices_said(books_id: int, accepted: Sequence[Accepted]) -> list[tuple[Said, int]]:
    """Return what each accepted part came to, and its money in base currency; four statements at most."""
    ids = [invoice_of(one) for one in accepted]
    documents = billing_reads.documents_by_id(books_id, ids)
    said = []
    for id_ in ids:
        issued = documents[id_]
        document, draft = issued.document, issued.document.draft
        days = (draft.due_date - draft.issue_date).days
        stake = issued.base.gross.minor if issued.base else 0
        said.append((invoice_said(document.net, document.tax, days), stake))
    return said


def invoice_said(net: Money, tax: Money, term_days: int) -> Said:
    """Return what an invoice says that is compared: currency, net, tax and the days until it is due."""
    answer = {"net": net.minor, "tax": tax.minor, "term_days": term_days}
    return Said(INVOICED, net.minor + tax.minor, net.currency.code, answer)


def invoice_of(one: Accepted) -> int:
    """Return the id of the invoice among what an accounting system made."""
    return next(int(effect.partition(":")[2]) for effect in one.effects if effect.startswith("invoice:"))


# ------------------------------------------------------------------------------------ cases for people


@dataclass(frozen=True, slots=True)
class Case:
    """Something of a batch that people may look at: what it is, what it follows from, and its money.

    `judged` and `part` say under which name the shadow log has it, where that is not `subject`.
    """

    subject: str
    content_hash: str
    money: Money | None = None
    customer_id: int | None = None
    judged: str = ""
    part: int | None = None


def suggest(gate: Gate, cases: Sequence[Case], decision_id: int, actor: Actor, at: datetime) -> None:
    """Let people confirm what a batch would do."""
    _open(gate, gate.kind, f"suggested_{_plain(gate.kind)}", cases, decision_id, actor, at)


def draw_sample(gate: Gate, cases: Sequence[Case], decision_id: int, actor: Actor, at: datetime) -> list[int]:
    """Let people look at a random few of what a batch did; returns their positions."""
    if gate.is_confirmed or gate.mode is not Mode.ACT_WITH_SAMPLE:
        return []
    rate = sample_rate(gate)
    drawn = [position for position in range(len(cases)) if is_drawn(rate)]
    _open(gate, SAMPLE, "sampled_decision", [cases[position] for position in drawn], decision_id, actor, at)
    return drawn


def sample_rate(gate: Gate) -> int:
    """Return how many of a million acts of a kind go to people, as the auditor or else the review policy says."""
    return control_rate.rates(gate.books_id).of(gate.kind)


def is_drawn(rate_micro: int) -> bool:
    """Draw by chance: true in `rate_micro` of a million."""
    return int.from_bytes(world.current().random_bytes(8), "big") % MILLION < rate_micro


def _plain(kind: str) -> str:
    return kind.rpartition(".")[2]


def _open(
    gate: Gate, kind: str, code: str, cases: Sequence[Case], decision_id: int, actor: Actor, at: datetime
) -> None:
    if not cases:
        return
    review.open_cases(
        books_id=gate.books_id,
        cases=[
            NewCase(
                kind,
                one.subject,
                one.content_hash,
                code,
                {
                    "kind": gate.kind,
                    "version": gate.version,
                    "judged": one.judged or one.subject,
                    "part": one.part,
                    "amount": one.money.decimal_text() if one.money else None,
                    "currency": one.money.currency.code if one.money else None,
                },
                one.money,
                decision_id=decision_id,
                customer_id=one.customer_id,
            )
            for one in cases
        ],
        actor=actor,
        at=at,
    )


def keep_verdicts(
    gate: Gate, verdicts: Sequence[autonomy.NewVerdict], decision_id: int, actor: Actor, at: datetime
) -> None:
    """Keep what the machine said, to be compared with what a person says."""
    autonomy.record_verdicts(
        books_id=gate.books_id,
        kind=gate.kind,
        version=gate.version,
        mode=gate.mode,
        verdicts=verdicts,
        decision_id=decision_id,
        actor=actor,
        at=at,
    )


def keep_answers(gate: Gate, answers: Mapping[tuple[str, int], Said], source: str, actor: Actor, at: datetime) -> None:
    """Keep what a person did here by hand or confirmed, where the machine is compared with people.

    It steps down at once where that breaks the bar.
    """
    if gate.is_compared and answers:
        heard.keep(
            books_id=gate.books_id,
            kind=gate.kind,
            version=gate.version,
            answers=answers,
            source=source,
            actor=actor,
            at=at,
        )
