"""Findings: what the watch found, what of it stopped a posting, and where each leads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.anomalies import inspecting
from counterfoil.anomalies import selectors as watch
from counterfoil.anomalies.selectors import Sought
from counterfoil.crm import selectors as crm
from counterfoil.flows import findings as flow
from counterfoil.flows.findings import FindingLine
from counterfoil.kernel.money import Money
from counterfoil.kernel.text import parse_date
from counterfoil.people.selectors import Person
from counterfoil.web import addresses, reader
from counterfoil.web.forms import Form
from counterfoil.web.pages.lists import ROWS
from counterfoil.web.parts import Choice, Dot, Empty, Link, Pager, Pill, Said, Tone
from counterfoil.web.saying import parted, say

ASKED = ("rule", "customer", "since", "until", "what")


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding in the list."""

    at: datetime
    state: Pill
    rule: str
    title: str
    text: str
    customer: Link
    about: Link
    decision: Link | None
    stake: Money


@dataclass(frozen=True, slots=True)
class FindingsPage:
    """What was found, and the question that was asked."""

    sentence: str
    rules: tuple[Choice, ...]
    rule: str
    whats: tuple[Choice, ...]
    what: str
    customer: str
    since: str
    until: str
    rows: tuple[FindingRow, ...]
    pager: Pager
    file_url: str
    refusals: tuple[Said, ...] = ()
    empty: Empty | None = None


def findings_page(person: Person, form: Form) -> FindingsPage:
    """Fill the list for what the address asks."""
    books_id = person.books.id
    asked = sought(person, form)
    after = form.text("after")
    before = int(after) if after.isdecimal() else None
    found = flow.findings(books_id, asked, before=before, limit=ROWS + 1)
    counts = watch.noted_by_rule(books_id, asked)
    total = sum(counts.values())
    links = addresses.links(books_id, [one.about for one in found[:ROWS]])
    is_plain = not any(form.text(name) for name in ASKED)
    older = _url(form, after=str(found[ROWS - 1].row.id)) if len(found) > ROWS else ""
    return FindingsPage(
        sentence=_sentence(counts, total),
        rules=(Choice("", _("Every rule")), *(Choice(one.name, rule_name(one.name)) for one in inspecting.all_rules())),
        rule=form.text("rule"),
        whats=(
            Choice("", _("Held or noted")),
            Choice("held", _("Stopped a posting")),
            Choice("noted", _("Only noted")),
        ),
        what=form.text("what"),
        customer=form.text("customer"),
        since=form.text("since"),
        until=form.text("until"),
        rows=tuple(_row(one, links[one.about]) for one in found[:ROWS]),
        pager=Pager(min(len(found), ROWS), total, older_url=older, newer_url=_url(form) if before else ""),
        file_url=_url(form, path="/findings.csv"),
        refusals=tuple(form.refusals.values()),
        empty=None
        if total or not is_plain
        else Empty(
            "ok",
            _("Nothing was found yet"),
            _("Each deal, invoice and bank line is looked at before it is posted. What is unusual stands here."),
            other=Link(_("See the rules and what holds"), "/policies"),
        ),
    )


def sought(person: Person, form: Form) -> Sought:
    """Read which findings the address asks for; what cannot be read is refused under its field and left out."""
    since = form.read("since", parse_date) if form.text("since") else None
    until = form.read("until", parse_date) if form.text("until") else None
    customer = form.read("customer", crm.customer_id) if form.text("customer") else None
    begin, end = flow.days(person.books.time_zone, _sane(since), _sane(until))
    held = {"held": True, "noted": False}.get(form.text("what"))
    return Sought(form.text("rule")[:60], customer, begin, end, held)


def _sane(day: date | None) -> date | None:
    """Leave out days at the ends of the calendar, where there is no next one."""
    return day if day is not None and 1 < day.year < 9_999 else None


def rule_name(name: str) -> str:
    """Return a rule as people read it."""
    return name.replace("_", " ").capitalize()


def _row(one: FindingLine, about: Link) -> FindingRow:
    row = one.row
    title, rest = parted(say(row.code, row.facts))
    return FindingRow(
        at=row.seen_at,
        state=Pill(_("Held"), Tone.WARN, Dot.FULL) if row.has_held else Pill(_("Noted"), Tone.PLAIN, Dot.RING),
        rule=rule_name(row.rule),
        title=title,
        text=rest,
        customer=Link(one.customer, addresses.customer_url(row.customer_id)),
        about=about,
        decision=Link(one.decision.partition("/")[0], f"/decisions/{one.decision}") if one.decision else None,
        stake=row.stake,
    )


def _sentence(counts: dict[str, int], total: int) -> str:
    if not total:
        return _("Nothing fits.")
    said = ngettext("%(n)s finding", "%(n)s findings", total) % {"n": reader.count(total)}
    most = [
        _("%(rule)s %(n)s") % {"rule": rule_name(rule), "n": reader.count(n)} for rule, n in list(counts.items())[:3]
    ]
    return f"{said}. {_('Most often')}: {', '.join(most)}."


def _url(form: Form, *, path: str = "/findings", after: str = "") -> str:
    parts = {name: form.text(name) for name in ASKED if form.text(name)} | ({"after": after} if after else {})
    return f"{path}?{urlencode(parts)}" if parts else path
