"""Three months in which the old system still invoiced, and what would be done here was only watched and compared."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from counterfoil.audit.domain import person
from counterfoil.autonomy import services as autonomy
from counterfoil.autonomy.domain.documents import COLUMNS
from counterfoil.autonomy.domain.pairs import Pair
from counterfoil.connectors.embedded import EmbeddedAccounting, EmbeddedCrm
from counterfoil.demo.domain import company
from counterfoil.flows import answers
from counterfoil.flows import autonomy as flow
from counterfoil.flows import close_deals as closing
from counterfoil.flows.import_invoices import import_invoices
from counterfoil.infra import world
from counterfoil.kernel.currency import currency
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import add_months

FIRST, MONTHS = 9, 3
"""The run begins with this month of the story, counted from 0, and takes so many."""
_CONTROLLER = person(company.CONTROLLER.email)


@dataclass(slots=True)
class Comparing:
    """The parallel run: the machine observes, people invoice here as well, and the old system's invoices come in."""

    books_id: int
    seed: int
    start: date
    is_running: bool = False
    brought_in: int = 0

    @property
    def first(self) -> date:
        """The month with which it begins."""
        return add_months(self.start, FIRST)

    def month_begins(self, month: date) -> None:
        """Begin the run, read in what the old system invoiced in the month before, or end the run."""
        if month == self.first:
            autonomy.kill(
                books_id=self.books_id,
                kind=closing.KIND,
                reason="Three months beside the old system: it invoices, we watch",
                actor=_CONTROLLER,
                at=world.now(),
            )
            self.is_running = True
        elif self.is_running:
            self._bring_in(add_months(month, -1))
            if month >= add_months(self.first, MONTHS):
                autonomy.revive(
                    books_id=self.books_id,
                    kind=closing.KIND,
                    reason="Compared for three months; the differences are explained",
                    actor=_CONTROLLER,
                    at=world.now(),
                )
                self.is_running = False

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
