"""The dashboard."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.web import door
from counterfoil.web.pages import today as pages


@require_safe
@door.open_to(Act.READ_SALES)
def today(request: HttpRequest, person: Person) -> HttpResponse:
    """What needs a person, where the money is, what was done without one."""
    return door.show(request, person, "web/today.html", pages.today_page(person), title=_("Today"), section="today")
