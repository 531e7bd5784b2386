"""Invoices without a number: held ones entered or let go, drafts issued or thrown away."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from counterfoil.billing import services as billing
from counterfoil.billing.selectors import NoSuchDocument
from counterfoil.flows import enter_invoice as flow
from counterfoil.flows.enter_invoice import Entered
from counterfoil.infra import world
from counterfoil.kernel.text import parse_date
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.web import addresses, door, reader, toasts
from counterfoil.web.forms import Form, ReasonMissing
from counterfoil.web.pages import waiting as pages
from counterfoil.web.parts import Link, Said
from counterfoil.web.saying import said


@require_safe
@door.open_to(Act.READ_BOOKS)
def waiting(request: HttpRequest, person: Person) -> HttpResponse:
    """What was asked for and has no number yet."""
    return _show(request, person)


@require_POST
@door.open_to(Act.INVOICE)
def enter_held(request: HttpRequest, person: Person, held_id: int) -> HttpResponse:
    """Enter a held invoice after all, on the day that the person names."""
    form = Form(request.POST.dict())
    on = form.read("on", parse_date)
    if on is None:
        return _show(request, person, tuple(form.refusals.values()))
    try:
        answer = flow.enter_held(
            books_id=person.books.id, held_id=held_id, issue_date=on, actor=door.actor(person), at=world.now()
        )
    except NoSuchDocument:
        raise Http404 from None
    return _entered(request, person, answer)


@require_POST
@door.open_to(Act.INVOICE)
def discard_held(request: HttpRequest, person: Person, held_id: int) -> HttpResponse:
    """Take an invoice that is not wanted off the list, with a reason."""
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise ReasonMissing(field="reason")
    flow.discard_held(
        books_id=person.books.id, held_id=held_id, reason=reason[:255], actor=door.actor(person), at=world.now()
    )
    toasts.leave(request, _("Discarded H-%(id)s; the record keeps it") % {"id": held_id})
    return HttpResponseRedirect(reverse("web:waiting"))


@require_POST
@door.open_to(Act.INVOICE)
def issue_draft(request: HttpRequest, person: Person, draft_id: int) -> HttpResponse:
    """Issue a draft as it is."""
    try:
        answer = flow.issue_draft(
            books_id=person.books.id, invoice_id=draft_id, actor=door.actor(person), at=world.now()
        )
    except NoSuchDocument:
        raise Http404 from None
    return _entered(request, person, answer)


@require_POST
@door.open_to(Act.INVOICE)
def discard_draft(request: HttpRequest, person: Person, draft_id: int) -> HttpResponse:
    """Throw a draft away; an issued invoice is never touched."""
    billing.discard_draft(books_id=person.books.id, invoice_id=draft_id, actor=door.actor(person), at=world.now())
    toasts.leave(request, _("Threw draft %(id)s away") % {"id": draft_id})
    return HttpResponseRedirect(reverse("web:waiting"))


def _entered(request: HttpRequest, person: Person, answer: Entered) -> HttpResponse:
    if not answer.number:
        return _show(request, person, tuple(map(said, answer.refusals)))
    gross = reader.symboled(answer.gross) if answer.gross else ""
    toasts.leave(request, _("Issued %(number)s, %(gross)s") % {"number": answer.number, "gross": gross})
    return HttpResponseRedirect(addresses.invoice_url(answer.number))


def _show(request: HttpRequest, person: Person, refusals: tuple[Said, ...] = ()) -> HttpResponse:
    page = pages.waiting_page(person, refusals)
    return door.show(
        request,
        person,
        "web/waiting.html",
        page,
        title=_("Waiting"),
        section="invoices",
        crumbs=[Link(_("Invoices"), reverse("web:invoices"))],
        status=422 if refusals else 200,
    )
