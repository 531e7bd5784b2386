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
from counterfoil.ledger import selectors as journal
from counterfoil.ledger import services as ledger
from counterfoil.ledger.domain import JournalEntry, Posting, Sourced
from counterfoil.people.domain import BooksFacts
from counterfoil.receivables import selectors as reads
from counterfoil.receivables import services as receivables
from counterfoil.receivables.domain.settlement import AccountPart, DocumentKind, ItemFacts, Part
from counterfoil.receivables.domain.undoing import Undo, What
from tests.builders import EUR, NOW, TESTER, eur, found_books

IBAN = "DE89370400440532013000"
OTHER_IBAN = "DE75512108001245126199"
IN_OCTOBER = date(2026, 10, 20)


@dataclass
class Company:
    """Books, and the short words of a test about money."""

    books: BooksFacts
    at: datetime = NOW
    documents: int = 0
    receipts: int = 0

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
        cleared, _ = decisions.clear(
            Act.ENTER_INVOICE, list(items), {"document": [()] * len(items), "anomalies": [()] * len(items)}
        )
        receivables.open_items(books_id=self.id, cleared=cleared, actor=TESTER, at=self.at)

    def item(self, item: ItemFacts) -> ItemFacts:
        """The item as it stands now."""
        return reads.item_facts(self.id, [item.id])[item.id]

    def statement(self, data: bytes | str, *, dry_run: bool = False) -> receive_money.BankImport:
        content = data.encode() if isinstance(data, str) else data
        return receive_money.import_bank(
            books_id=self.id, data=content, file_name="statement", dry_run=dry_run, actor=TESTER, at=self.at
        )

    def receives(self, *rows: str) -> list[reads.BankLineRow]:
        """Import rows "day,amount,text" and return the listed lines, oldest first."""
        self.receipts += 1
        body = "\n".join(f"{row},R{self.receipts}-{place}" for place, row in enumerate(rows))
        self.statement(f"booking_date,amount,reference,bank_tx_id\n{body}\n")
        return self.lines(state="listed")

    def by_hand(
        self,
        line: reads.BankLineRow,
        *parts: Part,
        accounts: Sequence[AccountPart] = (),
        customer: int | None = None,
    ) -> receivables.Settled:
        return receive_money.match_by_hand(
            books_id=self.id,
            line_id=line.id,
            parts=parts,
            account_parts=accounts,
            customer_id=customer,
            actor=TESTER,
            at=self.at,
        )

    def apply(self, payment_id: int, seen: int, *parts: Part, on: date = date(2026, 11, 2)) -> receivables.Settled:
        """Settle items with unapplied cash, of which `seen` minor units were there when the person looked."""
        return receive_money.apply_cash(
            books_id=self.id, payment_id=payment_id, seen=eur(seen), parts=parts, on=on, actor=TESTER, at=self.at
        )

    def apply_credit(self, note: ItemFacts, seen: int, *parts: Part) -> receivables.Settled:
        """Settle invoices with a credit note, of which `seen` minor units were open when the person looked."""
        return receive_money.apply_credit(
            books_id=self.id,
            credit_item_id=note.id,
            seen=eur(seen),
            parts=parts,
            on=date(2026, 11, 1),
            actor=TESTER,
            at=self.at,
        )

    def undo(self, what: What, id_: int, on: date = date(2026, 11, 1)) -> receivables.Settled:
        return receive_money.undo_match(
            books_id=self.id, undo=Undo(what, id_), on=on, reason="a mistake", actor=TESTER, at=self.at
        )

    def lines(self, *, state: str = "") -> list[reads.BankLineRow]:
        """Bank lines, oldest first."""
        return reads.bank_lines(self.id, states=[state] if state else [], limit=1_000)[::-1]

    def match(self) -> receive_money.Matched:
        return receive_money.match(books_id=self.id, actor=TESTER, at=self.at)

    def balance(self, code: str) -> int:
        """Base minor units on an account, debit positive."""
        totals = {row.code: row.base_minor for row in journal.trial_balance(self.id)}
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


def a_company(base: str = "EUR") -> Company:
    return Company(found_books(base))


def part(item: ItemFacts, minor: int | None = None) -> Part:
    """All of an item, or so many minor units."""
    return Part(item.id, item.open if minor is None else Money(minor, item.open.currency))


def csv_of(*rows: str) -> str:
    """A statement in our own columns."""
    return "\n".join(
        ["booking_date,value_date,amount,currency,counterparty,iban,reference,bank_tx_id,balance", *rows, ""]
    )
