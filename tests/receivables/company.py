"""Books with customers, open items and statements: what tests of receivables start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from counterfoil.crm import services as crm
from counterfoil.crm.domain import CustomerDraft
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act
from counterfoil.flows import receive_money
from counterfoil.kernel.currency import Currency
from counterfoil.kernel.money import Money
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import JournalEntry, Posting, Sourced
from counterfoil.people.domain import BooksFacts
from counterfoil.receivables import selectors as reads
from counterfoil.receivables import services as receivables
from counterfoil.receivables.domain.settlement import DocumentKind, ItemFacts
from tests.builders import EUR, NOW, TESTER, found_books

IBAN = "DE89370400440532013000"
OTHER_IBAN = "DE75512108001245126199"
IN_OCTOBER = date(2026, 10, 20)


@dataclass
class Company:
    """Books, and the short words of a test about money."""

    books: BooksFacts
    at: datetime = NOW
    documents: int = 0

    @property
    def id(self) -> int:
        return self.books.id

    def customer(self, name: str = "Acme Lda") -> int:
        return crm.add_customer(draft=CustomerDraft(name=name, country="DE"), actor=TESTER, at=self.at)

    def invoices(
        self,
        customer: int,
        *amounts: int,
        number: str = "INV-2026-{:06}",
        first: int = 17,
        issued: date = date(2026, 10, 1),
        due: date = date(2026, 10, 31),
        money: Currency = EUR,
        rate: int = 1,
        kind: DocumentKind = DocumentKind.INVOICE,
        credits_id: int | None = None,
    ) -> list[ItemFacts]:
        """Issue documents straight into ledger and receivables; amounts in minor units, `rate` to base."""
        items = []
        for place, minor in enumerate(amounts):
            self.documents += 1
            items.append(
                receivables.NewItem(
                    kind,
                    self.documents,
                    customer,
                    number.format(first + place),
                    Money(minor, money),
                    Money(minor * rate, self.books.base_currency),
                    issued,
                    due,
                    credits_id=credits_id,
                )
            )
        self.open(items)
        ids = reads.items_by_document(self.id, [item.document_id for item in items])
        return [reads.item_facts(self.id, [ids[item.document_id]])[ids[item.document_id]] for item in items]

    def open(self, items: Sequence[receivables.NewItem]) -> None:
        entries = [
            Sourced(
                f"document:{item.document_id}",
                JournalEntry(
                    item.issue_date,
                    item.number,
                    (
                        Posting(
                            "1150" if item.is_conditional else "1100",
                            Money(item.kind.sign * item.amount.minor, item.amount.currency),
                            Money(item.kind.sign * item.base.minor, item.base.currency),
                            item.customer_id,
                        ),
                        Posting(
                            "2150" if item.is_conditional else "4000",
                            Money(-item.kind.sign * item.amount.minor, item.amount.currency),
                            Money(-item.kind.sign * item.base.minor, item.base.currency),
                        ),
                    ),
                ),
            )
            for item in items
        ]
        posting, _ = decisions.clear(Act.POST, entries, {"journal": [()] * len(entries)})
        ledger.post_entries(books_id=self.id, cleared=posting, actor=TESTER, at=self.at)
        cleared, _ = decisions.clear(Act.ENTER_INVOICE, list(items), {"document": [()] * len(items)})
        receivables.open_items(books_id=self.id, cleared=cleared, actor=TESTER, at=self.at)

    def item(self, item: ItemFacts) -> ItemFacts:
        """The item as it stands now."""
        return reads.item_facts(self.id, [item.id])[item.id]

    def statement(self, data: bytes | str, **more: object) -> receive_money.BankImport:
        content = data.encode() if isinstance(data, str) else data
        return receive_money.import_bank(
            books_id=self.id, data=content, file_name="statement", actor=TESTER, at=self.at, **more
        )

    def lines(self, *, state: str = "") -> list[reads.BankLineRow]:
        """Bank lines, oldest first."""
        return reads.bank_lines(self.id, states=[state] if state else [], limit=1_000)[::-1]

    def match(self) -> receive_money.Matched:
        return receive_money.match(books_id=self.id, actor=TESTER, at=self.at)

    def balance(self, code: str) -> int:
        """Base minor units on an account, debit positive."""
        totals = {row.code: row.base_minor for row in reads_trial_balance(self.id)}
        return totals.get(code, 0)

    def position(self) -> reads.BankPosition:
        (position, *_) = reads.bank_positions(self.id)
        return position

    def is_sound(self) -> bool:
        """Everything maintained equals its fold, the sub-ledger its account, the statement the ledger and its lines."""
        faults = reads.faults(self.id)
        assert faults == []
        assert [str(position.unexplained) for position in reads.bank_positions(self.id) if position.unexplained] == []
        return True


def reads_trial_balance(books_id: int):  # type: ignore[no-untyped-def]
    from counterfoil.ledger import selectors

    return selectors.trial_balance(books_id)


def a_company(base: str = "EUR") -> Company:
    return Company(found_books(base))


def csv_of(*rows: str) -> str:
    """A statement in our own columns."""
    return "\n".join(
        ["booking_date,value_date,amount,currency,counterparty,iban,reference,bank_tx_id,balance", *rows, ""]
    )
