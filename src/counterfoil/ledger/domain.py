"""Balanced entries, the chart of accounts, periods. An unbalanced entry cannot exist."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from counterfoil.kernel.canonical import quoted
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money

JOURNAL = "journal"
REVERSIBLE = "reversible"


class AccountKind(StrEnum):
    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"


class AccountRole(StrEnum):
    """What the product itself posts to; each role is one account of the chart."""

    BANK = "bank"
    RECEIVABLE = "receivable"
    INVOICED_NOT_DUE = "invoiced_not_due"
    INVOICED_NOT_DUE_CONTRA = "invoiced_not_due_contra"
    CONTRACT_POSITION = "contract_position"
    UNAPPLIED_CASH = "unapplied_cash"
    TAX_PAYABLE = "tax_payable"
    CAPITAL = "capital"
    RETAINED_EARNINGS = "retained_earnings"
    REVENUE = "revenue"
    OTHER_INCOME = "other_income"
    BANK_CHARGES = "bank_charges"
    BAD_DEBT = "bad_debt"
    FX_DIFFERENCE = "fx_difference"
    CURRENCY_CLEARING = "currency_clearing"


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """One account of the chart that new books open with."""

    code: str
    name: str
    kind: AccountKind
    role: AccountRole


STANDARD_CHART: tuple[AccountPlan, ...] = (
    AccountPlan("1000", "Bank", AccountKind.ASSET, AccountRole.BANK),
    AccountPlan("1100", "Trade receivables", AccountKind.ASSET, AccountRole.RECEIVABLE),
    AccountPlan(
        "1150", "Invoiced, right to payment still conditional", AccountKind.ASSET, AccountRole.INVOICED_NOT_DUE
    ),
    AccountPlan("1900", "Currency clearing", AccountKind.ASSET, AccountRole.CURRENCY_CLEARING),
    AccountPlan(
        "2150", "Invoiced in advance, contract cancellable", AccountKind.LIABILITY, AccountRole.INVOICED_NOT_DUE_CONTRA
    ),
    AccountPlan("2200", "Contract position", AccountKind.LIABILITY, AccountRole.CONTRACT_POSITION),
    AccountPlan("2300", "Unapplied customer cash", AccountKind.LIABILITY, AccountRole.UNAPPLIED_CASH),
    AccountPlan("2400", "Sales tax payable", AccountKind.LIABILITY, AccountRole.TAX_PAYABLE),
    AccountPlan("3000", "Capital", AccountKind.EQUITY, AccountRole.CAPITAL),
    AccountPlan("3900", "Retained earnings", AccountKind.EQUITY, AccountRole.RETAINED_EARNINGS),
    AccountPlan("4000", "Revenue", AccountKind.INCOME, AccountRole.REVENUE),
    AccountPlan("4900", "Other income", AccountKind.INCOME, AccountRole.OTHER_INCOME),
    AccountPlan("6000", "Bank charges", AccountKind.EXPENSE, AccountRole.BANK_CHARGES),
    AccountPlan("6100", "Bad debt", AccountKind.EXPENSE, AccountRole.BAD_DEBT),
    AccountPlan("6900", "Exchange differences", AccountKind.EXPENSE, AccountRole.FX_DIFFERENCE),
)


class UnbalancedEntry(Refused):
    """The postings do not sum to zero, in base or in a transaction currency."""

    code = "unbalanced_entry"


class TooFewPostings(Refused):
    """An entry needs two sides."""

    code = "too_few_postings"


class PeriodIsClosed(Refused):
    """The accounting date lies in a closed period."""

    code = "period_is_closed"


class UnknownAccount(Refused):
    """The chart has no account with this code."""

    code = "unknown_account"


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of an entry: an amount in its currency and the same in base currency; debit is positive.

    Customer and contract say whose receivable and whose contract position it moves.
    """

    account: str
    amount: Money
    base: Money
    customer_id: int | None = None
    contract_id: int | None = None

    def reversed(self) -> Posting:
        """Return the same posting on the other side."""
        return replace(self, amount=-self.amount, base=-self.base)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A balanced set of postings on one accounting date. An unbalanced one cannot exist.

    It sums to zero in the books' base currency and in every transaction currency.
    """

    entry_date: date
    memo: str
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        if len(self.postings) < 2:
            raise TooFewPostings
        totals: Counter[tuple[str, str]] = Counter()
        for posting in self.postings:
            totals["amount", posting.amount.currency.code] += posting.amount.minor
            totals["base", posting.base.currency.code] += posting.base.minor
        off_by: dict[str, Fact] = {f"{which} {code}": str(minor) for (which, code), minor in totals.items() if minor}
        if off_by:
            raise UnbalancedEntry(off_by=off_by)

    def reversed_on(self, day: date, memo: str) -> JournalEntry:
        """Return the entry that takes this one back on another day."""
        return JournalEntry(day, memo, tuple(posting.reversed() for posting in self.postings))


@dataclass(frozen=True, slots=True)
class Sourced:
    """An entry with the business key of what caused it; a source is posted once. `reverses` is an entry's id."""

    source: str
    entry: JournalEntry
    reverses: int | None = None


class OutcomeKind(StrEnum):
    DONE = "done"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item of a batch. `code` and `facts` say why it was refused."""

    kind: OutcomeKind
    entry_id: int | None = None
    code: str = ""
    facts: dict[str, Fact] | None = None


PostedSide = tuple[int, str, int, int, int | None, int | None]
"""account id, currency, amount minor, base minor, customer id, contract id"""


def entry_bytes(entry_date: str, memo: str, source: str, reverses: int | None, postings: Sequence[PostedSide]) -> bytes:
    """Return exactly what an entry's hash covers (form 1): canonical JSON, written directly because it is hot.

    A test holds it equal to `canonical_bytes` of the same content.
    """
    sides = ",".join(
        [
            f'[{account},"{code}",{amount},{base},{"null" if customer is None else customer},'
            f"{'null' if contract is None else contract}]"
            for account, code, amount, base, customer, contract in postings
        ]
    )
    text = (
        f'{{"date":"{entry_date}","memo":{quoted(memo)},"postings":[{sides}],'
        f'"reverses":{"null" if reverses is None else reverses},"source":{quoted(source)}}}'
    )
    return text.encode("utf-8")


def month_of(day: date) -> date:
    """Return the first day of a date's month: the key of its period."""
    return day.replace(day=1)


def month_after(month: date) -> date:
    """Return the first day of the month after the one that starts on `month`."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


KEPT_WITH_DOCUMENTS = frozenset(
    {
        AccountRole.RECEIVABLE,
        AccountRole.INVOICED_NOT_DUE,
        AccountRole.INVOICED_NOT_DUE_CONTRA,
        AccountRole.CONTRACT_POSITION,
        AccountRole.UNAPPLIED_CASH,
    }
)
"""Accounts whose balance is always the sum of documents: nobody posts there by hand."""
BY_HAND = ("hand:", "bank_opening:")
"""What the sources of entries made by hand begin with."""


def check_by_hand(entries: Sequence[Sourced], roles: Mapping[str, str]) -> list[list[Finding]]:
    """Find postings by hand to accounts that are kept with documents.

    Args:
        roles: the role of each account by its code, empty for one without.
    """
    return [
        [
            Finding(JOURNAL, "account_kept_with_documents", {"account": side.account}, "account")
            for side in sourced.entry.postings
            if roles.get(side.account) in KEPT_WITH_DOCUMENTS
        ]
        for sourced in entries
    ]


def check_reversible(sources: Sequence[str]) -> list[list[Finding]]:
    """Find entries that are taken back with what caused them: a document, a match, a release, another reversal."""
    return [
        []
        if source.startswith(BY_HAND)
        else [Finding(REVERSIBLE, "taken_back_with_its_cause", {"cause": source.split(":")[0]})]
        for source in sources
    ]
