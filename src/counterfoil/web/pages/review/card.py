"""The case at hand as a counterfoil."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from counterfoil.crm import selectors as crm
from counterfoil.decisions import selectors as decisions
from counterfoil.flows import queue
from counterfoil.flows import review as flow
from counterfoil.flows.review import deals
from counterfoil.kernel.errors import Fact as RawFact
from counterfoil.kernel.errors import Refusal
from counterfoil.people import selectors as people
from counterfoil.people.domain import Act, Role
from counterfoil.people.selectors import Person
from counterfoil.receivables import selectors as receivables
from counterfoil.review import domain
from counterfoil.review import selectors as reads
from counterfoil.review.domain import State
from counterfoil.review.selectors import CaseRow
from counterfoil.web import addresses, reader
from counterfoil.web.pages.review.answers import buttons_of, mends_of, sets_of
from counterfoil.web.pages.review.asked import Asked
from counterfoil.web.pages.review.bars import bars_of, micro_text
from counterfoil.web.pages.review.parts import CaseCard, Quote, Similar, Voice
from counterfoil.web.pages.shell import role_name
from counterfoil.web.parts import Choice, Dot, Fact, Link, Pill, Tone
from counterfoil.web.saying import parted, said, say


def said_of(row: CaseRow) -> tuple[str, str]:
    """Say what a case is about: its title, and the rest of the sentence."""
    facts = dict(row.facts)
    if row.money is not None:
        facts.setdefault("amount", row.money.decimal_text())
        facts.setdefault("currency", row.money.currency.code)
    faults = facts.get("faults")
    if isinstance(faults, list):
        facts["faults"] = [_fault(str(one)) for one in faults]
    return parted(say(row.code, facts))


def card_of(
    person: Person,
    row: CaseRow,
    asked: Asked,
    now: datetime,
    after: str,
    refusal: Refusal | None,
    tried: str,
    reason: str,
) -> CaseCard:
    """Fill the card of one case for one person."""
    books_id = person.books.id
    title, rest = said_of(row)
    found = addresses.links(books_id, [row.subject])
    why = _decided(row)
    is_open = row.state in (State.OPEN, State.SNOOZED)
    may_answer = flow.may_answer(person, row) and is_open and flow.is_turn_of(person, row, now)
    names = crm.customer_names([row.customer_id]) if row.customer_id else {}
    customer = (
        Link(names[row.customer_id], addresses.customer_url(row.customer_id))
        if row.customer_id and row.customer_id in names
        else None
    )
    about = flow.held_for(person, row, now) if row.kind == domain.ASKED else row
    all_findings = deals.findings_of(about) if about else []
    is_told = len(all_findings) > 1 or about is not row
    reasons = tuple(say(one.code, one.facts) for one in all_findings) if is_told else ()
    members = people.members(books_id)
    sets = sets_of(person, row) if may_answer and row.kind in (queue.LINE, "match") else ()
    mends = mends_of(row) if may_answer else ()
    return CaseCard(
        id=row.id,
        number=row.number,
        serial=f"CF-{row.decision_id}" if row.decision_id else row.number,
        serial_url=f"/decisions/CF-{row.decision_id}" if row.decision_id else "",
        title=title,
        verdict=rest,
        subject=_open_to(person, found[row.subject]),
        customer=customer,
        money=row.money,
        state=_state(row),
        stub=_stub(person, row, why, now),
        reasons=reasons,
        bars=bars_of(why),
        score=micro_text(why.score_micro) if why and why.score_micro is not None and why.contributions else "",
        would_pass=_would_pass(row, why),
        quotes=_quotes(row, why) or _line_quotes(books_id, row),
        similar=tuple(_similar(one) for one in reads.similar_cases(books_id, row, now)),
        sets=sets,
        mends=mends,
        buttons=buttons_of(person, row, sets, mends, tried, now) if may_answer else (),
        voices=tuple(Voice(one.name, one.text, one.at) for one in reads.comments(row.id)),
        members=tuple(Choice(one.email, one.name or one.email) for one in members),
        owner=row.owner_email,
        happened=tuple((one.at, _step(one)) for one in reversed(reads.steps(row.id))),
        content_hash=row.content_hash,
        next=after or asked.url(),
        refusal=said(refusal) if refusal else None,
        changes=_changes(refusal),
        tried=tried,
        reason=reason,
        is_open=is_open,
        may_answer=may_answer,
        may_speak=person.may(Act.REVIEW),
        refusal_needs_reason=refusal is not None and refusal.code == "case_needs_reason",
        undo_url=f"/review/{row.number}/undo" if not is_open and flow.is_undoable(row) else "",
    )


def _decided(row: CaseRow) -> decisions.Why | None:
    """Return the decision by which something waits; that of an instalment is kept under its contract."""
    if row.kind != queue.BILL:
        return next((one for one in decisions.why(row.subject, limit=5) if one.decision_id == row.decision_id), None)
    contract, _sep, no = row.subject.removeprefix("instalment:").partition("/")
    made = [one for one in decisions.why(f"contract:{contract}", limit=50) if one.decision_id == row.decision_id]
    return next((one for one in made if str(one.inputs.get("instalment")) == no), None)


def _fault(text: str) -> str:
    """Name a fault with its count: `product_retired:product 2` is product retired, 2."""
    code, _space, count = text.rpartition(" ")
    return f"{code.partition(':')[0].replace('_', ' ')} {count}"


def _open_to(person: Person, link: Link) -> Link:
    if person.may(Act.READ_BOOKS) or link.url.startswith(("/deals", "/customers")):
        return link
    return Link(link.label)


def _state(row: CaseRow) -> Pill:
    if row.state is State.SNOOZED and row.snoozed_until:
        return Pill(_("Snoozed until %(day)s") % {"day": reader.moment(row.snoozed_until)}, Tone.PLAIN, Dot.HALF)
    if row.state is State.ANSWERED:
        return Pill(row.outcome.replace("_", " ").capitalize(), Tone.GOOD)
    if row.state is State.RESOLVED:
        return Pill(_("Resolved by itself"), Tone.GOOD)
    if row.kind == "sample":
        return Pill(_("Done, to be checked"), Tone.AUTO, Dot.HALF)
    return Pill(_("Nothing posted"), Tone.PLAIN, Dot.RING)


def _stub(person: Person, row: CaseRow, why: decisions.Why | None, now: datetime) -> tuple[Fact, ...]:
    decided = {"sample": _("Done"), domain.ASKED: _("Asked")}.get(row.kind, _("Hold"))
    facts = [Fact(_("Decided"), decided), Fact(_("When"), reader.moment(row.opened_at))]
    if why:
        facts.append(Fact(_("By"), _("Rule %(version)s") % {"version": why.rule_version}))
        facts.append(Fact(_("Level"), why.mode.replace("_", " ").capitalize()))
    elif row.requested_by:
        facts.append(Fact(_("Asked by"), domain.identity(row.requested_by)))
    facts.append(Fact(_("Risk"), f"{row.risk_micro // 10_000}\u00a0%"))
    facts.append(Fact(_("Approver"), domain.identity(row.answered_by) if row.answered_by else _waits_for(row)))
    if why and why.effects:
        facts.append(Fact(_("Effects"), reader.count(len(why.effects))))
    facts.append(Fact(_("Answer by"), reader.moment(row.due_at) + (_(", late") if row.due_at < now else "")))
    if why and person.may(Act.VERIFY):
        event = Link(_("event %(id)s") % {"id": why.event_id}, f"/audit?event={why.event_id}")
        facts.append(Fact(_("In chain"), link=event))
    return tuple(facts)


def _waits_for(row: CaseRow) -> str:
    roles = row.facts.get("roles")
    if row.kind != domain.ASKED or not isinstance(roles, list) or not roles:
        return _("waiting")
    return _("waits for %(roles)s") % {"roles": _(" or ").join(role_name(Role(str(role))).lower() for role in roles)}


def _would_pass(row: CaseRow, why: decisions.Why | None) -> str:
    if why and why.counterfactual:
        return say(why.counterfactual.code, why.counterfactual.facts)
    for finding in deals.findings_of(row):
        nearest = finding.facts.get("would_pass")
        if isinstance(nearest, Mapping):
            facts = nearest.get("facts")
            return say(str(nearest.get("code")), facts if isinstance(facts, Mapping) else {})
        if finding.facts.get("did_you_mean"):
            return _("“%(text)s” meant %(meant)s.") % {
                "text": finding.facts.get("text", ""),
                "meant": finding.facts["did_you_mean"],
            }
    return ""


def _quotes(row: CaseRow, why: decisions.Why | None) -> tuple[Quote, ...]:
    """Return what the case quotes, else what its decision does."""
    if row.evidence or not why:
        return tuple(_quote(one) for one in row.evidence)
    return tuple(
        Quote(one.quote[: one.start], one.quote[one.start : one.end], one.quote[one.end :], one.source)
        for one in why.evidence
    )


def _quote(one: Mapping[str, RawFact]) -> Quote:
    text = str(one.get("quote") or "")
    start, end = one.get("start"), one.get("end")
    first = start if isinstance(start, int) else 0
    last = end if isinstance(end, int) else 0
    source = str(one.get("source") or "").replace("_", " ")
    return Quote(text[:first], text[first:last], text[last:], source)


def _line_quotes(books_id: int, row: CaseRow) -> tuple[Quote, ...]:
    """Quote what a bank line says: who paid, and with which text."""
    if row.kind not in (queue.LINE, "match"):
        return ()
    line = receivables.bank_line(books_id, int(row.subject.partition(":")[2]))
    said_by = ", ".join(part for part in (line.counterparty, reader.day(line.booking_date)) if part)
    return (Quote(line.text or line.reference, "", "", said_by),)


def _similar(row: CaseRow) -> Similar:
    what = row.facts.get("customer") or row.facts.get("name") or row.subject.replace(":", " ").replace("_", " ")
    answer = row.outcome.replace("_", " ").capitalize()
    return Similar(Link(row.number, f"/review?case={row.number}"), str(what), answer, row.answered_at)


def _step(one: reads.Happened) -> str:
    who = domain.identity(one.actor)
    words = {
        "opened": _("waits since"),
        "reopened": _("waits again"),
        "assigned": _("assigned to %(owner)s") % {"owner": one.body.get("owner") or _("nobody")},
        "commented": _("commented"),
        "snoozed": _("snoozed"),
        "answered": _("answered: %(outcome)s") % {"outcome": str(one.body.get("outcome", "")).replace("_", " ")},
        "resolved": _("resolved by itself: %(outcome)s") % {"outcome": one.body.get("outcome", "")},
        "labelled": _("reviewed the label"),
    }
    reason = str(one.body.get("reason") or "")
    return f"{who}: {words[one.kind.value]}" + (f". {reason}" if reason else "")


def _changes(refusal: Refusal | None) -> tuple[tuple[str, str, str], ...]:
    found = refusal.facts.get("changes") if refusal else None
    rows = found if isinstance(found, list) else []
    return tuple(
        (str(row.get("field", "")).replace("_", " "), _plain(row.get("seen")), _plain(row.get("now")))
        for row in rows
        if isinstance(row, Mapping)
    )


def _plain(value: RawFact) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(inner)}" for name, inner in sorted(value.items()) if inner is not None)
    if isinstance(value, (list, tuple)):
        return "; ".join(_plain(inner) for inner in value)
    return "" if value is None else str(value)
