"""The words and lines that a verdict quotes: what was read, and what it was compared with."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.decisions.domain import Evidence
from counterfoil.kernel.explanation import Finding
from counterfoil.receivables.domain import references
from counterfoil.receivables.domain.matching import Candidate
from counterfoil.receivables.selectors import LineToMatch


def of_findings(source: str, findings: Sequence[Finding]) -> tuple[Evidence, ...]:
    """Quote the words that are to blame, and the lines that something was compared with; each once."""
    found: dict[str, Evidence] = {}
    for finding in findings:
        text, lines = finding.facts.get("text"), finding.facts.get("evidence")
        if isinstance(text, str) and text:
            found[text] = Evidence(source, text, 0, len(text))
        if isinstance(lines, Sequence) and not isinstance(lines, str):
            found.update({str(line): Evidence(source, str(line), 0, 0) for line in lines})
    return tuple(found.values())


def of_bank_line(line: LineToMatch, candidates: Sequence[Candidate]) -> tuple[Evidence, ...]:
    """Quote the words of a bank line that name open items: those words and no more.

    The rest of a bank's text may be about a person. It stays with the line, where it can be erased; pages that show
    the quote put it back into its text while that is there.
    """
    source = f"bank_line:{line.line.id}"
    found: dict[str, Evidence] = {}
    for candidate in candidates:
        if candidate.by == "number":
            words = references.written(line.text, candidate.number)
        else:
            words = line.reference or references.written_reference(line.text)
        if words:
            found[words] = Evidence(source, words, 0, len(words))
    return tuple(found.values())
