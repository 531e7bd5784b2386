"""The passport of a decision: looking, supposing other inputs, disputing, and answering a dispute."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from counterfoil.decisions import selectors as decisions
from counterfoil.decisions.domain import DisputeState
from counterfoil.flows import blind, replay
from counterfoil.flows import disputes as flow
from counterfoil.flows.replay import Supposed
from counterfoil.infra import world
from counterfoil.kernel.errors import Refused
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.web import door, toasts
from counterfoil.web.forms import Form
from counterfoil.web.pages import passport as pages
from counterfoil.web.parts import Link, Said
from counterfoil.web.saying import said


@require_safe
@door.open_to(Act.READ_SALES)
def passport(request: HttpRequest, person: Person, decision_id: int, place: int) -> HttpResponse:
    """One decided thing; with other inputs in the address also what would have come of them."""
    typed = {name.removeprefix("in."): value for name, value in request.GET.dict().items() if name.startswith("in.")}
    supposed, refusal = None, None
    if typed:
        try:
            supposed = _suppose(person, decision_id, place, typed)
        except Refused as refused:
            refusal = said(refused.refusal)
    return _show(request, person, decision_id, place, typed=typed, supposed=supposed, refusal=refusal)


def _suppose(person: Person, decision_id: int, place: int, typed: dict[str, str]) -> Supposed:
    why = decisions.item_at(person.books.id, decision_id, place - 1)
    stored = decisions.stored_item(why.item_id) if why else None
    if why is None or stored is None or not blind.visible(person, [why]):
        raise Http404
    changes = replay.read_changes(stored, typed)
    return replay.what_if(books_id=person.books.id, item_id=stored.item_id, changes=changes)


def _show(
    request: HttpRequest,
    person: Person,
    decision_id: int,
    place: int,
    *,
    typed: dict[str, str] | None = None,
    supposed: Supposed | None = None,
    refusal: Said | None = None,
    status: int = 200,
) -> HttpResponse:
    page = pages.passport(person, decision_id, place, typed=typed, supposed=supposed, refusal=refusal)
    if page is None:
        raise Http404
    crumbs = [Link(_("Decisions")), Link(page.number, f"/decisions/{page.number}")]
    title = f"{page.number} {page.title}"
    return door.show(request, person, "web/passport.html", page, title=title, section="", crumbs=crumbs, status=status)


@require_POST
@door.open_to(Act.READ_SALES)
def dispute(request: HttpRequest, person: Person, decision_id: int, place: int) -> HttpResponse:
    """Dispute one decided thing, with a reason."""
    item = decisions.item_at(person.books.id, decision_id, place - 1)
    if item is None or not blind.visible(person, [item]):
        raise Http404
    try:
        flow.raise_dispute(
            item=item, reason=Form(request.POST.dict()).text("reason"), actor=door.actor(person), at=world.now()
        )
    except Refused as refused:
        return _show(request, person, decision_id, place, refusal=said(refused.refusal), status=422)
    toasts.leave(request, _("Disputed %(number)s; it waits in the queue") % {"number": item.number})
    return HttpResponseRedirect(f"/decisions/{item.number}/{place}#disputes")


@require_safe
@door.open_to(Act.READ_BOOKS)
def disputes(request: HttpRequest, person: Person) -> HttpResponse:
    """Every decision that somebody disputed."""
    page = pages.disputes_page(person)
    return door.show(request, person, "web/disputes.html", page, title=_("Disputes"), section="audit")


@require_POST
@door.open_to(Act.READ_SALES)
def answer(request: HttpRequest, person: Person, dispute_id: int) -> HttpResponse:
    """Answer a dispute, end it, or withdraw one's own."""
    found = decisions.disputes(person.books.id, dispute_id=dispute_id)
    if not found:
        raise Http404
    form = Form(request.POST.dict())
    step = form.pick("step", DisputeState)
    if step is DisputeState.OPEN or not (person.may(Act.INVOICE) or step is DisputeState.WITHDRAWN):
        raise Http404
    (one,) = found
    place = one.position + 1
    try:
        flow.answer_dispute(
            books_id=person.books.id,
            dispute_id=dispute_id,
            step=step,
            text=form.text("text"),
            actor=door.actor(person),
            at=world.now(),
        )
    except Refused as refused:
        return _show(request, person, one.decision_id, place, refusal=said(refused.refusal), status=422)
    toasts.leave(request, _("DP-%(id)s: %(state)s") % {"id": dispute_id, "state": step.value})
    return HttpResponseRedirect(f"/decisions/CF-{one.decision_id}/{place}#disputes")
