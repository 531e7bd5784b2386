"""Data quality: the page, an audit of this week, and its sign-off."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from counterfoil.flows import quality as flow
from counterfoil.infra import world
from counterfoil.kernel.errors import Refused
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.web import door, reader, toasts
from counterfoil.web.forms import Form
from counterfoil.web.pages import quality as pages


@require_safe
@door.open_to(Act.READ_SALES)
def data_quality(request: HttpRequest, person: Person) -> HttpResponse:
    """How sound the data is."""
    return _show(request, person, Form({}))


@require_POST
@door.open_to(Act.SET_POLICY)
def audit(request: HttpRequest, person: Person) -> HttpResponse:
    """Look at this week's data."""
    today = reader.today()
    done = flow.audit_data(books_id=person.books.id, week=today, today=today, actor=door.actor(person), at=world.now())
    toasts.leave(request, _("Looked at the week of %(day)s") % {"day": reader.day(done.week)})
    return HttpResponseRedirect(reverse("web:quality"))


@require_POST
@door.open_to(Act.SET_POLICY)
def sign(request: HttpRequest, person: Person, audit_id: int) -> HttpResponse:
    """Answer for an audit."""
    form = Form(request.POST.dict())
    try:
        flow.sign_off(
            person=person, audit_id=audit_id, note=form.text("note"), actor=door.actor(person), at=world.now()
        )
    except Refused as refused:
        form.refuse("note", refused)
        return _show(request, person, form, status=422)
    toasts.leave(request, _("Signed off"))
    return HttpResponseRedirect(reverse("web:quality"))


def _show(request: HttpRequest, person: Person, form: Form, *, status: int = 200) -> HttpResponse:
    page = pages.quality_page(person, form)
    return door.show(
        request, person, "web/quality.html", page, title=_("Data quality"), section="quality", status=status
    )
