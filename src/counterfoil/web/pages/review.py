"""The review queue: what waits, the case at hand as a counterfoil, and what may be answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.crm import selectors as crm
from counterfoil.decisions import selectors as decisions
from counterfoil.flows import queue
from counterfoil.flows import review as flow
from counterfoil.flows.review import deals, lines
from counterfoil.kernel.errors import Fact as RawFact
from counterfoil.kernel.errors import Refusal
from counterfoil.kernel.money import Money
from counterfoil.people import selectors as people
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.receivables import selectors as receivables
from counterfoil.review import domain
from counterfoil.review import selectors as reads
from counterfoil.review.domain import State
from counterfoil.review.selectors import CaseRow, Wanted
from counterfoil.web import addresses, reader
from counterfoil.web.parts import Chip, Choice, Dot, Empty, Fact, Link, Pill, Said, Tone, View
from counterfoil.web.saying import parted, said, say

ROWS = 50
HALF_WIDTH = Decimal(58)
VIEWS = ("", "mine", "mentions", "overdue", "policy", "samples", "snoozed", "answered")
OUT_OF_POLICY = ("approval", "anomaly", "policy")


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A case in the list."""

    id: int
    number: str
    url: str
    title: str
    reason: str
    money: Money | None
    owner: str
    age: str
    is_late: bool
    seen: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """One contribution: what it is, how much, and its bar as numbers of an SVG 120 wide."""

    label: str
    text: str
    x: str
    width: str
    is_plus: bool


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that were read, with the marked part, and where they stand."""

    before: str
    marked: str
    after: str
    source: str


@dataclass(frozen=True, slots=True)
class Similar:
    """An earlier case with the same reason, and what a person said."""

    link: Link
    what: str
    answer: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Set:
    """An open item that a bank line may settle."""

    key: str
    link: Link
    customer: str
    why: str
    open: Money
    settle: Money
    is_proposed: bool


@dataclass(frozen=True, slots=True)
class Mend:
    """A field that a fix sets, with what is suggested."""

    name: str
    label: str
    value: str = ""
    suggestions: tuple[str, ...] = ()
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Button:
    """One answer in the bar; `needs` a reason first."""

    answer: str
    label: str
    key: str
    is_primary: bool = False
    is_quiet: bool = False
    needs: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """A comment."""

    name: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseCard:
    """The case at hand."""

    id: int
    number: str
    serial: str
    serial_url: str
    title: str
    verdict: str
    subject: Link
    customer: Link | None
    money: Money | None
    state: Pill
    stub: tuple[Fact, ...]
    reasons: tuple[str, ...]
    bars: tuple[Bar, ...]
    score: str
    would_pass: str
    quotes: tuple[Quote, ...]
    similar: tuple[Similar, ...]
    sets: tuple[Set, ...]
    mends: tuple[Mend, ...]
    buttons: tuple[Button, ...]
    voices: tuple[Voice, ...]
    members: tuple[Choice, ...]
    owner: str
    happened: tuple[tuple[datetime, str], ...]
    content_hash: str
    next: str
    refusal: Said | None = None
    changes: tuple[tuple[str, str, str], ...] = ()
    tried: str = ""
    reason: str = ""
    is_open: bool = True
    may_answer: bool = False
    may_speak: bool = False
    undo_url: str = ""
    refusal_needs_reason: bool = False

    @property
    def base(self) -> str:
        """Where the forms of this case go."""
        return f"/review/{self.number}"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case of several."""

    link: Link
    state: Pill
    sentence: str


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """The queue beside the case at hand."""

    sentence: str
    views: tuple[View, ...]
    chips: tuple[Chip, ...]
    kinds: tuple[View, ...]
    items: tuple[QueueItem, ...]
    total: int
    more_url: str
    case: CaseCard | None
    here: str
    here_view: str = ""
    here_kind: str = ""
    previous_url: str = ""
    next_url: str = ""
    empty: Empty | None = None
    results: tuple[Result, ...] = ()
    may_answer: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Which cases the address asks for."""

    view: str = ""
    kind: str = ""
    place: int = 0

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Asked:
        """Read it; what the queue does not know is left out."""
        view, kind, place = asked.get("view", ""), asked.get("kind", "")[:20], asked.get("from", "")
        return cls(view if view in VIEWS else "", kind, int(place) if place.isdecimal() and len(place) < 7 else 0)

    def url(self, **more: str) -> str:
        """The address of these cases with something changed."""
        parts = {"view": self.view, "kind": self.kind, "from": str(self.place or ""), **more}
        kept = {name: value for name, value in parts.items() if value}
        return f"/review?{urlencode(kept)}" if kept else "/review"

    def wanted(self, person: Person, now: datetime) -> Wanted:
        """The same question to the queue."""
        sees = person.role
        match self.view:
            case "mine":
                return Wanted(now, self._kinds(), owner_id=person.user_id)
            case "mentions":
                return Wanted(now, self._kinds(), mentions_id=person.user_id)
            case "overdue":
                return Wanted(now, self._kinds(), is_overdue=True, seen_by=sees)
            case "policy":
                return Wanted(now, self._kinds() or OUT_OF_POLICY, seen_by=sees)
            case "samples":
                return Wanted(now, ("sample",), seen_by=sees)
            case "snoozed":
                return Wanted(now, self._kinds(), is_snoozed=True, seen_by=sees)
        return Wanted(now, self._kinds(), seen_by=sees)

    def _kinds(self) -> tuple[str, ...]:
        return (self.kind,) if self.kind else ()


def kind_name(kind: str) -> str:
    """Name a kind of case."""
    names = {
        "close_deal": _("Held deals"),
        queue.LINE: _("Bank lines"),
        "match": _("Bank lines"),
        "enter_invoice": _("Held invoices"),
        queue.BILL: _("Held instalments"),
        "approval": _("Approvals"),
        "policy": _("Policies"),
        "sample": _("Control samples"),
        "dispute": _("Disputes"),
        "anomaly": _("Anomalies"),
        "quality": _("Data quality"),
    }
    return names.get(kind, kind.rpartition(".")[2].replace("_", " ").capitalize())


def review_page(
    person: Person,
    asked: Asked,
    *,
    case_id: int | None,
    now: datetime,
    refusal: Refusal | None = None,
    tried: str = "",
    reason: str = "",
    results: Sequence[Result] = (),
) -> ReviewPage:
    """Fill the queue beside the case at hand: the one that is asked for, else the first.

    Raises:
        NoSuchCase: there is none of this number for this person.
    """
    wanted = asked.wanted(person, now)
    books_id = person.books.id
    if asked.view == "answered":
        rows = [row for row in reads.answered_cases(books_id, now, limit=ROWS) if domain.may_see(person.role, row.kind)]
        total = len(rows)
    else:
        rows = reads.cases(books_id, wanted, limit=ROWS, offset=asked.place)
        total = sum(stake.count for stake in reads.stakes(books_id, wanted))
    chosen = flow.visible_case(person=person, case_id=case_id, at=now) if case_id else (rows[0] if rows else None)
    place = next((at for at, row in enumerate(rows) if chosen and row.id == chosen.id), None)
    items = tuple(_item(row, asked, now, is_current=chosen is not None and row.id == chosen.id) for row in rows)
    after = items[place + 1].url if place is not None and place + 1 < len(items) else ""
    before = items[place - 1].url if place else ""
    shown = {row.kind for row in rows} | ({asked.kind} if asked.kind else set())
    return ReviewPage(
        sentence=_sentence(person, now),
        views=_views(person, asked, now),
        chips=(Chip(kind_name(asked.kind), asked.url(kind="")),) if asked.kind else (),
        kinds=tuple(
            View(kind_name(kind), asked.url(kind=kind)) for kind in sorted(shown) if not asked.kind and len(shown) > 1
        ),
        items=items,
        total=total,
        more_url=asked.url(**{"from": str(asked.place + ROWS)}) if asked.place + len(rows) < total else "",
        case=_card(person, chosen, asked, now, after, refusal, tried, reason) if chosen else None,
        here=asked.url(),
        here_view=asked.view,
        here_kind=asked.kind,
        previous_url=before,
        next_url=after,
        empty=None if chosen else _empty(asked),
        results=tuple(results),
        may_answer=person.may(Act.REVIEW),
    )


def next_after(person: Person, asked: Asked, case_id: int, now: datetime) -> str:
    """Return where to go once a case is answered: the next one of the same view, as the list stood before."""
    if asked.view == "answered":
        return asked.url()
    rows = reads.cases(person.books.id, asked.wanted(person, now), limit=ROWS, offset=asked.place)
    ids = [row.id for row in rows]
    if case_id not in ids:
        return asked.url()
    place = ids.index(case_id)
    left = [*ids[place + 1 :], *ids[:place]]
    return asked.url(case=f"R-{left[0]}") if left else asked.url()


def _sentence(person: Person, now: datetime) -> str:
    stakes = reads.stakes(person.books.id, Wanted(now, seen_by=person.role))
    count = sum(stake.count for stake in stakes)
    if not count:
        return _("Nothing waits. What passes goes through on its own; what does not lands here.")
    text = ngettext("%(n)s open", "%(n)s open", count) % {"n": reader.count(count)}
    sums = [reader.symboled(stake.money) for stake in stakes if stake.money]
    if sums:
        text += ", " + _("%(money)s at stake") % {"money": " + ".join(sums)}
    late = sum(
        stake.count for stake in reads.stakes(person.books.id, Wanted(now, is_overdue=True, seen_by=person.role))
    )
    if late:
        text += ", " + _("%(n)s over time") % {"n": reader.count(late)}
    return text + "."


def _views(person: Person, asked: Asked, now: datetime) -> tuple[View, ...]:
    labels = {
        "": _("All open"),
        "mine": _("Mine"),
        "mentions": _("Mentions me"),
        "overdue": _("Over time"),
        "policy": _("Approvals and policies"),
        "samples": _("Control samples"),
        "snoozed": _("Snoozed"),
        "answered": _("Answered"),
    }
    views = []
    for view, label in labels.items():
        count = None
        if view != "answered":
            stakes = reads.stakes(person.books.id, Asked(view).wanted(person, now))
            count = sum(stake.count for stake in stakes)
        views.append(View(label, Asked(view).url(), count, is_current=view == asked.view))
    return tuple(views)


def _item(row: CaseRow, asked: Asked, now: datetime, *, is_current: bool) -> QueueItem:
    title, rest = _said(row)
    who = row.facts.get("customer") or row.facts.get("name")
    return QueueItem(
        row.id,
        row.number,
        asked.url(case=row.number),
        title,
        f"{who}. {rest}" if who else rest,
        row.money,
        row.owner,
        age(now - row.opened_at),
        row.due_at < now and row.state is State.OPEN,
        row.content_hash,
        is_current,
    )


def age(span: timedelta) -> str:
    """Write an age to its largest unit: `5 d old`."""
    if span >= timedelta(days=1):
        return _("%(n)s d old") % {"n": span.days}
    if span >= timedelta(hours=1):
        return _("%(n)s h old") % {"n": span.seconds // 3600}
    return _("new")


def _said(row: CaseRow) -> tuple[str, str]:
    facts = dict(row.facts)
    if row.money is not None:
        facts.setdefault("amount", row.money.decimal_text())
        facts.setdefault("currency", row.money.currency.code)
    return parted(say(row.code, facts))


def _card(
    person: Person,
    row: CaseRow,
    asked: Asked,
    now: datetime,
    after: str,
    refusal: Refusal | None,
    tried: str,
    reason: str,
) -> CaseCard:
    books_id = person.books.id
    title, rest = _said(row)
    found = addresses.links(books_id, [row.subject])
    why = _decided(row)
    is_open = row.state in (State.OPEN, State.SNOOZED)
    may_answer = flow.may_answer(person, row) and is_open
    names = crm.customer_names([row.customer_id]) if row.customer_id else {}
    customer = (
        Link(names[row.customer_id], addresses.customer_url(row.customer_id))
        if row.customer_id and row.customer_id in names
        else None
    )
    all_findings = deals.findings_of(row)
    reasons = tuple(say(one.code, one.facts) for one in all_findings) if len(all_findings) > 1 else ()
    members = people.members(books_id)
    sets = _sets(person, row) if may_answer and row.kind in (queue.LINE, "match") else ()
    mends = _mends(row) if may_answer else ()
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
        quotes=_quotes(row, why),
        similar=tuple(_similar(one) for one in reads.similar_cases(books_id, row, now)),
        sets=sets,
        mends=mends,
        buttons=_buttons(person, row, sets, mends, tried) if may_answer else (),
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
    decided = {"sample": _("Done")}.get(row.kind, _("Hold"))
    facts = [Fact(_("Decided"), decided), Fact(_("When"), reader.moment(row.opened_at))]
    if why:
        facts.append(Fact(_("By"), _("Rule %(version)s") % {"version": why.rule_version}))
        facts.append(Fact(_("Level"), why.mode.replace("_", " ").capitalize()))
    elif row.requested_by:
        facts.append(Fact(_("Asked by"), domain.identity(row.requested_by)))
    facts.append(Fact(_("Risk"), f"{row.risk_micro // 10_000}\u00a0%"))
    facts.append(Fact(_("Approver"), domain.identity(row.answered_by) if row.answered_by else _("waiting")))
    if why and why.effects:
        facts.append(Fact(_("Effects"), reader.count(len(why.effects))))
    facts.append(Fact(_("Answer by"), reader.moment(row.due_at) + (_(", late") if row.due_at < now else "")))
    if why and person.may(Act.VERIFY):
        event = Link(_("event %(id)s") % {"id": why.event_id}, f"/audit?event={why.event_id}")
        facts.append(Fact(_("In chain"), link=event))
    return tuple(facts)


def bars_of(why: decisions.Why | None) -> tuple[Bar, ...]:
    if not why or not why.contributions:
        return ()
    most = max(abs(one.amount_micro) for one in why.contributions) or 1
    bars = []
    for one in sorted(why.contributions, key=lambda one: -one.amount_micro):
        width = HALF_WIDTH * abs(one.amount_micro) / most
        left = Decimal(60) if one.amount_micro >= 0 else Decimal(60) - width
        title, _rest = parted(say(one.code, one.facts))
        bars.append(
            Bar(title, micro_text(one.amount_micro, plus=True), f"{left:.1f}", f"{width:.1f}", one.amount_micro > 0)
        )
    return tuple(bars)


def micro_text(value: int, *, plus: bool = False) -> str:
    sign = "\u2212" if value < 0 else "+" if plus else ""
    return f"{sign}{abs(Decimal(value)) / 1_000_000:.2f}"


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


def _similar(row: CaseRow) -> Similar:
    what = row.facts.get("customer") or row.facts.get("name") or row.subject.replace(":", " ").replace("_", " ")
    answer = row.outcome.replace("_", " ").capitalize()
    return Similar(Link(row.number, f"/review?case={row.number}"), str(what), answer, row.answered_at)


def _sets(person: Person, row: CaseRow) -> tuple[Set, ...]:
    line_id = int(row.subject.partition(":")[2])
    verdict = lines.verdict_of(person.books.id, line_id)
    if verdict is None:
        return ()
    proposed = {part.item_id: part.amount for part, _number in lines.proposal_of(verdict).parts}
    reasons = {"named": _("number in the text"), "equal_amount": _("equal amount"), "payer": _("same payer")}
    return tuple(
        Set(
            str(one.item_id),
            Link(one.number, addresses.invoice_url(one.number)),
            one.customer,
            reasons.get(one.why, ""),
            one.open,
            abs(proposed.get(one.item_id, one.settle or one.open)),
            one.item_id in proposed,
        )
        for one in receivables.line_candidates(person.books.id, line_id)
    )


def _mends(row: CaseRow) -> tuple[Mend, ...]:
    if row.kind == "enter_invoice" and row.code != "issue_date_too_far":
        return ()
    if row.kind == "enter_invoice":
        return (Mend("issue_date", _("Issue it on"), reader.today().isoformat(), kind="date"),)
    if row.kind != queue.DEAL:
        return ()
    findings = deals.findings_of(row)
    hints = deals.suggested(findings)
    labels = {
        "terms": _("Payment terms"),
        "billing_type": _("Billing"),
        "billing": _("Billing"),
        "po_number": _("Purchase order"),
        "close_date": _("Close date"),
        "amount_state": _("State of the amount"),
        "discount": _("Discount, %"),
        "name": _("Name"),
    }
    mends: dict[str, Mend] = {}
    for finding in findings:
        if finding.code in ("unknown_product", "unknown_customer"):
            is_product = finding.code == "unknown_product"
            known = [one.code for one in crm.product_facts().values()] if is_product else crm.names_to_suggest(200)
            label = _("“%(text)s” means") % {"text": finding.facts.get("text", "")}
            mends.setdefault("means", Mend("means", label, hints.get("means", ""), tuple(sorted(set(known)))))
        elif finding.field in labels:
            name = "discount_percent" if finding.field == "discount" else finding.field
            mends.setdefault(name, Mend(name, labels[finding.field], hints.get(name, "")))
    return tuple(mends.values())


def _buttons(
    person: Person, row: CaseRow, sets: Sequence[Set], mends: Sequence[Mend], tried: str
) -> tuple[Button, ...]:
    snooze = Button("snooze", _("Snooze a week"), "s", is_quiet=True)
    match row.kind:
        case "close_deal":
            found = _deal_buttons(row, mends)
        case kind if kind in (queue.LINE, "match"):
            is_ready = any(one.is_proposed for one in sets)
            found = [
                *([Button("approve", _("Settle as proposed"), "a", is_primary=True)] if is_ready else []),
                *([Button("fix", _("Settle what is ticked"), "f", is_primary=not is_ready)] if sets else []),
                Button("reject", _("Leave it"), "r", is_quiet=bool(sets)),
            ]
        case "enter_invoice" if row.code != "issue_date_too_far":
            found = [
                Button("approve", _("Approve as it is"), "a", is_primary=True, needs=True),
                Button("reject", _("Do not issue"), "r", needs=True),
            ]
        case "enter_invoice":
            found = [
                Button("fix", _("Issue on this day"), "f", is_primary=True),
                Button("approve", _("Issue as asked for"), "a"),
                Button("reject", _("Do not issue"), "r", needs=True),
            ]
        case queue.BILL:
            found = _bill_buttons(row)
        case "sample":
            found = [
                Button("approve", _("Agree"), "a", is_primary=True),
                Button("reject", _("Disagree"), "r", needs=True),
            ]
        case "policy":
            found = [
                Button("approve", _("Sign"), "a", is_primary=True),
                Button("reject", _("Take it back"), "r", needs=True),
            ]
        case "approval":
            found = [
                Button("approve", _("Approve"), "a", is_primary=True),
                Button("reject", _("Refuse"), "r", needs=True),
            ]
        case _:
            found = [
                Button("approve", _("Accept"), "a", is_primary=True),
                Button("reject", _("Reject"), "r", needs=True),
            ]
    ordered = [*found, snooze]
    return tuple(sorted(ordered, key=lambda one: one.answer != tried)) if tried else tuple(ordered)


def _deal_buttons(row: CaseRow, mends: Sequence[Mend]) -> list[Button]:
    if deals.is_suggestion(row):
        return [
            Button("approve", _("Invoice it"), "a", is_primary=True),
            Button("reject", _("Send back to sales"), "r", needs=True),
        ]
    findings = deals.findings_of(row)
    suggestion = ", ".join(deals.suggested(findings).values())
    buttons = []
    if mends:
        label = _("Fix to %(value)s") % {"value": suggestion} if suggestion else _("Fix and invoice")
        buttons.append(Button("fix", label, "f", is_primary=True))
    if deals.may_be_overruled(findings):
        buttons.append(Button("approve", _("Approve as it is"), "a", is_primary=not mends, needs=True))
        buttons.append(Button("always", _("Always allow this…"), "", is_quiet=True, needs=True))
    buttons.insert(
        min(2, len(buttons)), Button("reject", _("Send back to sales"), "r", is_primary=not buttons, needs=True)
    )
    return buttons


def _bill_buttons(row: CaseRow) -> list[Button]:
    if deals.is_suggestion(row):
        return [
            Button("approve", _("Invoice it"), "a", is_primary=True),
            Button("reject", _("Do not invoice"), "r", needs=True),
        ]
    may_pass = deals.may_be_overruled(deals.findings_of(row))
    passing = [Button("approve", _("Approve as it is"), "a", is_primary=True, needs=True)] if may_pass else []
    return [*passing, Button("reject", _("Do not invoice"), "r", is_primary=not may_pass, needs=True)]


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


def _empty(asked: Asked) -> Empty:
    if asked.view or asked.kind:
        return Empty("review", _("Nothing in this view"), _("Other cases may wait."), Link(_("All open"), "/review"))
    return Empty(
        "review",
        _("Nothing waits for you"),
        _("Held deals, proposed bank lines, approvals and control samples land here, the most money at risk first."),
        Link(_("Answered cases"), "/review?view=answered"),
    )
