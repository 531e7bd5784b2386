"""What the flows let wait for a person, and what no longer waits because it went through: in sets, never one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from counterfoil.audit.domain import Actor
from counterfoil.billing.domain import InvoiceDraft, InvoiceRequest, line_net, request_content
from counterfoil.connectors.ports import Judged, Part
from counterfoil.crm import selectors as crm
from counterfoil.decisions.domain import Held
from counterfoil.kernel import canonical
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money
from counterfoil.policies import selectors as policies
from counterfoil.policies.domain import FourEyes, Kind, ReviewPolicy
from counterfoil.receivables.domain import matching
from counterfoil.receivables.domain.matching import Verdict
from counterfoil.review import services as review
from counterfoil.review.domain import NewCase

DEAL, LINE, INVOICE, BILL = "close_deal", matching.KIND, "enter_invoice", "bill"
"""The kinds of case that these flows open; each is the kind of its decisions."""
CERTAIN, LIKELY = 1_000_000, 500_000


def hold_deals(
    *, books_id: int, held: Sequence[Held[Judged]], decision_id: int | None, actor: Actor, at: datetime
) -> None:
    """Let held deals wait for a person, each in the version that was judged."""
    cases = [_held_deal(one, decision_id) for one in held]
    review.open_cases(books_id=books_id, cases=cases, actor=actor, at=at)


def let_deals_go(*, books_id: int, opportunity_ids: Sequence[int], actor: Actor, at: datetime) -> None:
    """Take the cases of deals that were invoiced off the queue."""
    review.resolve_cases(
        books_id=books_id,
        kind=DEAL,
        subjects=[f"opportunity:{id_}" for id_ in opportunity_ids],
        outcome="invoiced",
        actor=actor,
        at=at,
    )


def hold_bills(
    *, books_id: int, held: Sequence[Held[Part]], decision_id: int | None, actor: Actor, at: datetime
) -> None:
    """Let held instalments wait for a person, each as it was planned."""
    names = crm.customer_names(sorted({one.item.contract.customer_id for one in held})) if held else {}
    cases = [_held_bill(one, names.get(one.item.contract.customer_id, ""), decision_id) for one in held]
    review.open_cases(books_id=books_id, cases=cases, actor=actor, at=at)


def instalment(part: Part) -> str:
    """Return how a case names an instalment."""
    return f"instalment:{part.contract.id}/{part.instalment.no}"


def instalment_hash(part: Part) -> str:
    """Return the hash of what an answer about an instalment binds to."""
    one = part.instalment
    return canonical.hash_of([part.contract.version_hash, one.no, one.invoice_date.isoformat(), one.net.minor])


def hold_lines(
    *,
    books_id: int,
    proposed: Sequence[tuple[Verdict, str, Mapping[str, Fact]]],
    decision_id: int | None,
    actor: Actor,
    at: datetime,
) -> None:
    """Let bank lines that name something wait for a person: each with what was said of it, a code and its facts."""
    cases = [
        NewCase(
            LINE,
            f"bank_line:{verdict.line.id}",
            line_hash(verdict),
            code,
            facts,
            abs(verdict.line.amount),
            LIKELY,
            decision_id,
        )
        for verdict, code, facts in proposed
    ]
    review.open_cases(books_id=books_id, cases=cases, actor=actor, at=at)


def let_lines_go(*, books_id: int, line_ids: Sequence[int], outcome: str, actor: Actor, at: datetime) -> None:
    """Take the cases of bank lines that are settled, or gone, off the queue."""
    review.resolve_cases(
        books_id=books_id,
        kind=LINE,
        subjects=[f"bank_line:{id_}" for id_ in line_ids],
        outcome=outcome,
        actor=actor,
        at=at,
    )


def hold_invoices(
    *,
    books_id: int,
    held: Sequence[tuple[int, InvoiceDraft, InvoiceRequest, Finding]],
    actor: Actor,
    at: datetime,
) -> None:
    """Let invoices that were asked for wait for a person, with who asked for them."""
    cases = [
        NewCase(
            INVOICE,
            f"held_invoice:{held_id}",
            request_hash(request_content(request)),
            finding.code,
            {**finding.facts, "issue_date": draft.issue_date.isoformat()},
            _net(draft),
            LIKELY,
            customer_id=draft.customer_id,
            requested_by=str(actor),
        )
        for held_id, draft, request, finding in held
    ]
    review.open_cases(books_id=books_id, cases=cases, actor=actor, at=at)


def let_invoice_go(*, books_id: int, held_id: int, outcome: str, actor: Actor, at: datetime) -> None:
    """Take the case of an invoice that was entered after all, or let go, off the queue."""
    review.resolve_cases(
        books_id=books_id, kind=INVOICE, subjects=[f"held_invoice:{held_id}"], outcome=outcome, actor=actor, at=at
    )


def solo_policy(books_id: int) -> str:
    """Return the version of the policy by which a company of one approves its own requests; empty where it may not."""
    found = policies.active(Kind.FOUR_EYES, books_id)
    return found.version if found.as_a(FourEyes).solo else ""


def policy_of(books_id: int) -> ReviewPolicy:
    """Return how soon cases are answered, and which share of what nobody saw is sampled."""
    return policies.active(Kind.REVIEW, books_id).as_a(ReviewPolicy)


def line_hash(verdict: Verdict) -> str:
    """Return the hash of what an answer about a bank line binds to: the line, and everything that it names."""
    return canonical.hash_of(verdict.inputs)


def request_hash(content: Fact) -> str:
    """Return the hash of what an answer about an invoice that was asked for binds to."""
    return canonical.hash_of(content)


def _held_deal(held: Held[Judged], decision_id: int | None) -> NewCase:
    one, findings = held.item, held.findings
    return NewCase(
        DEAL,
        f"opportunity:{one.opportunity_id}",
        one.version_hash,
        findings[0].code,
        _found(findings, {"name": one.snapshot.get("name"), "customer": one.snapshot.get("customer")}),
        _amount(one.snapshot),
        max(_risk(finding) for finding in findings),
        decision_id,
        one.deal.customer_id if one.deal else None,
        evidence=tuple(quote for finding in findings for quote in _quotes(finding)),
    )


def _held_bill(held: Held[Part], customer: str, decision_id: int | None) -> NewCase:
    part, findings = held.item, held.findings
    contract = part.contract
    name = f"{contract.number}/{part.instalment.no}"
    return NewCase(
        BILL,
        instalment(part),
        instalment_hash(part),
        findings[0].code,
        _found(findings, {"name": name, "customer": customer, "deal": contract.opportunity_id}),
        part.instalment.net,
        max(_risk(finding) for finding in findings),
        decision_id,
        contract.customer_id,
        evidence=tuple(quote for finding in findings for quote in _quotes(finding)),
    )


def _found(findings: Sequence[Finding], about: Mapping[str, Fact]) -> dict[str, Fact]:
    """Return the facts of a case: those of the first finding, what it is about, and everything that was found."""
    first = findings[0]
    found: list[Fact] = [{"check": f.check, "code": f.code, "field": f.field, "facts": dict(f.facts)} for f in findings]
    return {**first.facts, "field": first.field, "check": first.check, **about, "all": found}


def _risk(finding: Finding) -> int:
    """How likely what is held is wrong: a score where a finding has one, else it cannot be invoiced as it is."""
    score = finding.facts.get("score_micro")
    return score if isinstance(score, int) else CERTAIN


def _quotes(finding: Finding) -> list[dict[str, Fact]]:
    """What was read, and what it was compared with: the words to blame, and the lines that a rule quotes."""
    quotes: list[dict[str, Fact]] = []
    text = finding.facts.get("text")
    if isinstance(text, str) and text:
        quotes.append({"source": finding.field or "", "quote": text, "start": 0, "end": len(text)})
    lines = finding.facts.get("evidence")
    if isinstance(lines, list):
        quotes += [{"source": finding.code, "quote": str(line), "start": 0, "end": 0} for line in lines]
    return quotes


def _amount(snapshot: Mapping[str, Fact]) -> Money | None:
    minor, code = snapshot.get("amount_minor"), snapshot.get("currency")
    return Money(minor, currency(code)) if isinstance(minor, int) and isinstance(code, str) and code else None


def _net(draft: InvoiceDraft) -> Money:
    nets = [line.net or line_net(line.quantity_micro, line.unit_price, line.discount_percent) for line in draft.lines]
    return Money(sum(net.minor for net in nets), draft.currency)
