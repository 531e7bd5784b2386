"""Contracts, invoices and credit notes."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.web import door
from counterfoil.web.pages import contracts as contract_pages
from counterfoil.web.pages import invoices as pages
from counterfoil.web.pages.lists import Question
from counterfoil.web.pages.parts import Link


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
    page = contract_pages.contract_page(person, number)
    if page is None:
        raise Http404
    crumbs = [Link(_("Contracts"), reverse("web:contracts"))]
    return door.show(request, person, "web/contract.html", page, title=number, section="contracts", crumbs=crumbs)


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
