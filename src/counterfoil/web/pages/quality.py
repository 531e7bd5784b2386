"""The data of each week: how sound it is, whose it is, whether it got worse, and who answers for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.flows.quality import percent
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.policies import selectors as policies
from counterfoil.policies.domain import Kind, QualityPolicy
from counterfoil.standards import quality
from counterfoil.standards import selectors as standards
from counterfoil.standards.quality import Audit, Scope, Score, Thing
from counterfoil.web import charts, reader
from counterfoil.web.forms import Form
from counterfoil.web.pages import owners
from counterfoil.web.parts import Empty, Field, Figure, Pill, Tone

WEEKS = 13


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One score beside the weeks before."""

    what: str
    name: str
    score: str
    change: str
    rows: int
    faults: str
    state: Pill


@dataclass(frozen=True, slots=True)
class WeekRow:
    """One week in the trend, with who answers for it."""

    week: str
    deals: str
    rows: int
    signed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QualityPage:
    """Data quality."""

    sentence: str
    figures: tuple[Figure, ...]
    chart: SafeString | None
    rows: tuple[ScoreRow, ...]
    weeks: tuple[WeekRow, ...]
    sign_url: str
    note: Field | None
    may_audit: bool
    refused: int
    empty: Empty | None = None


def thing_name(thing: Thing) -> str:
    """Return what is looked at in words."""
    return {
        Thing.DEALS: _("Deals won in the week"),
        Thing.PIPELINE: _("Open deals"),
        Thing.CUSTOMERS: _("Customers"),
    }[thing]


def quality_page(person: Person, form: Form) -> QualityPage:
    """Fill the page from the audits of the last weeks."""
    may = person.may(Act.SET_POLICY)
    audits = standards.quality_audits(person.books.id, limit=WEEKS)
    if not audits:
        empty = Empty(
            "eye",
            _("No week was looked at yet"),
            _("An audit holds the week's deals, the pipeline and the customers against the data standard."),
        )
        return QualityPage(_("Nothing was looked at yet."), (), None, (), (), "", None, may, 0, empty)
    last, *before = audits
    policy = policies.active(Kind.DATA_QUALITY, person.books.id).as_a(QualityPolicy)
    past = quality.joined(before[: policy.weeks])
    fallen = {drop.score.key for drop in quality.drops(last.scores, before, policy)}
    signed = tuple(f"{off.who.partition(':')[2]}: {off.note}" for off in last.signed)
    names = owners.names(person.books.id)
    is_mine = any(off.who == f"person:{person.email}" for off in last.signed)
    return QualityPage(
        _sentence(last, len(fallen), bool(signed)),
        tuple(_figure(score, past.get(score.key)) for score in last.scores if score.scope is Scope.ALL),
        _chart(audits),
        tuple(_row(score, past.get(score.key), names, is_low=score.key in fallen) for score in _ordered(last.scores)),
        tuple(_week(one, names) for one in audits),
        f"/quality/{last.id}/sign" if may and not is_mine else "",
        form.field("note", _("What follows from it"), autocomplete="off"),
        may,
        len(form.refusals),
    )


def _sentence(last: Audit, fallen: int, is_signed: bool) -> str:
    fell = ngettext("%(n)s score fell", "%(n)s scores fell", fallen) % {"n": fallen}
    signed = _("signed off") if is_signed else _("not signed off yet")
    return _("Week of %(day)s, by %(standard)s: %(fell)s, %(signed)s.") % {
        "day": reader.full_day(last.week),
        "standard": last.standard,
        "fell": fell,
        "signed": signed,
    }


def _figure(score: Score, before: Score | None) -> Figure:
    note = _("%(sound)s of %(rows)s sound") % {"sound": reader.count(score.sound), "rows": reader.count(score.rows)}
    if before is not None:
        note = _("%(note)s, %(before)s %% before") % {"note": note, "before": percent(before.micro)}
    return Figure(thing_name(score.thing), text=percent(score.micro), unit="%", note=note)


def _ordered(scores: Sequence[Score]) -> list[Score]:
    """The worst first, teams before owners."""
    shown = [score for score in scores if score.scope is not Scope.ALL]
    return sorted(shown, key=lambda score: (score.scope is Scope.OWNER, score.micro, -score.rows, score.name))


def _row(score: Score, before: Score | None, names: Mapping[str, str], *, is_low: bool) -> ScoreRow:
    change = "–"
    if before is not None:
        points = score.micro - before.micro
        change = f"{'+' if points > 0 else '−' if points < 0 else ''}{percent(abs(points))}"
    most = sorted(score.faults.items(), key=lambda pair: (-pair[1], pair[0]))[:2]
    name = score.name if score.name != quality.NOBODY else _("Nobody named")
    if score.scope is Scope.OWNER:
        name = owners.name(name, names)
    return ScoreRow(
        _("Team") if score.scope is Scope.TEAM else _("Owner"),
        name,
        f"{percent(score.micro)} %",
        change,
        score.rows,
        ", ".join(f"{_fault(code)} ({count})" for code, count in most),
        Pill(_("Fell"), Tone.BAD) if is_low else Pill(thing_name(score.thing), Tone.PLAIN),
    )


def _fault(code: str) -> str:
    name, _colon, field = code.partition(":")
    text = name.replace("_", " ")
    return f"{text}: {field.replace('_', ' ')}" if field else text


def _week(one: Audit, names: Mapping[str, str]) -> WeekRow:
    deals = next((score for score in one.scores if score.key == (Thing.DEALS, Scope.ALL, "")), None)
    return WeekRow(
        reader.full_day(one.week),
        f"{percent(deals.micro)} %" if deals else "–",
        deals.rows if deals else 0,
        tuple(
            f"{owners.name(off.who.partition(':')[2], names)}, {reader.moment(off.at)}: {off.note}"
            for off in one.signed
        ),
    )


def _chart(audits: Sequence[Audit]) -> SafeString | None:
    found: list[tuple[date, Score]] = [
        (one.week, score)
        for one in reversed(audits)
        for score in one.scores
        if score.key == (Thing.DEALS, Scope.ALL, "")
    ]
    if len(found) < 2:
        return None
    first = found[0][0]
    points = [
        charts.Point((week - first).days, score.micro, reader.day(week) if place in (0, len(found) - 1) else "")
        for place, (week, score) in enumerate(found)
    ]
    low = min(score.micro for _week_, score in found) // 100_000 * 100_000
    ticks = [(low, f"{low // 10_000} %"), (1_000_000, "100 %")]
    label = _("Sound deals by week: %(first)s %% at first, %(last)s %% now") % {
        "first": percent(found[0][1].micro),
        "last": percent(found[-1][1].micro),
    }
    return charts.line(points, label, ticks=ticks)
