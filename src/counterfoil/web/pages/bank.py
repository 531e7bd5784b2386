"""Bank matching: statement lines to settle, what fits them, and payments entered by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.crm import selectors as crm
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger
from counterfoil.people.domain import Act, BooksFacts
from counterfoil.people.selectors import Person
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.settlement import Part
from counterfoil.receivables.selectors import BankLineRow as Line
from counterfoil.receivables.selectors import BankPosition, LineCandidate
from counterfoil.web import addresses, reader
from counterfoil.web.pages import whys
from counterfoil.web.pages.lists import keyset_of_day
from counterfoil.web.parts import Choice, Dot, Empty, Figure, Link, Pager, Pill, Said, Tone, View, Why
from counterfoil.web.saying import say


@dataclass(frozen=True, slots=True)
class BankLineRow:
    """A line of a bank statement."""

    key: str
    url: str
    booked_on: date
    who: str
    text: str
    amount: Money
    state: Pill
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open invoice that a bank line may settle."""

    key: str
    number: str
    url: str
    customer: str
    due_on: date
    open: Money
    settle: Money
    is_proposed: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Settled:
    """What a matched line settled."""

    number: str
    url: str
    amount: Money


@dataclass(frozen=True, slots=True)
class LineCard:
    """The chosen bank line: why it is proposed, what fits, what can be done with it."""

    key: str
    who: str
    text: str
    booked_on: date
    amount: Money
    state: Pill
    facts: tuple[tuple[str, str], ...]
    why: Why | None
    candidates: tuple[Candidate, ...]
    settled: tuple[Settled, ...]
    entry: Link | None
    accounts: tuple[Choice, ...]
    customers: tuple[str, ...]
    settles: Money
    left: Money
    undo: Link | None
    refusal: Said | None = None
    may_match: bool = False
    is_open: bool = True
    note: str = ""
    next_url: str = ""

    @property
    def cap(self) -> int:
        """What can be settled at most, in minor units."""
        return abs(self.amount.minor)


@dataclass(frozen=True, slots=True)
class BankPage:
    """One bank account's lines beside the one that is being settled."""

    title: str
    sentence: str
    figures: tuple[Figure, ...]
    views: tuple[View, ...]
    accounts: tuple[View, ...]
    rows: tuple[BankLineRow, ...]
    pager: Pager
    line: LineCard | None
    currency: str
    query: str = ""
    account: str = ""
    ready: int = 0
    may_match: bool = False
    may_import: bool = False
    empty: Empty | None = None


LINES = 50
TO_DO = ("listed", "quarantined")
MOST_NAMES = 300
WHY = {
    "named": lambda: _("number in the text"),
    "equal_amount": lambda: _("equal amount"),
    "payer": lambda: _("same payer"),
}


def bank_page(
    person: Person,
    *,
    account_id: int | None,
    view: str,
    query: str,
    place: str,
    line_id: int | None,
    refusal: Said | None = None,
) -> BankPage:
    """Fill one bank account's lines beside the one that is being settled.

    Raises:
        NoSuchLine, NoSuchBankAccount: there is none of this number.
    """
    books = person.books
    positions = receivables.bank_positions(books.id)
    may_match, may_import = person.may(Act.RECEIVE), person.may(Act.IMPORT)
    if not positions:
        return _without_accounts(books, may_import=may_import)
    chosen = receivables.bank_line(books.id, line_id) if line_id is not None else None
    wanted = chosen.bank_account_id if chosen else account_id if account_id is not None else positions[0].id
    position = receivables.bank_position(books.id, wanted)
    counts = receivables.bank_line_counts(books.id, bank_account_id=position.id)
    todo = sum(counts.get(state, 0) for state in TO_DO)
    if not view and chosen and chosen.state not in TO_DO:
        view = "all"
    states = {"matched": ("posted",), "all": ()}.get(view, TO_DO)
    found = receivables.bank_lines(
        books.id, bank_account_id=position.id, states=states, search=query, after=keyset_of_day(place), limit=LINES + 1
    )
    shown = found[:LINES]
    line = chosen or (shown[0] if shown else None)

    def url(**more: str) -> str:
        parts = {"account": str(position.id) if len(positions) > 1 else "", "view": view, "q": query, **more}
        kept = {name: value for name, value in parts.items() if value}
        return f"/bank?{urlencode(kept)}" if kept else "/bank"

    older = url(after=f"{shown[-1].booking_date}~{shown[-1].id}") if len(found) > LINES else ""
    return BankPage(
        title=_("Bank matching"),
        sentence=_sentence(position, counts, todo),
        figures=_figures(position, todo),
        views=(
            View(_("To do"), url(view=""), todo, is_current=states == TO_DO),
            View(_("Matched"), url(view="matched"), counts.get("posted", 0), is_current=view == "matched"),
            View(_("All"), url(view="all"), sum(counts.values()), is_current=view == "all"),
        ),
        accounts=tuple(
            View(one.name or one.iban, f"/bank?account={one.id}", one.unposted_count, is_current=one.id == position.id)
            for one in positions
        ),
        rows=tuple(
            BankLineRow(
                key=str(row.id),
                url=url(line=str(row.id)),
                booked_on=row.booking_date,
                who=row.counterparty,
                text=row.text,
                amount=row.amount,
                state=line_state(row),
                is_current=line is not None and row.id == line.id,
            )
            for row in shown
        ),
        pager=Pager(len(shown), None, older, url() if place else ""),
        line=_line_card(person, line, refusal) if line else None,
        currency=position.statement.currency.code,
        query=query,
        account=str(position.id),
        ready=counts.get("listed", 0),
        may_match=may_match,
        may_import=may_import,
    )


def _without_accounts(books: BooksFacts, *, may_import: bool) -> BankPage:
    return BankPage(
        title=_("Bank matching"),
        sentence=_("No bank account is known yet; the first statement opens it."),
        figures=(),
        views=(),
        accounts=(),
        rows=(),
        pager=Pager(0),
        line=None,
        currency=books.base_currency.code,
        empty=Empty(
            "bank",
            _("No bank lines yet"),
            _(
                "Import a statement of your bank. Lines that quote an invoice number and have its open amount "
                "match on their own; you decide the rest."
            ),
            Link(_("Import a statement"), "/imports?kind=bank") if may_import else None,
            Link(_("Record a payment by hand"), "/payments/new"),
        ),
    )


def _sentence(position: BankPosition, counts: Mapping[str, int], todo: int) -> str:
    name = position.name or position.iban or position.account_code
    total = sum(counts.values())
    if not total:
        return _("%(name)s. No lines yet.") % {"name": name}
    text = ngettext("%(name)s. %(n)s line: ", "%(name)s. %(n)s lines: ", total) % {
        "name": name,
        "n": reader.count(total),
    }
    text += _("%(posted)s matched") % {"posted": reader.count(counts.get("posted", 0))}
    return text + (", " + _("%(todo)s to do.") % {"todo": reader.count(todo)} if todo else ".")


def _figures(position: BankPosition, todo: int) -> tuple[Figure, ...]:
    statement = (
        _("Statement, %(day)s") % {"day": reader.day(position.statement_date)}
        if position.statement_date
        else _("Statement")
    )
    figures = [Figure(statement, position.statement)]
    if position.brought_forward:
        figures.append(Figure(_("Held before, not in the ledger"), position.brought_forward))
    figures.append(
        Figure(
            _("Ledger %(code)s") % {"code": position.account_code},
            position.ledger,
            url=addresses.account_url(position.account_code),
        )
    )
    if position.outstanding:
        figures.append(Figure(_("By hand, not on a statement yet"), -position.outstanding))
    label = ngettext("In the %(n)s line to do", "In the %(n)s lines to do", todo) % {"n": reader.count(todo)}
    figures.append(Figure(label, position.unposted))
    figures.append(Figure(_("Unexplained"), position.unexplained, tone=Tone.BAD if position.unexplained else Tone.GOOD))
    return tuple(figures)


def line_state(row: Line) -> Pill:
    """Say what became of a bank line."""
    if row.state == "posted":
        return Pill(_("Matched"), Tone.GOOD) if row.is_manual else Pill(_("By rule"), Tone.AUTO)
    if row.state == "quarantined":
        return Pill(_("Look at it"), Tone.BAD)
    if row.state == "ignored":
        return Pill(_("Ignored"), Tone.PLAIN)
    if row.left_code in ("", "no_reference"):
        return Pill(_("No match"), Tone.PLAIN, Dot.RING) if row.left_code else Pill(_("New"), Tone.INFO, Dot.RING)
    return Pill(_("Choose"), Tone.WARN, Dot.HALF)


def _line_card(person: Person, row: Line, refusal: Said | None) -> LineCard:
    books = person.books
    is_open = row.state in TO_DO
    may_match = person.may(Act.RECEIVE)
    found = receivables.line_candidates(books.id, row.id) if is_open else []
    zero = Money.zero(row.amount.currency)
    candidates = tuple(_candidate(one, found) for one in found)
    settles = sum((one.settle for one in candidates if one.is_proposed), zero)
    decided = whys.of(f"bank_line:{row.id}", limit=1)
    amount = abs(row.amount)
    note = say(row.left_code, {"amount": reader.money(amount)}) if row.left_code and not decided else ""
    undo = None
    if row.state == "posted" and person.may(Act.UNDO):
        undo = Link(_("Undo this match"), f"/undo/bank_line:{row.id}")
    return LineCard(
        key=str(row.id),
        who=row.counterparty,
        text=row.text,
        booked_on=row.booking_date,
        amount=row.amount,
        state=line_state(row),
        facts=_facts(row),
        why=decided[0] if decided else None,
        candidates=candidates,
        settled=_settled(books, row) if not is_open else (),
        entry=Link(addresses.entry_number(row.entry_id), addresses.entry_url(row.entry_id)) if row.entry_id else None,
        accounts=_accounts(books) if is_open and may_match else (),
        customers=tuple(crm.names_to_suggest(MOST_NAMES)) if is_open and may_match else (),
        settles=min(settles, amount),
        left=max(amount - settles, zero),
        undo=undo,
        refusal=refusal,
        may_match=may_match,
        is_open=is_open,
        note=note,
    )


def _settled(books: BooksFacts, row: Line) -> tuple[Settled, ...]:
    """What a posted line settles now."""
    payment_id = receivables.payments_by_line(books.id, [row.id]).get(row.id)
    if payment_id is None:
        return ()
    found = receivables.payments(books.id, payment_id=payment_id, limit=1)
    return tuple(
        Settled(number, addresses.invoice_url(number), amount) for one in found for number, amount in one.settled
    )


def _candidate(one: LineCandidate, found: Sequence[LineCandidate]) -> Candidate:
    """Show an item that may be settled; what the text names, or the only one of its amount, is ticked."""
    only = [other for other in found if other.why != "payer"]
    is_proposed = bool(one.settle) and (one.why == "named" or [one] == only)
    return Candidate(
        key=str(one.item_id),
        number=one.number,
        url=addresses.invoice_url(one.number),
        customer=one.customer,
        due_on=one.due_date,
        open=one.open,
        settle=one.settle or one.open,
        is_proposed=is_proposed,
        why=WHY[one.why]() if one.why in WHY else "",
    )


def _facts(row: Line) -> tuple[tuple[str, str], ...]:
    facts = (
        (_("Text"), row.text),
        (_("Reference"), row.reference),
        (_("Account"), row.counterparty_iban),
        (_("Bank's id"), row.bank_tx_id),
        (_("Note"), say(row.note, {}) if row.note else ""),
    )
    return tuple(fact for fact in facts if fact[1])


def _accounts(books: BooksFacts) -> tuple[Choice, ...]:
    """The accounts that money may be assigned to by hand: not those with a sub-ledger, not the banks' own."""
    kept = receivables.chart(books.id).kept
    return tuple(
        Choice(line.code, f"{line.code} {line.name}") for line in ledger.accounts(books.id) if line.code not in kept
    )


def parts_of(books: BooksFacts, line_id: int, chosen: Sequence[int]) -> tuple[Part, ...]:
    """Return what a line settles when a person ticks items: each in full, the last with what is left."""
    row = receivables.bank_line(books.id, line_id)
    left = abs(row.amount)
    parts = []
    for one in receivables.line_candidates(books.id, line_id):
        if one.item_id in chosen and left:
            amount = min(left, one.open)
            parts.append(Part(one.item_id, amount))
            left -= amount
    return tuple(parts)
