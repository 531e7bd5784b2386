"""What may be answered: sets to settle, fields to mend, and the bar of buttons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from counterfoil.crm import selectors as crm
from counterfoil.flows import disputes, queue
from counterfoil.flows import review as flow
from counterfoil.flows.review import deals, lines
from counterfoil.people.selectors import Person
from counterfoil.receivables import selectors as receivables
from counterfoil.review.selectors import CaseRow
from counterfoil.web import addresses, reader
from counterfoil.web.pages.review.parts import Button, Mend, Set
from counterfoil.web.pages.shell import role_name
from counterfoil.web.parts import Choice, Link

REASON = "f-reason"
"""The field of the bar that takes the reason."""


def sets_of(person: Person, row: CaseRow) -> tuple[Set, ...]:
    """Return the open items that the bank line of a case may settle, the proposed ones marked."""
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


def mends_of(row: CaseRow) -> tuple[Mend, ...]:
    """Return the fields that would let a case pass, with what is suggested for each."""
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
            choices = _amount_states() if name == "amount_state" else ()
            mends.setdefault(name, Mend(name, labels[finding.field], hints.get(name, ""), choices=choices))
    return tuple(mends.values())


def _amount_states() -> tuple[Choice, ...]:
    names = {"": _("Choose one"), "estimated": _("Estimated"), "quoted": _("Quoted"), "signed": _("Signed")}
    return tuple(Choice(value, label) for value, label in names.items())


def buttons_of(
    person: Person, row: CaseRow, sets: Sequence[Set], mends: Sequence[Mend], tried: str, now: datetime
) -> tuple[Button, ...]:
    """Return the answers that a case may get, the suggested one first; `tried` is the one that was refused just now."""
    snooze = Button("snooze", _("Snooze a week"), "s", is_quiet=True)
    match row.kind:
        case "close_deal":
            found = _deal_buttons(person, row, mends, now)
        case kind if kind in (queue.LINE, "match"):
            is_ready = any(one.is_proposed for one in sets)
            found = [
                *([Button("approve", _("Settle as proposed"), "a", is_primary=True)] if is_ready else []),
                *([Button("fix", _("Settle what is ticked"), "f", is_primary=not is_ready)] if sets else []),
                Button("reject", _("Leave it"), "r", is_quiet=bool(sets)),
            ]
        case "enter_invoice" if row.code != "issue_date_too_far":
            found = [
                _overruling(person, row, now, is_primary=True),
                Button("reject", _("Do not issue"), "r", needs=REASON),
            ]
        case "enter_invoice":
            found = [
                Button("fix", _("Issue on this day"), "f", is_primary=True),
                Button("approve", _("Issue as asked for"), "a"),
                Button("reject", _("Do not issue"), "r", needs=REASON),
            ]
        case queue.BILL:
            found = _bill_buttons(person, row, now)
        case "sample":
            found = [
                Button("approve", _("Agree"), "a", is_primary=True),
                Button("reject", _("Disagree"), "r", needs=REASON),
            ]
        case "policy":
            found = [
                Button("approve", _("Sign"), "a", is_primary=True),
                Button("reject", _("Take it back"), "r", needs=REASON),
            ]
        case "approval":
            found = [
                Button("approve", _("Approve"), "a", is_primary=True),
                Button("reject", _("Refuse"), "r", needs=REASON),
            ]
        case disputes.CASE:
            found = [
                Button("approve", _("They are right"), "a", is_primary=True, needs=REASON),
                Button("reject", _("It stands"), "r", needs=REASON),
            ]
        case "quality":
            found = [
                Button("approve", _("Taken note"), "a", is_primary=True),
                Button("reject", _("Not a fault"), "r", needs=REASON),
            ]
        case _:
            found = [
                Button("approve", _("Accept"), "a", is_primary=True),
                Button("reject", _("Reject"), "r", needs=REASON),
            ]
    ordered = [*found, snooze]
    return tuple(sorted(ordered, key=lambda one: one.answer != tried)) if tried else tuple(ordered)


def _overruling(person: Person, row: CaseRow, now: datetime, *, is_primary: bool) -> Button:
    """Let it pass, for whoever may; everybody else asks those who may."""
    if flow.may_overrule(person, row, now):
        return Button("approve", _("Approve as it is"), "a", is_primary=is_primary, needs=REASON)
    roles = _(" or ").join(role_name(role).lower() for role in flow.overrulers(row))
    return Button("ask", _("Ask %(roles)s") % {"roles": roles}, "a", is_primary=is_primary, needs=REASON)


def _deal_buttons(person: Person, row: CaseRow, mends: Sequence[Mend], now: datetime) -> list[Button]:
    if deals.is_suggestion(row):
        return [
            Button("approve", _("Invoice it"), "a", is_primary=True),
            Button("reject", _("Send back to sales"), "r", needs=REASON),
        ]
    findings = deals.findings_of(row)
    hints = deals.suggested(findings)
    suggestion = ", ".join(f"{value}\u00a0%" if name == "discount_percent" else value for name, value in hints.items())
    buttons = []
    if mends:
        label = _("Fix to %(value)s") % {"value": suggestion} if suggestion else _("Fix and invoice")
        unknown = next((f"f-{mend.name}" for mend in mends if not mend.value), "")
        buttons.append(Button("fix", label, "f", is_primary=True, needs=unknown))
    if deals.may_be_overruled(findings):
        buttons.append(_overruling(person, row, now, is_primary=not mends))
        buttons.append(Button("always", _("Always allow this…"), "", is_quiet=True, needs=REASON))
    buttons.insert(
        min(2, len(buttons)), Button("reject", _("Send back to sales"), "r", is_primary=not buttons, needs=REASON)
    )
    return buttons


def _bill_buttons(person: Person, row: CaseRow, now: datetime) -> list[Button]:
    if deals.is_suggestion(row):
        return [
            Button("approve", _("Invoice it"), "a", is_primary=True),
            Button("reject", _("Do not invoice"), "r", needs=REASON),
        ]
    may_pass = flow.may_overrule(person, row, now)
    passing = [Button("approve", _("Approve as it is"), "a", is_primary=True, needs=REASON)] if may_pass else []
    return [*passing, Button("reject", _("Do not invoice"), "r", is_primary=not may_pass, needs=REASON)]
