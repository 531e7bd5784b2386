"""Writing what is usual and what was found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from counterfoil.anomalies import selectors
from counterfoil.anomalies.candidates import learned_of
from counterfoil.anomalies.facts import Candidate
from counterfoil.anomalies.habit import Habit, Learned, with_learned
from counterfoil.anomalies.inspecting import Inspected
from counterfoil.anomalies.models import Noted, Profile
from counterfoil.crm import selectors as crm
from counterfoil.infra import bulk, locks
from counterfoil.kernel import canonical
from counterfoil.kernel.currency import currency
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money

WORK = "anomalies"


def learn(*, books_id: int, posted: Sequence[tuple[Candidate, int]]) -> None:
    """Let what was posted become usual, inside the transaction that posted it; three statements, whatever the number.

    Args:
        posted: each candidate with the number of invoices that were issued of it, in the order of posting.
    """
    if not posted:
        return
    locks.hold(WORK, books_id)
    candidates = [one for one, _ in posted]
    news: dict[str, list[Learned]] = defaultdict(list)
    segments = {
        id_: one.segment for id_, one in crm.customer_facts(sorted({c.customer_id for c in candidates})).items()
    }
    for (one, documents), base_minor in zip(posted, selectors.base_amounts(books_id, candidates), strict=True):
        learned = learned_of(one, documents=documents, base_minor=base_minor)
        news[selectors.customer_profile(one.customer_id)].append(learned)
        news[selectors.EVERYBODY].append(learned)
        if segment := segments[one.customer_id]:
            news[selectors.segment_profile(segment)].append(learned)
    stored = {
        name: (id_, content)
        for id_, name, content in Profile.objects.filter(
            bulk.is_any_of("name", sorted(news)), books_id=books_id
        ).values_list("id", "name", "content")
    }
    known = {name: selectors.habit_of(content) for name, (_, content) in stored.items()}
    fresh, changed = [], []
    for name, ones in news.items():
        is_customer = name.startswith("customer:")
        habit = with_learned(known.get(name, Habit()), ones, keeps_recent=is_customer)
        content = canonical.canonical_bytes(habit.to_json()).decode("utf-8")
        if name in stored:
            changed.append((stored[name][0], content))
        else:
            fresh.append((books_id, name, content))
    bulk.insert(Profile, ["books_id", "name", "content"], fresh)
    bulk.change(Profile, ["content"], [], changed)


def write_down(
    *, books_id: int, found: Sequence[tuple[Candidate, Inspected]], at: datetime, is_held: bool = True
) -> int:
    """Keep what the rules found, each finding once for a content; returns how many are new. Two statements at most.

    Args:
        is_held: what stops a posting did so now; False while nothing was about to be posted.
    """
    rows = {}
    for one, inspected in found:
        for finding, has_held in [(f, is_held) for f in inspected.held] + [(f, False) for f in inspected.noted]:
            key = (one.subject[:160], one.content_hash, finding.code, finding.field or "")
            rows[key] = _row(books_id, one, finding, has_held, at)
    if not rows:
        return 0
    subjects = sorted({key[0] for key in rows})
    seen = Noted.objects.filter(bulk.is_any_of("subject", subjects), books_id=books_id)
    known = set(seen.values_list("subject", "content_hash", "code", "field"))
    fresh = [row for key, row in rows.items() if key not in known]
    bulk.insert(
        Noted,
        [
            "books_id",
            "subject",
            "content_hash",
            "customer_id",
            "rule",
            "code",
            "field",
            "facts",
            "stake_minor",
            "currency",
            "has_held",
            "seen_at",
        ],
        fresh,
    )
    return len(fresh)


def _row(books_id: int, one: Candidate, finding: Finding, has_held: bool, at: datetime) -> tuple[bulk.Cell, ...]:
    unit = currency(str(finding.facts["stake_currency"]))
    stake = Money.rounded(Decimal(str(finding.facts["stake"])), unit)
    return (
        books_id,
        one.subject[:160],
        one.content_hash,
        one.customer_id,
        str(finding.facts.get("rule", "")),
        finding.code,
        finding.field or "",
        canonical.canonical_bytes(dict(finding.facts)).decode("utf-8"),
        stake.minor,
        unit.code,
        has_held,
        at,
    )
