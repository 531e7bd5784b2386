"""The bank and the accountant: statements, automatic matches, and what is settled by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from counterfoil.audit.domain import person, system
from counterfoil.crm import selectors as crm_reads
from counterfoil.demo.domain import bank, company, paying
from counterfoil.demo.domain.agenda import is_quarter_over
from counterfoil.demo.domain.bank import Movement
from counterfoil.demo.domain.calendar import Story, working_day, working_day_before
from counterfoil.demo.domain.cast import Pays
from counterfoil.demo.domain.customers import Customer
from counterfoil.demo.domain.paying import Due, Transfer, Way
from counterfoil.demo.domain.rates import exchange_rates
from counterfoil.demo.filling.clock import Clock
from counterfoil.demo.filling.comparing import Comparing
from counterfoil.flows import receive_money
from counterfoil.infra import world
from counterfoil.kernel.currency import EUR
from counterfoil.kernel.money import Money
from counterfoil.kernel.spans import Span, add_months
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.receivables import selectors as receivables_reads
from counterfoil.receivables.domain.settlement import AccountPart, DocumentKind, ItemFacts, Part
from counterfoil.receivables.domain.undoing import Undo, What
from counterfoil.receivables.selectors import BankLineRow

LEFT_TO_DO: Final = 10
"""Lines of the last statement that wait for whoever opens the demo."""
_ACCOUNTANT: Final = person(company.ACCOUNTANT.email)
_ALL: Final = 100_000
_TAX_ACCOUNT: Final = "2400"
_PER_LINE: Final = timedelta(minutes=2)


@dataclass(slots=True)
class Collecting:
    """What the bank knows, and which invoices were paid so far. `now` is when the story ends."""

    books_id: int
    story: Story
    seed: int
    clock: Clock
    now: datetime
    customers: Sequence[Customer]
    comparing: Comparing
    lines: int = 0
    _number: int = 0
    _closing_minor: int = 0
    _paid: set[str] = field(default_factory=set)
    _may_return: Transfer | None = None
    _known: dict[int, str] = field(default_factory=dict)
    _has_thought_again: bool = False

    def read_statement(self, period: Span) -> None:
        """Read the statement of a period, match what is exact, and settle by hand what a person can tell.

        The newest lines of the last statement that need a person are left.
        """
        is_last = period.last == self.story.today
        self._number += 1
        items = self._items()
        by_id = {one.external_id: one for one in self.customers}
        dues = [self._due(item) for number, item in items.items() if number not in self._paid]
        transfers = paying.transfers(dues, by_id, period, self.story.start, self._rates(period), self.seed)
        returned = list(self._returned(period))
        self._paid |= {number for transfer in transfers for number, _ in transfer.pays}
        if is_last:
            left = [due for due in dues if due.number not in self._paid]
            transfers += paying.puzzles(left, by_id, period, self.seed)
        named = {f"T{self._number:02d}-{place:04d}": one for place, one in enumerate(transfers, 1)}
        movements = [
            *[_movement(id_, transfer, by_id[transfer.customer_id]) for id_, transfer in named.items()],
            *returned,
            *bank.spending(period, self.seed, is_first=self._number == 1),
            *self._tax_paid(period),
        ]
        self._import(period, movements)
        self.comparing.look_at_samples()
        receive_money.match(books_id=self.books_id, actor=system("match"), at=world.now())
        self.comparing.match_by_hand(self._plain(named))
        if returned and self._may_return:
            self._paid -= {number for number, _ in self._may_return.pays}
        self._may_return = next((one for one in transfers if self._is_returnable(one, by_id)), None)
        self._settle_by_hand(named, {one.id: one for one in movements}, items, is_last=is_last)

    def _plain(self, named: Mapping[str, Transfer]) -> list[int]:
        """Return the lines of which the accountant can tell at a glance which one invoice they pay in full."""
        if not self.comparing.is_matched_by_hand:
            return []
        listed = receivables_reads.bank_lines(self.books_id, states=("listed",), limit=_ALL)
        known = [(line, named[line.bank_tx_id]) for line in listed if line.bank_tx_id in named]
        return [line.id for line, one in known if [minor for _, minor in one.pays] == [line.amount.minor]]

    def _import(self, period: Span, movements: Sequence[Movement]) -> None:
        data = bank.camt(
            bank.own_iban(self.seed),
            self._number,
            period,
            self._closing_minor,
            movements,
            made_on=min(period.end, self.story.today),
        )
        done = receive_money.import_bank(
            books_id=self.books_id,
            data=data,
            file_name=f"statement-{period.start:%Y-%m}.xml",
            actor=_ACCOUNTANT,
            at=world.now(),
        )
        assert done.accepted == len(movements), done
        self._closing_minor += sum(one.amount_minor for one in movements)
        self.lines += done.accepted

    # -------------------------------------------------------------------------------- what is open and due

    def _items(self) -> dict[str, ItemFacts]:
        """Return what is open of invoices, by number."""
        found = receivables_reads.open_items(self.books_id, limit=_ALL)
        return {item.number: item for item in found if item.kind is DocumentKind.INVOICE and not item.is_conditional}

    def waiting(self) -> list[ItemFacts]:
        """Return open invoices that no transfer is on its way for, by number."""
        return [item for number, item in sorted(self._items().items()) if number not in self._paid]

    def item(self, number: str) -> ItemFacts | None:
        """Return what is open of a document, if anything is."""
        found = receivables_reads.open_items(self.books_id, limit=_ALL)
        return next((item for item in found if item.number == number), None)

    def _due(self, item: ItemFacts) -> Due:
        return Due(
            item.number,
            item.reference,
            self._names()[item.customer_id],
            item.issue_date,
            item.due_date,
            item.open.minor,
            item.open.currency.code,
        )

    def _names(self) -> dict[int, str]:
        """Return the CRM's ids of customers by ours."""
        if len(self._known) < len(self.customers):
            ids = crm_reads.customers_by_text("crm", [one.external_id for one in self.customers]).ids
            self._known = {id_: external_id for external_id, id_ in ids.items()}
        return self._known

    def _rates(self, period: Span) -> dict[str, tuple[int, int]]:
        rates = exchange_rates(self.story, self.seed)[max(period.start, period.last.replace(day=1))]
        return {code: rate.as_integer_ratio() for code, rate in rates.items()}

    # -------------------------------------------------------------------------------- odd lines of a statement

    def _returned(self, period: Span) -> Iterator[Movement]:
        """Yield the one transfer of the story that came back, because the payer's account was empty."""
        one = self._may_return
        if one is None or self._number != self.story.months // 2 + 1:
            return
        on = working_day(period.start + timedelta(days=2))
        yield Movement(
            f"R{self._number:02d}-1", on, -one.amount_minor, "RETURN OF TRANSFER", "", f"RETURN {one.pays[0][0]}"
        )

    def _is_returnable(self, transfer: Transfer, by_id: Mapping[str, Customer]) -> bool:
        return transfer.way is Way.EXACT and by_id[transfer.customer_id].character.pays is Pays.SLOW

    def _tax_paid(self, period: Span) -> Iterator[Movement]:
        """Yield the VAT of a quarter, paid at the end of the month after it."""
        for month in period.months():
            before = Span(add_months(month.start, -1), month.start)
            on = working_day_before(add_months(month.start, 1) - timedelta(days=1))
            if not is_quarter_over(before) or not period.contains(on) or before.start < self.story.start:
                continue
            rows = ledger_reads.trial_balance(self.books_id, as_of=before.last)
            owed = -sum(row.base_minor for row in rows if row.code == _TAX_ACCOUNT)
            if owed > 0:
                yield Movement(
                    f"C{on:%y%m}-vat",
                    on,
                    -owed,
                    "TAX OFFICE",
                    "",
                    f"VAT to {before.last:%m/%Y}",
                    "",
                    _TAX_ACCOUNT,
                )

    # -------------------------------------------------------------------------------- by hand

    def _settle_by_hand(
        self,
        named: Mapping[str, Transfer],
        movements: Mapping[str, Movement],
        items: Mapping[str, ItemFacts],
        *,
        is_last: bool,
    ) -> None:
        listed = receivables_reads.bank_lines(self.books_id, states=("listed",), limit=_ALL)
        known = [one for one in listed if _is_known(one, named, movements)]
        if is_last:
            known = known[max(0, LEFT_TO_DO - (len(listed) - len(known))) :]
        for line in reversed(known):
            self.clock.move(max(self.clock.instant, min(self.clock.instant + _PER_LINE, self.now)))
            if transfer := named.get(line.bank_tx_id):
                self._settle(line, transfer, items)
                self._think_again(line, transfer, items)
            else:
                account = movements[line.bank_tx_id].account
                receive_money.assign(
                    books_id=self.books_id, line_id=line.id, account=account, actor=_ACCOUNTANT, at=world.now()
                )

    def _settle(self, line: BankLineRow, transfer: Transfer, items: Mapping[str, ItemFacts]) -> None:
        """Settle the invoices that a transfer is for; what was kept back is a charge or a discount."""
        is_foreign = transfer.way is Way.FOREIGN
        parts = [
            Part(items[number].id, Money(minor, items[number].open.currency), line.amount if is_foreign else None)
            for number, minor in transfer.pays
        ]
        kept_back = line.amount.minor - sum(minor for _, minor in transfer.pays)
        account = {Way.SHORT: bank.CHARGES_ACCOUNT, Way.DISCOUNTED: company.DISCOUNTS.code}.get(transfer.way)
        receive_money.match_by_hand(
            books_id=self.books_id,
            line_id=line.id,
            parts=parts,
            account_parts=[AccountPart(account, Money(kept_back, EUR))] if account else [],
            actor=_ACCOUNTANT,
            at=world.now(),
        )

    def _think_again(self, line: BankLineRow, transfer: Transfer, items: Mapping[str, ItemFacts]) -> None:
        """Take one match of the story back, and make it again a little later."""
        if self._has_thought_again or self._number != self.story.months * 2 // 3 or transfer.way is not Way.WORDLESS:
            return
        self._has_thought_again = True
        receive_money.undo_match(
            books_id=self.books_id,
            undo=Undo(What.LINE, line.id),
            on=line.booking_date,
            reason="Wrong customer: the payer has two accounts",
            actor=_ACCOUNTANT,
            at=world.now(),
        )
        self._settle(line, transfer, items)


def _is_known(line: BankLineRow, named: Mapping[str, Transfer], movements: Mapping[str, Movement]) -> bool:
    """Whether the accountant can tell what a line is: a transfer with its invoices, or an expense with its account."""
    transfer = named.get(line.bank_tx_id)
    if transfer is not None:
        return bool(transfer.pays)
    movement = movements.get(line.bank_tx_id)
    return movement is not None and bool(movement.account)


def _movement(id_: str, transfer: Transfer, customer: Customer) -> Movement:
    return Movement(
        id_,
        transfer.on,
        transfer.amount_minor,
        customer.payer,
        customer.iban,
        transfer.text,
        transfer.reference,
    )
