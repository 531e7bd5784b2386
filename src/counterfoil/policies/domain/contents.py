"""The content of each kind, its shipped default, and its address by content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from counterfoil.kernel import canonical
from counterfoil.policies.domain import approval, credit, standard
from counterfoil.policies.domain.control import (
    AlwaysAllow,
    AnomalyPolicy,
    AutonomyPolicy,
    FourEyes,
    QualityPolicy,
    RetentionPolicy,
    ReviewPolicy,
    SamplingPolicy,
)
from counterfoil.policies.domain.kinds import Kind
from counterfoil.policies.domain.typed import Settings

SHIPPED: Final[Mapping[Kind, Settings]] = {
    Kind.DATA_STANDARD: standard.SHIPPED,
    Kind.APPROVAL_MATRIX: approval.SHIPPED,
    Kind.CREDIT_PROFILES: credit.SHIPPED,
    Kind.ANOMALIES: AnomalyPolicy(),
    Kind.AUTONOMY: AutonomyPolicy(),
    Kind.REVIEW: ReviewPolicy(),
    Kind.RETENTION: RetentionPolicy(),
    Kind.FOUR_EYES: FourEyes(),
    Kind.ALWAYS_ALLOW: AlwaysAllow(),
    Kind.DATA_QUALITY: QualityPolicy(),
    Kind.SAMPLING: SamplingPolicy(),
}
"""What holds until people sign something else: number 0 of each kind. No release changes one: decisions name it."""


def read_content(kind: Kind, value: object) -> Settings:
    """Read the content of a kind from JSON.

    Raises:
        UnknownSetting, MissingSetting, WrongSetting, SettingOutOfRange, SettingTwice: with the path as field.
    """
    return type(SHIPPED[kind]).from_json(value)


def content_hash(content: Settings) -> str:
    """Return the SHA-256 of the canonical JSON of a content: what signatures are bound to."""
    return canonical.hash_of(content.to_json())


def version_name(kind: Kind, number: int) -> str:
    """Return how a version is named: `approval_matrix-3`; 0 is the shipped default."""
    return f"{kind.value}-{number}"


def address_of(kind: Kind, content: Settings) -> str:
    """Return the name of a content by what it says: `standards-3f0b12aa91cd` for the data standard."""
    word = "standards-" if kind is Kind.DATA_STANDARD else f"{kind.value}@"
    return f"{word}{content_hash(content)[:12]}"
