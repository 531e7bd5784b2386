"""What stands around every page: navigation, books, person, state of the period, theme."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.flows import review as review_flow
from counterfoil.infra import home, world
from counterfoil.ledger import selectors as ledger
from counterfoil.people.domain import Act, Role
from counterfoil.people.selectors import Person
from counterfoil.receivables import selectors as receivables
from counterfoil.review import selectors as review
from counterfoil.standards import selectors as standards
from counterfoil.web import reader
from counterfoil.web.parts import Pill, Tone

StrOrPromise = str | Promise
"""A word, or one that is translated when it is shown."""


@dataclass(frozen=True, slots=True)
class NavItem:
    """One place in the navigation; a count only where someone must act."""

    key: str
    label: str
    url: str
    icon: str
    count: int | None = None
    is_hot: bool = False
    keys: str = ""
    short: str = ""

    @property
    def key_list(self) -> list[str]:
        return self.keys.upper().split()


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Places under one heading; the first group has none."""

    name: str
    label: str
    items: tuple[NavItem, ...]


@dataclass(frozen=True, slots=True)
class Me:
    """Who is signed in."""

    name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of a page for one person in one set of books."""

    organisation: str
    currency: str
    me: Me
    groups: tuple[NavGroup, ...]
    tabs: tuple[NavItem, ...]
    state: Pill | None = None
    is_demo: bool = False
    may_undo: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the navigation before anybody asks for it; the label is translated when it is shown."""

    key: str
    label: StrOrPromise
    url: str
    icon: str
    act: Act
    keys: str = ""
    short: StrOrPromise = ""

    def item(self, count: int | None = None) -> NavItem:
        """The place as it is shown, with how much waits there."""
        label, short = str(self.label), str(self.short or self.label)
        return NavItem(self.key, label, self.url, self.icon, count, self.key == "review", self.keys, short)


PLACES: tuple[tuple[str, StrOrPromise, tuple[Place, ...]], ...] = (
    (
        "",
        "",
        (
            Place("today", gettext_lazy("Today"), "/", "home", Act.READ_SALES, "g t"),
            Place("review", gettext_lazy("Review"), "/review", "review", Act.READ_SALES, "g r"),
        ),
    ),
    (
        "sell",
        gettext_lazy("Sell"),
        (
            Place("deals", gettext_lazy("Deals"), "/deals", "deal", Act.READ_SALES, "g d"),
            Place("held", gettext_lazy("Held deals"), "/deals/held", "stop", Act.READ_SALES, "g h"),
            Place("customers", gettext_lazy("Customers"), "/customers", "people", Act.READ_SALES, "g c"),
        ),
    ),
    (
        "bill",
        gettext_lazy("Bill"),
        (
            Place("contracts", gettext_lazy("Contracts"), "/contracts", "contract", Act.READ_BOOKS),
            Place("invoices", gettext_lazy("Invoices"), "/invoices", "invoice", Act.READ_BOOKS, "g i"),
        ),
    ),
    (
        "collect",
        gettext_lazy("Collect"),
        (Place("bank", gettext_lazy("Bank matching"), "/bank", "bank", Act.READ_BOOKS, "g b", gettext_lazy("Bank")),),
    ),
    (
        "books",
        gettext_lazy("Books"),
        (
            Place("ledger", gettext_lazy("Ledger and reports"), "/ledger", "ledger", Act.READ_BOOKS, "g e"),
            Place("periods", gettext_lazy("Periods"), "/periods", "close", Act.READ_BOOKS, "g l"),
        ),
    ),
    (
        "trust",
        gettext_lazy("Trust"),
        (
            Place("findings", gettext_lazy("Findings"), "/findings", "warn", Act.READ_BOOKS, "g f"),
            Place("autonomy", gettext_lazy("Automation"), "/autonomy", "stub", Act.READ_BOOKS, "g u"),
            Place("audit", gettext_lazy("Audit trail"), "/audit", "chain", Act.VERIFY, "g a"),
        ),
    ),
    (
        "setup",
        gettext_lazy("Set up"),
        (
            Place("imports", gettext_lazy("Imports"), "/imports", "import", Act.IMPORT),
            Place("products", gettext_lazy("Products"), "/products", "product", Act.READ_SALES),
            Place("policies", gettext_lazy("Policies"), "/policies", "rule", Act.READ_SALES),
            Place("quality", gettext_lazy("Data quality"), "/quality", "eye", Act.READ_SALES),
            Place("people", gettext_lazy("People and tokens"), "/people", "key", Act.ADMINISTER),
        ),
    ),
)
TABS = ("today", "review", "deals", "bank", "invoices", "customers", "audit")


def role_name(role: Role) -> str:
    """Return a role in words."""
    names = {
        Role.SALES: _("Sales"),
        Role.SALES_OPS: _("Sales ops"),
        Role.ACCOUNTANT: _("Accountant"),
        Role.CONTROLLER: _("Controller"),
        Role.AUDITOR: _("Auditor"),
        Role.ADMIN: _("Administrator"),
    }
    return names[role]


def shell(person: Person) -> Shell:
    """Fill the frame for a person: only places that their role may open, counts only where someone must act."""
    counts = _waiting(person)
    groups = tuple(
        NavGroup(name, str(label), items)
        for name, label, places in PLACES
        if (items := tuple(place.item(counts.get(place.key)) for place in places if person.may(place.act)))
    )
    tabs = tuple(item for key in TABS for group in groups for item in group.items if item.key == key)
    return Shell(
        organisation=person.books.name,
        currency=person.books.base_currency.code,
        me=Me(person.name, person.email, role_name(person.role)),
        groups=groups,
        tabs=tabs[:5],
        state=_state(person) if person.may(Act.READ_BOOKS) else None,
        is_demo=home.is_demo(),
        may_undo=person.may(Act.UNDO),
    )


def _waiting(person: Person) -> dict[str, int]:
    """Count what waits for people: four statements, for the roles that may act on it."""
    now = world.now()
    who = review_flow.answerer(person, now) if person.may(Act.REVIEW) else None
    counts = {
        "held": standards.held_count(person.books.id),
        "review": review.waiting_count(person.books.id, now, person.role, who),
    }
    if person.may(Act.READ_BOOKS):
        lines = receivables.bank_line_counts(person.books.id)
        counts["bank"] = lines.get("listed", 0) + lines.get("quarantined", 0)
    return counts


def _state(person: Person) -> Pill:
    """Say whether the present month takes entries."""
    month = reader.today().replace(day=1)
    name = {"month": reader.month_name(month)}
    if month in ledger.closed_months(person.books.id):
        return Pill(_("%(month)s closed") % name)
    return Pill(_("%(month)s open") % name, Tone.GOOD)
