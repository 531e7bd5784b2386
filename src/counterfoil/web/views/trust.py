"""Trust: the audit trail, its verification, and the counterfoils of decisions."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from counterfoil.audit import selectors as audit
from counterfoil.audit import services as audit_services
from counterfoil.infra import home
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.web import door
from counterfoil.web.pages import auditing
from counterfoil.web.pages import trust as pages
from counterfoil.web.parts import Banner, Link


@require_safe
@door.open_to(Act.VERIFY)
def audit_trail(request: HttpRequest, person: Person) -> HttpResponse:
    """The chained record."""
    return _trail(request, person, None)


@require_POST
@door.open_to(Act.VERIFY)
def verify(request: HttpRequest, person: Person) -> HttpResponse:
    """Check every event, link, exported head and hashed row, and say what was found."""
    found = audit_services.verify(anchors=home.home() / "anchors")
    return _trail(request, person, pages.verified(found))


@require_safe
@door.open_to(Act.VERIFY)
def head(request: HttpRequest, person: Person) -> HttpResponse:
    """The head of the chain as a file, to be kept elsewhere."""
    found = audit.head()
    response = JsonResponse({"sequence": found.sequence, "hash": found.hash})
    response["Content-Disposition"] = f'attachment; filename="counterfoil-head-{found.sequence}.json"'
    return response


@require_safe
@door.open_to(Act.READ_SALES)
def decision(request: HttpRequest, person: Person, decision_id: int) -> HttpResponse:
    """One decision as a counterfoil."""
    after = request.GET.get("after", "")
    page = pages.decision_page(person, decision_id, int(after) if after.isdecimal() else -1)
    if page is None:
        raise Http404
    crumbs = [Link(_("Decisions"))]
    return door.show(request, person, "web/decision.html", page, title=page.number, section="", crumbs=crumbs)


def _trail(request: HttpRequest, person: Person, banner: Banner | None) -> HttpResponse:
    event, before = request.GET.get("event", ""), request.GET.get("before", "")
    page = pages.audit_page(
        person.books,
        event_id=int(event) if event.isdecimal() else None,
        before=int(before) if before.isdecimal() else None,
        subject=request.GET.get("subject", ""),
        banner=banner,
        may_verify=person.may(Act.VERIFY),
        beside=auditing.side(person, _month(request.GET.get("binder", ""))),
    )
    return door.show(request, person, "web/audit.html", page, title=_("Audit trail"), section="audit")


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
