"""Writing what is usual and what was found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from counterfoil.anomalies import scoring, selectors
from counterfoil.anomalies.candidates import learned_of
from counterfoil.anomalies.facts import Buyer, Candidate, Named
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


def learn(*, books_id: int, posted: Sequence[tuple[Candidate, Inspected, int]]) -> None:
    """Let what was posted become usual, inside the transaction that posted it; three statements, whatever the number.

    Habits that rules compare with and states of the score are kept side by side, each by its name. What the score held
    to be likely wrong is learnt with doubt, for nobody said yet that it is right.

    Args:
        posted: each candidate, what was found of it, and the number of invoices that were issued of it; in the order of
            posting.
    """
    if not posted:
        return
    locks.hold(WORK, books_id)
    candidates = [one for one, _, _ in posted]
    news: dict[str, list[Learned]] = defaultdict(list)
    known_customers = crm.customer_facts(sorted({c.customer_id for c in candidates}))
    buyers = {id_: Buyer(id_, one.name, segment=one.segment) for id_, one in known_customers.items()}
    segments = {id_: one.segment for id_, one in known_customers.items()}
    in_base = selectors.base_amounts(books_id, candidates)
    for (one, _, documents), base_minor in zip(posted, in_base, strict=True):
        learned = learned_of(one, documents=documents, base_minor=base_minor)
        news[selectors.customer_profile(one.customer_id)].append(learned)
        news[selectors.EVERYBODY].append(learned)
        if segment := segments[one.customer_id]:
            news[selectors.segment_profile(segment)].append(learned)
    to_score = [(one, buyers[one.customer_id]) for one in candidates if scoring.is_scored(one)]
    stored = {
        name: (id_, content)
        for id_, name, content in Profile.objects.filter(
            bulk.is_any_of("name", sorted(news.keys() | scoring.names_of(to_score))), books_id=books_id
        ).values_list("id", "name", "content")
    }
    written: dict[str, str] = {}
    if to_score:
        states = {name: content for name, (_, content) in stored.items()}
        memory = scoring.Memory(states, to_score, split_limit_minor=scoring.SPLIT_LIMIT_MINOR)
        for (one, inspected, _), base_minor in zip(posted, in_base, strict=True):
            if scoring.is_scored(one):
                memory.learn(one, buyers[one.customer_id], base_minor, inspected.scored)
        written = memory.states()
    for name, ones in news.items():
        is_customer = name.startswith("customer:")
        known = selectors.habit_of(stored[name][1]) if name in stored else Habit()
        habit = with_learned(known, ones, keeps_recent=is_customer)
        written[name] = canonical.canonical_bytes(habit.to_json()).decode("utf-8")
    fresh, changed = [], []
    for name, content in written.items():
        if name in stored:
            changed.append((stored[name][0], content))
        else:
            fresh.append((books_id, name, content))
    bulk.insert(Profile, ["books_id", "name", "content"], fresh)
    bulk.change(Profile, ["content"], [], changed)


def write_down(*, books_id: int, found: Sequence[tuple[Named, Inspected]], at: datetime, is_held: bool = True) -> int:
    """Keep what the rules found, each finding once for a content; returns how many are new. Two statements at most.

    What was only noted, and stops a posting later, is kept a second time as that.

    Args:
        is_held: what stops a posting did so now; False while nothing was about to be posted.
    """
    rows = {}
    for one, inspected in found:
        for finding, has_held in [(f, is_held) for f in inspected.held] + [(f, False) for f in inspected.noted]:
            key = (one.subject[:160], one.content_hash, finding.code, finding.field or "", has_held)
            rows[key] = _row(books_id, one, finding, has_held, at)
    if not rows:
        return 0
    subjects = sorted({key[0] for key in rows})
    seen = Noted.objects.filter(bulk.is_any_of("subject", subjects), books_id=books_id)
    known = set(seen.values_list("subject", "content_hash", "code", "field", "has_held"))
    fresh = [row for key, row in rows.items() if key not in known and (key[4] or (*key[:4], True) not in known)]
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


def _row(books_id: int, one: Named, finding: Finding, has_held: bool, at: datetime) -> tuple[bulk.Cell, ...]:
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
