"""Subjects and effects of decisions: `invoice:12` is a word and an id."""

from __future__ import annotations

from collections.abc import Iterable


def ids_of(word: str, subjects: Iterable[str]) -> list[int]:
    """Return the ids of the subjects that are of one kind, in order, each once."""
    found = [subject.partition(":")[2] for subject in subjects if subject.startswith(f"{word}:")]
    return list(dict.fromkeys([int(id_) for id_ in found if id_.isdecimal()]))
