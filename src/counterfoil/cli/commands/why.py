"""counterfoil why"""

from __future__ import annotations

import argparse
import json
import re

from counterfoil import words
from counterfoil.billing import selectors as billing
from counterfoil.cli.running import Answer
from counterfoil.contracts import selectors as contracts
from counterfoil.decisions import selectors as decisions
from counterfoil.decisions.domain import Verdict, reasons_of
from counterfoil.decisions.selectors import Why
from counterfoil.flows import replay
from counterfoil.flows.replay import NoSuchDecision
from counterfoil.people import selectors as people

LETTERS = {"D": "opportunity", "J": "entry", "L": "bank_line", "B": "import", "H": "held_invoice", "CU": "customer"}


def run(args: argparse.Namespace) -> Answer:
    """Print every decision about a thing or that led to it, the newest first."""
    books_id = people.books_facts().id
    found = decided_about(books_id, args.subject)
    data: dict[str, object] = {"subject": args.subject, "decisions": [_as_json(one) for one in found]}
    lines = [line for one in found for line in _lines(one, with_inputs=args.inputs)]
    return Answer(data, lines or [f"Nothing was decided about {args.subject}."], is_refused=not found)


def decided_about(books_id: int, subject: str) -> list[Why]:
    """Return what was decided about a thing that a person names by its number.

    Raises:
        NoSuchDecision: there is no decision of this number.
    """
    if decision := re.fullmatch(r"CF-([0-9]{1,18})(?:/([0-9]{1,6}))?", subject):
        number, place = int(decision[1]), decision[2]
        if place:
            one = decisions.item_at(books_id, number, int(place) - 1)
            items = [one] if one else []
        else:
            items = decisions.decision_items(books_id, number)
        if not items:
            raise NoSuchDecision(field="subject", number=subject)
        return items
    return [one for one in decisions.why(_reference(books_id, subject)) if one.books_id == books_id]


def _reference(books_id: int, subject: str) -> str:
    letters, _, number = subject.partition("-")
    if letters in LETTERS and number.isdecimal():
        return f"{LETTERS[letters]}:{int(number)}"
    if invoice := billing.document_id(books_id, subject):
        return f"invoice:{invoice}"
    contract = contracts.contract_by_number(books_id, subject)
    return f"contract:{contract.id}" if contract else subject


def _as_json(one: Why) -> dict[str, object]:
    return {
        "number": one.number,
        "place": one.position + 1,
        "kind": one.kind,
        "rule_version": one.rule_version,
        "mode": one.mode,
        "actor": one.actor,
        "made_at": one.made_at.isoformat(),
        "subject": one.subject,
        "outcome": one.outcome,
        "code": one.code,
        "message": words.sentence(one.code, one.facts),
        "facts": one.facts,
        "score_micro": one.score_micro,
        "would_pass": one.counterfactual and words.sentence(one.counterfactual.code, one.counterfactual.facts),
        "effects": list(one.effects),
        "inputs": one.inputs,
        "inputs_hash": one.inputs_hash,
        "taken_back_by": [undone.number for undone in decisions.undone_by(one)],
    }


def _lines(one: Why, *, with_inputs: bool) -> list[str]:
    """Write a decision as its counterfoil: what, why, by what, what it led to, and whether it comes out the same."""
    stored = decisions.stored_item(one.item_id)
    when = f"{one.made_at:%Y-%m-%d %H:%M} UTC"
    lines = [
        f"{one.number}/{one.position + 1}  {one.kind}: {one.outcome}, {when}, about {one.subject}",
        f"  {words.sentence(one.code, one.facts)}",
    ]
    reasons = reasons_of(Verdict(one.outcome, one.code, one.facts))
    if len(reasons) > 1:
        lines += [f"  - {words.sentence(reason.code, reason.facts)}" for reason in reasons]
    for part in one.contributions:
        lines.append(f"  {part.amount_micro / 1_000_000:+.6f}  {words.sentence(part.code, part.facts)}")
    if one.score_micro is not None:
        lines.append(f"  {one.score_micro / 1_000_000:+.6f}  score")
    if one.counterfactual:
        lines.append(f"  {words.sentence(one.counterfactual.code, one.counterfactual.facts)}")
    lines += [f'  "{quote.quote}" ({quote.source})' for quote in one.evidence]
    lines.append(f"  By {one.rule_version}, level {one.mode}, asked by {one.actor}; record: event {one.event_id}")
    if one.effects:
        lines.append(f"  Led to {', '.join(one.effects)}")
    lines += [
        f"  Taken back by {undone.number}: {words.sentence(undone.code, undone.facts)}"
        for undone in decisions.undone_by(one)
    ]
    if stored is not None and stored.form != replay.FIRST_FORM:
        lines.append("  Replays the same." if replay.is_same(stored) else "  DOES NOT replay the same.")
    if with_inputs:
        lines.append(json.dumps(one.inputs, ensure_ascii=False, indent=1, sort_keys=True))
    return lines
