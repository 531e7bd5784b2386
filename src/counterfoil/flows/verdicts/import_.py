"""A file at the gate: what of it was let in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from counterfoil.decisions.domain import Consulted, Verdict
from counterfoil.kernel.errors import Fact

KIND = "import"
VERSION = "import-gate-1"


def inputs(
    file: Mapping[str, Fact], totals: Mapping[str, int], refused: Iterable[tuple[int, str, str]]
) -> dict[str, Fact]:
    """Put together what a file is decided on.

    Args:
        file: its kind, name, hash, profile and version. totals: rows read, accepted, unchanged, rejected, held.
        refused: row, field and code of each refusal.
    """
    counts = Counter((field, code) for _, field, code in refused)
    return {
        "file": dict(file),
        "totals": dict(totals),
        "refused": [[field, code, count] for (field, code), count in sorted(counts.items())],
    }


def decide(inputs_: Mapping[str, Any], consulted: Consulted) -> Verdict:
    """Say again what of a file was let in, from what was stored."""
    totals = inputs_["totals"]
    facts: dict[str, Fact] = {**totals, "file": inputs_["file"]["name"], "kind": inputs_["file"]["kind"]}
    if inputs_["refused"]:
        most = max(inputs_["refused"], key=lambda one: one[2])
        facts["most_often"] = most[1]
    if not totals["rejected"]:
        return Verdict("let_in", "file_let_in", facts)
    if totals["accepted"] or totals["unchanged"]:
        return Verdict("let_in_part", "file_let_in_part", facts)
    return Verdict("refused", "file_refused", facts)
