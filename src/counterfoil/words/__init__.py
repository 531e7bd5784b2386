"""The sentences for codes: what the doors say where the product stores only a code and its facts.

Each module of this package holds the templates of one station in `SENTENCES`. Templates are translated with
gettext (domain `counterfoil`); one language ships first.
"""

from __future__ import annotations

import gettext
import importlib
import pkgutil
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from counterfoil.kernel.errors import Fact

_LOCALES = Path(__file__).with_name("locale")


@cache
def templates() -> dict[str, str]:
    """Return every template by its code.

    Raises:
        ValueError: two stations use one code.
    """
    merged: dict[str, str] = {}
    for module in pkgutil.iter_modules(__path__):
        for code, template in importlib.import_module(f"{__name__}.{module.name}").SENTENCES.items():
            if merged.setdefault(code, template) != template:
                raise ValueError(f"two sentences for {code}")
    return merged


class _Facts(dict[str, object]):
    """Facts that leave an en dash where one is missing: old records may lack a fact that a newer template names."""

    def __missing__(self, key: str) -> str:
        return "–"


def sentence(code: str, facts: Mapping[str, Fact] | None = None, *, language: str = "en") -> str:
    """Say a code with its facts in a language; an unknown code is said as it is, so nothing is hidden."""
    template = templates().get(code)
    if template is None:
        return code.replace("_", " ").capitalize() + "."
    translated = gettext.translation("counterfoil", _LOCALES, [language], fallback=True).gettext(template)
    known = _Facts({name: _written(fact) for name, fact in (facts or {}).items() if fact is not None})
    return _OPTIONAL.sub(
        lambda part: part[1] if known.keys() >= set(_NAMES.findall(part[1])) else "", translated
    ).format_map(known)


_OPTIONAL = re.compile(r"\[\[(.*?)\]\]")
"""A part of a template in double square brackets is said only where all its facts are there."""
_NAMES = re.compile(r"\{([a-z_]+)\}")


def _written(fact: Fact) -> object:
    """A list is read out."""
    if isinstance(fact, Sequence) and not isinstance(fact, str):
        return ", ".join(str(one) for one in fact)
    return fact
