"""Who sells: a CRM names owners by name or e-mail address; people here are shown by their names."""

from __future__ import annotations

from collections.abc import Mapping

from counterfoil.people import selectors as people


def names(books_id: int) -> dict[str, str]:
    """Return the names of the people of some books by their e-mail addresses."""
    return {person.email: person.name for person in people.members(books_id)}


def name(owner: str, known: Mapping[str, str]) -> str:
    """Return an owner's name: a person's of ours, else what stands before the @, else what the CRM says."""
    if owner in known:
        return known[owner]
    local, found, _domain = owner.partition("@")
    return " ".join(part.capitalize() for part in local.replace("_", ".").split(".")) if found else owner
