"""Charts are text that passes a strict content security policy and says what it shows."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.web import charts

sizes = st.lists(st.integers(-(10**12), 10**12), min_size=2, max_size=40)


def parsed(chart: str | None) -> Element:
    assert chart is not None
    assert " style=" not in chart
    found = ElementTree.fromstring(chart)
    assert found.get("role") == "img"
    assert found.get("aria-label")
    return found


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=6).filter(any))
def test_a_strip_shows_each_part_in_proportion(weights: list[int]) -> None:
    kinds = ["k-act", "k-soft", "k-warn", "k-bad", "k-bad2", "held"]
    chart = parsed(charts.strip([charts.Part(size, kind) for size, kind in zip(weights, kinds, strict=False)], "Ages"))
    drawn = chart.findall("rect")
    assert len(drawn) == sum(size > 0 for size in weights)
    assert all(float(rect.get("width", "0")) >= 3 for rect in drawn)


def test_nothing_is_no_chart() -> None:
    assert charts.strip([charts.Part(0, "k-act")], "Nothing") is None
    assert charts.bars([charts.Bar("Jan", 5)], "One") is None
    assert charts.bars([charts.Bar("Jan", 0), charts.Bar("Feb", 0)], "Nothing") is None
    assert charts.line([charts.Point(0, 1)], "One", ticks=[]) is None


@given(sizes.filter(any))
def test_bars_start_at_zero_and_stay_inside_the_picture(values: list[int]) -> None:
    chart = parsed(charts.bars([charts.Bar(str(place), size) for place, size in enumerate(values)], "Bars"))
    axis = float(re.findall(r"M10 ([\d.]+)H", ElementTree.tostring(chart).decode())[0])
    for rect, size in zip(chart.findall("rect"), values, strict=True):
        top, tall = float(rect.get("y", "0")), float(rect.get("height", "0"))
        assert top == pytest.approx(axis if size < 0 else axis - tall, abs=0.11)
        assert top >= 0
        assert top + tall <= 160


@given(sizes)
def test_a_line_stays_inside_the_picture(values: list[int]) -> None:
    points = [charts.Point(place, size) for place, size in enumerate(values)]
    ticks = [(size, str(size)) for size in charts.even_ticks(min(values), max(values))]
    chart = parsed(charts.line(points, "Balance", ticks=ticks))
    path = next(found for found in chart.findall("path") if found.get("class") == "fact").get("d", "")
    assert all(0 <= float(y) <= 150 for y in re.findall(r"V([-\d.]+)", path))


@given(st.integers(-(10**14), 10**14), st.integers(-(10**14), 10**14))
def test_a_grid_has_at_most_five_round_lines_that_span_the_values(one: int, other: int) -> None:
    low, high = min(one, other), max(one, other)
    ticks = charts.even_ticks(low, high)
    assert 1 <= len(ticks) <= 6
    assert ticks[0] <= low
    assert ticks[-1] >= high


def test_what_people_typed_cannot_become_markup() -> None:
    chart = charts.bars([charts.Bar("<script>", 1, '"><b>'), charts.Bar("b", 2)], '"><script>alert(1)</script>')
    assert chart is not None
    assert "<script" not in chart
    assert "<b>" not in chart
