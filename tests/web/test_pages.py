"""Every page of the web door, drawn from invented values without a database."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from counterfoil.web.parts import Link, Undo
from counterfoil.web.toasts import Toast
from tests.web import samples

TROUBLE = ("400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html")
VOID = {"meta", "link", "input", "br", "img", "hr", "use", "path", "rect", "circle"}


def drawn(name: str) -> str:
    template, page = samples.PAGES[name]
    context = {
        "page": page,
        "shell": samples.SHELL,
        "section": name,
        "title": name,
        "crumbs": (Link("Sell", "/deals"),),
        "toast": Toast("Matched Greyfriars Press to 2026-1040, 4,310.00", Undo("/bank/undo", "Undo")),
        "csrf_token": "token",
        "theme": "dark",
        "keys_off": False,
    }
    return render_to_string(template, context, RequestFactory().get("/"))


class Outline(HTMLParser):
    """What a page holds: headings, ids, forms without a token, controls without a name, unclosed tags."""

    def __init__(self) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.labelled: list[str] = []
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if values.get("id"):
            self.ids.append(values["id"] or "")
        for name in ("aria-labelledby", "aria-describedby", "for", "popovertarget"):
            self.labelled += (values.get(name) or "").split()
        self.faults += [f"{tag} {name}" for name, _ in attrs if name == "style" or name.startswith("on")]
        if tag == "script" and not values.get("src"):
            self.faults.append("inline script")
        if tag == "form" and values.get("method") == "post" and not (values.get("action") or "/").startswith("/"):
            self.faults.append("a form that leaves the house")
        if tag == "th" and not values.get("scope"):
            self.faults.append("a table head without scope")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")


@pytest.mark.parametrize("name", samples.PAGES)
def test_a_page_is_well_made_and_passes_a_strict_policy(name: str) -> None:
    text = drawn(name)
    outline = Outline()
    outline.feed(text)
    assert outline.faults == []
    assert outline.open == []
    assert outline.headings.count(1) == 1
    assert not set(outline.labelled) - set(outline.ids)
    assert len(set(outline.ids)) == len(outline.ids)
    assert "{{" not in text
    assert "{%" not in text
    assert "None" not in re.sub(r"<[^>]*>", "", text)


@pytest.mark.parametrize("name", samples.PAGES)
def test_every_form_that_changes_something_carries_a_token(name: str) -> None:
    forms = re.findall(r'<form[^>]*method="post".*?</form>', drawn(name), re.DOTALL)
    assert all("csrfmiddlewaretoken" in form for form in forms)


@pytest.mark.parametrize("name", TROUBLE)
def test_a_page_about_trouble_needs_nothing_but_itself(name: str) -> None:
    text = render_to_string(name)
    assert text.count("<h1>") == 1
    assert "Nothing" in text or "nothing" in text


def test_what_people_typed_is_never_markup() -> None:
    evil = '"><script>alert(1)</script>'
    template, _page = samples.PAGES["search"]
    page = samples.search.SearchPage(evil, ())
    text = render_to_string(template, {"page": page, "shell": samples.SHELL, "title": evil}, RequestFactory().get("/"))
    assert "<script>alert" not in text


def test_a_refused_field_is_tied_to_its_refusal_and_keeps_what_was_typed() -> None:
    text = drawn("form")
    assert 'value="Net 9O"' in text
    assert 'aria-invalid="true" aria-describedby="f-term-r"' in text
    assert 'id="f-term-r"' in text
    assert "One field needs another value" in text
