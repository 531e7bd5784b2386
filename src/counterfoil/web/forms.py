"""Reading a form: what was typed is kept, each refusal stands under its field, and nothing is guessed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from counterfoil.kernel.errors import Refused
from counterfoil.web.parts import Choice, Field, Said
from counterfoil.web.saying import said

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class UnknownChoice(Refused):
    """A choice that the form does not offer."""

    code = "unknown_choice"


class ReasonMissing(Refused):
    """An act that stays on record needs a reason."""

    code = "reason_missing"


@dataclasses.dataclass
class Form:
    """What was posted, with the refusals that were found on reading it."""

    typed: Mapping[str, str]
    refusals: dict[str, Said] = dataclasses.field(default_factory=dict)
    known: set[str] = dataclasses.field(default_factory=set)

    @property
    def is_refused(self) -> bool:
        return bool(self.refusals)

    def text(self, name: str) -> str:
        """What was typed into a field, without blanks around it."""
        return self.typed.get(name, "").strip()

    def read(self, name: str, parse: Callable[[str], T]) -> T | None:
        """Read a field; a refusal of `parse` is kept under it and the answer is None."""
        try:
            return parse(self.text(name))
        except Refused as refused:
            self.refuse(name, refused)
            return None

    def pick(self, name: str, offered: type[E]) -> E:
        """What was chosen of a closed set.

        Raises:
            UnknownChoice: the form does not offer it.
        """
        text = self.text(name)
        if text not in {choice.value for choice in offered}:
            raise UnknownChoice(field=name, text=text[:40])
        return offered(text)

    def refuse(self, name: str, refused: Refused) -> None:
        """Keep a refusal under a field; the first one stands."""
        self.refusals.setdefault(name, said(refused.refusal))

    def require(self, name: str, sentence: str) -> str:
        """What was typed into a field that may not be empty; `sentence` says what is missing."""
        text = self.text(name)
        if not text:
            self.refusals.setdefault(name, Said(sentence))
        return text

    def place(self, refused: Refused, otherwise: str, *, names: Mapping[str, str] | None = None) -> None:
        """Put a refusal of the service under the field that it names, or under another."""
        wanted = refused.field or ""
        wanted = (names or {}).get(wanted, wanted)
        self.refuse(wanted if wanted in self.known else otherwise, refused)

    def field(
        self,
        name: str,
        label: str,
        *,
        value: str = "",
        kind: str = "text",
        hint: str = "",
        choices: Sequence[Choice] = (),
        is_required: bool = True,
        autocomplete: str = "",
        suggestions: Sequence[str] = (),
        is_numeric: bool = False,
    ) -> Field:
        """Describe a field: with what was typed, or with `value` when the form is new."""
        self.known.add(name)
        return Field(
            name=name,
            label=label,
            value=self.typed.get(name, value),
            hint=hint,
            kind=kind,
            choices=tuple(choices),
            refusal=self.refusals.get(name),
            is_required=is_required,
            autocomplete=autocomplete,
            suggestions=tuple(suggestions),
            is_numeric=is_numeric,
        )
