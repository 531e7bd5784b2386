"""Settings as frozen dataclasses, read from strict JSON and written to it by the types they declare.

A setting that nobody knows is refused, as is one of another type or out of its range: what was signed is what is meant.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import (
    Annotated,
    ClassVar,
    Final,
    Self,
    TypeAlias,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from counterfoil.kernel.errors import Fact, Refused

T = TypeVar("T")
Parameter: TypeAlias = str | int | bool
"""What a parameter of a rule may be."""
Path: TypeAlias = tuple[str, ...]
MOST_TEXT: Final = 400
MOST_ROWS: Final = 20_000
MOST_WHOLE: Final = 10**16


class UnknownSetting(Refused):
    """There is no such setting."""

    code = "unknown_setting"


class MissingSetting(Refused):
    """A setting that must be stated is not."""

    code = "missing_setting"


class WrongSetting(Refused):
    """A setting holds something else than what it may hold; `wanted` says what."""

    code = "wrong_setting"


class SettingOutOfRange(Refused):
    """A number below the least or above the most that makes sense."""

    code = "setting_out_of_range"


class SettingTwice(Refused):
    """Two rows say something about the same thing."""

    code = "setting_twice"


@dataclasses.dataclass(frozen=True, slots=True)
class Range:
    """The range a number must lie in, both ends included; None is open."""

    least: int | None = None
    most: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One setting that differs between two versions; None where it is not there."""

    path: Path
    before: str | None
    after: str | None


class Settings:
    """A content that knows its own JSON. `KEY` names the fields that tell the rows of a list apart."""

    __slots__ = ()
    KEY: ClassVar[tuple[str, ...]] = ()

    def to_json(self) -> dict[str, Fact]:
        """Write all settings as a canonical JSON object: decimals and dates as strings."""
        return {name: as_json(getattr(self, name)) for name in hints_of(type(self))}

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read all settings; one that has a default may be left out.

        Raises:
            UnknownSetting, MissingSetting, WrongSetting, SettingOutOfRange, SettingTwice: `field` is the path.
        """
        return read(cls, value, ())


def hints_of(kind: type) -> dict[str, object]:
    """Return the declared type of each setting, with its range, in their order."""
    if kind not in _HINTS:
        hints = get_type_hints(kind, include_extras=True)
        _HINTS[kind] = {field.name: hints[field.name] for field in dataclasses.fields(kind)}
    return _HINTS[kind]


def defaults_of(kind: type) -> frozenset[str]:
    """Return the settings that may be left out."""
    return frozenset(
        field.name
        for field in dataclasses.fields(kind)
        if field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
    )


_HINTS: Final[dict[type, dict[str, object]]] = {}


def ranged(hint: object) -> tuple[object, Range]:
    """Return the type without its range, and the range."""
    if get_origin(hint) is Annotated:
        kind, *notes = get_args(hint)
        return kind, next((note for note in notes if isinstance(note, Range)), Range())
    return hint, Range()


def optional_of(hint: object) -> tuple[object, bool]:
    """Return the type without None, and whether None is allowed."""
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not type(None)]
        if len(kinds) < len(get_args(hint)) and len(kinds) == 1:
            return kinds[0], True
    return hint, False


def as_json(value: object) -> Fact:
    """Write one value as a canonical fact."""
    if isinstance(value, Settings):
        return value.to_json()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): as_json(part) for key, part in sorted(value.items())}
    if isinstance(value, tuple):
        return [as_json(part) for part in value]
    if value is None or isinstance(value, str | int):
        return value
    raise ValueError(f"{type(value).__name__} is no setting")


def plain(value: Decimal) -> str:
    """Write a decimal without exponent or needless zeros."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def read(kind: type[T], value: object, path: Path) -> T:
    """Read a value of a declared type from JSON.

    Raises:
        UnknownSetting, MissingSetting, WrongSetting, SettingOutOfRange, SettingTwice.
    """
    return cast("T", _read(kind, value, path))


def _read(hint: object, value: object, path: Path) -> object:
    hint, range_ = ranged(hint)
    read_ = _unranged(hint, value, path)
    _insist_range(read_, range_, path)
    return read_


def _unranged(hint: object, value: object, path: Path) -> object:
    hint, is_optional = optional_of(hint)
    if value is None and is_optional:
        return None
    origin = get_origin(hint)
    if origin is tuple:
        return _rows(get_args(hint)[0], value, path)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return _named(get_args(hint)[1], value, path)
    if origin in (Union, types.UnionType):
        if isinstance(value, str | int):
            return value
        raise _wrong(path, "text, whole number or true or false")
    assert isinstance(hint, type)
    if issubclass(hint, Settings):
        return _settings(hint, value, path)
    return _scalar(hint, value, path)


def _settings(kind: type[Settings], value: object, path: Path) -> Settings:
    if not isinstance(value, dict):
        raise _wrong(path, "an object")
    hints = hints_of(kind)
    for name in value:
        if name not in hints:
            raise UnknownSetting(field=_dotted((*path, str(name))), setting=str(name)[:80], known=sorted(hints))
    stated: dict[str, object] = {}
    optional = defaults_of(kind)
    for name, hint in hints.items():
        if name in value:
            stated[name] = _read(hint, value[name], (*path, name))
        elif name not in optional:
            raise MissingSetting(field=_dotted((*path, name)), setting=name)
    try:
        return kind(**stated)
    except Refused as refused:
        refused.field = _dotted((*path, refused.field)) if refused.field else _dotted(path)
        raise


def _insist_range(value: object, range_: Range, path: Path) -> None:
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        return
    least, most = range_.least, range_.most
    if (least is not None and value < least) or (most is not None and value > most):
        raise SettingOutOfRange(
            field=_dotted(path), setting=path[-1], value=plain(Decimal(value)), least=least, most=most
        )


def _rows(kind: object, value: object, path: Path) -> tuple[object, ...]:
    if not isinstance(value, list | tuple):
        raise _wrong(path, "a list")
    if len(value) > MOST_ROWS:
        raise _wrong(path, f"at most {MOST_ROWS} rows")
    rows = tuple(_read(kind, row, (*path, str(number))) for number, row in enumerate(value))
    labels: set[Path] = set()
    for number, row in enumerate(rows):
        label = label_of(row)
        if label in labels:
            raise SettingTwice(field=_dotted((*path, str(number))), row=" ".join(label).strip())
        labels.add(label)
    return rows


def label_of(row: object) -> Path:
    """Return what tells a row of a list apart from its siblings."""
    if isinstance(row, Settings):
        return tuple(str(as_json(getattr(row, name)) or "") for name in type(row).KEY)
    return (str(as_json(row)),)


def _named(kind: object, value: object, path: Path) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _wrong(path, "an object")
    if len(value) > MOST_ROWS:
        raise _wrong(path, f"at most {MOST_ROWS} entries")
    for name in value:
        if not isinstance(name, str) or not name.strip() or len(name) > MOST_TEXT:
            raise _wrong(path, "a name for each entry")
    return {name: _read(kind, part, (*path, name)) for name, part in value.items()}


def _scalar(kind: type, value: object, path: Path) -> object:
    if issubclass(kind, StrEnum):
        known = [member.value for member in kind]
        if not isinstance(value, str) or value not in known:
            raise _wrong(path, " or ".join(known))
        return kind(value)
    if kind is bool and isinstance(value, bool):
        return value
    if kind is int and isinstance(value, int) and not isinstance(value, bool) and abs(value) < MOST_WHOLE:
        return value
    if kind is str and isinstance(value, str) and len(value) <= MOST_TEXT and value.isprintable():
        return value
    if kind is Decimal and isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        return _decimal(value, path)
    if kind is date and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise _wrong(path, _WANTED[kind]) from None
    raise _wrong(path, _WANTED[kind])


def _decimal(value: str | int | Decimal, path: Path) -> Decimal:
    try:
        read_ = Decimal(value)
    except InvalidOperation:
        raise _wrong(path, _WANTED[Decimal]) from None
    if not read_.is_finite() or abs(read_) >= MOST_WHOLE or cast("int", read_.as_tuple().exponent) < -6:
        raise _wrong(path, _WANTED[Decimal])
    return read_


_WANTED: Final = {
    bool: "true or false",
    int: "a whole number",
    str: f"one line of text of at most {MOST_TEXT} characters",
    Decimal: "a decimal number with at most 6 places",
    date: "a day as YYYY-MM-DD",
}


def _wrong(path: Path, wanted: str) -> WrongSetting:
    return WrongSetting(field=_dotted(path), setting=path[-1] if path else "", wanted=wanted)


def _dotted(path: Path) -> str:
    return ".".join(path)


# ------------------------------------------------------------------------------------ what changed


def flat(value: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield every setting with its path; rows of a list are named by what tells them apart, not by their place."""
    if isinstance(value, Settings):
        for name in hints_of(type(value)):
            yield from flat(getattr(value, name), (*path, name))
    elif isinstance(value, Mapping):
        for name, part in sorted(value.items()):
            yield from flat(part, (*path, str(name)))
    elif isinstance(value, tuple):
        for row in value:
            label = " ".join(part for part in label_of(row) if part)
            yield from flat(row, (*path, label)) if isinstance(row, Settings) else [((*path, label), label)]
    elif value is not None:
        yield path, str(as_json(value)).lower() if isinstance(value, bool) else str(as_json(value))


def changes(before: Settings, after: Settings) -> tuple[Change, ...]:
    """Return every setting that differs between two contents of one kind, in the order of their paths."""
    old, new = dict(flat(before)), dict(flat(after))
    return tuple(
        Change(path, old.get(path), new.get(path))
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    )
