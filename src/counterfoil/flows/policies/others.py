"""Holding issued invoices, automatic decisions and weekly audits against a proposal and against what is in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from counterfoil.anomalies import inspecting
from counterfoil.anomalies import selectors as watch
from counterfoil.audit import selectors as audit
from counterfoil.billing import selectors as billing
from counterfoil.billing.selectors import IssuedDocument
from counterfoil.decisions import selectors as decisions
from counterfoil.flows import control_sample
from counterfoil.flows.policies.results import Of, Simulated, Stopped, Tally
from counterfoil.flows.quality import percent
from counterfoil.flows.watch_ledger import candidate_of
from counterfoil.infra import world
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money
from counterfoil.people import selectors as people
from counterfoil.policies import selectors as policies
from counterfoil.policies.domain import AlwaysAllow, AnomalyPolicy, Kind, QualityPolicy, ReviewPolicy, Settings
from counterfoil.standards import quality
from counterfoil.standards import selectors as standards

CHUNK = 5_000
HABIT = timedelta(days=365)
"""So much before the first invoice that is tested is looked at as well, to know what was usual then."""


def simulate_anomalies(books_id: int, content: Settings, since: date) -> Simulated:
    """Look at each invoice as it was issued, with the thresholds of the proposal and with those in force."""
    assert isinstance(content, AnomalyPolicy)
    in_force = policies.active(Kind.ANOMALIES, books_id)
    old, new = in_force.as_a(AnomalyPolicy), content
    return _invoices(books_id, Kind.ANOMALIES, in_force.version, since, (old, new), lambda _one, found: found)


def simulate_allowances(books_id: int, content: Settings, since: date) -> Simulated:
    """Look at each invoice as it was issued, and take off what is always allowed; a signed limit never is."""
    assert isinstance(content, AlwaysAllow)
    in_force = policies.active(Kind.ALWAYS_ALLOW, books_id)
    allowed = (in_force.as_a(AlwaysAllow), content)
    rules = policies.active(Kind.ANOMALIES, books_id).as_a(AnomalyPolicy)
    hard = {rule.name for rule in inspecting.all_rules() if rule.is_hard}
    names = {id_: buyer.names for id_, buyer in watch.buyers_of(billing.customers_invoiced(books_id)).items()}
    base = people.books_facts(books_id).base_currency

    def left(one: IssuedDocument, found: _Both) -> _Both:
        draft = one.document.draft
        amount = candidate_of(one).net
        minor = amount.minor if amount.currency == base else 0

        def is_left(finding: Finding, by: AlwaysAllow) -> bool:
            return finding.facts["rule"] in hard or not any(
                by.allowance_for(kind, finding.code, customer=name, amount_minor=minor, on=draft.issue_date)
                for kind in ("close_deal", "bill", "enter_invoice")
                for name in (*names.get(draft.customer_id, ()), "")
            )

        before, after = (
            tuple(finding for finding in found[place] if is_left(finding, by)) for place, by in enumerate(allowed)
        )
        return before, after

    return _invoices(books_id, Kind.ALWAYS_ALLOW, in_force.version, since, (rules, rules), left)


_Both = tuple[tuple[Finding, ...], tuple[Finding, ...]]


def _invoices(
    books_id: int,
    kind: Kind,
    against: str,
    since: date,
    rules: tuple[AnomalyPolicy, AnomalyPolicy],
    left: Callable[[IssuedDocument, _Both], _Both],
) -> Simulated:
    tally = Tally(people.books_facts(books_id).base_currency)
    today = world.now().date()
    pasts = [watch.Past(books_id, today=today, policy=policy, is_historical=False) for policy in rules]
    if rules[0] == rules[1]:
        del pasts[1]
    for documents in _issued(books_id, since - HABIT):
        candidates = [candidate_of(one) for one in documents]
        looked = [past.look(candidates) for past in pasts]
        amounts = watch.base_amounts(books_id, candidates)
        for one, minor, *found in zip(documents, amounts, *looked, strict=True):
            draft = one.document.draft
            if draft.issue_date < since:
                continue
            tally.tested += 1
            before, after = left(one, (found[0].held, found[-1].held))
            if bool(before) != bool(after):
                amount = Money(minor, tally.base)
                row = Stopped(0, one.number, one.number, draft.issue_date, amount, after or before)
                tally.add(row, is_stopped=bool(after))
    return tally.result(kind, against, since, Of.INVOICES)


def _issued(books_id: int, since: date) -> Iterator[Sequence[IssuedDocument]]:
    after: tuple[date, int] | None = (since, 0)
    while page := billing.issued_in_order(books_id, after=after, limit=CHUNK):
        known = billing.documents_by_id(books_id, [id_ for _, id_ in page])
        yield [known[id_] for _, id_ in page]
        after = page[-1]


def simulate_sampling(books_id: int, content: Settings, since: date) -> Simulated:
    """Draw from what was decided without a person, by the present head, at the rates proposed and at those in force."""
    assert isinstance(content, ReviewPolicy)
    in_force = policies.active(Kind.REVIEW, books_id)
    old, new = in_force.as_a(ReviewPolicy), content
    books = people.books_facts(books_id)
    zone = ZoneInfo(books.time_zone)
    start = datetime(since.year, since.month, since.day, tzinfo=zone)
    tally = Tally(books.base_currency)
    seed = audit.head().hash
    after = 0
    while items := decisions.decided_after(
        books_id, after, outcomes=control_sample.BY_ITSELF, limit=CHUNK, since=start
    ):
        after = items[-1].id
        tally.tested += len(items)
        for item in items:
            was, would = (
                control_sample.is_drawn(seed, item, policy.sample_micro_of(item.kind)) for policy in (old, new)
            )
            if was == would:
                continue
            amount = item.money if item.money and item.money.currency == tally.base else None
            number, day = f"CF-{item.decision_id}", item.made_at.astimezone(zone).date()
            finding = Finding("sample", "sampled_decision", {"kind": item.kind, "outcome": item.outcome})
            tally.add(Stopped(0, number, number, day, amount, (finding,)), is_stopped=would)
    return tally.result(Kind.REVIEW, in_force.version, since, Of.DECISIONS)


def simulate_quality(books_id: int, content: Settings, since: date) -> Simulated:
    """Hold the weekly audits against the drop that the proposal allows, and against the one in force."""
    assert isinstance(content, QualityPolicy)
    in_force = policies.active(Kind.DATA_QUALITY, books_id)
    old, new = in_force.as_a(QualityPolicy), content
    tally = Tally(people.books_facts(books_id).base_currency)
    audits = standards.quality_audits(books_id, limit=100)
    for place, one in enumerate(audits):
        if one.week < quality.week_of(since):
            break
        tally.tested += 1
        fell = [
            {drop.score.key: drop for drop in quality.drops(one.scores, audits[place + 1 :], policy)}
            for policy in (old, new)
        ]
        for key in sorted(fell[0].keys() ^ fell[1].keys()):
            drop = fell[0].get(key) or fell[1][key]
            name = f"{drop.score.thing} {drop.score.name}".strip()
            finding = Finding(
                "quality",
                "data_quality_fell",
                {
                    "thing": drop.score.thing.value,
                    "of": drop.score.name or None,
                    "week": one.week.isoformat(),
                    "now_percent": percent(drop.score.micro),
                    "before_percent": percent(drop.before_micro),
                    "rows": drop.score.rows,
                },
            )
            tally.add(Stopped(0, name, name, one.week, None, (finding,)), is_stopped=key in fell[1])
    return tally.result(Kind.DATA_QUALITY, in_force.version, since, Of.WEEKS)


SIMULATORS: Mapping[Kind, Callable[[int, Settings, date], Simulated]] = {
    Kind.ANOMALIES: simulate_anomalies,
    Kind.ALWAYS_ALLOW: simulate_allowances,
    Kind.REVIEW: simulate_sampling,
    Kind.DATA_QUALITY: simulate_quality,
}
"""Who looks at the past by a kind of policy that does not judge deals."""
