"""The oversight board: what the system may do alone, how well it agrees with people, and what is missing to rise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.autonomy import selectors as autonomy
from counterfoil.autonomy.domain.levels import ORDER, Change, next_down
from counterfoil.autonomy.domain.promotion import Check
from counterfoil.autonomy.domain.scorecard import Estimate, Scorecard
from counterfoil.autonomy.selectors import HistoryLine, PromotionRow
from counterfoil.decisions.domain import Mode
from counterfoil.flows import autonomy as flow
from counterfoil.flows.autonomy import Board, Evidence, Kind
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.money import Money
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.web import charts, reader
from counterfoil.web.parts import Figure, Pill, Tone
from counterfoil.web.saying import say

NOTHING = "–"
MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class KindRow:
    """One kind of decision on the board."""

    kind: str
    name: str
    url: str
    version: str
    is_current: bool
    steps: tuple[bool, ...]
    mode: str
    stopped: str
    compared: str
    agreement: str
    between: str
    chart: SafeString | None
    kappa: str
    error: str
    next_step: str
    is_ready: bool
    may_stop: bool


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One criterion: met or not, and what is there."""

    text: str
    have: str
    is_met: bool


@dataclass(frozen=True, slots=True)
class PartRow:
    """A segment or month of a scorecard."""

    name: str
    compared: str
    agreement: str
    between: str
    error: str


@dataclass(frozen=True, slots=True)
class PastRow:
    """One line of the history of a kind."""

    at: datetime
    text: str
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A promotion that waits for signatures."""

    id: int
    evidence_hash: str
    sentence: str
    signers: tuple[str, ...]
    may_sign: bool


@dataclass(frozen=True, slots=True)
class KindCard:
    """One kind of decision in full."""

    kind: str
    name: str
    title: str
    is_stopped: bool
    pill: Pill
    checks: tuple[CheckRow, ...]
    differences: tuple[tuple[str, str], ...]
    differed: str
    segments: tuple[tuple[str, tuple[PartRow, ...]], ...]
    months: tuple[PartRow, ...]
    trend: SafeString | None
    history: tuple[PastRow, ...]
    proposal: Proposal | None
    lower_to: tuple[tuple[str, str], ...]
    may_propose: bool
    raw_url: str


@dataclass(frozen=True, slots=True)
class AutonomyPage:
    """The oversight board."""

    sentence: str
    figures: tuple[Figure, ...]
    rows: tuple[KindRow, ...]
    card: KindCard | None
    scale: str
    note: str
    may_set: bool
    running: tuple[str, ...]


def kind_name(kind: str) -> str:
    """Return a kind of decision in words."""
    return {
        "close_deal": _("Invoice won deals"),
        "bill": _("Invoice instalments that are due"),
        "match": _("Match payment on exact reference"),
        "receivables.match": _("Match payment on exact reference"),
    }.get(kind, kind.replace("_", " ").capitalize())


def mode_name(mode: Mode) -> str:
    """Return what a mode lets it do."""
    return {
        Mode.OBSERVE: _("Observes"),
        Mode.SUGGEST: _("Suggests"),
        Mode.ACT_WITH_SAMPLE: _("Acts, a sample is checked"),
        Mode.ACT: _("Acts"),
    }[mode]


def autonomy_page(person: Person, chosen: str, at: datetime) -> AutonomyPage:
    """Fill the board from the raw log, the decisions of the month and the policies in force."""
    board = flow.board(person.books.id, at)
    may_set = person.may(Act.SET_AUTONOMY)
    known = [one.kind.name for one in board.evidence]
    current = chosen if chosen in known else _most_interesting(board.evidence)
    least = _least(board.evidence)
    rows = tuple(_row(one, current, least, may_set=may_set) for one in board.evidence)
    found = next((flow.whole(one) for one in board.evidence if one.kind.name == current), None)
    return AutonomyPage(
        _sentence(board),
        _figures(board, person),
        rows,
        _card(person, found, may_set=may_set) if found else None,
        _("%(least)s %% to 100 %%") % {"least": least // 10_000},
        _("Of the version in force. Dot: agreement. Band: 95 % interval. Dashed: the bar it must clear."),
        may_set,
        tuple(one.kind.name for one in board.evidence if not one.kind.standing.is_stopped),
    )


def _sentence(board: Board) -> str:
    stopped = sum(one.kind.standing.is_stopped for one in board.evidence)
    said = ngettext(
        "%(n)s kind of decision, measured against people.",
        "%(n)s kinds of decision, each measured against people.",
        len(board.evidence),
    ) % {"n": reader.count(len(board.evidence))}
    if stopped:
        return said + " " + _("%(n)s stopped.") % {"n": reader.count(stopped)}
    return said + " " + _("It moves up only with evidence and two signatures, and down by itself.")


def _most_interesting(found: Sequence[Evidence]) -> str:
    compared = max(found, key=lambda one: (one.card.n > 0 and one.kind.standing.level is not Mode.ACT, one.card.n))
    return compared.kind.name


def _least(found: Sequence[Evidence]) -> int:
    """Return where the scale begins: the lowest thing that is drawn, down to a round ten per cent, 80 at most."""
    low = [one.card.agreement.low_micro for one in found if one.card.agreement]
    return min([800_000, *(share // 100_000 * 100_000 for share in low)])


def _figures(board: Board, person: Person) -> tuple[Figure, ...]:
    agreed, n = board.agreed, board.compared
    base = person.books.base_currency
    hours, minutes = divmod(board.minutes, 60)
    return (
        Figure(
            _("Decisions in %(month)s") % {"month": reader.month_name(board.month)},
            text=reader.count(board.decisions),
            note=_("%(n)s of them waited for a person") % {"n": reader.count(board.waited)},
        ),
        Figure(
            _("Agreed with people"),
            text=_share(agreed),
            note=_("%(n)s compared: %(between)s") % {"n": reader.count(n), "between": _between(agreed)}
            if agreed
            else _("Nothing was compared yet"),
        ),
        Figure(
            _("Wrong money, found"),
            amount=Money(board.error_minor, base),
            note=_("of %(stake)s compared; %(n)s overridden")
            % {"stake": reader.symboled(Money(board.stake_minor, base)), "n": reader.count(board.overridden)},
        ),
        Figure(
            _("Money at risk"),
            amount=Money(board.risk_minor, base),
            note=_("acted on this month, times the highest likely error")
            if not board.unknown
            else _("of what was compared; %(n)s acts of kinds that were not") % {"n": reader.count(board.unknown)},
        ),
        Figure(
            _("Time given back"),
            text=_("%(hours)s h") % {"hours": reader.count(hours)}
            if hours
            else _("%(minutes)s min") % {"minutes": minutes},
            note=_("%(n)s acts done alone, times the policy's minutes") % {"n": reader.count(board.acted)},
        ),
    )


def _row(one: Evidence, current: str, least: int, *, may_set: bool) -> KindRow:
    card, standing = one.card, one.kind.standing
    agreement = card.agreement
    chart = None
    bar = one.criteria.min_agreement_micro
    if agreement is not None:
        label = _("%(between)s %%, bar %(bar)s %%") % {"between": _between(agreement), "bar": _points(bar)}
        chart = charts.interval(
            agreement.low_micro, agreement.micro, agreement.high_micro, bar, label, least=least, most=MICRO
        )
    return KindRow(
        one.kind.name,
        kind_name(one.kind.name),
        f"/autonomy?kind={one.kind.name}",
        one.kind.version,
        one.kind.name == current,
        tuple(ORDER.index(standing.mode) >= place for place in range(len(ORDER))),
        mode_name(standing.mode),
        _stopped_by(one.kind),
        reader.count(card.n),
        _share(agreement),
        _between(agreement) if agreement else "",
        chart,
        _kappa(card.kappa),
        _share(card.money_error, places=2),
        _next_step(one),
        one.is_ready or (standing.level is Mode.ACT and _missed(one) is None),
        may_set,
    )


def _stopped_by(kind: Kind) -> str:
    by = kind.standing.stopped_by
    return _("Stopped by %(name)s") % {"name": by.partition(":")[2] or by} if by else ""


def _next_step(one: Evidence) -> str:
    missed = _missed(one)
    said = "" if missed is None else _said_check(missed).text + ": " + _said_check(missed).have
    if one.kind.standing.level is Mode.ACT:
        return _("Below its bar. %(check)s") % {"check": said} if said else _("At the top")
    return _("Ready, needs 2 signatures") if one.is_ready else said


def _missed(one: Evidence) -> Check | None:
    """Return the first check that the evidence does not meet."""
    return next((check for check in one.checks if not check.is_met), None)


def _said_check(check: Check) -> CheckRow:
    is_count = check.code == "enough_compared"
    have = NOTHING if check.have is None else reader.count(check.have) if is_count else f"{_points(check.have)} %"
    need = reader.count(check.need) if is_count else f"{_points(check.need)} %"
    text = say(check.code, {"need": need})
    if check.have is None and check.code == "quality_over_gate":
        have = _("not known: no audit of late")
    return CheckRow(text, have, check.is_met)


def _card(person: Person, one: Evidence, *, may_set: bool) -> KindCard:
    card, standing = one.card, one.kind.standing
    open_ = autonomy.open_promotion(person.books.id, one.kind.name)
    higher = ORDER.index(standing.level) + 1
    name = kind_name(one.kind.name)
    title = _("%(name)s: at the top") % {"name": name}
    if higher < len(ORDER):
        title = _("%(name)s: what it takes to move from %(now)s to %(next)s") % {
            "name": name,
            "now": mode_name(standing.level),
            "next": mode_name(ORDER[higher]),
        }
    differing = sum(card.differences.values())
    return KindCard(
        one.kind.name,
        name,
        title,
        standing.is_stopped,
        Pill(_stopped_by(one.kind), Tone.BAD) if standing.is_stopped else Pill(mode_name(standing.mode), Tone.GOOD),
        tuple(_said_check(check) for check in one.checks),
        tuple((say(code, {}), reader.count(count)) for code, count in card.differences.items()),
        _("Where it differed, %(n)s of %(all)s") % {"n": reader.count(differing), "all": reader.count(card.n)},
        tuple(
            (_segment_name(name), tuple(_part(value, some) for value, some in by_value.items()))
            for name, by_value in card.by_segment.items()
        ),
        tuple(_part(month, some) for month, some in card.by_month.items()),
        _trend(card.by_month),
        tuple(_past(line) for line in autonomy.history(person.books.id, one.kind.name, limit=12)),
        _proposal(open_, person, may_set=may_set) if open_ else None,
        _lower_to(standing.level) if may_set else (),
        may_set and open_ is None and one.is_ready and standing.level is not Mode.ACT,
        f"/autonomy/raw.csv?kind={one.kind.name}",
    )


def _lower_to(level: Mode) -> tuple[tuple[str, str], ...]:
    found = []
    lower = next_down(level)
    while lower is not None:
        found.append((lower.value, mode_name(lower)))
        lower = next_down(lower)
    return tuple(found)


def _proposal(row: PromotionRow, person: Person, *, may_set: bool) -> Proposal:
    sentence = _("From %(now)s to %(next)s, proposed by %(who)s on %(day)s. It takes effect by two signatures.") % {
        "now": mode_name(row.from_mode),
        "next": mode_name(row.to_mode),
        "who": row.proposed_by.partition(":")[2],
        "day": reader.full_day(row.proposed_at.date()),
    }
    return Proposal(row.id, row.evidence_hash, sentence, row.signers, may_set and person.email not in row.signers)


def _segment_name(name: str) -> str:
    return {"segment": _("Customer segment"), "product": _("Product"), "currency": _("Currency")}.get(name, name)


def _part(name: str, card: Scorecard) -> PartRow:
    return PartRow(
        name,
        reader.count(card.n),
        _share(card.agreement),
        _between(card.agreement) if card.agreement else "",
        _share(card.money_error, places=2),
    )


def _trend(by_month: Mapping[str, Scorecard]) -> SafeString | None:
    """Draw the agreement of each month; figures only where people differed, so that a long row stays readable."""
    values = [
        charts.Bar(
            reader.month(date.fromisoformat(f"{month}-01"), short=True),
            card.agreement.micro // 1_000,
            "" if card.agreement.micro == MICRO else _share(card.agreement),
            "k-auto",
        )
        for month, card in by_month.items()
        if card.agreement
    ]
    return charts.bars(values, _("Agreement by month"), every=max(1, len(values) // 6))


def _past(line: HistoryLine) -> PastRow:
    one = line.entry
    mode = mode_name(one.mode) if one.mode else ""
    words = {
        Change.SET: _("Set: %(mode)s") % {"mode": mode},
        Change.STOPPED: _("Stopped"),
        Change.REVIVED: _("Started again"),
        Change.PROMOTED: _("Moved up: %(mode)s, signed by %(signers)s")
        % {"mode": mode, "signers": ", ".join(_texts(line.facts.get("signers")))},
        Change.DEMOTED: _demoted(line, mode),
    }
    reason = "" if one.change is Change.DEMOTED else one.reason
    return PastRow(one.at, words[one.change], one.actor.partition(":")[2] or one.actor, reason)


def _demoted(line: HistoryLine, mode: str) -> str:
    have, need, before = line.facts.get("have_micro"), line.facts.get("need_micro"), line.facts.get("from")
    if not isinstance(have, int) or not isinstance(need, int) or not isinstance(before, str):
        return _("Stepped down: %(mode)s") % {"mode": mode}
    facts: dict[str, Fact] = {
        "from": mode_name(Mode(before)),
        "mode": mode,
        "have": f"{_points(have)} %",
        "need": _points(need),
    }
    return say(str(line.facts.get("code")), facts)


def _texts(value: Fact) -> list[str]:
    return [str(one) for one in value] if isinstance(value, Sequence) and not isinstance(value, str) else []


def _share(one: Estimate | None, *, places: int = 1) -> str:
    return NOTHING if one is None else f"{_points(one.micro, places)} %"


def _points(micro: int, places: int = 1) -> str:
    return f"{micro / 10_000:.{places}f}"


def _between(one: Estimate | None) -> str:
    if one is None:
        return NOTHING
    return _("%(low)s to %(high)s") % {"low": _points(one.low_micro), "high": _points(one.high_micro)}


def _kappa(one: Estimate | None) -> str:
    return NOTHING if one is None else f"{one.micro / MICRO:.2f}"
