"""What customers owe and would owe, now and on past days, beside what they are trusted with."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate

from django.db.models import Case, F, Min, Sum, Value, When
from django.db.models.functions import Coalesce

from counterfoil.contracts import selectors as contracts
from counterfoil.crm import selectors as crm
from counterfoil.infra import bulk
from counterfoil.kernel.currency import Currency, currency
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger_reads
from counterfoil.policies import selectors as policies
from counterfoil.policies.domain import CreditProfile, CreditProfiles, Exposure, Kind
from counterfoil.receivables.domain.settlement import DocumentKind
from counterfoil.receivables.models import Allocation, OpenItem
from counterfoil.receivables.selectors.facts import base_currency


@dataclass(frozen=True, slots=True)
class CreditStanding:
    """What a customer is trusted with, beside what it would owe; `policy` names the version that says so."""

    customer_id: int
    profile: CreditProfile
    exposure: Exposure
    policy: str


def credit_standings(books_id: int, customer_ids: Sequence[int], as_of: date) -> dict[int, CreditStanding]:
    """Return profile and exposure of many customers; the number of statements does not grow with them."""
    wanted = sorted(set(customer_ids))
    in_force = policies.active(Kind.CREDIT_PROFILES, books_id)
    of = profiles_of(in_force.as_a(CreditProfiles), wanted)
    owed = exposures(books_id, wanted, as_of)
    return {id_: CreditStanding(id_, of[id_], owed[id_], in_force.version) for id_ in wanted}


def profiles_of(profiles: CreditProfiles, customer_ids: Sequence[int]) -> dict[int, CreditProfile]:
    """Return the profile of many customers, found by an external id or the name; two statements, or none."""
    if not profiles.by_customer:
        return dict.fromkeys(customer_ids, profiles.default)
    names = crm.customer_names(customer_ids)
    known = crm.external_ids_of("customer", customer_ids)
    return {
        id_: profiles.profile_of(*[external for _, external in known.get(id_, ())], names.get(id_, ""))
        for id_ in customer_ids
    }


def exposures(books_id: int, customer_ids: Sequence[int], as_of: date) -> dict[int, Exposure]:
    """Return what many customers would owe now, in base; `as_of` decides what is overdue.

    Open invoices less open credit, conditional ones included, and what live contracts have not invoiced, before tax,
    at the latest rate. A customer is read through merges. The number of statements does not grow with the customers.

    Raises:
        NoExchangeRate: a contract is in a currency without a rate.
    """
    wanted = sorted(set(customer_ids))
    open_: dict[int, int] = defaultdict(int)
    overdue: dict[int, int] = defaultdict(int)
    oldest: dict[int, date] = {}
    rows = OpenItem.objects.filter(books_id=books_id, open_minor__gt=0).annotate(
        of=_CUSTOMER, is_late=Case(When(due_date__lt=as_of, then=Value(1)), default=Value(0))
    )
    sums = rows.filter(bulk.is_any_of("of", wanted)).values_list("of", "kind", "is_late")
    for id_, kind, is_late, minor, due in sums.annotate(Sum("open_base_minor"), Min("due_date")).order_by():
        signed = DocumentKind(kind).sign * int(minor)
        open_[id_] += signed
        if is_late:
            overdue[id_] += signed
            if kind == DocumentKind.INVOICE:
                oldest[id_] = due
    base = base_currency(books_id)
    unbilled: dict[int, int] = defaultdict(int)
    left = [(id_, Money(minor, currency(code))) for (id_, code), minor in contracts.unbilled(books_id, wanted).items()]
    for (id_, _), minor in zip(left, _in_base(books_id, base, [amount for _, amount in left], as_of), strict=True):
        unbilled[id_] += minor
    return {
        id_: Exposure(
            open_[id_], unbilled[id_], max(0, overdue[id_]), (as_of - oldest[id_]).days if id_ in oldest else 0
        )
        for id_ in wanted
    }


def past_exposures(books_id: int, wanted: Sequence[tuple[int, date]]) -> list[Exposure]:
    """Return what customers would have owed at the end of past days, in the order asked for; five statements.

    As `exposures`, but told from invoices, allocations and instalments by their dates; contracts count from their
    signature to the day of each invoice.
    """
    customers = sorted({customer for customer, _ in wanted})
    days = sorted({day for _, day in wanted})
    if not days:
        return []
    base = base_currency(books_id)
    items = OpenItem.objects.filter(books_id=books_id).annotate(of=_CUSTOMER).filter(bulk.is_any_of("of", customers))
    made = Allocation.objects.filter(books_id=books_id)
    paid = made.annotate(of=Coalesce(F("item__customer__merged_into_id"), F("item__customer_id")))
    given = made.exclude(credit_item=None).annotate(
        of=Coalesce(F("credit_item__customer__merged_into_id"), F("credit_item__customer_id"))
    )
    past = _Past()
    for id_, of, kind, issued, due, minor in items.values_list(
        "id", "of", "kind", "issue_date", "due_date", "base_minor"
    ):
        past.opens(of, id_, kind == DocumentKind.INVOICE, issued, due, DocumentKind(kind).sign * minor)
    for of, id_, kind, due, on, minor in paid.filter(bulk.is_any_of("of", customers)).values_list(
        "of", "item_id", "item__kind", "item__due_date", "made_on", "base_minor"
    ):
        past.settles(of, id_, due, on, DocumentKind(kind).sign * minor)
    for of, id_, due, on, minor in given.filter(bulk.is_any_of("of", customers)).values_list(
        "of", "credit_item_id", "credit_item__due_date", "made_on", "paid_base_minor"
    ):
        past.settles(of, id_, due, on, -minor)
    agreed = contracts.agreed(books_id, customers)
    amounts = [Money(net, currency(code)) for _, code, _, _, net in agreed]
    for (of, _, signed, invoiced, _), minor in zip(agreed, _in_base(books_id, base, amounts, days[-1]), strict=True):
        past.agrees(of, signed, invoiced, minor)
    return past.read(wanted)


_CUSTOMER = Coalesce(F("customer__merged_into_id"), F("customer_id"))
_DAY = timedelta(days=1)


class _Past:
    """Signed changes by customer and day, summed up so that any day is one look."""

    def __init__(self) -> None:
        self._open: dict[int, dict[date, int]] = defaultdict(lambda: defaultdict(int))
        self._late: dict[int, dict[date, int]] = defaultdict(lambda: defaultdict(int))
        self._unbilled: dict[int, dict[date, int]] = defaultdict(lambda: defaultdict(int))
        self._invoices: dict[int, list[tuple[date, int]]] = defaultdict(list)
        self._left: dict[int, int] = {}
        self._settled: dict[int, date] = {}

    def opens(self, of: int, item_id: int, is_invoice: bool, issued: date, due: date, minor: int) -> None:
        self._open[of][issued] += minor
        self._late[of][max(issued, due + _DAY)] += minor
        self._left[item_id] = minor
        if is_invoice:
            self._invoices[of].append((due, item_id))

    def settles(self, of: int, item_id: int, due: date, on: date, minor: int) -> None:
        self._open[of][on] -= minor
        self._late[of][max(on, due + _DAY)] -= minor
        self._left[item_id] = self._left.get(item_id, 0) - minor
        self._settled[item_id] = max(on, self._settled.get(item_id, on))

    def agrees(self, of: int, signed: date, invoiced: date, minor: int) -> None:
        if signed < invoiced:
            self._unbilled[of][signed] += minor
            self._unbilled[of][invoiced] -= minor

    def read(self, wanted: Iterable[tuple[int, date]]) -> list[Exposure]:
        sums = [_Sums(changes) for changes in (self._open, self._unbilled, self._late)]
        oldest = {of: sorted(items) for of, items in self._invoices.items()}
        found = []
        for of, day in wanted:
            open_, unbilled, late = (one.at(of, day) for one in sums)
            days = 0
            if late > 0:
                first = next((due for due, item in oldest.get(of, ()) if self._is_open(item, day)), day)
                days = max(0, (day - first).days)
            found.append(Exposure(open_, unbilled, max(0, late), days))
        return found

    def _is_open(self, item_id: int, day: date) -> bool:
        return self._left[item_id] != 0 or self._settled.get(item_id, day) > day


class _Sums:
    def __init__(self, changes: Mapping[int, Mapping[date, int]]) -> None:
        self._days = {of: sorted(by_day) for of, by_day in changes.items()}
        self._sums = {of: list(accumulate(changes[of][day] for day in days)) for of, days in self._days.items()}

    def at(self, of: int, day: date) -> int:
        """The sum of all changes up to a day, that day included."""
        place = bisect_right(self._days.get(of, ()), day)
        return self._sums[of][place - 1] if place else 0


def _in_base(books_id: int, base: Currency, amounts: Sequence[Money], day: date) -> list[int]:
    """Convert many amounts to minor units of base at the latest rate; one statement."""
    converted = []
    for amount, in_base in zip(
        amounts, ledger_reads.base_amounts(books_id, base, [(amount, day) for amount in amounts]), strict=True
    ):
        if in_base is None:
            raise ledger_reads.NoExchangeRate(field="currency", currency=amount.currency.code, day=day.isoformat())
        converted.append(in_base.minor)
    return converted
