"""Keeping on the lines what the last matching said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from counterfoil.infra import bulk
from counterfoil.receivables.models import BankLine


def leave_lines(*, books_id: int, codes: Mapping[int, str], decision_id: int | None) -> None:
    """Write on lines that stay listed why they were left, and in which decision; by line id. One statement."""
    rows = [(line_id, code, decision_id) for line_id, code in sorted(codes.items())]
    bulk.change(BankLine, ["left_code", "decision_id"], [], rows)


def mark_decided(*, books_id: int, line_ids: Sequence[int], decision_id: int) -> None:
    """Write on lines in which decision they were settled. One statement."""
    BankLine.objects.filter(bulk.is_any_of("id", list(line_ids)), books_id=books_id).update(decision_id=decision_id)
