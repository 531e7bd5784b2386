"""Search as a page, and as the list under the palette."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.web import door
from counterfoil.web.pages import search as pages


@require_safe
@door.open_to(Act.READ_SALES)
def search(request: HttpRequest, person: Person) -> HttpResponse:
    """What was found, as a page of its own."""
    page = pages.search_page(person, request.GET.get("q", ""))
    return door.show(request, person, "web/search.html", page, title=_("Search"), section="")


@require_safe
@door.open_to(Act.READ_SALES)
def palette(request: HttpRequest, person: Person) -> HttpResponse:
    """The same as a fragment for the palette."""
    page = pages.search_page(person, request.GET.get("q", ""))
    return render(request, "web/parts/palette_hits.html", {"page": page})
