"""Today: what needs a person, where the money is, what was done without one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.audit import selectors as audit
from counterfoil.audit.selectors import EventLine
from counterfoil.billing import selectors as billing
from counterfoil.crm import selectors as crm
from counterfoil.decisions import selectors as decisions
from counterfoil.decisions.domain import Mode
from counterfoil.infra import world
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger
from counterfoil.ledger.domain import AccountKind, AccountRole
from counterfoil.people.domain import Act, BooksFacts
from counterfoil.people.selectors import Person
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.selectors import BankLineRow, BankPosition
from counterfoil.standards import selectors as standards
from counterfoil.standards.selectors import HeldCount
from counterfoil.web import addresses, charts, reader, writing
from counterfoil.web.pages import owed, whys
from counterfoil.web.pages.deals import field_name
from counterfoil.web.pages.river import river
from counterfoil.web.pages.trust import outcomes_of
from counterfoil.web.parts import Empty, Figure, Link, Share, Undo
from counterfoil.web.saying import parted, say


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for a person."""

    title: str
    who: str
    reason: str
    amount: Money | None
    url: str
    age: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done without a person since yesterday, and how to take it back."""

    sentence: str
    decisions: str = ""
    url: str = ""
    undo: Undo | None = None


@dataclass(frozen=True, slots=True)
class TodayPage:
    """The dashboard. A chart without enough data is None, and its sentence says so."""

    today: date
    sentence: str
    primary: Link | None
    secondary: Link | None
    river_title: str
    river_note: str
    river: tuple[Share, ...]
    river_chart: SafeString | None
    figures: tuple[Figure, ...]
    needs: tuple[Need, ...]
    needs_note: str
    needs_url: str
    done: tuple[Done, ...]
    done_title: str
    aging: tuple[Share, ...]
    aging_chart: SafeString | None
    aging_note: str
    revenue_chart: SafeString | None
    revenue_note: str
    cash_chart: SafeString | None
    cash_note: str
    start: tuple[Empty, ...] = ()
    is_sales: bool = False


MONTHS = 12
MOST_NEEDS = 12
MOST_LINES = 3
MOST_DECISIONS = 5
MOST_COUNTED = 500
HOURS = 24


def today_page(person: Person) -> TodayPage:
    """Fill the dashboard: what needs a person, where the money is, what was done without one."""
    books, today = person.books, reader.today()
    if not crm.stage_counts(books.id) and not ledger.periods(books.id):
        return _empty(person, today)
    if not person.may(Act.READ_BOOKS):
        return _for_sales(person, today)
    positions = receivables.bank_positions(books.id)
    totals = owed.totals(books.id, today)
    held = standards.held_count(books.id)
    todo = sum(position.unposted_count for position in positions)
    needs = _needs(person, todo)
    months = _by_month(books)
    revenue = _revenue(books, months, today)
    cash = _cash(books, positions, months, today)
    done, title = _done(books)
    flowing = river(books, today)
    return TodayPage(
        today=today,
        sentence=_sentence(held, todo, totals.overdue),
        primary=Link(_("Work the held deals"), "/deals/held")
        if held
        else Link(_("Match the bank"), "/bank")
        if todo
        else None,
        secondary=Link(_("Match the bank"), "/bank") if held and todo else None,
        river_title=flowing.title if flowing else "",
        river_note=flowing.note if flowing else "",
        river=flowing.places if flowing else (),
        river_chart=flowing.chart if flowing else None,
        figures=_figures(books, positions, totals, held, todo),
        needs=needs,
        needs_note=_needs_note(held, todo),
        needs_url="/deals/held" if held else "/bank" if todo else "",
        done=done,
        done_title=title,
        aging=totals.buckets,
        aging_chart=charts.strip(
            [charts.Part(bucket.amount.minor, bucket.kind) for bucket in totals.buckets], _aging_label(totals)
        ),
        aging_note=_("%(sum)s open, in base currency.") % {"sum": reader.symboled(totals.open)}
        if totals.open
        else _("Nothing is open: every issued invoice is paid or credited."),
        revenue_chart=revenue[0],
        revenue_note=revenue[1],
        cash_chart=cash[0],
        cash_note=cash[1],
    )


def _empty(person: Person, today: date) -> TodayPage:
    start = [
        Empty(
            "import",
            _("Bring in what your CRM has"),
            _("Customers, products and deals as CSV files. Each row is checked; nothing changes before you say so."),
            Link(_("Import a file"), "/imports"),
        ),
        Empty(
            "invoice",
            _("Or begin by hand"),
            _("Enter a customer and a product, then an invoice. It is numbered, posted and open at once."),
            Link(_("New customer"), "/customers/new"),
            Link(_("New product"), "/products/new"),
        ),
    ]
    return _bare(
        person,
        today,
        _("The books are open and empty. Two ways to begin:"),
        start=tuple(start) if person.may(Act.IMPORT) else start[1:],
    )


def _for_sales(person: Person, today: date) -> TodayPage:
    """What a seller's day begins with: held deals first, no books."""
    held = standards.held_count(person.books.id)
    page = _bare(person, today, _sentence(held, 0, Money.zero(person.books.base_currency)))
    return dataclasses.replace(
        page,
        primary=Link(_("See the held deals"), "/deals/held") if held else Link(_("See the deals"), "/deals"),
        needs=_needs(person, 0),
        needs_note=_needs_note(held, 0),
        needs_url="/deals/held" if held else "",
        is_sales=True,
    )


def _bare(person: Person, today: date, sentence: str, start: Sequence[Empty] = ()) -> TodayPage:
    return TodayPage(
        today=today,
        sentence=sentence,
        primary=None,
        secondary=None,
        river_title="",
        river_note="",
        river=(),
        river_chart=None,
        figures=(),
        needs=(),
        needs_note="",
        needs_url="",
        done=(),
        done_title="",
        aging=(),
        aging_chart=None,
        aging_note="",
        revenue_chart=None,
        revenue_note="",
        cash_chart=None,
        cash_note="",
        start=tuple(start),
    )


def _sentence(held: int, todo: int, overdue: Money) -> str:
    parts = []
    if held:
        parts.append(ngettext("%(n)s won deal is held", "%(n)s won deals are held", held) % {"n": reader.count(held)})
    if todo:
        parts.append(ngettext("%(n)s bank line waits", "%(n)s bank lines wait", todo) % {"n": reader.count(todo)})
    if overdue.minor > 0:
        parts.append(_("%(sum)s is overdue") % {"sum": reader.symboled(overdue)})
    if not parts:
        return _("Nothing waits for a person.")
    return (", ".join(parts[:-1]) + " " + _("and") + " " + parts[-1] if len(parts) > 1 else parts[0]) + "."


def _figures(
    books: BooksFacts, positions: Sequence[BankPosition], totals: owed.Totals, held: int, todo: int
) -> tuple[Figure, ...]:
    base = books.base_currency
    own = [position for position in positions if position.statement.currency == base]
    cash = sum((position.statement for position in own), Money.zero(base))
    latest = max((position.statement_date for position in own if position.statement_date), default=None)
    accounts = ngettext("%(n)s account", "%(n)s accounts", len(own)) % {"n": len(own)}
    note = (
        f"{accounts}, " + _("statement of %(day)s") % {"day": reader.day(latest)} if latest else _("no statement yet")
    )
    unposted = sum((position.unposted for position in own), Money.zero(base))
    late = _("%(sum)s overdue") % {"sum": reader.symboled(totals.overdue)} if totals.overdue.minor > 0 else ""
    return (
        Figure(_("Cash in bank"), cash, note=note, url="/bank"),
        Figure(_("Open receivables"), totals.open, alarm=late, note="" if late else _("none overdue"), url="/invoices"),
        Figure(_("Held deals"), text=reader.count(held), note=_held_note(books), url="/deals/held"),
        Figure(
            _("Bank lines to do"),
            text=reader.count(todo),
            note=_("%(sum)s to settle") % {"sum": reader.symboled(unposted)} if todo else _("every line is settled"),
            url="/bank",
        ),
    )


def _held_note(books: BooksFacts) -> str:
    """What held deals come to, where each is held for one reason only; otherwise how many reasons there are."""
    counts = standards.held_by_reason(books.id)
    if not counts:
        return _("every won deal that is due is invoiced")
    amounts = [count.amount for count in counts if count.amount]
    if len(counts) == 1 and amounts:
        return reader.symboled(amounts[0])
    return ngettext("%(n)s reason", "%(n)s reasons", len(counts)) % {"n": reader.count(len(counts))}


def _needs_note(held: int, todo: int) -> str:
    parts = []
    if held:
        parts.append(ngettext("%(n)s held deal", "%(n)s held deals", held) % {"n": reader.count(held)})
    if todo:
        parts.append(ngettext("%(n)s bank line", "%(n)s bank lines", todo) % {"n": reader.count(todo)})
    return " · ".join(parts)


def _needs(person: Person, todo: int) -> tuple[Need, ...]:
    """What waits for a person: held deals by reason, one line for many of a kind, then bank lines."""
    books = person.books
    needs = [_held_need(books, count) for count in standards.held_by_reason(books.id)[:MOST_NEEDS]]
    if person.may(Act.INVOICE):
        needs += _invoice_needs(books)
    if todo and person.may(Act.RECEIVE):
        lines = receivables.bank_lines(books.id, states=("listed", "quarantined"), limit=MOST_LINES)
        needs += [
            Need(
                _("Bank line to settle"),
                line.counterparty or line.text[:60],
                _left(line),
                line.amount,
                f"/bank?line={line.id}",
            )
            for line in lines
        ]
    return tuple(needs)


def _invoice_needs(books: BooksFacts) -> list[Need]:
    """The invoices asked for by hand or API that wait for a person, one line each for the first few."""
    held = billing.held_invoices(books.id, limit=MOST_LINES)
    names = crm.customer_names([one.customer_id for one in held])
    needs = []
    for one in held:
        title, passes = parted(say(one.code, one.facts))
        needs.append(Need(title, names.get(one.customer_id, ""), passes, one.net, reverse("web:waiting")))
    return needs


def _held_need(books: BooksFacts, count: HeldCount) -> Need:
    """One reason that holds deals: the deal itself where it is one, else how many and what they come to."""
    held = standards.held_deals(books_id=books.id, code=count.code, value=count.value, limit=1)
    finding = next((one for one in held[0].findings if one.code == count.code), held[0].findings[0])
    title, passes = parted(say(finding.code, finding.facts))
    if finding.code == "missing_field":
        title = _("%(field)s is missing") % {"field": field_name(finding.field)}
    if count.count == 1:
        row = crm.opportunity(held[0].opportunity_id)
        return Need(title, row.customer or row.name, passes, row.amount, addresses.deal_url(row.id))
    who = ngettext("%(n)s deal", "%(n)s deals", count.count) % {"n": reader.count(count.count)}
    url = f"/deals/held?{urlencode({'reason': count.code, 'value': count.value})}"
    return Need(title, who, passes, count.amount, url)


def _left(line: BankLineRow) -> str:
    """Say why a line was left to people, as it was decided; a line that nobody looked at says its own text."""
    decided = whys.of(f"bank_line:{line.id}", limit=1)
    return f"{decided[0].title}. {decided[0].sentence}" if decided else line.text[:120]


def _aging_label(totals: owed.Totals) -> str:
    shares = writing.shares_of_hundred([max(bucket.amount.minor, 0) for bucket in totals.buckets])
    parts = [
        f"{writing.percent(share, reader.locale())} {bucket.label.lower()}"
        for share, bucket in zip(shares, totals.buckets, strict=True)
        if share
    ]
    return _("Open receivables: %(parts)s") % {"parts": ", ".join(parts)}


def _by_month(books: BooksFacts) -> dict[tuple[int, date], int]:
    """Return what each account moved in each month, in base minor units, from the snapshots."""
    found: dict[tuple[int, date], int] = {}
    for (account_id, month, _code), (_amount, base) in ledger.snapshot_balance(books.id).items():
        found[account_id, month] = found.get((account_id, month), 0) + base
    return found


def _months_until(today: date) -> list[date]:
    months = [today.replace(day=1)]
    while len(months) < MONTHS:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months[::-1]


def _revenue(books: BooksFacts, moved: Mapping[tuple[int, date], int], today: date) -> tuple[SafeString | None, str]:
    income = {line.id for line in ledger.accounts(books.id) if line.kind is AccountKind.INCOME}
    months = _months_until(today)
    sums = [
        -sum(minor for (account, month), minor in moved.items() if account in income and month == one) for one in months
    ]
    if not any(sums):
        return None, _("Nothing was earned in the last 12 months.")
    first = next(place for place, minor in enumerate(sums) if minor)
    base = books.base_currency
    values = list(zip(months, sums, strict=True))[first:]
    largest = max(values[:-1] or values, key=lambda value: value[1])
    bars = [
        charts.Bar(
            reader.month(month, short=True),
            minor,
            reader.round_figure(Money(minor, base)) if (month, minor) == largest or month == months[-2] else "",
            "k-soft" if month == months[-1] else "k-act",
        )
        for month, minor in values
    ]
    label = _("Revenue by month, %(sum)s at most in %(month)s") % {
        "sum": reader.symboled(Money(largest[1], base)),
        "month": reader.month(largest[0]),
    }
    note = _("%(code)s, as posted. %(month)s so far %(sum)s.") % {
        "code": base.code,
        "month": reader.month(months[-1]),
        "sum": reader.money(Money(sums[-1], base)),
    }
    return charts.bars(bars, label), note


def _cash(
    books: BooksFacts, positions: Sequence[BankPosition], moved: Mapping[tuple[int, date], int], today: date
) -> tuple[SafeString | None, str]:
    codes = {position.account_code for position in positions} | {ledger.account_codes(books.id)[AccountRole.BANK]}
    banks = {line.id for line in ledger.accounts(books.id) if line.code in codes}
    months = _months_until(today)
    sums = [
        sum(minor for (account, month), minor in moved.items() if account in banks and month <= one) for one in months
    ]
    if not any(sums):
        return None, _("No money has moved yet.")
    base = books.base_currency
    ticks = charts.even_ticks(min(sums), max(sums))
    points = [
        charts.Point(month.toordinal(), minor, reader.month(month, short=True) if place % 3 == 2 else "")
        for place, (month, minor) in enumerate(zip(months, sums, strict=True))
    ]
    label = _("Ledger balance of the bank accounts, %(sum)s now") % {"sum": reader.symboled(Money(sums[-1], base))}
    chart = charts.line(points, label, ticks=[(tick, reader.round_figure(Money(tick, base))) for tick in ticks])
    return chart, _("Ledger balance at the end of each month, %(code)s; now %(sum)s.") % {
        "code": base.code,
        "sum": reader.money(Money(sums[-1], base)),
    }


def _done(books: BooksFacts) -> tuple[tuple[Done, ...], str]:
    """Say what was decided by rule: in the last 24 hours, or last of all when nothing was."""
    made = audit.events(kind="decisions.decided", limit=MOST_DECISIONS * 4)
    events = [one for one in made if one.body.get("mode") != Mode.OBSERVE]
    since = world.now() - timedelta(hours=HOURS)
    fresh = [event for event in events if event.at >= since]
    title = _("Done for you since yesterday") if fresh else _("Done for you last")
    done = [_one_done(books, event) for event in (fresh or events)[:MOST_DECISIONS]]
    return tuple(one for one in done if one is not None), title


def _one_done(books: BooksFacts, event: EventLine) -> Done | None:
    decision_id = int(event.subject.partition(":")[2])
    items = decisions.decision_items(books.id, decision_id, limit=MOST_COUNTED)
    number = f"CF-{decision_id}"
    if not items:  # Of other books.
        return None
    if len(items) == 1:
        sentence = say(items[0].code, items[0].facts)
    else:
        names = {
            "close_deal": _("Won deals"),
            "match": _("Bank lines"),
            "bill": _("Instalments"),
            "enter_invoice": _("Invoices entered"),
            "credit_invoice": _("Invoices credited"),
        }
        kind = str(event.body.get("kind", ""))
        whole = event.items_count <= len(items)
        what = outcomes_of(items) if whole else _("%(n)s decided") % {"n": reader.count(event.items_count)}
        sentence = f"{names.get(kind, kind.replace('_', ' ').capitalize())}: {what}."
    return Done(sentence, number, f"/decisions/{number}")
