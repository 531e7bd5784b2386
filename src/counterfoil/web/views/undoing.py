"""Undo: the plan first, then the act."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from counterfoil.flows import undo as flow
from counterfoil.infra import world
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.text import parse_date
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.web import door, reader, toasts
from counterfoil.web.forms import Form
from counterfoil.web.pages import undoing as pages
from counterfoil.web.parts import Link, Said
from counterfoil.web.saying import said


@require_http_methods(["GET", "HEAD", "POST"])
@door.open_to(Act.UNDO)
def undo(request: HttpRequest, person: Person, target: str) -> HttpResponse:
    """Show what undoing something comes to; undo it when that was confirmed."""
    given = request.POST if request.method == "POST" else request.GET
    form = Form(given.dict())
    on: date | None = form.read("on", parse_date) if form.text("on") else None
    only = given.getlist("only")
    refusal: Said | None = None
    if request.method == "POST":
        form.require("reason", _("A reason is missing"))
        try:
            if not form.is_refused:
                done = _undone(person, target, on, only, form)
                return _left(request, done)
        except flow.UnknownTarget:
            raise Http404 from None
        except Refused as refused:
            refusal = said(refused.refusal)
    try:
        page = pages.undo_page(person.books, target, form, on=on, only=only, refusal=refusal)
    except flow.UnknownTarget:
        raise Http404 from None
    return door.show(
        request,
        person,
        "web/undo.html",
        page,
        title=page.title,
        section="",
        crumbs=[page.thing] if page.thing.url else [],
        status=422 if request.method == "POST" else 200,
    )


def _undone(person: Person, target: str, on: date | None, only: list[str], form: Form) -> flow.Undone:
    return flow.undo(
        books_id=person.books.id,
        target=target,
        on=on,
        reason=form.text("reason"),
        only=only or None,
        with_dependents=form.text("dependents") == "yes",
        seen=form.text("seen"),
        actor=door.actor(person),
        at=world.now(),
    )


def _left(request: HttpRequest, done: flow.Undone) -> HttpResponse:
    """Say what was undone, and go to the decision that has it."""
    sums = ", ".join(reader.symboled(amount) for amount in done.plan.sums)
    facts = {"n": reader.count(len(done.plan.steps)), "sum": sums}
    text = _("Undone, %(sum)s") % facts if sums else _("Undone in %(n)s steps") % facts
    toasts.leave(request, text if done.decisions else _("Nothing was left to undo"))
    where = Link("", f"/decisions/CF-{done.decisions[0]}") if done.decisions else Link("", "/")
    return HttpResponseRedirect(where.url)
