"""Deciding again: stored decisions from their stored inputs, and what would have been decided on others."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from counterfoil.decisions import registry, selectors
from counterfoil.decisions.domain import NotReplayable, Verdict
from counterfoil.decisions.selectors import Stored
from counterfoil.kernel import canonical
from counterfoil.kernel.errors import Fact, Refused

CHUNK: Final = 2_000
FIRST_FORM: Final = 1
"""Items of form 1 were kept before their inputs were complete: they cannot be decided again."""


class NoSuchDecision(Refused):
    """There is no decided item of this number."""

    code = "no_such_decision"


class NoSuchInput(Refused):
    """The decision has no such input, or the value is of another type."""

    code = "no_such_input"


@dataclass(frozen=True, slots=True)
class Difference:
    """A decision that came out otherwise when it was made again: as it is kept, and as it would be."""

    number: str
    kind: str
    kept: Mapping[str, Fact]
    again: Mapping[str, Fact]


@dataclass(slots=True)
class Replayed:
    """How many decisions were made again, how many came out the same bit for bit, and the first that did not.

    `incomplete` counts those that were kept, in the first form, without all of their inputs.
    """

    n: int = 0
    identical: int = 0
    incomplete: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    first_difference: Difference | None = None


class Library:
    """What decisions were made by, each content read once."""

    def __init__(self) -> None:
        self._contents: dict[str, Any] = {}

    def read(self, wanted: Sequence[Mapping[str, Any]]) -> None:
        """Read what these inputs name and is not here yet; one statement at most."""
        hashes = {sha for inputs in wanted for sha in (inputs.get("consulted") or {}).values()}
        if missing := sorted(hashes - self._contents.keys()):
            self._contents.update(selectors.consulted(missing))

    def of(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return what these inputs name, by name.

        Raises:
            NotReplayable: some of it is gone, or is not what it was.
        """
        try:
            return {name: self._contents[sha] for name, sha in (inputs.get("consulted") or {}).items()}
        except KeyError as error:
            raise NotReplayable(kind=f"consulted content {error.args[0][:12]}") from error


def replay(*, books_id: int | None = None, last: int = 10_000, kinds: Sequence[str] = ()) -> Replayed:
    """Make the last decisions again from their stored inputs, and compare each verdict with the stored one.

    Nothing of the present is read: what was consulted is in the inputs, or is kept under the hash that they name. The
    number of statements grows only with each further 2,000 decisions.
    """
    done = Replayed()
    library = Library()
    before: int | None = None
    left = last
    while left > 0:
        found = selectors.stored_items(books_id=books_id, kinds=kinds, before=before, limit=min(left, CHUNK))
        if not found:
            break
        _replay_chunk(found, library, done)
        before = found[-1].item_id
        left -= len(found)
    return done


def is_same(stored: Stored) -> bool:
    """Tell whether one decision comes out the same when it is made again."""
    done = Replayed()
    _replay_chunk([stored], Library(), done)
    return done.n == done.identical == 1


def _replay_chunk(found: Sequence[Stored], library: Library, done: Replayed) -> None:
    parsed = [(one, json.loads(one.inputs)) for one in found if one.form != FIRST_FORM]
    done.incomplete += len(found) - len(parsed)
    library.read([inputs for _, inputs in parsed])
    for one, inputs in parsed:
        done.n += 1
        done.by_kind[one.kind] = done.by_kind.get(one.kind, 0) + 1
        again = _again(one, inputs, library)
        if canonical.canonical_bytes(again) == canonical.canonical_bytes(one.verdict):
            done.identical += 1
        elif done.first_difference is None:
            done.first_difference = Difference(one.name, one.kind, one.verdict, again)


def _again(one: Stored, inputs: Mapping[str, Any], library: Library) -> dict[str, Fact]:
    if canonical.sha256_hex(one.inputs.encode("utf-8")) != one.inputs_hash:
        return {"code": "inputs_were_altered"}
    try:
        return registry.type_of(one.kind).decide(inputs, library.of(inputs)).written()
    except NotReplayable as refused:
        return {"code": refused.code, "facts": dict(refused.facts)}


# ------------------------------------------------------------------------------------ what if


@dataclass(frozen=True, slots=True)
class Supposed:
    """A decision as it was made, and as it would have been on other inputs."""

    before: Verdict
    after: Verdict
    changes: Mapping[str, tuple[Fact, Fact]]

    @property
    def is_other(self) -> bool:
        """Whether the outcome would have been another one."""
        return self.before.written() != self.after.written()


def asked_inputs(stored: Stored) -> dict[str, Fact]:
    """Return the inputs of a decision that "What if" may change, by dotted path, as they were."""
    decision_type = registry.type_of(stored.kind)
    flat = flat_inputs(json.loads(stored.inputs))
    return {path: flat[path] for path in decision_type.asks if path in flat} if decision_type.asks else flat


def what_if(*, books_id: int, item_id: int, changes: Mapping[str, Fact]) -> Supposed:
    """Say what would have been decided on other inputs; nothing is written.

    Args:
        changes: new values by dotted path, as `asked_inputs` names them.

    Raises:
        NoSuchDecision: these books have no such item.
        NoSuchInput: a path that it does not have, or a value of another type.
        NotReplayable: it was kept without all of its inputs, or what it was made by is gone.
    """
    stored = selectors.stored_item(item_id)
    if stored is None or stored.books_id != books_id:
        raise NoSuchDecision(field="decision", number=item_id)
    if stored.form == FIRST_FORM:
        raise NotReplayable(kind=stored.kind)
    inputs = json.loads(stored.inputs)
    offered = asked_inputs(stored)
    library = Library()
    library.read([inputs])
    consulted = library.of(inputs)
    decide = registry.type_of(stored.kind).decide
    before = decide(inputs, consulted)
    changed = json.loads(stored.inputs)
    for path, value in changes.items():
        if path not in offered or not _fits(offered[path], value):
            raise NoSuchInput(field=path, input=path)
        _put(changed, path.split("."), value)
    differing = {path: (offered[path], value) for path, value in changes.items() if offered[path] != value}
    try:
        after = decide(changed, consulted)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise NoSuchInput(field=next(iter(changes), ""), input=", ".join(changes)) from error
    return Supposed(before, after, differing)


def _fits(before: Fact, value: Fact) -> bool:
    """Whether a value may stand where another one stood: of the same type, or none where there was none."""
    if before is None or value is None:
        return value is None or isinstance(value, str | int)
    return type(before) is type(value)


def read_changes(stored: Stored, typed: Mapping[str, str]) -> dict[str, Fact]:
    """Read values as they were typed, each in the type of the input that it replaces; the unchanged are left out.

    Raises:
        NoSuchInput: a number was asked for, or yes and no (true, false).
    """
    changes: dict[str, Fact] = {}
    for path, before in asked_inputs(stored).items():
        text = typed.get(path)
        if text is None or text.strip() == ("" if before is None else str(before)):
            continue
        changes[path] = _read(path, text.strip(), before)
    return changes


def _read(path: str, text: str, before: Fact) -> Fact:
    if isinstance(before, bool):
        if text.lower() not in ("true", "false"):
            raise NoSuchInput(field=path, input=path)
        return text.lower() == "true"
    if isinstance(before, int):
        if not text.removeprefix("-").isdecimal() or len(text) > 18:
            raise NoSuchInput(field=path, input=path)
        return int(text)
    if before is None and not text:
        return None
    return text


def flat_inputs(value: object, path: str = "") -> dict[str, Fact]:
    """Return every single value of some inputs by its dotted path; what was consulted is left out."""
    if isinstance(value, dict):
        parts = [
            flat_inputs(part, f"{path}.{name}" if path else name) for name, part in value.items() if name != "consulted"
        ]
        return {name: part for found in parts for name, part in found.items()}
    if isinstance(value, list):
        parts = [flat_inputs(part, f"{path}.{place}") for place, part in enumerate(value)]
        return {name: part for found in parts for name, part in found.items()}
    assert value is None or isinstance(value, str | int | bool)
    return {path: value}


def _put(inputs: Any, path: Sequence[str], value: Fact) -> None:
    for name in path[:-1]:
        inputs = inputs[int(name)] if isinstance(inputs, list) else inputs[name]
    if isinstance(inputs, list):
        inputs[int(path[-1])] = value
    else:
        inputs[path[-1]] = value
