"""The whole story, from the first day to now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from counterfoil.audit import services as audit
from counterfoil.audit.domain import person, system
from counterfoil.billing import selectors as billing_reads
from counterfoil.billing.domain import Kind
from counterfoil.connectors.embedded import EmbeddedAccounting
from counterfoil.demo.domain import agenda, company
from counterfoil.demo.domain.activities import activities
from counterfoil.demo.domain.agenda import Step, Task
from counterfoil.demo.domain.calendar import Story
from counterfoil.demo.domain.customers import customers, duplicates
from counterfoil.demo.domain.rates import exchange_rates
from counterfoil.demo.domain.sales import sales
from counterfoil.demo.filling.clock import Clock
from counterfoil.demo.filling.collecting import Collecting
from counterfoil.demo.filling.comparing import Comparing
from counterfoil.demo.filling.correcting import Correcting
from counterfoil.demo.filling.governing import agree
from counterfoil.demo.filling.looking import Looking
from counterfoil.demo.filling.selling import Selling
from counterfoil.flows import periods, set_up
from counterfoil.flows.bill_due import bill_due
from counterfoil.flows.release_revenue import release_revenue
from counterfoil.infra import home, world
from counterfoil.ledger import services as ledger
from counterfoil.people import services as people

MONTHS = 18
Progress = Callable[[date, int, int], None]
"""Called with the month that begins, how many were told, and how many there are."""
_CONTROLLER = person(company.CONTROLLER.email)


@dataclass(frozen=True, slots=True)
class Told:
    """What the story came to."""

    books_id: int
    months: int
    customers: int
    opportunities: int
    invoices: int
    bank_lines: int


def tell(*, seed: int, now: datetime, months: int = MONTHS, progress: Progress | None = None) -> Told:
    """Found the company in an empty database and live through its months, through the flows that people use."""
    today = now.astimezone(ZoneInfo(company.TIME_ZONE)).date()
    story = Story(today, months, company.TIME_ZONE)
    clock = Clock(min(now, story.at(story.start - timedelta(days=3), 9)))
    with world.using(world.World(clock=clock)):
        return _Telling.begun(story, seed, clock, now).told(now, progress)


@dataclass(slots=True)
class _Telling:
    story: Story
    seed: int
    clock: Clock
    books_id: int
    selling: Selling
    collecting: Collecting
    correcting: Correcting
    looking: Looking
    comparing: Comparing

    @classmethod
    def begun(cls, story: Story, seed: int, clock: Clock, now: datetime) -> _Telling:
        """Found the company with its people, its chart and its price list."""
        founder = person(company.ADMINISTRATOR.email)
        books = set_up.found_company(
            name=company.NAME,
            base_currency=company.CURRENCY,
            country=company.COUNTRY,
            time_zone=company.TIME_ZONE,
            actor=founder,
            address=company.ADDRESS,
            vat_id=company.VAT_ID,
        )
        for role, one in company.PEOPLE.items():
            people.add_user(email=one.email, name=one.name, role=role, books_id=books.id, password=None, actor=founder)
        for account in company.OWN_ACCOUNTS:
            ledger.add_account(
                books_id=books.id,
                code=account.code,
                name=account.name,
                kind=account.kind,
                actor=_CONTROLLER,
                at=world.now(),
            )
        agree(books.id, world.now())
        cast = customers(story, seed)
        told_sales = sales(story, cast, seed)
        happened = list(activities(story, told_sales, {one.external_id: one for one in cast}, seed))
        selling = Selling(books.id, (*cast, *duplicates(cast)), told_sales, happened)
        comparing = Comparing(books.id, seed, story.start)
        collecting = Collecting(books.id, story, seed, clock, now, cast, comparing)
        correcting = Correcting(books.id, seed, cast, collecting)
        selling.read_price_list(world.now())
        looking = Looking(books.id, now)
        return cls(story, seed, clock, books.id, selling, collecting, correcting, looking, comparing)

    def told(self, now: datetime, progress: Progress | None) -> Told:
        """Take every step, and seal the record after each month."""
        steps = agenda.agenda(self.story, self.selling.sales, now)
        month = date.min
        number = 0
        for step in steps:
            self.clock.move(max(step.at, self.clock.instant))
            if (step_month := step.at.date().replace(day=1)) != month:
                month = step_month
                self._seal()
                self.comparing.month_begins(month)
                if progress:
                    progress(month, number, self.story.months)
                number += 1
            self.looking.pass_time(step.at.date(), world.now())
            self._take(step)
        self._seal()
        return Told(
            self.books_id,
            self.story.months,
            len(self.selling.customers),
            len(self.selling.sales),
            self._invoices(),
            self.collecting.lines,
        )

    def _invoices(self) -> int:
        """Return how many invoices there are: numbers have no gaps."""
        years = sorted({month.start.year for month in self.story.spans()})
        return sum(state.next_no - 1 for state in billing_reads.series_states(self.books_id, Kind.INVOICE, years))

    def _take(self, step: Step) -> None:
        """Do one thing."""
        at, day = world.now(), step.span.start
        match step.task:
            case Task.RATES:
                for code, rate in exchange_rates(self.story, self.seed)[day].items():
                    ledger.set_exchange_rate(
                        books_id=self.books_id,
                        currency_code=code,
                        valid_from=day,
                        base_rate=rate,
                        actor=_CONTROLLER,
                        at=at,
                    )
            case Task.INSTALMENTS:
                billed = bill_due(
                    books_id=self.books_id, through=day, sink=EmbeddedAccounting(), actor=system("bill_due")
                )
                assert not billed.held, billed.held
                self.comparing.bill_by_hand(day)
            case Task.SELL:
                self.selling.enter_by_hand(day, at)
            case Task.EXPORT:
                self.selling.read_export(day, at)
            case Task.CLOSE_DEALS:
                self.selling.close()
                self.comparing.invoice_by_hand()
            case Task.FAIR:
                self.selling.read_list_of_the_fair(world.today(company.TIME_ZONE), at)
            case Task.STATEMENT:
                self.collecting.read_statement(step.span)
            case Task.HAND_INVOICE:
                self.correcting.enter_invoice(step.span)
            case Task.CREDIT:
                self.correcting.credit(step.span)
            case Task.RELEASE:
                release_revenue(books_id=self.books_id, through=step.span.last, actor=_CONTROLLER)
            case Task.CLOSE_MONTH:
                periods.close_period(books_id=self.books_id, month=day, actor=_CONTROLLER)

    def _seal(self) -> None:
        audit.seal()
        audit.export_head(home.home() / "anchors")
