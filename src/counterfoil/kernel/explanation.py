"""Why something was decided, and what a check found: a code and its facts, never a sentence."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from counterfoil.kernel.errors import Fact


@dataclasses.dataclass(frozen=True, slots=True)
class Explanation:
    """The reason for an outcome. The sentence is a template per language at the door."""

    code: str
    facts: Mapping[str, Fact] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """What one check found wrong with one item; an item without findings passes that check.

    `check` names the check that spoke, `code` what it found, `field` the field of the item that is to blame.
    """

    check: str
    code: str
    facts: Mapping[str, Fact] = dataclasses.field(default_factory=dict)
    field: str | None = None
