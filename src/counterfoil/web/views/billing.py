"""Contracts, invoices and credit notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from counterfoil.billing import selectors as billing_reads
from counterfoil.billing import services as billing
from counterfoil.billing.domain import CreditDraft, parsed_request
from counterfoil.billing.domain.einvoice import Format, IncompleteEInvoice
from counterfoil.billing.einvoice import BrokenRules
from counterfoil.connectors.embedded import EmbeddedAccounting
from counterfoil.contracts import selectors as contract_reads
from counterfoil.flows import bill_due as bill_flow
from counterfoil.flows import credit_invoice as credit_flow
from counterfoil.flows import deliver as delivering
from counterfoil.flows import enter_invoice as enter
from counterfoil.flows.credit_invoice import Credited
from counterfoil.flows.einvoices import einvoice_file
from counterfoil.flows.enter_invoice import Entered
from counterfoil.infra import world
from counterfoil.kernel.errors import Refusal
from counterfoil.kernel.text import parse_date
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.receivables import selectors as receivables
from counterfoil.web import addresses, door, reader, toasts
from counterfoil.web.forms import Form
from counterfoil.web.pages import contracts as contract_pages
from counterfoil.web.pages import invoices as pages
from counterfoil.web.pages import invoicing
from counterfoil.web.pages.lists import Question
from counterfoil.web.parts import Link, Said
from counterfoil.web.saying import said


@require_safe
@door.open_to(Act.READ_BOOKS)
def contracts(request: HttpRequest, person: Person) -> HttpResponse:
    """The contracts, the last signed first."""
    asked = Question.of(reverse("web:contracts"), request.GET)
    page = contract_pages.contracts_page(person, asked)
    return door.show(request, person, "web/contracts.html", page, title=_("Contracts"), section="contracts")


@require_safe
@door.open_to(Act.READ_BOOKS)
def contract(request: HttpRequest, person: Person, number: str) -> HttpResponse:
    """One contract."""
    return _contract(request, person, number)


def _contract(request: HttpRequest, person: Person, number: str, refusal: Said | None = None) -> HttpResponse:
    page = contract_pages.contract_page(person, number, refusal)
    if page is None:
        raise Http404
    return door.show(
        request,
        person,
        "web/contract.html",
        page,
        title=number,
        section="contracts",
        crumbs=[Link(_("Contracts"), reverse("web:contracts"))],
        status=422 if refusal else 200,
    )


@require_POST
@door.open_to(Act.INVOICE)
def deliver(request: HttpRequest, person: Person, number: str) -> HttpResponse:
    """Note a delivery, and go back to the contract with what was released."""
    form = Form(request.POST.dict())
    on = form.read("on", parse_date)
    if on is None:
        return HttpResponseBadRequest()
    entries = delivering.deliver(books_id=person.books.id, number=number, on=on, actor=door.actor(person))
    toasts.leave(request, _("Delivered: %(count)s entries posted") % {"count": len(entries)})
    return HttpResponseRedirect(reverse("web:contract", args=[number]))


@require_POST
@door.open_to(Act.INVOICE)
def bill_now(request: HttpRequest, person: Person, number: str, no: int) -> HttpResponse:
    """Invoice one instalment that is due, also one that waits since its invoice was undone."""
    found = contract_reads.contract_by_number(person.books.id, number)
    if found is None or all(one.no != no for one in found.instalments):
        raise Http404
    billed = bill_flow.bill_due(
        books_id=person.books.id,
        through=world.today(person.books.time_zone),
        sink=EmbeddedAccounting(),
        only=[(found.id, no)],
        is_confirmed=True,
        actor=door.actor(person),
    )
    if billed.held:
        finding = billed.held[0][1]
        return _contract(request, person, number, refusal=said(Refusal(finding.code, finding.facts)))
    toasts.leave(request, _("Invoiced") if billed.invoiced else _("Nothing was left to invoice"))
    return HttpResponseRedirect(reverse("web:contract", args=[number]))


@require_safe
@door.open_to(Act.READ_BOOKS)
def invoices(request: HttpRequest, person: Person) -> HttpResponse:
    """The documents of one view."""
    asked = Question.of(reverse("web:invoices"), request.GET)
    page = pages.invoices_page(person, asked)
    return door.show(request, person, "web/invoices.html", page, title=_("Invoices"), section="invoices")


@require_safe
@door.open_to(Act.READ_BOOKS)
def invoice(request: HttpRequest, person: Person, number: str) -> HttpResponse:
    """One document."""
    page = pages.invoice_page(person, number)
    if page is None:
        raise Http404
    crumbs = [Link(_("Invoices"), reverse("web:invoices"))]
    return door.show(request, person, "web/invoice.html", page, title=number, section="invoices", crumbs=crumbs)


@require_safe
@door.open_to(Act.READ_BOOKS)
def invoice_pdf(request: HttpRequest, person: Person, number: str) -> HttpResponse:
    """The printed form of a document: rendered when it is first needed, the same bytes ever after."""
    document_id = billing_reads.document_id(person.books.id, number)
    if document_id is None:
        raise Http404
    account = receivables.bank_account(person.books.id)
    pay_to = billing.PayTo(person.books.name, account[1]) if account and account[1] else None
    data = billing.print_document(
        books_id=person.books.id, invoice_id=document_id, pay_to=pay_to, actor=door.actor(person), at=world.now()
    )
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{number}.pdf"'
    return response


@require_safe
@door.open_to(Act.READ_BOOKS)
def einvoice(request: HttpRequest, person: Person, number: str, form: str) -> HttpResponse:
    """An electronic invoice to keep or send, or a page that lists what it lacks and where that is entered."""
    document_id = billing_reads.document_id(person.books.id, number)
    if document_id is None or form not in set(Format):
        raise Http404
    try:
        made = einvoice_file(
            books_id=person.books.id,
            document_id=document_id,
            format_=Format(form),
            actor=door.actor(person),
            at=world.now(),
        )
    except IncompleteEInvoice as refused:
        refusals: Sequence[Refusal] = refused.refusals
    except BrokenRules as refused:
        refusals = [breach.refusal for breach in refused.breaches]
    else:
        response = HttpResponse(made.data, content_type=made.media_type)
        response["Content-Disposition"] = f'attachment; filename="{made.name}"'
        return response
    page = {
        "number": number,
        "back": addresses.invoice_url(number),
        "reasons": [said(one) for one in refusals],
        "may_set_up": person.may(Act.ADMINISTER),
    }
    crumbs = [Link(_("Invoices"), reverse("web:invoices")), Link(number, addresses.invoice_url(number))]
    title = _("Electronic invoice")
    return door.show(request, person, "web/einvoice.html", page, title=title, section="invoices", crumbs=crumbs)


@require_http_methods(["GET", "HEAD", "POST"])
@door.open_to(Act.INVOICE)
def add_invoice(request: HttpRequest, person: Person) -> HttpResponse:
    """Enter an invoice by hand: the same request as over the API, refused field by field."""
    form = Form(request.POST.dict() if request.method == "POST" else request.GET.dict())
    lines = invoicing.line_count(form)
    once = form.text("once") or world.token(16)
    page = invoicing.invoice_form(person.books, form, once, lines + ("more" in form.typed))
    if request.method == "POST" and "more" not in form.typed:
        answer = _entered(person, form, lines, once)
        if answer is not None and answer.number:
            return HttpResponseRedirect(_issued(request, answer))
        if answer is not None and answer.kind is enter.EnteredKind.HELD:
            return HttpResponseRedirect(reverse("web:waiting"))
        page = invoicing.invoice_form(person.books, form, once, lines)
    crumbs = [Link(_("Invoices"), reverse("web:invoices"))]
    is_refused = request.method == "POST" and "more" not in form.typed
    return door.show(
        request,
        person,
        "web/invoice_form.html",
        page,
        title=_("New invoice"),
        section="invoices",
        crumbs=crumbs,
        status=422 if is_refused else 200,
    )


def _entered(person: Person, form: Form, lines: int, once: str) -> Entered | None:
    """Ask for the invoice; refusals are placed under the fields that they name."""
    wanted = invoicing.request_of(form, lines)
    if form.is_refused:
        return None
    asked = parsed_request(wanted)
    if isinstance(asked, list):
        refusals: Sequence[Refusal] = asked
        answer = None
    else:
        (answer,) = enter.enter_invoices(
            books_id=person.books.id,
            requests=[replace(asked, source=f"hand:{once}")],
            actor=door.actor(person),
            at=world.now(),
        )
        refusals = answer.refusals
    for refusal in refusals:
        field = invoicing.field_of(refusal.field)
        form.refuse(field if field in form.known else "customer", refusal.error())
    return answer


def _issued(request: HttpRequest, answer: Entered) -> str:
    if answer.gross is not None:
        facts = {"number": answer.number, "gross": reader.symboled(answer.gross)}
        toasts.leave(request, _("Issued %(number)s, %(gross)s") % facts)
    return addresses.invoice_url(answer.number)


@require_http_methods(["GET", "HEAD", "POST"])
@door.open_to(Act.INVOICE)
def credit(request: HttpRequest, person: Person, number: str) -> HttpResponse:
    """Credit an invoice in full, after saying what that does."""
    form = Form(request.POST.dict())
    page = invoicing.credit_page(person, number, form, world.token(16))
    if page is None:
        raise Http404
    if request.method == "POST":
        form.require("reason", _("A reason is missing"))
        on = form.read("on", parse_date)
        answer = _credited(person, number, on, form.text("reason")) if on and not form.is_refused else None
        if answer is not None and answer.number:
            toasts.leave(request, _("Credited %(number)s by %(note)s") % {"number": number, "note": answer.number})
            return HttpResponseRedirect(addresses.invoice_url(answer.number))
        refusal = said(answer.refusals[0]) if answer and answer.refusals else None
        page = invoicing.credit_page(person, number, form, form.text("once"), refusal)
    crumbs = [Link(_("Invoices"), reverse("web:invoices")), Link(number, addresses.invoice_url(number))]
    status = 422 if request.method == "POST" else 200
    return door.show(
        request,
        person,
        "web/credit.html",
        page,
        title=_("Credit note"),
        section="invoices",
        crumbs=crumbs,
        status=status,
    )


def _credited(person: Person, number: str, on: date, reason: str) -> Credited | None:
    document_id = billing_reads.document_ids_by_number(person.books.id, [number]).get(number)
    if document_id is None:
        return None
    (answer,) = credit_flow.credit_invoices(
        books_id=person.books.id,
        credits_wanted=[CreditDraft(document_id, on, reason)],
        actor=door.actor(person),
        at=world.now(),
    )
    return answer
