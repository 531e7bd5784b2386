"""The passport of one decision: what it was decided on, why, what it led to, and what else could have come of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from counterfoil.audit import selectors as audit
from counterfoil.decisions import registry
from counterfoil.decisions import selectors as decisions
from counterfoil.decisions.domain import DisputeState, Mode, NotReplayable, Verdict, reasons_of
from counterfoil.decisions.selectors import DisputeRow, Why
from counterfoil.flows import blind, replay
from counterfoil.flows.replay import Supposed
from counterfoil.kernel import errors
from counterfoil.kernel.explanation import Explanation
from counterfoil.kernel.money import Money
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.receivables import selectors as receivables
from counterfoil.web import addresses, reader
from counterfoil.web.pages.review.bars import Bar, bars_of, micro_text
from counterfoil.web.pages.review.parts import Quote
from counterfoil.web.pages.trust import as_open_to, outcome_pill
from counterfoil.web.parts import Fact, Field, Link, Pill, Said, Tone
from counterfoil.web.saying import parted, say, written

MOST_EFFECTS = 40
LEVELS: Mapping[str, str] = {
    Mode.OBSERVE: "Observe",
    Mode.SUGGEST: "Suggest",
    Mode.ACT_WITH_SAMPLE: "Act sampled",
    Mode.ACT: "Act",
}


@dataclass(frozen=True, slots=True)
class Similar:
    """An earlier decision for the same reason, and what people did about it afterwards."""

    link: Link
    subject: Link
    what: str
    since: str
    money: Money | None


@dataclass(frozen=True, slots=True)
class DisputeCard:
    """A dispute from its beginning to where it stands."""

    number: str
    id: int
    reason: str
    by: str
    at: datetime
    state: Pill
    steps: tuple[tuple[str, str, str, datetime], ...]
    is_open: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class SupposedCard:
    """What would have come of other inputs."""

    changes: tuple[tuple[str, str, str], ...]
    before: Pill
    after: Pill
    sentence: str
    is_other: bool


@dataclass(frozen=True, slots=True)
class PassportPage:
    """One decided thing with everything that speaks for it."""

    number: str
    place: int
    total: int
    url: str
    kind: str
    title: str
    verdict: str
    subject: Link
    money: Money | None
    is_at_stake: bool
    state: Pill
    stub: tuple[Fact, ...]
    effects: tuple[Link, ...]
    more_effects: int
    replays: bool | None
    reasons: tuple[str, ...]
    bars: tuple[Bar, ...]
    score: str
    would_pass: str
    quotes: tuple[Quote, ...]
    similar: tuple[Similar, ...]
    undone: tuple[tuple[Link, str], ...]
    asked: tuple[Field, ...]
    supposed: SupposedCard | None
    why_not: tuple[str, ...]
    disputes: tuple[DisputeCard, ...]
    inputs: tuple[Fact, ...]
    raw: str
    may_dispute: bool
    may_answer: bool
    refusal: Said | None = None


def passport(
    person: Person,
    decision_id: int,
    place: int,
    *,
    typed: Mapping[str, str] | None = None,
    supposed: Supposed | None = None,
    refusal: Said | None = None,
) -> PassportPage | None:
    """Fill the passport of the item at a place of a decision (from 1); None when there is none in these books.

    Args:
        typed: what was typed into "What if". supposed: what came of it.
    """
    books = person.books
    why = decisions.item_at(books.id, decision_id, place - 1)
    if why is None or not blind.visible(person, [why]):
        return None
    stored = decisions.stored_item(why.item_id)
    assert stored is not None, "an item that was read is kept"
    alike = decisions.alike(why)
    since = decisions.latest_about([one.subject for one in alike])
    undone = decisions.undone_by(why)
    found = addresses.links(books.id, [why.subject, *why.effects[:MOST_EFFECTS], *(one.subject for one in alike)])
    links = {reference: as_open_to(person, link) for reference, link in found.items()}
    event = next(iter(audit.events(before=why.event_id + 1, limit=1)), None)
    verdict = Verdict(why.outcome, why.code, why.facts)
    try:
        replays = replay.is_same(stored) if stored.form != replay.FIRST_FORM else None
        asked = _fields(replay.asked_inputs(stored), typed or {}) if replays is not None else ()
    except NotReplayable:
        replays, asked = None, ()
    title, rest = parted(say(why.code, why.facts))
    reasons = reasons_of(verdict)
    return PassportPage(
        number=why.number,
        place=place,
        total=event.items_count if event and event.id == why.event_id else 1,
        url=f"/decisions/{why.number}/{place}",
        kind=why.kind.replace("_", " ").capitalize(),
        title=title,
        verdict=rest,
        subject=links[why.subject],
        money=why.money,
        is_at_stake=why.outcome == "held",
        state=outcome_pill(why.outcome),
        stub=_stub(person, why, event),
        effects=tuple(links[effect] for effect in why.effects[:MOST_EFFECTS]),
        more_effects=max(0, len(why.effects) - MOST_EFFECTS),
        replays=replays,
        reasons=tuple(say(one.code, one.facts) for one in reasons) if len(reasons) > 1 else (),
        bars=bars_of(why),
        score=micro_text(why.score_micro) if why.score_micro is not None else "",
        would_pass=say(why.counterfactual.code, why.counterfactual.facts) if why.counterfactual else "",
        quotes=_quotes(person, why),
        similar=tuple(_similar(one, since.get(one.subject), links[one.subject]) for one in alike),
        undone=tuple((Link(one.number, _url(one)), _undone(one)) for one in undone),
        asked=asked,
        supposed=None if supposed is None else _supposed(supposed),
        why_not=_why_not(why, verdict),
        disputes=tuple(_dispute(person, one) for one in decisions.disputes(books.id, item_id=why.item_id)),
        inputs=_inputs(why.inputs),
        raw=json.dumps(
            {"inputs": why.inputs, "inputs_hash": why.inputs_hash, "facts": why.facts},
            indent=1,
            ensure_ascii=False,
            sort_keys=True,
        ),
        may_dispute=person.may(Act.READ_SALES),
        may_answer=person.may(Act.INVOICE),
        refusal=refusal,
    )


def _url(why: Why) -> str:
    return f"/decisions/{why.number}/{why.position + 1}"


def _quotes(person: Person, why: Why) -> tuple[Quote, ...]:
    """Show the words that were read; those of a bank line within its text, while that is there."""
    read: dict[str, str] = {}
    if person.may(Act.READ_BOOKS):
        ids = [int(one.source.partition(":")[2]) for one in why.evidence if one.source.startswith("bank_line:")]
        read = {f"bank_line:{id_}": text for id_, text in receivables.line_texts(why.books_id, ids).items()}
    quotes = []
    for one in why.evidence:
        before, after = one.quote[: one.start], one.quote[one.end :]
        around, found, rest = read.get(one.source, "").partition(one.quote)
        if found:
            before, after = around + before, after + rest
        quotes.append(Quote(before, one.quote[one.start : one.end], after, _source(one.source)))
    return tuple(quotes)


def _source(source: str) -> str:
    return source.replace(":", " ").replace("_", " ")


def _stub(person: Person, why: Why, event: audit.EventLine | None) -> tuple[Fact, ...]:
    """The counterfoil's stub: Decided, When, By, Level, Likelihood, Approver, In chain; effects stand below it."""
    _kind, _sep, name = why.actor.partition(":")
    approver = why.approver.partition(":")[2] or why.approver
    if not approver:
        approver = _("waiting") if why.outcome in ("held", "proposed") else _("nobody had to")
    likelihood = "–" if why.score_micro is None else _percent(why.score_micro)
    chain = Link(_("event %(id)s") % {"id": why.event_id}, f"/audit?event={why.event_id}")
    if event is not None and event.id == why.event_id and event.sequence is not None:
        place = {"n": reader.count(event.sequence), "of": reader.count(audit.head().sequence)}
        chain = Link(_("%(n)s of %(of)s") % place, chain.url)
    return (
        Fact(_("Decided"), why.outcome.replace("_", " ").capitalize()),
        Fact(_("When"), reader.moment(why.made_at)),
        Fact(
            _("By"), _("Rule %(version)s, asked by %(who)s") % {"version": why.rule_version, "who": name or why.actor}
        ),
        Fact(_("Level"), _(LEVELS.get(why.mode, why.mode))),
        Fact(_("Risk") if _is_risk(why) else _("Likelihood"), likelihood),
        Fact(_("Approver"), approver),
        Fact(_("Effects"), reader.count(len(why.effects)) if why.effects else _("Nothing posted")),
        Fact(_("In chain"), link=as_open_to(person, chain)),
    )


def _is_risk(why: Why) -> bool:
    """Tell whether the score says how likely something is wrong, and not how likely it is right."""
    return any(one.code.startswith("anomaly_") for one in why.contributions)


def _percent(micro: int) -> str:
    share = Decimal(micro) / 10_000
    if share < 1:
        return _("under 1 %")
    if share > 99 and micro < 1_000_000:
        return _("over 99 %")
    return f"{share:.0f} %"


def _undone(one: Why) -> str:
    """Say how something was taken back, by whom, when and why."""
    facts = {"who": one.actor, "when": reader.moment(one.made_at), "why": one.facts["reason"]}
    return f"{say(one.code, one.facts)} " + _("%(who)s, %(when)s: %(why)s") % facts


def _similar(one: Why, since: Why | None, subject: Link) -> Similar:
    """Say what an earlier case was, and what was decided about it since."""
    later = since is not None and since.item_id > one.item_id
    return Similar(
        Link(one.number, _url(one)),
        subject,
        say(one.code, one.facts),
        say(since.code, since.facts) if since is not None and later else _("stands as decided"),
        one.money,
    )


def _fields(asked: Mapping[str, errors.Fact], typed: Mapping[str, str]) -> tuple[Field, ...]:
    return tuple(
        Field(
            name=path,
            label=label_of(path),
            value=typed.get(path, "" if value is None else str(value)),
            is_numeric=isinstance(value, int) and not isinstance(value, bool),
        )
        for path, value in asked.items()
    )


def label_of(path: str) -> str:
    """Name an input by the last word of its path: `seen.said.amount_minor` is "Amount minor"."""
    return path.rpartition(".")[2].replace("_", " ").capitalize()


def _supposed(supposed: Supposed) -> SupposedCard:
    return SupposedCard(
        tuple(
            (label_of(path), "–" if old is None else str(old), "–" if new is None else str(new))
            for path, (old, new) in supposed.changes.items()
        ),
        outcome_pill(supposed.before.outcome),
        outcome_pill(supposed.after.outcome),
        say(supposed.after.code, supposed.after.facts),
        supposed.is_other,
    )


def _why_not(why: Why, verdict: Verdict) -> tuple[str, ...]:
    """Say why it did not come out the other way: everything that stood against it, then what would have passed."""
    said = [say(one.code, one.facts) for one in registry_reasons(why.kind, verdict)]
    if why.counterfactual:
        said.append(say(why.counterfactual.code, why.counterfactual.facts))
    return tuple(dict.fromkeys(said))


def registry_reasons(kind: str, verdict: Verdict) -> Sequence[Explanation]:
    """Return every reason of a verdict, as its kind explains it."""
    try:
        return registry.type_of(kind).explain(verdict)
    except NotReplayable:
        return reasons_of(verdict)


TONES: Mapping[DisputeState, Tone] = {
    DisputeState.OPEN: Tone.WARN,
    DisputeState.ANSWERED: Tone.INFO,
    DisputeState.ACCEPTED: Tone.GOOD,
    DisputeState.REJECTED: Tone.BAD,
    DisputeState.WITHDRAWN: Tone.PLAIN,
}


def _dispute(person: Person, one: DisputeRow) -> DisputeCard:
    return DisputeCard(
        f"DP-{one.id}",
        one.id,
        one.reason,
        one.raised_by.partition(":")[2] or one.raised_by,
        one.raised_at,
        dispute_pill(one.state),
        tuple(
            (step.state.value.capitalize(), step.text, step.said_by.partition(":")[2] or step.said_by, step.said_at)
            for step in one.steps
        ),
        not one.state.is_end,
        one.raised_by.partition(":")[2] == person.email,
    )


def dispute_pill(state: DisputeState) -> Pill:
    """Show where a dispute stands."""
    return Pill(state.value.capitalize(), TONES[state])


def _inputs(inputs: Mapping[str, errors.Fact]) -> tuple[Fact, ...]:
    """Show every single value that was seen, by its path; lists of values stay in the record below."""
    facts: list[Fact] = []
    for path, value in replay.flat_inputs(inputs).items():
        if value not in (None, "") and len(facts) < 60 and not path.startswith(("score.ratios", "score.said")):
            facts.append(Fact(path.replace("_", " ").replace(".", " › "), str(written(value))))
    return tuple(facts)


# ------------------------------------------------------------------------------------ all disputes


@dataclass(frozen=True, slots=True)
class DisputeLine:
    """A dispute in the list, with the decision that it is about."""

    card: DisputeCard
    decision: Link
    kind: str
    subject: Link


@dataclass(frozen=True, slots=True)
class DisputesPage:
    """Every decision that somebody disputed, and what became of it."""

    sentence: str
    rows: tuple[DisputeLine, ...]


def disputes_page(person: Person) -> DisputesPage:
    """List the disputes, the latest first."""
    rows = decisions.disputes(person.books.id, limit=200)
    links = addresses.links(person.books.id, [one.subject for one in rows])
    waiting = sum(not one.state.is_end for one in rows)
    return DisputesPage(
        _("%(n)s disputes, %(open)s without an end.") % {"n": reader.count(len(rows)), "open": reader.count(waiting)}
        if rows
        else _("Nobody disputed a decision yet. Each decision's page has a form for it."),
        tuple(
            DisputeLine(
                _dispute(person, one),
                Link(f"CF-{one.decision_id}", f"/decisions/CF-{one.decision_id}/{one.position + 1}"),
                one.kind.replace("_", " ").capitalize(),
                as_open_to(person, links[one.subject]),
            )
            for one in rows
        ),
    )
