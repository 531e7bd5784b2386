"""Trust: the audit trail and the counterfoils of decisions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.audit import selectors as audit
from counterfoil.audit.selectors import EventLine, Verification
from counterfoil.decisions import selectors as decisions
from counterfoil.decisions.selectors import Why
from counterfoil.flows import blind
from counterfoil.kernel import errors
from counterfoil.kernel.currency import CURRENCIES
from counterfoil.kernel.money import Money
from counterfoil.people.domain import Act, BooksFacts
from counterfoil.people.selectors import Person
from counterfoil.web import addresses, reader
from counterfoil.web.pages.auditing import Side
from counterfoil.web.parts import Banner, Dot, Empty, Fact, Link, Pager, Pill, Tone, View
from counterfoil.web.saying import parted, say, written


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of the audit trail."""

    number: int
    at: datetime
    who: str
    is_automatic: bool
    title: str
    text: str
    decision: str
    hash: str
    url: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class EventCard:
    """One event in full, with its neighbours in the chain."""

    number: int
    title: str
    text: str
    before: str
    this: str
    after: str
    facts: tuple[Fact, ...]
    body: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """The chained record of everything."""

    sentence: str
    banner: Banner | None
    rows: tuple[EventRow, ...]
    pager: Pager
    card: EventCard | None
    kinds: tuple[View, ...]
    head: tuple[Fact, ...]
    query: str = ""
    verify_url: str = ""
    head_url: str = ""
    empty: Empty | None = None
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class DecisionItemRow:
    """One item of a decided batch."""

    number: int
    subject: Link
    outcome: Pill
    sentence: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """A decision as a counterfoil: stub, perforation, reason."""

    number: str
    title: str
    heading: str
    verdict: str
    stub: tuple[Fact, ...]
    items: tuple[DecisionItemRow, ...]
    inputs: tuple[Fact, ...]
    effects: tuple[Link, ...]
    total: int
    pager: Pager
    state: Pill
    raw: str = ""


EVENTS = 50


def audit_page(
    books: BooksFacts,
    *,
    event_id: int | None,
    before: int | None,
    subject: str,
    banner: Banner | None,
    may_verify: bool,
    beside: Side | None = None,
) -> AuditPage:
    """Fill the trail newest first, with one event in full."""
    lines = audit.events(subject=subject or None, before=before, limit=EVENTS + 1)
    shown = lines[:EVENTS]
    head = audit.head()
    waiting = audit.waiting()
    chosen = event_id if event_id is not None else (shown[0].id if shown else None)
    card = _card(books, chosen) if chosen is not None else None
    sentence = _("%(count)s events in one chain. Nothing here can be edited, by anyone.") % {
        "count": reader.count(head.sequence)
    }
    if waiting:
        sentence += " " + ngettext("%(count)s waits for its place.", "%(count)s wait for their place.", waiting) % {
            "count": reader.count(waiting)
        }
    older = f"/audit?{urlencode({'before': shown[-1].id} | ({'subject': subject} if subject else {}))}" if shown else ""
    return AuditPage(
        sentence=sentence,
        banner=banner,
        rows=tuple(_event_row(line, is_current=line.id == chosen, subject=subject, before=before) for line in shown),
        pager=Pager(len(shown), None, older if len(lines) > EVENTS else "", "/audit" if before else ""),
        card=card,
        kinds=(),
        head=(Fact(_("Sequence"), reader.count(head.sequence)), Fact(_("Hash"), head.hash)),
        verify_url="/audit/verify" if may_verify else "",
        head_url="/audit/head",
        side=beside,
        empty=None
        if shown
        else Empty(
            "chain",
            _("Nothing has happened yet"),
            _("Every act leaves an event here: who, what, when, and what it changed."),
        ),
    )


def verified(found: Verification) -> Banner:
    """Say what a verification found."""
    if not found.ok:
        text = _("Read up to event %(count)s. Keep a copy of the database before anything else is done.")
        return Banner(
            Tone.BAD,
            "stop",
            _("The record does not hold: %(what)s") % {"what": found.first_bad},
            text % {"count": reader.count(found.events)},
        )
    return Banner(
        Tone.GOOD,
        "shield",
        _("%(count)s events verified, 0 altered, 0 missing") % {"count": reader.count(found.events)},
        _("Counted, linked and compared with %(rows)s rows and %(heads)s heads outside the database.")
        % {"rows": reader.count(found.rows), "heads": reader.count(found.anchors)},
        found.head.hash,
    )


def _event_row(line: EventLine, *, is_current: bool, subject: str, before: int | None) -> EventRow:
    query = (
        {"event": str(line.id)}
        | ({"subject": subject} if subject else {})
        | ({"before": str(before)} if before else {})
    )
    kind, _sep, name = line.actor.partition(":")
    return EventRow(
        number=line.sequence or 0,
        at=line.at,
        who=name if kind == "person" else f"Counterfoil, {name.replace('_', ' ')}" if kind == "system" else name,
        is_automatic=kind == "system",
        title=event_title(line.kind),
        text=line.subject.replace(":", " ").replace("_", " ")
        + (f", {reader.count(line.items_count)}" if line.items_count > 1 else ""),
        decision="",
        hash=line.hash[:10],
        url=f"/audit?{urlencode(query)}",
        is_current=is_current,
    )


def _card(books: BooksFacts, event_id: int) -> EventCard | None:
    found = [line for line in audit.events(before=event_id + 2, limit=3) if line.id <= event_id + 1]
    line = next((one for one in found if one.id == event_id), None)
    if line is None:
        return None
    after = next((one for one in found if one.id == event_id + 1), None)
    before = next((one for one in found if one.id == event_id - 1), None)
    link = addresses.link(books.id, line.subject)
    facts = [
        Fact(_("By"), line.actor.replace(":", " ")),
        Fact(_("When"), reader.moment(line.at)),
        Fact(_("About"), link=link) if link.url else Fact(_("About"), link.label),
        Fact(_("Kind"), line.kind),
    ]
    if line.items_count:
        facts.append(Fact(_("Items"), reader.count(line.items_count)))
    return EventCard(
        number=line.sequence or 0,
        title=event_title(line.kind),
        text="" if line.sequence else _("Waits for its place in the chain."),
        before=before.hash[:10] if before else "",
        this=line.hash[:10],
        after=after.hash[:10] if after else "",
        facts=tuple(facts),
        body=json.dumps(line.body, indent=1, ensure_ascii=False, sort_keys=True),
    )


def event_title(kind: str) -> str:
    """Name a kind of event: `ledger.period_closed` is "Period closed"."""
    return kind.partition(".")[2].replace("_", " ").capitalize() or kind


ITEMS = 100
OUTCOMES: Mapping[str, tuple[Tone, Dot]] = {
    "done": (Tone.GOOD, Dot.FULL),
    "held": (Tone.BAD, Dot.FULL),
    "refused": (Tone.BAD, Dot.FULL),
    "proposed": (Tone.WARN, Dot.HALF),
    "unchanged": (Tone.PLAIN, Dot.RING),
}


def outcome_pill(outcome: str) -> Pill:
    """Show what was decided as a state."""
    tone, dot = OUTCOMES.get(outcome, (Tone.AUTO, Dot.FULL))
    return Pill(outcome.replace("_", " ").capitalize(), tone, dot)


def decision_page(person: Person, decision_id: int, after: int) -> DecisionPage | None:
    """Fill a decision as a counterfoil; None when there is none of this number."""
    books = person.books
    items = decisions.decision_items(books.id, decision_id, after=after, limit=ITEMS + 1)
    shown = blind.visible(person, items[:ITEMS])
    if not shown:
        return None
    first = shown[0]
    effects = list(dict.fromkeys(effect for item in shown for effect in item.effects))
    found = addresses.links(books.id, [*(item.subject for item in shown), *effects])
    links = {reference: as_open_to(person, link) for reference, link in found.items()}
    event = Link(_("event %(id)s") % {"id": first.event_id}, f"/audit?event={first.event_id}")
    total = _decided(first.event_id) or len(shown)
    written = outcomes_of(shown) if total == len(shown) else _("%(n)s decided") % {"n": reader.count(total)}
    kind, _sep, name = first.actor.partition(":")
    title, rest = parted(say(first.code, first.facts))
    single = len(shown) == 1 and after < 0
    return DecisionPage(
        number=first.number,
        title=first.kind.replace("_", " ").capitalize(),
        heading=title if single else written,
        verdict=rest if single else _("One act for all of them; each item has its own reason."),
        stub=(
            Fact(_("Decided"), written if single else _("item by item")),
            Fact(_("When"), reader.moment(first.made_at)),
            Fact(_("By"), _("Rule %(version)s") % {"version": first.rule_version}),
            Fact(_("Asked by"), name.replace("_", " ") if kind == "system" else name),
            Fact(_("Level"), first.mode.replace("_", " ").capitalize()),
            Fact(_("Effects"), reader.count(len(effects)) if effects else _("Nothing posted")),
            Fact(_("In chain"), link=as_open_to(person, event)),
        ),
        items=tuple(
            DecisionItemRow(
                place,
                links[item.subject],
                outcome_pill(item.outcome),
                say(item.code, item.facts),
                f"/decisions/{first.number}/{item.position + 1}",
            )
            for place, item in [(item.position + 1, item) for item in shown]
        ),
        inputs=_inputs(first.inputs) if single else (),
        effects=tuple(links[effect] for effect in effects[:ITEMS]),
        total=total,
        pager=Pager(
            len(shown), total, f"/decisions/{first.number}?after={after + ITEMS}" if len(items) > ITEMS else ""
        ),
        state=Pill(_("By rule"), Tone.AUTO) if kind == "system" else Pill(_("Asked by a person"), Tone.PLAIN),
        raw=json.dumps(
            {"inputs": first.inputs, "inputs_hash": first.inputs_hash, "facts": first.facts},
            indent=1,
            ensure_ascii=False,
            sort_keys=True,
        )
        if single
        else "",
    )


def as_open_to(person: Person, link: Link) -> Link:
    """The same link for a role that reads why, but does not open the books: only what it may open leads on."""
    if person.may(Act.READ_BOOKS) or link.url.startswith(("/deals", "/customers")):
        return link
    return Link(link.label)


def _decided(event_id: int) -> int:
    """Return how many items the event of a decision holds."""
    found = audit.events(before=event_id + 1, limit=1)
    return found[0].items_count if found and found[0].id == event_id else 0


def outcomes_of(items: Sequence[Why]) -> str:
    """Count what was decided: `27 matched, 3 proposed`."""
    counts = Counter(item.outcome for item in items)
    return ", ".join(f"{reader.count(number)} {outcome.replace('_', ' ')}" for outcome, number in counts.most_common())


def _inputs(inputs: Mapping[str, errors.Fact]) -> tuple[Fact, ...]:
    """Show what was seen as labels and values: amounts with their currency, nothing that is empty."""
    money = CURRENCIES.get(str(inputs.get("currency")))
    facts = []
    for name, value in inputs.items():
        if value in (None, "", []) or name == "form":
            continue
        label = name.removesuffix("_minor").replace("_", " ").capitalize()
        if name.endswith("_minor") and money and isinstance(value, int):
            facts.append(Fact(label, reader.money(Money(value, money))))
        elif isinstance(value, list):
            facts.append(Fact(label, reader.count(len(value))))
        else:
            facts.append(Fact(label, str(written(value))))
    return tuple(facts)
