"""Charts as SVG text, drawn on the server.

Pure functions of figures that are already written out. They use classes of the style sheet and attributes only, never
`style=`, so they pass `default-src 'self'`. Each chart says its finding in `label`; its data stands beside it as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

NOTHING = format_html("{}", "")
HATCH = format_html(
    '<defs><pattern id="{}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="track" width="6" height="6"/><path class="hatch" d="M0 0V6" stroke-width="3"/></pattern></defs>',
    "hatch",
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a strip: its size in any unit and the class that colours it."""

    size: int
    kind: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: what stands below it, its size in minor units, and what stands on it (nothing when it is crowded)."""

    label: str
    size: int
    written: str = ""
    kind: str = "k-act"


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a line: its place on the axis in days and its size in minor units."""

    place: int
    size: int
    label: str = ""


def strip(parts: Sequence[Part], label: str, *, width: int = 1100, height: int = 26) -> SafeString | None:
    """Draw one strip whose parts show shares of a whole. Parts of nothing are not drawn; nothing at all is None."""
    shown = [part for part in parts if part.size > 0]
    total = sum(part.size for part in shown)
    if not total:
        return None
    gap, left, drawn = 2, 0.0, []
    room = width - gap * (len(shown) - 1)
    for part in shown:
        span = max(3.0, room * part.size / total)
        drawn.append((part.kind, _short(left), _short(span), height))
        left += span + gap
    return format_html(
        '<svg class="chart strip" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}{}</svg>',
        _short(left - gap),
        height,
        label,
        HATCH if any(part.kind == "held" for part in shown) else NOTHING,
        format_html_join("", '<rect class="{}" x="{}" y="0" width="{}" height="{}" rx="2"/>', drawn),
    )


def bars(
    values: Sequence[Bar], label: str, *, width: int = 380, height: int = 160, every: int = 1
) -> SafeString | None:
    """Draw bars from zero, left to right; negative ones hang below the axis. Fewer than two bars are no chart.

    `every` writes each n-th label below the axis, so that a long row stays readable.
    """
    if len(values) < 2 or not any(bar.size for bar in values):
        return None
    top, bottom = max(0, *(bar.size for bar in values)), min(0, *(bar.size for bar in values))
    head, foot = 20, 22
    scale = (height - head - foot) / (top - bottom)
    axis = head + top * scale
    step = (width - 20) / len(values)
    breadth = min(52.0, step * 0.72)
    drawn = []
    for place, bar in enumerate(values):
        left = 10 + step * place + (step - breadth) / 2
        middle = left + breadth / 2
        tall = abs(bar.size) * scale
        over = axis - tall if bar.size >= 0 else axis
        drawn.append(
            format_html(
                '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="1.5"/>',
                bar.kind,
                _short(left),
                _short(over),
                _short(breadth),
                _short(tall),
            )
        )
        if bar.written:
            drawn.append(_text("val mid", middle, max(11.0, over - 6), bar.written))
        if place % every == (len(values) - 1) % every:
            drawn.append(_text("mid lab", middle, height - 5, bar.label))
    return _svg(
        width, height, label, format_html('<path class="axis" d="M10 {}H{}"/>', _short(axis), width - 10), drawn
    )


def line(
    points: Sequence[Point], label: str, *, ticks: Iterable[tuple[int, str]], width: int = 380, height: int = 150
) -> SafeString | None:
    """Draw what a balance was: a line of facts over at most five grid lines. Fewer than two points are no chart.

    `ticks` are sizes with their text; they widen the range to hold them.
    """
    marks = list(ticks)[:5]
    if len(points) < 2:
        return None
    sizes = [point.size for point in points] + [size for size, _ in marks]
    low, high = min(sizes), max(sizes)
    left, right, head, foot = 44, width - 8, 12, 20
    tall = (height - head - foot) / ((high - low) or 1)
    first, last = points[0].place, points[-1].place
    wide = (right - left) / ((last - first) or 1)

    def x(place: int) -> float:
        return left + (place - first) * wide

    def y(size: int) -> float:
        return head + (high - size) * tall

    drawn = []
    for size, written in marks:
        drawn.append(format_html('<path class="grid" d="M{} {}H{}"/>', left, _short(y(size)), right))
        drawn.append(_text("end", left - 6, y(size) + 3.5, written))
    # A balance stays until it changes: steps, not slopes.
    path = [f"M{_short(x(first))} {_short(y(points[0].size))}"]
    path += [f"H{_short(x(point.place))}V{_short(y(point.size))}" for point in points[1:]]
    drawn.append(format_html('<path class="fact" d="{}"/>', "".join(path)))
    drawn += [_text("mid", x(point.place), height - 4, point.label) for point in points if point.label]
    return _svg(width, height, label, NOTHING, drawn)


def interval(low: int, value: int, high: int, bar: int, label: str, *, least: int, most: int) -> SafeString:
    """Draw a figure as a dot on its 95 % interval beside the bar it must clear; below `least` it is cut."""

    def x(share: int) -> str:
        return _short(4 + 148 * (min(max(share, least), most) - least) / ((most - least) or 1))

    return format_html(
        '<svg class="chart" viewBox="0 0 156 20" role="img" aria-label="{}" width="156"><path class="track" d="M2'
        ' 8h152v4H2z"/><path class="bar-line" d="M{} 1V19"/><path class="ci" d="M{} 10H{}"/><circle class="dot" cx="{}"'
        ' cy="10" r="3.5"/></svg>',
        label,
        x(bar),
        x(low),
        x(high),
        x(value),
    )


def even_ticks(low: int, high: int) -> list[int]:
    """Return the round sizes (1, 2 or 5 times a power of ten apart) that span `low` to `high`, five at most."""
    step, grow = 1, (2, 5, 10)
    power = 1
    place = 0
    while -(-high // step) - low // step > 4:
        step = power * grow[place]
        place += 1
        if place == len(grow):
            place, power = 0, power * 10
    return list(range(low // step * step, -(-high // step) * step + 1, step))


def _svg(width: int, height: int, label: str, first: SafeString, drawn: Sequence[SafeString]) -> SafeString:
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>',
        width,
        height,
        label,
        first,
        format_html_join("", "{}", ((piece,) for piece in drawn)),
    )


def _text(kind: str, x: float, y: float, written: str) -> SafeString:
    return format_html('<text class="{}" x="{}" y="{}">{}</text>', kind, _short(x), _short(y), written)


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
