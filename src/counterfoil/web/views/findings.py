"""What the watch found: the list, and the same as a file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from counterfoil.flows.findings import all_findings, write
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.web import door
from counterfoil.web.forms import Form
from counterfoil.web.pages import findings as pages
from counterfoil.web.saying import say


@require_safe
@door.open_to(Act.READ_BOOKS)
def findings(request: HttpRequest, person: Person) -> HttpResponse:
    """What was found, the latest first."""
    form = Form(request.GET.dict())
    page = pages.findings_page(person, form)
    status = 422 if form.is_refused else 200
    return door.show(request, person, "web/findings.html", page, title=_("Findings"), section="findings", status=status)


@require_safe
@door.open_to(Act.READ_BOOKS)
def findings_file(request: HttpRequest, person: Person) -> HttpResponse:
    """All that the same question finds, as CSV."""
    sought = pages.sought(person, Form(request.GET.dict()))
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="findings.csv"'
    write(response, all_findings(person.books.id, sought), say)
    return response
