"""Answers about a held deal: let it through by an override, mend it and close it again, or send it back to sales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation

from counterfoil.audit import selectors as audit
from counterfoil.connectors.embedded import EmbeddedAccounting, EmbeddedCrm
from counterfoil.contracts import selectors as contracts
from counterfoil.crm import selectors as crm
from counterfoil.crm.domain import AmountState, LineDraft, OpportunityDraft, OpportunityFacts, Stage
from counterfoil.crm.domain import content as said_content
from counterfoil.flows import aliases, queue
from counterfoil.flows.close_deals import close_deals
from counterfoil.flows.review import comparing
from counterfoil.flows.review.asked import Asked, CannotAnswerSo, Done, NothingToFix, StillHeld
from counterfoil.flows.win_deal import change_deal
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money, round_half_up
from counterfoil.kernel.spans import Span
from counterfoil.kernel.terms import Term, UnknownTerm
from counterfoil.kernel.text import parse_date
from counterfoil.people import selectors as people
from counterfoil.people.domain import Role
from counterfoil.people.selectors import Person
from counterfoil.review import domain
from counterfoil.review import selectors as reads
from counterfoil.review import services as review
from counterfoil.review.domain import Answer, ChangedSinceSeen, WantedApproval
from counterfoil.review.selectors import CaseRow
from counterfoil.standards import selectors as standards

OVERRIDERS = (Role.CONTROLLER, Role.ADMIN)
"""Who may let a deal through where no approval matrix says otherwise."""
NEVER_OVERRIDDEN = frozenset(
    {"standards", "invoiced_before", "accounting", "document", "invoiced_elsewhere", "instalment"}
)
"""Checks that nobody overrules: without what they ask for there is no invoice to send."""
_CHANGES = ("crm.opportunity_added", "crm.opportunity_changed", "crm.stage_moved")
MOST_PERCENT, MICRO = 100, 1_000_000
FIELDS = ("name", "terms", "billing_type", "po_number", "close_date", "amount_state", "discount_percent", "customer")
"""What a fix may set."""


def answered(asked: Asked) -> Done:
    """Carry an answer about a held deal out.

    Raises:
        ChangedSinceSeen: the deal is another version by now; both are in the facts.
        CannotAnswerSo: what stands against it cannot be overruled.
        StillHeld: something else stands against it.
    """
    insist_unchanged(asked)
    match asked.answer:
        case Answer.APPROVE:
            return _approved(asked)
        case Answer.FIX:
            return _fixed(asked)
        case _:
            asked.needs_reason()
            if is_suggestion(asked.case):
                comparing.compared(asked, is_agreed=False)
            return Done("sent_back", machine="invoiced" if is_suggestion(asked.case) else "held")


def is_suggestion(case: CaseRow) -> bool:
    """Tell whether nothing stands against a deal, and a person only confirms what the machine would do."""
    return case.code.startswith("suggested_")


def author_of(opportunity_id: int) -> str:
    """Return who changed a deal last here, as the record names them; empty where an import brought it."""
    events = audit.events(subject=f"opportunity:{opportunity_id}", limit=50)
    return next((event.actor for event in events if event.kind in _CHANGES), "")


def findings_of(case: CaseRow) -> list[Finding]:
    """Return everything that was found, from a case's facts."""
    found = case.facts.get("all")
    rows = found if isinstance(found, list) else []
    return [
        Finding(str(row["check"]), str(row["code"]), row["facts"], row["field"] or None)
        for row in rows
        if isinstance(row, Mapping)
    ]


def may_be_overruled(findings: Sequence[Finding]) -> bool:
    """Tell whether a role may let a deal through as it is."""
    return bool(findings) and not any(finding.check in NEVER_OVERRIDDEN for finding in findings)


def close_one(asked: Asked, opportunity_id: int) -> tuple[Finding, ...] | None:
    """Close one deal and return what stands against it, or None where it was invoiced."""
    closed = close_deals(
        books_id=asked.books_id,
        source=EmbeddedCrm(),
        sink=EmbeddedAccounting(),
        time_zone=asked.person.books.time_zone,
        only=[opportunity_id],
        actor=asked.actor,
        again=True,
        is_confirmed=True,
    )
    return closed.findings[0] if closed.findings else None


def insist_unchanged(asked: Asked) -> None:
    """Insist that a deal is what the case is about.

    Raises:
        ChangedSinceSeen: it is another version; what differs is in the facts.
    """
    found = crm.opportunity_facts([asked.subject_id])
    now = found[0].version_hash if found else ""
    if now != asked.case.content_hash:
        held = standards.held_deal(asked.books_id, asked.subject_id)
        seen = held.now if held and held.version_hash == asked.case.content_hash else {}
        present = said_content(found[0].said) if found else {}
        changes: list[Fact] = [
            {"field": name, "seen": seen.get(name), "now": present.get(name)}
            for name in sorted(seen.keys() | present.keys())
            if seen.get(name) != present.get(name)
        ]
        raise ChangedSinceSeen(seen=asked.case.content_hash, now=now, changes=changes)


def _approved(asked: Asked) -> Done:
    findings = findings_of(asked.case)
    if is_suggestion(asked.case):
        left = close_one(asked, asked.subject_id)
        if left is not None:
            raise StillHeld(found=[finding.code for finding in left])
        return Done("invoiced", effects=_made(asked))
    if not may_be_overruled(findings):
        raise CannotAnswerSo(answer=asked.answer.value, why=[finding.code for finding in findings])
    asked.needs_reason()
    review.give_approval(
        books_id=asked.books_id,
        case_id=asked.case.id,
        wanted=WantedApproval(
            asked.case.subject,
            asked.case.content_hash,
            tuple(sorted({finding.code for finding in findings})),
            roles_for(findings),
            asked.reason,
            asked.case.money,
        ),
        requested_by=author_of(asked.subject_id),
        approver=review.Approver(asked.person.user_id, asked.person.role, relaxed_by(asked.person)),
        today=asked.today,
        actor=asked.actor,
        at=asked.at,
    )
    left = close_one(asked, asked.subject_id)
    if left is not None:
        raise StillHeld(found=[finding.code for finding in left])
    return Done("invoiced", machine="held", effects=_made(asked))


def roles_for(findings: Sequence[Finding]) -> tuple[Role, ...]:
    """Return who may let these findings pass: the roles that every finding names, else the shipped ones."""
    named = [set(map(str, roles)) for f in findings if isinstance(roles := f.facts.get("roles"), list) and roles]
    if not named:
        return OVERRIDERS
    common = set.intersection(*named)
    return tuple(role for role in Role if role.value in common) or OVERRIDERS


def may_overrule(asked: Asked, findings: Sequence[Finding], requested_by: str) -> bool:
    """Tell whether a person may let these findings pass; who may not can ask for it.

    Args:
        requested_by: who brought it about, as the record names them.
    """
    if not may_be_overruled(findings):
        return False
    try:
        domain.authority(
            approver=str(asked.actor),
            role=asked.person.role,
            roles=roles_for(findings),
            requested_by=requested_by,
            delegations=reads.delegations(asked.books_id, taker_id=asked.person.user_id),
            on=asked.today,
            may_relax=bool(relaxed_by(asked.person)),
        )
    except (domain.RequesterMayNotApprove, domain.RoleMayNotApprove):
        return False
    return True


def relaxed_by(person: Person) -> str:
    """Return the policy by which somebody alone in the books may approve their own request; empty otherwise."""
    others = [one for one in people.members(person.books.id) if one.user_id != person.user_id]
    if any(one.role in OVERRIDERS for one in others):
        return ""
    return queue.solo_policy(person.books.id)


def _fixed(asked: Asked) -> Done:
    findings = findings_of(asked.case)
    fix = dict(asked.fix) or suggested(findings)
    if not fix:
        raise NothingToFix(fields=[finding.field or "" for finding in findings])
    facts: dict[str, Fact] = {}
    meant = fix.pop("means", "")
    if meant:
        about = next((one for one in findings if one.code in ("unknown_product", "unknown_customer")), None)
        if about is None:
            raise NothingToFix(fields=["means"])
        kind, text = about.code.removeprefix("unknown_"), str(about.facts.get("text", ""))
        aliases.confirm_alias(
            kind=kind, text=text, target=meant, books_id=asked.books_id, actor=asked.actor, at=asked.at
        )
        facts |= {"kind": kind, "text": text, "means": meant}
    if fix:
        (before,) = crm.opportunity_facts([asked.subject_id])
        change_deal(opportunity_id=asked.subject_id, draft=_mended(before, fix), actor=asked.actor, at=asked.at)
        facts |= dict(fix)
    left = close_one(asked, asked.subject_id)
    if left is not None:
        return Done("still_held", {**facts, "found": [finding.code for finding in left]}, is_closed=False)
    return Done("fixed", facts, effects=_made(asked))


def suggested(findings: Sequence[Finding]) -> dict[str, str]:
    """Return the fix that findings suggest: a name that was meant, the shortest term or a discount that would pass."""
    fix: dict[str, str] = {}
    terms: list[str] = []
    for finding in findings:
        if finding.facts.get("did_you_mean"):
            fix["means"] = str(finding.facts["did_you_mean"])
        nearest = finding.facts.get("would_pass")
        about = nearest.get("facts") if isinstance(nearest, Mapping) else None
        if not isinstance(about, Mapping):
            continue
        if finding.field == "terms" and about.get("limit_days") is not None:
            terms.append(f"Net {about['limit_days']}")
        elif finding.field == "terms" and about.get("terms"):
            terms.append(str(about["terms"]))
        elif finding.field == "discount" and about.get("limit_percent") is not None:
            fix["discount_percent"] = str(about["limit_percent"])
    if terms:
        fix["terms"] = min(terms, key=_days)
    return fix


def _days(terms: str) -> tuple[int, str]:
    """How long a term gives at most; what is not a term comes last."""
    start = date(2026, 1, 1)
    try:
        return (Term.parse(terms).due_date(start) - start).days, terms
    except UnknownTerm:
        return 1_000, terms


def _made(asked: Asked) -> tuple[str, ...]:
    found = contracts.contracts_by_opportunity(asked.books_id, [asked.subject_id])
    return tuple(f"contract:{contract.id}" for contract in found.values())


def _mended(before: OpportunityFacts, fix: Mapping[str, str]) -> OpportunityDraft:
    said = before.said
    code = said.currency
    lines = tuple(
        LineDraft(
            line.product_text,
            line.description,
            line.quantity_micro,
            money_of(line.unit_price_minor, code),
            line.discount_percent,
            money_of(line.amount_minor, code),
        )
        for line in said.lines
    )
    draft = OpportunityDraft(
        name=said.name,
        customer_id=before.customer_id,
        stage=Stage(said.stage),
        currency=code,
        amount=money_of(said.amount_minor, code),
        amount_state=AmountState(said.amount_state),
        close_date=said.close_date,
        terms=said.terms_text,
        billing_type=said.billing_text,
        owner=before.owner,
        po_number=said.po_number,
        service=Span(said.service_start, said.service_end) if said.service_start and said.service_end else None,
        delivered_on=said.delivered_on,
        cancellable_until=said.cancellable_until,
        lines=lines,
        system=said.system,
        external_id=said.external_id,
    )
    for name, value in fix.items():
        draft = _with(draft, name, value)
    return draft


def _with(draft: OpportunityDraft, name: str, value: str) -> OpportunityDraft:
    match name:
        case "name":
            return replace(draft, name=value)
        case "terms":
            return replace(draft, terms=value)
        case "billing_type" | "billing":
            return replace(draft, billing_type=value)
        case "po_number":
            return replace(draft, po_number=value)
        case "amount_state":
            return replace(draft, amount_state=AmountState(value))
        case "customer":
            return replace(draft, customer_id=crm.customer_id(value))
        case "close_date":
            return replace(draft, close_date=parse_date(value))
        case "discount_percent" | "discount":
            return _with_discount(draft, value)
    raise NothingToFix(fields=[name])


def _with_discount(draft: OpportunityDraft, value: str) -> OpportunityDraft:
    """Give no line more than this discount; what it comes to follows, and the sum of the deal from its lines."""
    try:
        percent = Decimal(value)
    except InvalidOperation:
        raise NothingToFix(fields=["discount_percent"]) from None
    if not 0 <= percent <= MOST_PERCENT:
        raise NothingToFix(fields=["discount_percent"])
    lines = tuple(discounted(line, percent) for line in draft.lines)
    nets = [_net(line) for line in lines]
    return replace(draft, lines=lines, amount=money_of(sum(nets), draft.currency) if nets else draft.amount)


def discounted(line: LineDraft, percent: Decimal) -> LineDraft:
    """Give a line at most this discount; an amount after discount follows, a price with its quantity says it anew.

    Raises:
        NothingToFix: it states neither, or all of it was given away.
    """
    before = line.discount_percent or Decimal(0)
    if before <= percent:
        return line
    if line.unit_price is not None:
        return replace(line, discount_percent=percent, amount=None)
    if line.amount is None or before == MOST_PERCENT:
        raise NothingToFix(fields=["discount_percent"])
    minor = round_half_up(line.amount.minor * _left(percent), _left(before))
    return replace(line, discount_percent=percent, amount=Money(minor, line.amount.currency))


def _net(line: LineDraft) -> int:
    if line.amount is not None:
        return line.amount.minor
    if line.unit_price is None:
        raise NothingToFix(fields=["discount_percent"])
    quantity = MICRO if line.quantity_micro is None else line.quantity_micro
    left = _left(line.discount_percent or Decimal(0))
    return round_half_up(line.unit_price.minor * quantity * left, MICRO * MICRO * MOST_PERCENT)


def _left(percent: Decimal) -> int:
    """What a discount leaves, in millionths of a percent."""
    return int((MOST_PERCENT - percent) * MICRO)


def money_of(minor: int | None, code: str) -> Money | None:
    """Return an amount, or None where amount or currency is missing."""
    return Money(minor, currency(code)) if minor is not None and code else None
