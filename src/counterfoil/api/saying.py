"""What stands against something, as the API answers it."""

from __future__ import annotations

from pydantic import JsonValue

from counterfoil import words
from counterfoil.api import fields
from counterfoil.api.fields import Out
from counterfoil.kernel.explanation import Finding


class FindingOut(Out):
    """What stands against something: which check spoke, the field, and what would pass."""

    check: str
    code: str
    field: str | None
    message: str
    facts: dict[str, JsonValue]


def finding_out(finding: Finding) -> FindingOut:
    """Return a finding as the API answers it."""
    return FindingOut(
        check=finding.check,
        code=finding.code,
        field=finding.field,
        message=words.sentence(finding.code, finding.facts),
        facts=fields.facts(finding.facts),
    )
