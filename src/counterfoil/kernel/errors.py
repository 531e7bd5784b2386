"""Refusals: what a person can act on, as a code and its facts.

A refusal is expected (a closed period, an unknown product). A defect is ours and is a `ValueError`, a `TypeError`
or an `AssertionError`; nothing but the outermost edge catches those.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import ClassVar, TypeAlias

Fact: TypeAlias = "str | int | bool | Sequence[Fact] | Mapping[str, Fact] | None"
"""What a fact may be: it has a canonical form (see `canonical`), so it can be stored, hashed and replayed.

Sequences are lists or tuples, mappings are dicts. No floats, no Decimals, no dates.
"""


class Refused(Exception):
    """Something was refused, for a reason that a person can act on.

    Subclasses live beside the function that raises them and set `code`. The sentence for a code is a template at the
    door; here are only the code, the facts and, where one is to blame, the field.
    """

    code: ClassVar[str] = "refused"

    def __init__(self, *, field: str | None = None, **facts: Fact) -> None:
        super().__init__(self.code)
        self.field = field
        self.facts = facts

    @property
    def refusal(self) -> Refusal:
        """The same refusal as a value, to be stored or answered beside others."""
        return Refusal(self.code, self.facts, self.field)

    def at(self, field: str) -> Refused:
        """Name the field that is to blame, unless it is named already; for `raise refused.at("amount")`."""
        self.field = self.field or field
        return self

    def __str__(self) -> str:
        where = f" in {self.field}" if self.field else ""
        facts = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code}{where}" + (f" ({facts})" if facts else "")


@dataclasses.dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal as a value: one of many in a batch, where raising would stop the others."""

    code: str
    facts: Mapping[str, Fact] = dataclasses.field(default_factory=dict)
    field: str | None = None

    def error(self) -> Refused:
        """The refusal as an exception. It is caught as `Refused`: the class it was first raised as is not kept."""
        return _class_for(self.code)(field=self.field, **self.facts)


def _class_for(code: str) -> type[Refused]:
    """A `Refused` that carries `code`."""
    return type("Refused", (Refused,), {"code": code, "__doc__": Refused.__doc__})
