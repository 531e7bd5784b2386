"""What may be done alone: the kinds of decision that are gated, with the version of their rules in force."""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.autonomy import selectors as autonomy
from counterfoil.autonomy.domain.levels import Standing
from counterfoil.connectors.embedded import EmbeddedCrm
from counterfoil.flows import bill_due, close_deals
from counterfoil.kernel.errors import Refused
from counterfoil.receivables.domain import matching


class UnknownKind(Refused):
    """There is no such kind of decision that has levels."""

    code = "unknown_decision_kind"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of decision, the version of its rules in force, and where that stands."""

    name: str
    version: str
    standing: Standing


def versions() -> dict[str, str]:
    """Return the gated kinds of decision with the version of their rules in force."""
    return {
        close_deals.KIND: EmbeddedCrm().rule_version,
        bill_due.KIND: bill_due.RULE_VERSION,
        matching.KIND: matching.RULE_VERSION,
    }


def version_of(kind: str) -> str:
    """Return the version in force of a kind of decision.

    Raises:
        UnknownKind: no kind that has levels is called so.
    """
    known = versions()
    if kind not in known:
        raise UnknownKind(field="kind", kind=kind, known=sorted(known))
    return known[kind]


def kinds(books_id: int) -> list[Kind]:
    """Return every gated kind of decision with where it stands."""
    return [Kind(kind, version, autonomy.standing(books_id, kind, version)) for kind, version in versions().items()]
