"""The profiles that ship, as data: one TOML file each, named like its profile."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from counterfoil.crm.columns import Profile
from counterfoil.kernel.errors import Refused

DEFAULT = "counterfoil"


class UnknownProfile(Refused):
    """There is no profile of this name."""

    code = "unknown_profile"


@cache
def known() -> dict[str, Profile]:
    """Return every profile by its name."""
    files = [file for file in resources.files(__name__).iterdir() if file.name.endswith(".toml")]
    read = [Profile.of(tomllib.loads(file.read_text("utf-8"))) for file in files]
    return {profile.name: profile for profile in sorted(read, key=lambda profile: profile.name)}


def load(name: str) -> Profile:
    """Return a profile; no name means our own columns.

    Raises:
        UnknownProfile: there is none of this name.
    """
    profile = known().get(name or DEFAULT)
    if profile is None:
        raise UnknownProfile(field="profile", profile=name[:40], known=list(known()))
    return profile
