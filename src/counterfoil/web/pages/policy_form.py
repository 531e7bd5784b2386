"""A form for any kind of policy: its fields follow from the types that the content declares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import UnionType
from typing import Union, get_args, get_origin

from django.utils.translation import gettext as _

from counterfoil.kernel.currency import Currency
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.kernel.money import Money
from counterfoil.kernel.text import parse_decimal
from counterfoil.policies.domain import Settings
from counterfoil.policies.domain.typed import hints_of, optional_of, plain, ranged
from counterfoil.web.forms import Form
from counterfoil.web.parts import Choice, Field

BLANK_ROWS = 3
MOST_ROWS = 60
"""Longer contents are changed as JSON: a form of thousands of fields helps nobody."""
_KEY, _VALUE, _NAME = "key", "value", "parameter"


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the form: fields beside each other, or rows of fields under column heads."""

    name: str
    title: str
    fields: tuple[Field, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Field, ...], ...] = ()


def label(name: str) -> str:
    """Return the name of a setting as a person reads it: without its unit, which stands beside the field."""
    words = {
        "max_amount_minor": _("Amount up to"),
        "max_discount_percent": _("Discount up to, %"),
        "min_margin_percent": _("Margin from, %"),
        "max_term_days": _("Days to pay up to"),
        "limit_minor": _("May owe up to"),
        "risk_class": _("Risk class"),
        "max_overdue_days": _("Days late up to"),
        "product_code": _("Product"),
        "not_for": _("Not for these systems"),
        "params": _("Parameters"),
        "why": _("Why finance needs it"),
        "expires_on": _("Last day"),
        "by_customer": _("By customer"),
        _KEY: _("Name"),
    }
    text = re.sub(r"_(minor|micro)$", "", name).replace("_", " ")
    suffix = ", %" if name.endswith("_micro") else ""
    return words.get(name) or text[:1].upper() + text[1:] + suffix


def is_long(content: Settings) -> bool:
    """Tell whether a content has too many rows for a form."""
    return any(
        len(value) > MOST_ROWS
        for name in hints_of(type(content))
        if isinstance(value := getattr(content, name), tuple | Mapping)
    )


# ------------------------------------------------------------------------------------ drawing


def sections(content: Settings, form: Form, base: Currency) -> tuple[Section, ...]:
    """Return the parts of the form: what was typed where something was, else what the content says."""
    whole: list[Field] = []
    parts: list[Section] = []
    for name, hint in hints_of(type(content)).items():
        kind, _range = ranged(hint)
        value = getattr(content, name)
        if isinstance(kind, type) and issubclass(kind, Settings):
            parts.append(Section(name, label(name), _row(f"{name}.", kind, value, form, base)))
        elif _is_rows(kind) or _is_mapping(kind):
            parts.append(_table(name, kind, value, form, base))
        else:
            whole.append(_field(name, name, kind, value, form, base))
    return (*([Section("", "", tuple(whole))] if whole else []), *parts)


def _table(name: str, kind: object, value: object, form: Form, base: Currency) -> Section:
    heads = _columns(kind)
    stored = [*_stored(kind, value)]
    typed = _typed_rows(form.typed, name)
    count = (max(typed) + 1 if typed else 0) if form.typed else len(stored)
    rows = []
    for number in range(count + BLANK_ROWS):
        row = stored[number] if not form.typed and number < len(stored) else {}
        rows.append(
            tuple(
                _field(f"{name}.{number}.{column}", _unit(name, column, kind), hint, row.get(column), form, base)
                for column, hint in heads.items()
            )
        )
    return Section(
        name, label(name), columns=tuple(label(_unit(name, column, kind)) for column in heads), rows=tuple(rows)
    )


def _unit(name: str, column: str, kind: object) -> str:
    """Return the name that says in which unit a column is: of numbers by name, that of the whole setting."""
    return name if column == _VALUE and _is_mapping(kind) and get_args(kind)[1] is int else column


def _columns(kind: object) -> dict[str, object]:
    """Return the columns of a list or a mapping with their types."""
    if _is_rows(kind):
        (row, *_rest) = get_args(kind)
        return dict(hints_of(row)) if isinstance(row, type) and issubclass(row, Settings) else {_VALUE: str}
    part = get_args(kind)[1]
    if isinstance(part, type) and issubclass(part, Settings):
        return {_KEY: str, **hints_of(part)}
    if _is_mapping(part):
        return {_KEY: str, _NAME: str, _VALUE: str}
    return {_KEY: str, _VALUE: part}


def _stored(kind: object, value: object) -> Iterator[dict[str, object]]:
    if isinstance(value, tuple):
        for row in value:
            yield (
                {name: getattr(row, name) for name in hints_of(type(row))}
                if isinstance(row, Settings)
                else {_VALUE: row}
            )
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if isinstance(part, Settings):
                yield {_KEY: key, **{name: getattr(part, name) for name in hints_of(type(part))}}
            elif isinstance(part, Mapping):
                yield from ({_KEY: key, _NAME: name, _VALUE: _parameter(one)} for name, one in part.items())
            else:
                yield {_KEY: key, _VALUE: part}


def _row(prefix: str, kind: type, value: object, form: Form, base: Currency) -> tuple[Field, ...]:
    return tuple(
        _field(prefix + name, name, hint, getattr(value, name, None), form, base)
        for name, hint in hints_of(kind).items()
    )


def _field(name: str, column: str, hint: object, value: object, form: Form, base: Currency) -> Field:
    kind, is_optional = optional_of(ranged(hint)[0])
    choices: tuple[Choice, ...] = ()
    widget = "text"
    if kind is bool:
        widget, choices = "select", (Choice("true", _("Yes")), Choice("false", _("No")))
    elif isinstance(kind, type) and issubclass(kind, StrEnum):
        widget, choices = "select", (Choice("", "–"), *[Choice(one.value, one.value) for one in kind])
    elif kind is date:
        widget = "date"
    return form.field(
        name,
        label(column),
        value=_written(column, value, base),
        kind=widget,
        choices=choices,
        is_required=not is_optional,
        is_numeric=kind in (int, Decimal),
        autocomplete="off",
    )


def _written(name: str, value: object, base: Currency) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and name.endswith("_minor"):
        return Money(value, base).decimal_text()
    if isinstance(value, int) and _is_share(name):
        return plain(Decimal(value) / 10_000)
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_parameter(part)}" for key, part in value.items())
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return str(value)


def _parameter(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# ------------------------------------------------------------------------------------ reading


def compact(typed: Mapping[str, str], content: Settings) -> dict[str, str]:
    """Return what was typed without rows that say nothing, numbered again from 0."""
    tables = [name for name, hint in hints_of(type(content)).items() if _is_table(ranged(hint)[0])]
    found = {name: text for name, text in typed.items() if name.partition(".")[0] not in tables}
    for name in tables:
        kept = 0
        for _number, cells in sorted(_typed_rows(typed, name).items()):
            if any(text.strip() for text in cells.values()):
                found |= {f"{name}.{kept}.{column}": text for column, text in cells.items()}
                kept += 1
    return found


def content_json(content: Settings, typed: Mapping[str, str], base: Currency) -> dict[str, Fact]:
    """Return the content as JSON: what cannot be read stays text, so that the content's own reader refuses it.

    Args:
        content: of which kind; its values are not looked at. typed: compact.
    """
    said: dict[str, Fact] = {}
    for name, hint in hints_of(type(content)).items():
        kind, _range = ranged(hint)
        if isinstance(kind, type) and issubclass(kind, Settings):
            said[name] = _object(f"{name}.", kind, typed, base)
        elif _is_rows(kind):
            (row, *_rest) = get_args(kind)
            numbers = sorted(_typed_rows(typed, name))
            if isinstance(row, type) and issubclass(row, Settings):
                said[name] = [_object(f"{name}.{number}.", row, typed, base) for number in numbers]
            else:
                said[name] = [typed.get(f"{name}.{number}.{_VALUE}", "").strip() for number in numbers]
        elif _is_mapping(kind):
            said[name] = _mapping(name, get_args(kind)[1], typed, base)
        else:
            _set(said, name, name, kind, typed, base)
    return said


def _mapping(name: str, part: object, typed: Mapping[str, str], base: Currency) -> dict[str, Fact]:
    said: dict[str, Fact] = {}
    for number in sorted(_typed_rows(typed, name)):
        prefix = f"{name}.{number}."
        key = typed.get(prefix + _KEY, "").strip()
        if isinstance(part, type) and issubclass(part, Settings):
            said[key] = _object(prefix, part, typed, base)
        elif _is_mapping(part):
            before = said.get(key)
            parameters = dict(before) if isinstance(before, Mapping) else {}
            parameters[typed.get(prefix + _NAME, "").strip()] = _scalar(typed.get(prefix + _VALUE, "").strip())
            said[key] = parameters
        else:
            column = name if part is int else _VALUE
            said[key] = _value(column, part, typed.get(prefix + _VALUE, "").strip(), base)
    return said


def _object(prefix: str, kind: type, typed: Mapping[str, str], base: Currency) -> dict[str, Fact]:
    said: dict[str, Fact] = {}
    for name, hint in hints_of(kind).items():
        _set(said, name, prefix + name, ranged(hint)[0], typed, base)
    return said


def _set(said: dict[str, Fact], name: str, field: str, hint: object, typed: Mapping[str, str], base: Currency) -> None:
    """State one setting; an empty optional one is None, and an empty one with a default is left to it."""
    kind, is_optional = optional_of(hint)
    text = typed.get(field, "").strip()
    if not text and is_optional:
        said[name] = None
    elif text or kind is str or _is_rows(kind) or _is_mapping(kind):
        said[name] = _value(name, kind, text, base)


def _value(name: str, kind: object, text: str, base: Currency) -> Fact:
    if _is_rows(kind):
        return [part.strip() for part in text.split(",") if part.strip()]
    if _is_mapping(kind):
        pairs = [part.partition("=") for part in text.split(",") if part.strip()]
        return {key.strip(): _scalar(value.strip()) for key, _equals, value in pairs}
    if kind is bool:
        return {"true": True, "false": False}.get(text, text)
    if kind is int:
        return _whole(name, text, base)
    return text


def _whole(name: str, text: str, base: Currency) -> Fact:
    try:
        number = parse_decimal(text, max_places=6, profile="en-US")
    except Refused:
        return text
    if name.endswith("_minor"):
        number = number.scaleb(base.exponent)
    elif _is_share(name):
        number = number.scaleb(4)
    return int(number) if number == number.to_integral_value() else text


def _is_share(name: str) -> bool:
    return name.endswith("_micro")


def _scalar(text: str) -> Fact:
    if text in ("true", "false"):
        return text == "true"
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    return int(number) if number.is_finite() and number == number.to_integral_value() else text


def _typed_rows(typed: Mapping[str, str], name: str) -> dict[int, dict[str, str]]:
    rows: dict[int, dict[str, str]] = {}
    for field, text in typed.items():
        found = re.fullmatch(rf"{re.escape(name)}\.([0-9]{{1,5}})\.([a-z_]+)", field)
        if found:
            rows.setdefault(int(found[1]), {})[found[2]] = text
    return rows


def _is_table(kind: object) -> bool:
    return _is_rows(kind) or _is_mapping(kind)


def _is_rows(kind: object) -> bool:
    return get_origin(kind) is tuple


def _is_mapping(kind: object) -> bool:
    origin = get_origin(kind)
    return origin not in (None, Union, UnionType, tuple) and isinstance(origin, type) and issubclass(origin, Mapping)


def names_of(parts: Sequence[Section]) -> set[str]:
    """Return every field of a form."""
    return {field.name for part in parts for field in (*part.fields, *[cell for row in part.rows for cell in row])}
