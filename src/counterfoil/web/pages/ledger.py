"""Ledger: reports that open down to postings, one account, one entry, the periods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _

from counterfoil.contracts import selectors as contracts
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger
from counterfoil.ledger.domain import UnknownAccount
from counterfoil.ledger.selectors import LedgerLine, PeriodLine, PostedEntry
from counterfoil.people.domain import BooksFacts
from counterfoil.reports import registry
from counterfoil.reports.report import Asked, Kind, Row
from counterfoil.reports.report import Cell as ReportCell
from counterfoil.web import addresses, reader
from counterfoil.web.pages import lineage, whys
from counterfoil.web.pages.entries import entry_card, entry_references
from counterfoil.web.parts import (
    Empty,
    EntryCard,
    Fact,
    Link,
    Pager,
    Pill,
    Said,
    Step,
    Tone,
    Undo,
    View,
    Why,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of a report; its address opens what it is made of."""

    amount: Money | None = None
    url: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A row of a report. `level` indents; a heading has no cells, a total closes its section."""

    label: str
    cells: tuple[Cell, ...] = ()
    code: str = ""
    url: str = ""
    level: int = 0
    is_heading: bool = False
    is_total: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One report as of a date."""

    name: str
    title: str
    sentence: str
    reports: tuple[View, ...]
    columns: tuple[str, ...]
    rows: tuple[ReportRow, ...]
    totals: tuple[ReportRow, ...]
    currency: str
    label: str = ""
    as_of: date | None = None
    start: date | None = None
    known_at: str = ""
    is_span: bool = False
    state: Pill | None = None
    downloads: tuple[Link, ...] = ()
    empty: Empty | None = None
    refusal: Said | None = None
    note: str = ""

    @property
    def width(self) -> int:
        return len(self.columns) + 1


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One posting in an account, with the balance after it."""

    entry_date: date
    entry: Link
    memo: str
    party: str
    debit: Money | None
    credit: Money | None
    balance: Money
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class AccountPage:
    """The postings of one account in a span of days."""

    code: str
    name: str
    kind: str
    sentence: str
    crumbs: tuple[Link, ...]
    start: date | None
    end: date | None
    opening: Money
    closing: Money
    debits: Money | None
    credits: Money | None
    lines: tuple[AccountLine, ...]
    pager: Pager
    currency: str
    url: str
    is_first: bool = True


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One journal entry: balanced, and with the document that made it."""

    card: EntryCard
    sentence: str
    state: Pill
    crumbs: tuple[Link, ...]
    steps: tuple[Step, ...]
    facts: tuple[Fact, ...]
    whys: tuple[Why, ...]
    currency: str
    mixed: bool = False


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """A month of the books."""

    month: date
    name: str
    state: Pill
    changed: str
    url: str
    action: Undo | None = None
    needs_reason: bool = False


@dataclass(frozen=True, slots=True)
class PeriodsPage:
    """The periods of the books, newest first."""

    sentence: str
    rows: tuple[PeriodRow, ...]
    currency: str
    may_close: bool = False
    empty: Empty | None = None


REPORT_ORDER = ("trial-balance", "balance-sheet", "profit-and-loss", "aged-receivables")
DOWNLOADS = ("csv", "xlsx", "json")
LINES = 100


@dataclass(frozen=True, slots=True)
class Window:
    """What a report page was asked for, as it stands in the address."""

    as_of: date | None = None
    start: date | None = None
    known_at: datetime | None = None

    def query(self, **more: str) -> str:
        """Write the window as a query, with a question mark; nothing when it is all default."""
        parts = {
            "start": self.start.isoformat() if self.start else "",
            "as-of": self.as_of.isoformat() if self.as_of else "",
            "known-at": timezone.localtime(self.known_at).strftime("%Y-%m-%dT%H:%M") if self.known_at else "",
            **more,
        }
        kept = {name: value for name, value in parts.items() if value}
        return f"?{urlencode(kept)}" if kept else ""


def report_page(books: BooksFacts, name: str, window: Window, refusal: Said | None = None) -> ReportPage:
    """Fill a report of the catalogue; every row opens what it is made of."""
    asked = Asked(books, reader.today(), window.as_of, window.start, window.known_at)
    report = registry.make(name, asked)
    kinds = {column.key: column.kind for column in report.columns}
    label_key = "name" if "name" in kinds else report.columns[0].key
    code_key = "account" if "account" in kinds and label_key != "account" else ""
    shown = [column for column in report.columns if column.key not in (label_key, code_key)]
    rows = tuple(
        _report_row(row, label_key, code_key, [column.key for column in shown], name, window) for row in report.rows
    )
    total = _cells(report.totals, [column.key for column in shown])
    is_span = name == "profit-and-loss"
    if is_span:
        first = window.start or asked.until.replace(month=1, day=1)
        sentence = f"{reader.span(first, asked.until)}."
    else:
        first = None
        sentence = _("As of %(day)s.") % {"day": reader.full_day(asked.until)}
    if window.known_at:
        sentence += " " + _("Counts what was posted by %(moment)s.") % {"moment": reader.moment(window.known_at)}
    names = [known for known in REPORT_ORDER if known in registry.makers()]
    names += [known for known in registry.makers() if known not in REPORT_ORDER and known != "general-ledger"]
    return ReportPage(
        name=name,
        title=report.title,
        sentence=sentence,
        reports=tuple(
            View(_report_title(known), f"/ledger/reports/{known}{window.query()}", is_current=known == name)
            for known in names
        ),
        columns=tuple(_column_title(column.title, column.kind, report.currency.code) for column in shown),
        rows=rows,
        totals=(ReportRow(str(report.totals.get(label_key) or _("Total")), total),) if report.totals else (),
        currency=report.currency.code,
        label=_("Account") if code_key else next(one.title for one in report.columns if one.key == label_key),
        as_of=asked.until,
        start=first,
        known_at=timezone.localtime(window.known_at).strftime("%Y-%m-%dT%H:%M") if window.known_at else "",
        is_span=is_span,
        state=Pill(_("Balances"), Tone.GOOD) if _is_balanced(name, total) else None,
        downloads=tuple(Link(form.upper(), f"/ledger/reports/{name}.{form}{window.query()}") for form in DOWNLOADS),
        refusal=refusal,
        empty=None if report.rows else _nothing_posted(),
    )


def _is_balanced(name: str, total: Sequence[Cell]) -> bool:
    """Whether the two sides of the trial balance are equal."""
    amounts = [cell.amount for cell in total if cell.amount is not None]
    return name == REPORT_ORDER[0] and len(amounts) == 2 and amounts[0] == amounts[1]


def _report_title(name: str) -> str:
    return name.replace("-", " ").capitalize()


def _column_title(title: str, kind: Kind, code: str) -> str:
    return f"{title}, {code}" if kind is Kind.MONEY and code not in title else title


def _report_row(row: Row, label_key: str, code_key: str, keys: Sequence[str], report: str, window: Window) -> ReportRow:
    kind, _sep, key = row.link.partition(":")
    url = {
        "account": f"/ledger/accounts/{key}{window.query(**{'from': report})}",
        "entry": addresses.entry_url(int(key)) if key.isdecimal() else "",
        "customer": f"/customers/{key}",
    }.get(kind, "")
    cells = _cells(row.cells, keys)
    return ReportRow(
        label=str(row.cells.get(label_key) or ""),
        cells=tuple(Cell(cell.amount, url if cell.amount else "", cell.text) for cell in cells) if url else cells,
        code=str(row.cells.get(code_key) or "") if code_key else "",
        url=url,
        level=row.level,
        is_heading=row.level == 0 and not any(cell.amount is not None or cell.text for cell in cells),
        is_total=row.level == 0,
    )


def _cells(values: Mapping[str, ReportCell], keys: Sequence[str]) -> tuple[Cell, ...]:
    return tuple(_cell(values.get(key)) for key in keys)


def _cell(value: ReportCell) -> Cell:
    if isinstance(value, Money):
        return Cell(value)
    if isinstance(value, date):
        return Cell(text=reader.full_day(value))
    if isinstance(value, int):
        return Cell(text=reader.count(value))
    return Cell(text=value or "")


def _nothing_posted() -> Empty:
    return Empty(
        "ledger",
        _("Nothing is posted yet"),
        _("Reports are made of postings. They come from invoices, payments and revenue."),
        Link(_("New invoice"), "/invoices/new"),
        Link(_("Import deals"), "/imports?kind=deals"),
    )


def account_page(
    books: BooksFacts, code: str, window: Window, source: str, after: tuple[date, int, int] | None
) -> AccountPage:
    """Fill an account's postings in a span, with the balance brought and carried forward.

    Raises:
        UnknownAccount: the chart has none with this code.
    """
    account = next((line for line in ledger.accounts(books.id) if line.code == code), None)
    if account is None:
        raise UnknownAccount(account=code)
    end = window.as_of or reader.today()
    start = window.start or end.replace(month=1, day=1)
    lines = ledger.ledger_lines(books.id, code, start=start, end=end, after=after, limit=LINES + 1)
    shown = lines[:LINES]
    base = books.base_currency
    opening = Money(_balance(books, code, start - timedelta(days=1)), base)
    parties = addresses.links(books.id, [f"customer:{line.customer_id}" for line in shown if line.customer_id])
    whole = after is None and len(lines) <= LINES
    last = shown[-1] if shown else None
    here = f"{code} {account.name}"
    older = (
        Window(end, start).query(**{"from": source, "after": f"{last.entry_date}.{last.entry_id}.{last.line}"})
        if last
        else ""
    )
    return AccountPage(
        code=code,
        name=account.name,
        kind=account.kind.value,
        sentence=_("%(span)s, in %(currency)s. Each line opens its entry.")
        % {"span": reader.span(start, end), "currency": base.code},
        crumbs=(
            Link(
                _report_title(source or REPORT_ORDER[0]), f"/ledger/reports/{source or REPORT_ORDER[0]}{window.query()}"
            ),
            Link(here),
        ),
        start=start,
        end=end,
        opening=opening,
        closing=Money(_balance(books, code, end), base),
        debits=Money(sum(max(line.base_minor, 0) for line in shown), base) if whole else None,
        credits=Money(sum(max(-line.base_minor, 0) for line in shown), base) if whole else None,
        lines=tuple(_account_line(books, line, code, source, parties) for line in shown),
        pager=Pager(len(shown), None, f"/ledger/accounts/{code}{older}" if len(lines) > LINES else ""),
        currency=base.code,
        url=f"/ledger/accounts/{code}",
        is_first=after is None,
    )


def _balance(books: BooksFacts, code: str, day: date) -> int:
    return next((row.base_minor for row in ledger.trial_balance(books.id, as_of=day) if row.code == code), 0)


def _account_line(
    books: BooksFacts, line: LedgerLine, code: str, source: str, parties: Mapping[str, Link]
) -> AccountLine:
    base = books.base_currency
    query = f"?{urlencode({'account': code, 'from': source or REPORT_ORDER[0]})}"
    return AccountLine(
        entry_date=line.entry_date,
        entry=Link(addresses.entry_number(line.entry_id), addresses.entry_url(line.entry_id) + query),
        memo=line.memo,
        party=parties[f"customer:{line.customer_id}"].label if line.customer_id else "",
        debit=Money(line.base_minor, base) if line.base_minor > 0 else None,
        credit=Money(-line.base_minor, base) if line.base_minor < 0 else None,
        balance=Money(line.balance_minor, base),
    )


def entry_page(books: BooksFacts, entry_id: int, account: str, source: str) -> EntryPage | None:
    """Fill one entry with its document and the way from the report that led here; None when there is none."""
    posted = ledger.entries_by_id(books.id, [entry_id]).get(entry_id)
    if posted is None:
        return None
    entry = posted.entry
    customers = sorted({posting.customer_id for posting in entry.postings if posting.customer_id})
    document = lineage.document_of(posted.source)
    references = [
        *entry_references(posted),
        *(f"customer:{id_}" for id_ in customers),
        *([document] if document else []),
    ]
    links = addresses.links(books.id, [*references, *([f"account:{account}"] if account else [])])
    number = addresses.entry_number(entry_id)
    crumbs = []
    if account:
        crumbs.append(Link(_report_title(source or REPORT_ORDER[0]), f"/ledger/reports/{source or REPORT_ORDER[0]}"))
        crumbs.append(Link(links[f"account:{account}"].label, f"/ledger/accounts/{account}?from={source}"))
    facts = [Fact(_("Memo"), entry.memo)]
    if document:
        facts.append(Fact(_("Document"), link=links[document]))
    facts += [Fact(_("Customer"), link=links[f"customer:{id_}"]) for id_ in customers]
    if posted.reverses_id:
        facts.append(Fact(_("Takes back"), link=addresses.link(books.id, f"entry:{posted.reverses_id}")))
    if posted.reversed_by_id:
        facts.append(Fact(_("Taken back by"), link=addresses.link(books.id, f"entry:{posted.reversed_by_id}")))
    facts += [
        Fact(_("Posted"), reader.moment(posted.posted_at)),
        Fact(_("Source"), posted.source),
        Fact(
            _("In the record"),
            link=Link(_("event %(id)s") % {"id": posted.event_id}, f"/audit?event={posted.event_id}"),
        ),
    ]
    return EntryPage(
        card=entry_card(books, posted, links),
        sentence=_("%(memo)s. Accounting date %(day)s.")
        % {"memo": entry.memo, "day": reader.full_day(entry.entry_date)},
        state=Pill(_("Taken back"), Tone.PLAIN) if posted.reversed_by_id else Pill(_("Posted"), Tone.GOOD),
        crumbs=(*crumbs, Link(number)) if crumbs else (),
        steps=_steps_of(books, posted, document),
        facts=tuple(facts),
        whys=whys.of(f"entry:{entry_id}"),
        currency=books.base_currency.code,
        mixed=any(posting.amount.currency != books.base_currency for posting in entry.postings),
    )


def _steps_of(books: BooksFacts, posted: PostedEntry, document: str) -> tuple[Step, ...]:
    """The way to the entry: by its document, else by the contract whose position it moves."""
    if document:
        return lineage.of_document(books, document, current=f"entry:{posted.id}")
    ids = sorted({posting.contract_id for posting in posted.entry.postings if posting.contract_id})
    found = contracts.contracts_by_id(books.id, ids) if len(ids) == 1 else {}
    if not found:
        return ()
    here = Step(_("This entry"), Link(addresses.entry_number(posted.id)), posted.entry.memo, is_current=True)
    return (*lineage.of_contract(books, found[ids[0]], current=""), here)


def periods_page(books: BooksFacts, *, may_close: bool) -> PeriodsPage:
    """Fill the months that were used, newest first, with the step that each allows."""
    lines = ledger.periods(books.id)
    still_open = [line.start_date for line in lines if line.state != CLOSED]
    oldest = min(still_open, default=None)
    if not lines:
        sentence = _("A month appears when something is posted in it, and is open until somebody closes it.")
    elif oldest is None:
        sentence = _("Every month that was used is closed.")
    else:
        sentence = _("%(month)s is the oldest open month.") % {"month": reader.month(oldest)}
    return PeriodsPage(
        sentence=sentence,
        rows=tuple(_period_row(books, line, may_close=may_close) for line in lines),
        currency=books.base_currency.code,
        may_close=may_close,
        empty=None if lines else _nothing_posted(),
    )


CLOSED = "closed"


def _period_row(books: BooksFacts, line: PeriodLine, *, may_close: bool) -> PeriodRow:
    name = f"{line.start_date:%Y-%m}"
    is_closed = line.state == CLOSED
    changed = (
        f"{line.moved_by.partition(':')[2] or line.moved_by}, {reader.moment(line.moved_at)}" if line.moved_at else ""
    )
    action = None
    if may_close:
        label = _("Reopen") if is_closed else _("Close %(month)s") % {"month": reader.month(line.start_date)}
        action = Undo(f"/periods/{name}/{'reopen' if is_closed else 'close'}", label)
    last = ledger.last_day(line.start_date)
    return PeriodRow(
        month=line.start_date,
        name=name,
        state=Pill(_("Closed")) if is_closed else Pill(_("Open"), Tone.GOOD),
        changed=", ".join(part for part in (changed, line.reason) if part),
        url=f"/ledger/reports/trial-balance?as-of={last.isoformat()}",
        action=action,
        needs_reason=is_closed,
    )
