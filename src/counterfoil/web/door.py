"""The door itself: who comes in, what they may ask for, and how an answer is rendered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from counterfoil.audit.domain import Actor
from counterfoil.audit.domain import person as person_actor
from counterfoil.kernel.errors import Refused
from counterfoil.people import selectors as people
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.web import toasts
from counterfoil.web.pages import shell
from counterfoil.web.parts import Link
from counterfoil.web.saying import said

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, Person, P], HttpResponseBase]
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
THEMES = ("light", "dark")


def open_to(act: Act) -> Callable[[Page[P]], View[P]]:
    """Let those in whose role includes `act`; others get 403, strangers the sign-in page.

    The view runs in the time zone of the books. A refusal that it does not catch itself becomes a page that says so.
    """

    def wrap(page: Page[P]) -> View[P]:
        @wraps(page)
        def view(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            person = who(request)
            if person is None:
                return _to_the_gate(request)
            if not person.may(act):
                raise PermissionDenied
            with timezone.override(ZoneInfo(person.books.time_zone)):
                try:
                    return page(request, person, *args, **kwargs)
                except Refused as refused:
                    return refusal(request, person, refused)

        return view

    return wrap


def who(request: HttpRequest) -> Person | None:
    """Return who is signed in, with their role, or None."""
    if isinstance(request.user, AnonymousUser) or request.user.pk is None:
        return None
    return people.person(request.user.pk)


def actor(person: Person) -> Actor:
    """Return the person as the record names them."""
    return person_actor(person.email)


def show(
    request: HttpRequest,
    person: Person,
    template: str,
    page: object,
    *,
    title: str,
    section: str,
    crumbs: Sequence[Link] = (),
    status: int = 200,
    **more: object,
) -> HttpResponse:
    """Render a page inside the shell; `more` are further parts of it."""
    context = {
        **more,
        "page": page,
        "title": title,
        "section": section,
        "crumbs": crumbs,
        "shell": shell.shell(person),
        "toast": toasts.take(request),
        **tastes(request),
    }
    return render(request, template, context, status=status)


def tastes(request: HttpRequest) -> dict[str, object]:
    """Return what the reader chose and the browser keeps: theme, and whether single letters are keys."""
    theme = request.COOKIES.get("theme", "")
    return {"theme": theme if theme in THEMES else "", "keys_off": request.COOKIES.get("keys") == "off"}


def refusal(request: HttpRequest, person: Person, refused: Refused) -> HttpResponse:
    """Render a refusal that belongs to no field: what is wrong, what would pass, and the way back."""
    back = request.headers.get("Referer", "")
    page = {"said": said(refused.refusal), "back": back if _is_ours(request, back) else "/"}
    return show(request, person, "web/refused.html", page, title="Refused", section="", status=409)


def next_url(request: HttpRequest, otherwise: str = "/") -> str:
    """Return where a form wants to go afterwards, if that is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    return wanted if _is_ours(request, wanted) else otherwise


def _is_ours(request: HttpRequest, url: str) -> bool:
    return bool(url) and url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())


def _to_the_gate(request: HttpRequest) -> HttpResponse:
    if not people.is_founded():
        return HttpResponseRedirect(reverse("web:set-up"))
    query = urlencode({"next": request.get_full_path()}) if request.get_full_path() != "/" else ""
    return HttpResponseRedirect(reverse("web:sign-in") + (f"?{query}" if query else ""))
