"""People and tokens."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from counterfoil.kernel.errors import Refused
from counterfoil.kernel.text import clean_text
from counterfoil.people import services as people
from counterfoil.people.domain import Act, Role
from counterfoil.people.selectors import Person
from counterfoil.web import door, toasts
from counterfoil.web.forms import Form
from counterfoil.web.pages import letterhead as letterheads
from counterfoil.web.pages import people as pages
from counterfoil.web.parts import Link


@require_safe
@door.open_to(Act.ADMINISTER)
def people_and_tokens(request: HttpRequest, person: Person) -> HttpResponse:
    """Who has access."""
    return _show(request, person, Form({}), Form({}))


@require_http_methods(["GET", "HEAD", "POST"])
@door.open_to(Act.ADMINISTER)
def letterhead(request: HttpRequest, person: Person) -> HttpResponse:
    """What stands at the head of documents, to be changed for those to come."""
    form = Form(request.POST.dict())
    if request.method == "POST":
        lines = form.read("address", _clean_lines)
        vat_id = form.read("vat_id", lambda text: clean_text(text, 32))
        if not form.is_refused:
            people.change_letterhead(books_id=person.books.id, address=lines, vat_id=vat_id, actor=door.actor(person))
            toasts.leave(request, _("Saved the letterhead"))
            return HttpResponseRedirect(reverse("web:letterhead"))
    page = letterheads.letterhead_page(person.books, form)
    crumbs = [Link(_("People and tokens"), reverse("web:people"))]
    return door.show(
        request,
        person,
        "web/letterhead.html",
        page,
        title=_("Letterhead"),
        section="people",
        crumbs=crumbs,
        status=422 if form.is_refused else 200,
    )


def _clean_lines(text: str) -> str:
    return "\n".join([clean_text(line, 200) for line in text.splitlines() if line.strip()])


@require_POST
@door.open_to(Act.ADMINISTER)
def add_person(request: HttpRequest, person: Person) -> HttpResponse:
    """Add a person with a role and a first password."""
    form = Form(request.POST.dict())
    form.require("name", _("The name is missing"))
    form.require("email", _("The e-mail address is missing"))
    form.require("password", _("A first password is missing"))
    if not form.is_refused and _added(form, person):
        toasts.leave(request, _("Added %(name)s") % {"name": form.text("name")})
        return HttpResponseRedirect(reverse("web:people"))
    return _show(request, person, form, Form({}), status=422)


def _added(form: Form, person: Person) -> bool:
    email = form.text("email").lower()
    try:
        people.check_password(form.typed["password"], email=email)
        people.add_user(
            email=email,
            name=clean_text(form.text("name"), 120),
            role=form.pick("role", Role),
            books_id=person.books.id,
            password=form.typed["password"],
            actor=door.actor(person),
        )
    except Refused as refused:
        form.known |= {"name", "email", "password"}
        form.place(refused, "password" if refused.code == "weak_password" else "email")
        return False
    return True


@require_POST
@door.open_to(Act.ADMINISTER)
def make_token(request: HttpRequest, person: Person) -> HttpResponse:
    """Make a token for another program and show it once."""
    form = Form(request.POST.dict())
    form.require("token_name", _("Say what the token is for"))
    name = form.read("token_name", lambda text: clean_text(text, 80))
    if form.is_refused or not name:
        return _show(request, person, Form({}), form, status=422)
    secret = people.issue_token(user_id=person.user_id, name=name, actor=door.actor(person))
    return _show(request, person, Form({}), Form({}), secret=secret)


@require_POST
@door.open_to(Act.ADMINISTER)
def revoke_token(request: HttpRequest, person: Person, token_id: int) -> HttpResponse:
    """Revoke a token; the programs that use it stop at once."""
    people.revoke_token(token_id=token_id, actor=door.actor(person))
    toasts.leave(request, _("Revoked the token"))
    return HttpResponseRedirect(reverse("web:people"))


def _show(
    request: HttpRequest, person: Person, person_form: Form, token_form: Form, *, secret: str = "", status: int = 200
) -> HttpResponse:
    page = pages.people_page(person.books, person, person_form, token_form, secret)
    return door.show(
        request, person, "web/people.html", page, title=_("People and tokens"), section="people", status=status
    )
