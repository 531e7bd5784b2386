"""Coming in: first run, sign-in, sign-out, and the reader's own taste."""

from __future__ import annotations

from django.contrib.auth import authenticate, login, logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from counterfoil.audit.domain import person as person_actor
from counterfoil.flows import set_up as flow
from counterfoil.infra import home
from counterfoil.kernel.errors import Refused
from counterfoil.people import selectors as people
from counterfoil.people.services import UnknownTimeZone
from counterfoil.web import door
from counterfoil.web.forms import Form
from counterfoil.web.pages import gate as pages
from counterfoil.web.parts import Said

BACKEND = "django.contrib.auth.backends.ModelBackend"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
YEAR = 365 * 24 * 3600


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in by e-mail address and password; ten wrong tries lock the address for a quarter of an hour."""
    if not people.is_founded():
        return HttpResponseRedirect(reverse("web:set-up"))
    form = Form(request.POST.dict())
    refusal = None
    if request.method == "POST":
        user = authenticate(request, username=form.text("email").lower(), password=form.typed.get("password", ""))
        if user is not None and people.person(user.pk) is not None:
            login(request, user)
            return HttpResponseRedirect(door.next_url(request))
        refusal = Said(
            _("That e-mail address and password do not belong together"),
            passes=_("Ten wrong tries lock the address for 15 minutes."),
        )
    page = pages.sign_in_page(form, door.next_url(request), refusal)
    return _gate(request, "web/sign_in.html", page, _("Sign in"), 422 if refusal else 200)


@never_cache
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Become a person of the demo company with one click: only in a home that `./demo` made, only on this machine."""
    if not home.is_demo() or request.get_host().rsplit(":", 1)[0] not in LOOPBACK:
        raise Http404
    wanted = request.POST.get("person", "")
    person = next((one for one in people.members(people.books_facts().id) if str(one.user_id) == wanted), None)
    user = people.user_by_email(person.email) if person else None
    if user is None:
        raise Http404
    login(request, user, backend=BACKEND)
    return HttpResponseRedirect(door.next_url(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Leave."""
    logout(request)
    return HttpResponseRedirect(reverse("web:sign-in"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Open the books on the first run; afterwards there is nothing here."""
    if people.is_founded():
        raise Http404
    form = Form(request.POST.dict())
    page = pages.set_up_page(form)
    if request.method == "POST":
        user_id = _found(form)
        person = people.person(user_id) if user_id is not None else None
        user = people.user_by_email(person.email) if person else None
        if user is not None:
            login(request, user, backend=BACKEND)
            return HttpResponseRedirect("/")
        page = pages.set_up_page(form)
    return _gate(request, "web/set_up.html", page, _("Set up"), 422 if form.is_refused else 200)


def _found(form: Form) -> int | None:
    for name, missing in (
        ("name", _("The organisation needs a name")),
        ("currency", _("The books need a currency")),
        ("time_zone", _("The time zone is missing")),
        ("email", _("Your e-mail address is missing")),
        ("password", _("A password is missing")),
    ):
        form.require(name, missing)
    if form.is_refused:
        return None
    country = pages.country_of_zone().get(form.text("time_zone"))
    if country is None:
        form.refuse("time_zone", UnknownTimeZone(time_zone=form.text("time_zone")))
        return None
    email = form.text("email").lower()
    try:
        return flow.found_company_with_administrator(
            name=form.text("name"),
            base_currency=form.text("currency").upper(),
            country=country,
            time_zone=form.text("time_zone"),
            email=email,
            password=form.typed["password"],
            actor=person_actor(email),
        )
    except Refused as refused:
        names = {"base_currency": "currency"}
        otherwise = {"unknown_currency": "currency", "weak_password": "password"}.get(refused.code, "name")
        form.place(refused, otherwise, names=names)
        return None


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Change between light and dark without script; the browser keeps the choice."""
    response = HttpResponseRedirect(door.next_url(request))
    now = door.tastes(request)["theme"]
    response.set_cookie("theme", "light" if now == "dark" else "dark", max_age=YEAR, samesite="Lax")
    return response


def _gate(request: HttpRequest, template: str, page: object, title: str, status: int) -> HttpResponse:
    return render(request, template, {"page": page, "title": title, **door.tastes(request)}, status=status)
