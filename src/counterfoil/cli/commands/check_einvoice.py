"""counterfoil check-einvoice"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from counterfoil import words
from counterfoil.billing import einvoice, official
from counterfoil.billing.domain.einvoice import Breach, EInvoice, check
from counterfoil.cli.running import Answer
from counterfoil.kernel.errors import Fact, Refusal, Refused

WITHOUT_DATABASE = True


class NoSuchFile(Refused):
    """The file is not there, or cannot be opened."""

    code = "no_such_file"


def run(args: argparse.Namespace) -> Answer:
    """Check files from outside; each rule that one breaks is said with both values."""
    if args.official and not official.is_installed():
        raise official.NoOfficialRules
    files = [_checked(path, with_official=args.official) for path in args.files]
    lines = [line for one in files for line in _lines(one)]
    return Answer({"files": files}, lines, is_refused=any(not one["is_valid"] for one in files))


def _checked(path: Path, *, with_official: bool) -> dict[str, object]:
    try:
        data = _bytes(path)
        invoice = einvoice.read(data)
    except Refused as refused:
        return {"file": str(path), "is_valid": False, "breaches": [_said(refused.refusal)]}
    breaches = [_breach(breach) for breach in check(invoice)]
    rules = official.broken(data) if with_official else ()
    breaches += [_said(Refusal("einvoice_official", {"rule": rule}), rule=rule, is_official=True) for rule in rules]
    return {
        "file": str(path),
        "is_valid": all(one.get("is_remark") for one in breaches),
        **_head(invoice),
        "breaches": breaches,
    }


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise NoSuchFile(file=str(path)) from None


def _head(invoice: EInvoice) -> dict[str, object]:
    totals = {term: f"{amount:f}" for term, amount in invoice.totals.by_term().items() if amount is not None}
    return {
        "syntax": invoice.syntax.value,
        "number": invoice.number,
        "type": invoice.type_code,
        "currency": invoice.currency,
        "seller": invoice.seller.name,
        "lines": len(invoice.lines),
        "totals": totals,
    }


def _breach(breach: Breach) -> dict[str, object]:
    return _said(
        breach.refusal, rule=breach.rule, is_remark=breach.is_remark, is_tolerated_by_official=breach.is_tolerated
    )


def _said(refusal: Refusal, **more: object) -> dict[str, object]:
    facts: Mapping[str, Fact] = refusal.facts
    return {**more, "code": refusal.code, "facts": facts, "message": words.sentence(refusal.code, facts)}


def _lines(one: dict[str, object]) -> list[str]:
    breaches = one["breaches"]
    assert isinstance(breaches, list)
    said = [f"  {'(remark) ' if breach.get('is_remark') else ''}{breach['message']}" for breach in breaches]
    if "syntax" not in one:
        return [f"{one['file']}: not read", *said]
    verdict = "holds" if one["is_valid"] else "is refused"
    return [f"{one['file']}: {one['syntax']} {one['number']} of {one['seller']}, {one['currency']}: {verdict}", *said]
