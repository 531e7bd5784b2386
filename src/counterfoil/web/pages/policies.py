"""Policies: what is in force, who agreed and when, what a proposal changes and what it would have done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.flows.policies import SIMULATED, Of, Simulated, Stopped
from counterfoil.kernel.currency import Currency
from counterfoil.kernel.money import Money
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.policies import domain
from counterfoil.policies import selectors as policies
from counterfoil.policies.domain import Change, Kind, Settings, Side, State
from counterfoil.policies.domain.typed import flat, plain
from counterfoil.policies.selectors import Overview, Version
from counterfoil.web import reader
from counterfoil.web.forms import Form
from counterfoil.web.pages import policy_form
from counterfoil.web.pages.policy_form import Section
from counterfoil.web.parts import Dot, Fact, Field, Pill, Tone
from counterfoil.web.saying import say

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One kind in the list."""

    name: str
    about: str
    url: str
    version: str
    owner: str
    signed: str
    review: str
    state: Pill
    waiting: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ListPage:
    """All kinds."""

    sentence: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """One setting that a version changes."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version in the history."""

    name: str
    url: str
    state: Pill
    reason: str
    owner: str
    signed: tuple[str, ...]
    at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class SimulatedRow:
    """One past deal that a proposal judges differently."""

    name: str
    url: str
    day: date
    amount: Money | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SimulatedPart:
    """What a proposal would have done."""

    title: str
    sentence: str
    stopped: tuple[SimulatedRow, ...]
    released: tuple[SimulatedRow, ...]


@dataclass(frozen=True, slots=True)
class KindPage:
    """One kind: what is in force, what waits, and the history."""

    title: str
    sentence: str
    about: str
    version: str
    settings: tuple[tuple[str, str], ...]
    more: int
    waiting: tuple[VersionRow, ...]
    history: tuple[VersionRow, ...]
    change_url: str


@dataclass(frozen=True, slots=True)
class VersionPage:
    """One version: what it changes, who signed, and what may be done about it."""

    name: str
    sentence: str
    state: Pill
    facts: tuple[Fact, ...]
    changes: tuple[Changed, ...]
    more: int
    content_hash: str
    sides: tuple[tuple[str, str], ...]
    may_withdraw: bool
    may_review: bool
    may_simulate: bool
    review_field: Field | None
    simulated: SimulatedPart | None
    url: str


@dataclass(frozen=True, slots=True)
class ChangePage:
    """The form of a proposal."""

    title: str
    sentence: str
    action: str
    back: str
    about: tuple[Field, ...]
    sections: tuple[Section, ...]
    text: Field
    is_long: bool
    may_simulate: bool
    no_simulation: str
    refused: int
    refusal: str
    simulated: SimulatedPart | None


def kind_name(kind: Kind) -> str:
    """Return a kind in words."""
    return _NAMES[kind]()[0]


def about(kind: Kind) -> str:
    """Return what a kind settles."""
    return _NAMES[kind]()[1]


_NAMES = {
    Kind.DATA_STANDARD: lambda: (
        _("Data standard"),
        _("What a deal must say at each stage, and the rules for what is won."),
    ),
    Kind.APPROVAL_MATRIX: lambda: (_("Approval limits"), _("How far each role may go before somebody else approves.")),
    Kind.CREDIT_PROFILES: lambda: (_("Credit profiles"), _("How much each customer may owe, and for how long.")),
    Kind.ANOMALIES: lambda: (
        _("Anomaly watch"),
        _("What each rule asks, and from which score on a deal is stopped where scores hold."),
    ),
    Kind.AUTONOMY: lambda: (_("Autonomy"), _("What a kind of decision must show before it acts alone.")),
    Kind.REVIEW: lambda: (_("Review"), _("How soon a case is answered, and how many are sampled.")),
    Kind.RETENTION: lambda: (_("Retention"), _("How many years each kind of record is kept.")),
    Kind.FOUR_EYES: lambda: (_("Four eyes"), _("Acts that need a second person.")),
    Kind.ALWAYS_ALLOW: lambda: (
        _("Always allowed"),
        _("Findings that are not asked again, up to an amount and a day."),
    ),
    Kind.DATA_QUALITY: lambda: (_("Data quality"), _("How far a weekly score may fall before it becomes a case.")),
    Kind.SAMPLING: lambda: (
        _("Control sample"),
        _("Which share of what was done alone people look at. The auditor sets it, beside the audit trail."),
    ),
}


def list_page(person: Person, today: date) -> ListPage:
    """Fill the list of all kinds."""
    rows = policies.overviews(person.books.id, today)
    late = sum(row.is_overdue for row in rows)
    waiting = sum(len(row.proposed) for row in rows)
    sentence = _("%(late)s, %(waiting)s.") % {
        "late": ngettext("%(n)s review is overdue", "%(n)s reviews are overdue", late) % {"n": late},
        "waiting": ngettext("%(n)s proposal waits for a signature", "%(n)s proposals wait for a signature", waiting)
        % {"n": waiting},
    }
    return ListPage(sentence, tuple(_row(row) for row in rows))


def _row(row: Overview) -> Row:
    shipped = row.active.number == 0
    if row.is_overdue:
        state = Pill(_("Review overdue"), Tone.BAD)
    elif shipped:
        state = Pill(_("As shipped"), Tone.PLAIN, Dot.RING)
    else:
        state = Pill(_("In force"), Tone.GOOD)
    return Row(
        kind_name(row.kind),
        about(row.kind),
        f"/policies/{row.kind.value}",
        row.active.version,
        row.owner or _("Nobody yet"),
        ", ".join(_who(who) for who in row.signed_by) or _("Nobody yet"),
        reader.full_day(row.review_date) if row.review_date else "–",
        state,
        tuple((one.name, _url(one.name)) for one in row.proposed),
    )


def kind_page(person: Person, kind: Kind) -> KindPage:
    """Fill the page of one kind."""
    now = policies.active(kind, person.books.id)
    versions = policies.history(kind, person.books.id)
    base = person.books.base_currency
    settings = [(_path(path), _shown(path, text, base)) for path, text in flat(now.content)]
    in_force = next((one for one in versions if one.state is State.ACTIVE), None)
    if in_force is None or in_force.active_from is None:
        sentence = _("As shipped: nobody has signed anything else yet.")
    else:
        sentence = _("%(version)s since %(day)s, looked after by %(owner)s, next review %(review)s.") % {
            "version": in_force.name,
            "day": reader.full_day(in_force.active_from.date()),
            "owner": in_force.owner,
            "review": reader.full_day(in_force.review_date),
        }
    may = person.may(Act.SET_POLICY) and domain.may_propose(person.role, kind)
    return KindPage(
        kind_name(kind),
        sentence,
        about(kind),
        now.version,
        tuple(settings[:MOST_SHOWN]),
        max(0, len(settings) - MOST_SHOWN),
        tuple(_version_row(one) for one in versions if one.state is State.PROPOSED),
        tuple(_version_row(one) for one in versions if one.state is not State.PROPOSED),
        f"/policies/{kind.value}/change" if may else "",
    )


def version_page(person: Person, one: Version, form: Form, simulated: Simulated | None) -> VersionPage:
    """Fill the page of one version; only what this person may do about it is offered."""
    changes = policies.changes(one)
    signed_by_me = f"person:{person.email}" in [signature.who for signature in one.signatures]
    mine = () if signed_by_me else tuple(side for side in Side if side in one.missing)
    sides = tuple((side.value, side_name(side)) for side in mine if side in domain.sides_of(person.role))
    may = person.may(Act.SET_POLICY) and domain.may_propose(person.role, one.kind)
    return VersionPage(
        one.name,
        one.reason,
        state_pill(one.state),
        (
            Fact(_("Changes"), kind_name(one.kind)),
            Fact(_("Made from"), one.based_on),
            Fact(_("Proposed"), f"{_who(one.proposed_by)}, {reader.moment(one.proposed_at)}"),
            *[
                Fact(
                    side_name(signature.side),
                    f"{_who(signature.who)}, {reader.moment(signature.at)}{_alone(signature.is_alone)}",
                )
                for signature in one.signatures
            ],
            *[Fact(side_name(side), _("Not signed yet")) for side in one.missing],
            Fact(_("Looked after by"), one.owner),
            Fact(_("Next review"), reader.full_day(one.review_date)),
        ),
        tuple(_changed(change, person.books.base_currency) for change in changes[:MOST_SHOWN]),
        max(0, len(changes) - MOST_SHOWN),
        one.content_hash,
        sides,
        one.state is State.PROPOSED and may,
        one.state is State.ACTIVE and may,
        one.kind in SIMULATED and one.state is State.PROPOSED,
        form.field("until", _("Next review"), kind="date") if one.state is State.ACTIVE and may else None,
        simulated_part(simulated) if simulated else None,
        _url(one.name),
    )


def change_page(
    person: Person,
    kind: Kind,
    content: Settings,
    form: Form,
    *,
    review_date: date,
    text: str,
    simulated: Simulated | None = None,
    refusal: str = "",
) -> ChangePage:
    """Fill the form of a proposal, with what was typed or with what is in force."""
    is_long = policy_form.is_long(content)
    return ChangePage(
        _("Change: %(kind)s") % {"kind": kind_name(kind)},
        _("Nothing changes before it is signed, by one person for sales and one for finance.")
        if Side.SALES in domain.NEEDED[kind]
        else _("Nothing changes before two people of finance have signed it."),
        f"/policies/{kind.value}/change",
        f"/policies/{kind.value}",
        (
            form.field("reason", _("Why it changes"), autocomplete="off"),
            form.field("owner", _("Who looks after it"), value=person.email, autocomplete="off"),
            form.field("review_date", _("Next review"), value=review_date.isoformat(), kind="date"),
        ),
        () if is_long else policy_form.sections(content, form, person.books.base_currency),
        form.field("json", _("The same as JSON"), value=text, kind="textarea", is_required=False),
        is_long,
        kind in SIMULATED,
        no_simulation(kind),
        len(form.refusals),
        refusal,
        simulated_part(simulated) if simulated else None,
    )


def simulated_part(done: Simulated) -> SimulatedPart:
    """Say what a proposal would have done."""
    n = done.stopped_count
    released = done.released_count
    if done.of is not Of.DEALS:
        return _other_part(done)
    title = ngettext(
        "It would have stopped %(n)s deal, %(amount)s", "It would have stopped %(n)s deals, %(amount)s", n
    ) % {"n": reader.count(n), "amount": reader.symboled(done.stopped_amount)}
    sentence = _("%(tested)s deals won since %(since)s, held against this and against %(version)s. %(released)s") % {
        "tested": reader.count(done.tested),
        "since": reader.full_day(done.since),
        "version": done.against,
        "released": ngettext(
            "It would let %(n)s deal through that is held now.",
            "It would let %(n)s deals through that are held now.",
            released,
        )
        % {"n": reader.count(released)},
    }
    return SimulatedPart(title, sentence, _stopped(done.stopped), _stopped(done.released))


def _other_part(done: Simulated) -> SimulatedPart:
    """Say what a proposal would have done to invoices, to automatic decisions, or to weekly audits."""
    titles = {
        Of.INVOICES: _("It would have stopped %(n)s more of %(tested)s invoices, %(amount)s"),
        Of.DECISIONS: _("It would have sent %(n)s more of %(tested)s automatic decisions to people"),
        Of.WEEKS: _("It would have opened %(n)s more cases in %(tested)s weeks"),
    }
    sentences = {
        Of.INVOICES: _(
            "Invoices issued since %(since)s, each looked at with what came before it, by this and by %(version)s."
            " %(released)s that are stopped now would pass."
        ),
        Of.DECISIONS: _(
            "Decided without a person since %(since)s, drawn by the head of the record at these rates and at those of"
            " %(version)s. %(released)s fewer would be looked at."
        ),
        Of.WEEKS: _(
            "Weekly audits since %(since)s, held against this and against %(version)s. %(released)s fewer cases."
        ),
    }
    facts = {
        "n": reader.count(done.stopped_count),
        "tested": reader.count(done.tested),
        "amount": reader.symboled(done.stopped_amount),
        "since": reader.full_day(done.since),
        "version": done.against,
        "released": reader.count(done.released_count),
    }
    return SimulatedPart(
        titles[done.of] % facts, sentences[done.of] % facts, _stopped(done.stopped), _stopped(done.released)
    )


def no_simulation(kind: Kind) -> str:
    """Say why the past says nothing about a kind of policy; empty where it does."""
    return {
        Kind.FOUR_EYES: _("Nothing to simulate: it says who answers, and stops nothing that passed."),
        Kind.AUTONOMY: _(
            "Nothing to simulate here: the board of autonomy holds each kind against its bar, with what is in force."
        ),
        Kind.RETENTION: _("Nothing to simulate: what is due, and when, stands on the page of what is kept."),
    }.get(kind, "")


def _about(row: Stopped) -> str:
    if row.opportunity_id:
        return f"/deals/D-{row.opportunity_id}"
    if row.reference.startswith("CF-"):
        return f"/decisions/{row.reference}"
    return f"/invoices/{row.reference}" if row.amount is not None else "/quality"


def _stopped(rows: tuple[Stopped, ...]) -> tuple[SimulatedRow, ...]:
    return tuple(
        SimulatedRow(
            row.name or row.reference,
            _about(row),
            row.close_date,
            row.amount,
            tuple(dict.fromkeys(say(finding.code, finding.facts) for finding in row.findings))[:3],
        )
        for row in rows[:20]
    )


def state_pill(state: State) -> Pill:
    """Return how far a version has come."""
    return {
        State.PROPOSED: Pill(_("Waits for signatures"), Tone.WARN, Dot.HALF),
        State.ACTIVE: Pill(_("In force"), Tone.GOOD),
        State.SUPERSEDED: Pill(_("Followed by another"), Tone.PLAIN),
        State.WITHDRAWN: Pill(_("Withdrawn"), Tone.PLAIN, Dot.RING),
    }[state]


def side_name(side: Side) -> str:
    """Return a side in words."""
    return {
        Side.SALES: _("Signed for sales"),
        Side.FINANCE: _("Signed for finance"),
        Side.AUDIT: _("Signed by the auditor"),
    }[side]


def _version_row(one: Version) -> VersionRow:
    return VersionRow(
        one.name,
        _url(one.name),
        state_pill(one.state),
        one.reason,
        one.owner,
        tuple(
            f"{_who(signature.who)}, {reader.moment(signature.at)}{_alone(signature.is_alone)}"
            for signature in one.signatures
        ),
        one.active_from or one.proposed_at,
        one.ended_at,
    )


def _changed(change: Change, base: Currency) -> Changed:
    path = change.path
    return Changed(_path(path), _shown(path, change.before or "", base), _shown(path, change.after or "", base))


def _shown(path: tuple[str, ...], text: str, base: Currency) -> str:
    """Write a setting in the unit that its name says: money, a share in percent, or as it is."""
    unit = next((name for name in reversed(path) if name.endswith(("_minor", "_micro"))), "")
    if not unit or not text.removeprefix("-").isdecimal():
        return text
    if unit.endswith("_minor"):
        return reader.symboled(Money(int(text), base))
    return f"{plain(Decimal(text) / 10_000)} %"


def _path(path: tuple[str, ...]) -> str:
    return " · ".join(policy_form.label(part) if part.islower() else part for part in path)


def _alone(is_alone: bool) -> str:
    return _(" (alone: nobody else could sign)") if is_alone else ""


def _who(actor: str) -> str:
    return actor.partition(":")[2] or actor


def _url(name: str) -> str:
    return f"/policies/versions/{name}"
