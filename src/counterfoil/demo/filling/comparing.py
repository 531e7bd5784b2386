"""Three months in which the old system still invoiced, and what would be done here was only watched and compared.

Bank lines are watched for longer, and what was seen of them lets matching rise again, by evidence and two signatures.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from counterfoil.audit.domain import person
from counterfoil.autonomy import selectors as autonomy_reads
from counterfoil.autonomy import services as autonomy
from counterfoil.autonomy.domain.documents import COLUMNS
from counterfoil.autonomy.domain.pairs import Pair
from counterfoil.connectors.embedded import EmbeddedAccounting, EmbeddedCrm
from counterfoil.contracts import selectors as contracts
from counterfoil.decisions.domain import Mode
from counterfoil.demo.domain import company
from counterfoil.flows import answers
from counterfoil.flows import autonomy as flow
from counterfoil.flows import close_deals as closing
from counterfoil.flows import review as queue
from counterfoil.flows.bill_due import KIND as BILL
from counterfoil.flows.bill_due import bill_due
from counterfoil.flows.import_invoices import import_invoices
from counterfoil.flows.receive_money import match
from counterfoil.infra import world
from counterfoil.kernel.currency import currency
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import add_months
from counterfoil.people import selectors as people
from counterfoil.receivables.domain.matching import KIND as MATCH
from counterfoil.review import selectors as cases
from counterfoil.review.domain import Answer

FIRST, MONTHS = 9, 3
"""The run begins with this month of the story, counted from 0, and takes so many."""
RISES: Final = (16, 17)
"""In these months matching rises a step: it suggests, then acts while a sample is checked."""
HELD_BACK: Final = 0.06
"""This share of instalments waits because the customer asked for it."""
_ALL: Final = 10_000
_CONTROLLER = person(company.CONTROLLER.email)
_SIGNERS: Final = (company.CONTROLLER, company.ADMINISTRATOR)


@dataclass(slots=True)
class Comparing:
    """The parallel run: the machine observes, people invoice here as well, and the old system's invoices come in."""

    books_id: int
    seed: int
    start: date
    is_running: bool = False
    brought_in: int = 0
    held_back: set[tuple[int, int]] = field(default_factory=set)

    @property
    def first(self) -> date:
        """The month with which it begins."""
        return add_months(self.start, FIRST)

    def month_begins(self, month: date) -> None:
        """Begin the run, read in what the old system invoiced last month, end the run, or let matching rise."""
        if month == self.first:
            for kind in (closing.KIND, BILL):
                autonomy.kill(
                    books_id=self.books_id,
                    kind=kind,
                    reason="Three months beside the old system: it invoices, we watch",
                    actor=_CONTROLLER,
                    at=world.now(),
                )
            autonomy.set_level(
                books_id=self.books_id,
                kind=MATCH,
                version=flow.version_of(MATCH),
                mode=Mode.OBSERVE,
                reason="Until it has shown that it matches as we do",
                actor=_CONTROLLER,
                at=world.now(),
            )
            self.is_running = True
        elif self.is_running:
            self._bring_in(add_months(month, -1))
            if month >= add_months(self.first, MONTHS):
                for kind in (closing.KIND, BILL):
                    autonomy.revive(
                        books_id=self.books_id,
                        kind=kind,
                        reason="Compared for three months; the differences are explained",
                        actor=_CONTROLLER,
                        at=world.now(),
                    )
                self.is_running = False
        if month in [add_months(self.start, place) for place in RISES]:
            self._let_matching_rise()

    def invoice_by_hand(self) -> None:
        """Invoice as a person what was only observed."""
        if self.is_running:
            closing.close_deals(
                books_id=self.books_id,
                source=EmbeddedCrm(),
                sink=EmbeddedAccounting(),
                time_zone=company.TIME_ZONE,
                is_confirmed=True,
                actor=_CONTROLLER,
            )

    def bill_by_hand(self, through: date) -> None:
        """Invoice as a person the instalments that are due; a few are held back until the customer says so."""
        if not self.is_running:
            return
        due = contracts.instalments_due(self.books_id, through, limit=_ALL)
        back = [key for key in due if random.Random(f"{self.seed} {key}").random() < HELD_BACK]
        deals = contracts.opportunities_of([contract_id for contract_id, _ in back])
        for contract_id, no in sorted(set(back) - self.held_back):
            flow.note_answer(
                books_id=self.books_id,
                kind=BILL,
                subject=f"opportunity:{deals[contract_id]}",
                part=no,
                is_agreed=False,
                outcome="held",
                reason="They asked us to wait for their order number",
                actor=_CONTROLLER,
                at=world.now(),
            )
        self.held_back |= set(back)
        bill_due(
            books_id=self.books_id,
            through=through,
            sink=EmbeddedAccounting(),
            only=[key for key in due if key not in self.held_back],
            is_confirmed=True,
            actor=_CONTROLLER,
        )

    @property
    def is_matched_by_hand(self) -> bool:
        """Whether people match what is exact, too."""
        standing = autonomy_reads.standing(self.books_id, MATCH, flow.version_of(MATCH))
        return standing.mode in (Mode.OBSERVE, Mode.SUGGEST)

    def match_by_hand(self, line_ids: Sequence[int]) -> None:
        """Match as a person the lines of which they can tell what they pay."""
        if line_ids:
            match(
                books_id=self.books_id,
                only=line_ids,
                is_confirmed=True,
                actor=person(company.ACCOUNTANT.email),
                at=world.now(),
            )

    def look_at_samples(self) -> None:
        """Say of the control sample of earlier statements that it is right."""
        waiting = cases.cases(self.books_id, cases.Wanted(world.now(), kinds=("sample",)))
        known = {one.email: one for one in people.members(self.books_id)} if waiting else {}
        for one in waiting:
            queue.answer_case(
                person=known[company.ACCOUNTANT.email],
                case_id=one.id,
                answer=Answer.APPROVE,
                actor=person(company.ACCOUNTANT.email),
                at=world.now(),
            )

    def _let_matching_rise(self) -> None:
        """Propose one step up on the evidence, and have it signed by two."""
        number = flow.propose(books_id=self.books_id, kind=MATCH, actor=_CONTROLLER, at=world.now())
        row = autonomy_reads.open_promotion(self.books_id, MATCH)
        assert row is not None, "it was proposed"
        for one in _SIGNERS:
            flow.sign(
                books_id=self.books_id,
                promotion_id=number,
                evidence_hash=row.evidence_hash,
                signer=one.email,
                actor=person(one.email),
                at=world.now(),
            )

    def _bring_in(self, month: date) -> None:
        """Read in the old system's invoices of a month, with what its clerks did otherwise."""
        version = flow.version_of(closing.KIND)
        pairs = [
            pair
            for pair in answers.pairs_of(self.books_id, closing.KIND, version, world.now())
            if pair.verdict and pair.is_paired and _day(pair).replace(day=1) == month
        ]
        rows = [self._row(pair) for pair in pairs]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
        if rows:
            done = import_invoices(
                books_id=self.books_id,
                data=text.getvalue().encode(),
                file_name=f"old-system-{month:%Y-%m}.csv",
                actor=person(company.ACCOUNTANT.email),
                at=world.now(),
            )
            assert done.rejected == 0, done.errors[:3]
            flow.check(books_id=self.books_id, kind=closing.KIND, at=world.now())

    def _row(self, pair: Pair) -> list[str]:
        """Return the old system's invoice for one of ours: mostly the same."""
        assert pair.verdict is not None, "it was paired"
        verdict = pair.verdict
        answer, of = verdict.said.answer, currency(verdict.said.currency)
        net, tax, days = (int(str(answer[name])) for name in ("net", "tax", "term_days"))
        chance = random.Random(f"{self.seed} {verdict.subject} {verdict.part}").random()
        if chance < 0.08:
            days = 14 if days != 14 else 30
        elif chance < 0.12:
            net -= net // 20
            tax -= tax // 20
        self.brought_in += 1
        issued = _day(pair)
        return [
            f"D-{verdict.subject.partition(':')[2]}",
            f"A-{issued:%Y}-{self.brought_in:04}",
            issued.isoformat(),
            (issued + timedelta(days=days)).isoformat(),
            "",
            of.code,
            *(Money(minor, of).decimal_text() for minor in (net, tax, net + tax)),
            "",
        ]


def _day(pair: Pair) -> date:
    assert pair.verdict is not None, "it was paired"
    return pair.verdict.at.astimezone(ZoneInfo(company.TIME_ZONE)).date()
