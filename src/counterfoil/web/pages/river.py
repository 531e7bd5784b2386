"""Where the won money of a month is. Each deal is in exactly one place: in the bank, invoiced, later, or held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.billing import selectors as billing
from counterfoil.billing.domain import Kind
from counterfoil.contracts import selectors as contracts
from counterfoil.contracts.domain import ContractState
from counterfoil.contracts.selectors import ContractSummary
from counterfoil.crm import selectors as crm
from counterfoil.kernel.money import Money
from counterfoil.people.domain import BooksFacts
from counterfoil.receivables import selectors as receivables
from counterfoil.standards import selectors as standards
from counterfoil.web import charts, reader, writing
from counterfoil.web.parts import Share

FIRST_DAYS = 7
"""Until then the month before is shown: a new month has not happened yet."""
MOST_DEALS = 1_000
MOST_DOCUMENTS = 5_000
FEWEST_DEALS = 2


@dataclass(frozen=True, slots=True)
class River:
    """The strip with its key and what stands above it."""

    title: str
    note: str
    places: tuple[Share, ...]
    chart: SafeString | None


def river(books: BooksFacts, today: date) -> River | None:
    """Return where the money won in this month is (in its first days: in the month before); None for too few deals.

    Amounts are net of tax, in base currency; deals in other currencies are counted apart in the note.
    """
    month = today.replace(day=1)
    if today.day <= FIRST_DAYS:
        month = (month - timedelta(days=1)).replace(day=1)
    found = contracts.contract_summaries(books.id, limit=MOST_DEALS)
    signed = [one for one in found if one.signed_date >= month and one.state is ContractState.LIVE]
    held = _held(books, month)
    number = len(signed) + len(held)
    if number < FEWEST_DEALS or len(signed) == MOST_DEALS:
        return None
    paid, invoiced = _settled(books, signed, month)
    base = books.base_currency
    groups = (
        (_("In the bank"), [one.total for one in signed if one.id in paid], "k-ink", "/contracts"),
        (_("Invoiced, not yet paid"), [one.total for one in signed if one.id in invoiced - paid], "k-act", "/invoices"),
        (_("To be invoiced later"), [one.total for one in signed if one.id not in invoiced], "k-soft", "/contracts"),
        (_("Held"), held, "held", "/deals/held"),
    )
    sums = [
        sum((amount for amount in amounts if amount.currency == base), Money.zero(base))
        for _n, amounts, _k, _u in groups
    ]
    shares = writing.shares_of_hundred([amount.minor for amount in sums])
    places = tuple(
        Share(name, amount, f"{_deals(len(amounts))} · {writing.percent(share, reader.locale())}", kind, url)
        for (name, amounts, kind, url), amount, share in zip(groups, sums, shares, strict=True)
    )
    total = sum(sums, Money.zero(base))
    foreign = sum(amount.currency != base for _n, amounts, _k, _u in groups for amount in amounts)
    note = _("%(deals)s won, %(sum)s net. Each deal is in exactly one place.") % {
        "deals": _deals(number),
        "sum": reader.symboled(total),
    }
    if foreign:
        note += " " + ngettext(
            "%(n)s in another currency is counted, not summed.",
            "%(n)s in other currencies are counted, not summed.",
            foreign,
        ) % {"n": foreign}
    label = ", ".join(f"{place.label}: {reader.symboled(place.amount)}" for place in places)
    chart = charts.strip([charts.Part(place.amount.minor, place.kind) for place in places], label)
    title = _("%(month)s: where the won money is") % {"month": reader.month_name(month)}
    return River(title, note, places, chart)


def _deals(number: int) -> str:
    return ngettext("%(n)s deal", "%(n)s deals", number) % {"n": reader.count(number)}


def _held(books: BooksFacts, month: date) -> list[Money]:
    """What held deals of the month come to; one that was invoiced before it changed is where its invoice is."""
    held = [one for one in standards.held_deals(books_id=books.id, limit=MOST_DEALS) if one.before is None]
    ids = [one.opportunity_id for one in held]
    rows = crm.opportunities(books_id=books.id, ids=ids, limit=MOST_DEALS) if ids else []
    return [row.amount for row in rows if row.amount and row.close_date and row.close_date >= month]


def _settled(books: BooksFacts, signed: Sequence[ContractSummary], month: date) -> tuple[set[int], set[int]]:
    """Return the contracts that are paid in full and those that are invoiced at all."""
    wanted = {one.id for one in signed}
    documents = [
        one
        for one in billing.document_summaries(books.id, kind=Kind.INVOICE, state=billing.ISSUED, limit=MOST_DOCUMENTS)
        if one.contract_id in wanted and one.issue_date >= month
    ]
    items = receivables.items_of_documents(books.id, [one.id for one in documents])
    invoiced = {one.contract_id for one in documents if one.contract_id is not None}
    unpaid = {one.contract_id for one in documents if one.id in items and items[one.id].open}
    return invoiced - unpaid, invoiced
