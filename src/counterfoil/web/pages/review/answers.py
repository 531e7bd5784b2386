"""What may be answered: sets to settle, fields to mend, and the bar of buttons."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from counterfoil.crm import selectors as crm
from counterfoil.flows import queue
from counterfoil.flows.review import deals, lines
from counterfoil.people.selectors import Person
from counterfoil.receivables import selectors as receivables
from counterfoil.review.selectors import CaseRow
from counterfoil.web import addresses, reader
from counterfoil.web.pages.review.parts import Button, Mend, Set
from counterfoil.web.parts import Link


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
            mends.setdefault(name, Mend(name, labels[finding.field], hints.get(name, "")))
    return tuple(mends.values())


def buttons_of(
    person: Person, row: CaseRow, sets: Sequence[Set], mends: Sequence[Mend], tried: str
) -> tuple[Button, ...]:
    """Return the answers that a case may get, the suggested one first; `tried` is the one that was refused just now."""
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
