"""What stands beside the audit trail: heads kept outside, the binder, samples, relaxed rules, and what is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from counterfoil.audit import selectors as audit
from counterfoil.decisions import registry
from counterfoil.flows import control_rate, due, privacy, retention
from counterfoil.infra import world
from counterfoil.infra.home import home
from counterfoil.ledger import selectors as ledger
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.policies import domain as policies
from counterfoil.review import selectors as review
from counterfoil.web import addresses, binders, reader
from counterfoil.web.parts import Choice, Link
from counterfoil.web.saying import say

LISTED = 20


@dataclass(frozen=True, slots=True)
class StoreRow:
    """A place that keeps heads, and how it stands."""

    name: str
    note: str
    is_good: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class JobRow:
    """Something that runs by itself: how often, when last, what came of it."""

    name: str
    rhythm: str
    last: str
    text: str
    is_good: bool


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A use of a relaxed rule, or an override, as the auditor reads it."""

    day: str
    who: str
    what: str
    about: Link


@dataclass(frozen=True, slots=True)
class BinderCard:
    """The binder of a month: not asked for, being written, there, or refused."""

    month: str
    state: str
    text: str
    url: str
    status_url: str


@dataclass(frozen=True, slots=True)
class Side:
    """What stands beside the events."""

    stores: tuple[StoreRow, ...]
    months: tuple[Choice, ...]
    month: str
    binder: BinderCard | None
    rate: str
    rates: tuple[tuple[str, str], ...]
    rate_value: str
    rate_policy: str
    rate_kinds: tuple[Choice, ...]
    may_set_rate: bool
    relaxed: tuple[Relaxed, ...]
    overrides: tuple[Relaxed, ...]
    seed: str
    jobs: tuple[JobRow, ...] = ()
    may_run: bool = False


@dataclass(frozen=True, slots=True)
class RetentionRow:
    """How long one kind of record is kept, and why."""

    kind: str
    years: int
    count: int
    due: int
    next_due: str
    reason: str


@dataclass(frozen=True, slots=True)
class HeldRow:
    """Something that is held about a person."""

    what: str
    text: str
    until: str = ""


@dataclass(frozen=True, slots=True)
class PersonCard:
    """What is held about the person who was asked for."""

    number: str
    name: str
    rows: tuple[HeldRow, ...]
    is_erased: bool
    may_erase: bool
    report: tuple[HeldRow, ...] = ()


@dataclass(frozen=True, slots=True)
class PrivacyPage:
    """How long records are kept, and what is held about a person."""

    rows: tuple[RetentionRow, ...]
    policy: str
    query: str
    refusal: str
    card: PersonCard | None


def side(person: Person, month: date | None) -> Side:
    """Fill what stands beside the audit trail."""
    books = person.books
    months = [line.start_date for line in ledger.periods(books.id)]
    closed = set(ledger.closed_months(books.id))
    chosen = month or max(closed, default=None) or max(months, default=None)
    now = control_rate.rates(books.id)
    relaxed = review.relaxations(books.id)[:LISTED]
    labels = review.labels(books.id, limit=LISTED)
    links = addresses.links(books.id, [*(one.subject for one in relaxed), *(one.subject for one in labels)])
    return Side(
        stores=tuple(_store(one) for one in audit.standings(home() / "anchors")),
        months=tuple(
            Choice(f"{one:%Y-%m}", f"{reader.month(one)}{'' if one in closed else ', ' + _('open')}")
            for one in sorted(months, reverse=True)
        ),
        month=f"{chosen:%Y-%m}" if chosen else "",
        binder=binder_card(chosen) if chosen else None,
        rate=_("%(percent)s %%") % {"percent": percent_text(now.default)},
        rates=tuple(
            (kind, _("%(percent)s %%") % {"percent": percent_text(micro)})
            for kind, micro in sorted(now.sampling.kinds.items())
        ),
        rate_value=percent_text(now.default),
        rate_policy=now.version,
        rate_kinds=tuple(Choice(kind, kind.replace("_", " ").capitalize()) for kind in sorted(registry.types())),
        may_set_rate=person.may(Act.SET_SAMPLING) and policies.may_propose(person.role, policies.Kind.SAMPLING),
        relaxed=tuple(
            Relaxed(reader.moment(one.at), one.person, one.policy_version, links[one.subject]) for one in relaxed
        ),
        overrides=tuple(
            Relaxed(
                reader.moment(one.made_at),
                one.made_by,
                _("%(machine)s became %(person)s: %(reason)s")
                % {"machine": one.machine, "person": one.person, "reason": one.reason or _("no reason")},
                links[one.subject],
            )
            for one in labels
        ),
        seed=f"{audit.head().hash[:8]}",
        jobs=tuple(_job(one, world.now()) for one in due.schedule(books_id=books.id)),
        may_run=person.may(Act.CLOSE_PERIOD),
    )


def percent_text(micro: int) -> str:
    """Write a share in millionths as a percentage without needless zeros."""
    return policies.plain(Decimal(micro) / 10_000)


def job_name(name: str) -> str:
    """Name something that runs by itself."""
    names = {
        "levels": _("Levels of autonomy held against their bars"),
        "samples": _("Control samples drawn"),
        "quality": _("Data of the week looked at"),
        "digests": _("Digests by mail"),
        "anchors": _("Head of the record sent out"),
    }
    return names.get(name, name)


def _job(one: due.Planned, now: datetime) -> JobRow:
    days = one.every // due.DAY
    rhythm = {0: _("each hour"), 1: _("each day"), 7: _("each week")}.get(days, _("every %(n)s days") % {"n": days})
    outcome = one.outcome
    text = say(outcome.problem or outcome.code, outcome.facts) if outcome else ""
    is_late = not one.is_silent and (one.next_at is None or one.next_at + one.every < now)
    last = reader.moment(one.last_at) if one.last_at else _("never yet")
    return JobRow(job_name(one.name), rhythm, last, text, not is_late and not (outcome and outcome.problem))


def _store(one: audit.Standing) -> StoreRow:
    name = _("Beside the database") if one.store.name == audit.HOME else one.store.name
    note = _("nothing yet")
    if one.last is not None:
        note = f"{reader.moment(one.last.at)}, {one.last.head.sequence:,}"
    return StoreRow(name, note, one.last is not None and not one.problem, say(one.problem, {}) if one.problem else "")


def binder_card(month: date) -> BinderCard:
    """Say how far the binder of a month is."""
    found = binders.state(month)
    state = str(found.get("state", ""))
    url = f"/audit/binder/{month:%Y-%m}"
    name = reader.month(month)
    text = ""
    if state == binders.WRITING:
        text = _("Writing %(member)s, %(rows)s rows so far") % {
            "member": found.get("member") or _("events"),
            "rows": reader.count(int(found.get("rows", 0))),
        }
    elif state == binders.DONE:
        size = f"{int(found.get('size', 0)) / 1e6:,.1f} MB"
        text = _("%(month)s, %(size)s, up to head %(head)s") % {"month": name, "size": size, "head": found.get("head")}
    elif state == binders.REFUSED:
        text = say(str(found.get("code", "")), {"period": f"{month:%Y-%m}"})
    elif state:
        text = _("It could not be written. Ask an administrator to look at the log of the server.")
    return BinderCard(name, state, text, url if state == binders.DONE else "", f"{url}/status")


def privacy_page(
    person: Person, today: date, query: str, contact_id: int | None, refusal: str, report: privacy.Erased | None
) -> PrivacyPage:
    """Fill the page of retention and of requests by persons."""
    kept = retention.schedule(books_id=person.books.id, today=today)
    return PrivacyPage(
        tuple(
            RetentionRow(
                one.kind.replace("_", " ").capitalize(),
                one.years,
                one.count,
                one.due,
                reader.day(one.next_due) if one.next_due else "–",
                say(one.reason, {}),
            )
            for one in kept
        ),
        kept[0].policy,
        query,
        refusal,
        _person(person, contact_id, report) if contact_id is not None else None,
    )


def _person(person: Person, contact_id: int, report: privacy.Erased | None) -> PersonCard:
    held = privacy.held(books_id=person.books.id, contact_id=contact_id)
    values = held.contact.values
    rows = [HeldRow(name.replace("_", " ").capitalize(), value) for name, value in values.items() if value]
    rows += [HeldRow(_("Activity"), f"{one.subject} {one.text}".strip()) for one in held.contact.activities]
    rows += [HeldRow(_("Bank text"), f"{payer} {text}".strip()) for _what, _day, payer, text in held.bank_texts]
    rows += [HeldRow(_("Document"), one.number, reader.day(one.kept_until)) for one in held.documents]
    done: list[HeldRow] = []
    if report is not None and report.changed:
        done = [
            HeldRow(_("Values erased"), reader.count(report.values)),
            HeldRow(_("Activities erased or blackened"), reader.count(report.activities)),
            HeldRow(_("Bank texts erased"), reader.count(report.bank_texts)),
            *(HeldRow(_("Kept: document"), one.number, reader.day(one.kept_until)) for one in report.kept),
        ]
    name = f"{values['first_name']} {values['last_name']}".strip() or values["email"] or _("Erased person")
    is_erased = held.contact.erased_at is not None
    return PersonCard(
        str(contact_id), name, tuple(rows), is_erased, person.may(Act.ERASE) and not is_erased, tuple(done)
    )
