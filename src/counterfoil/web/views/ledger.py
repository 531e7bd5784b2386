"""Ledger: reports, accounts, entries, periods."""

from __future__ import annotations

from datetime import date, datetime

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from counterfoil.flows import periods as flow
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.text import BadDate, parse_date
from counterfoil.ledger.domain import UnknownAccount
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.reports import formats, registry
from counterfoil.reports.report import Asked, UnknownReport
from counterfoil.web import door, reader, toasts
from counterfoil.web.forms import ReasonMissing
from counterfoil.web.pages import ledger as pages
from counterfoil.web.pages.ledger import Window
from counterfoil.web.parts import Link, Said, Undo
from counterfoil.web.saying import said

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@door.open_to(Act.READ_BOOKS)
def ledger(request: HttpRequest, person: Person) -> HttpResponse:
    """The ledger begins with its trial balance."""
    return HttpResponseRedirect(reverse("web:report", args=[pages.REPORT_ORDER[0]]))


@require_safe
@door.open_to(Act.READ_BOOKS)
def report(request: HttpRequest, person: Person, name: str) -> HttpResponse:
    """One report, as of a date or over a span, as known at an instant."""
    window, refusal = _window(request)
    try:
        page = pages.report_page(person.books, name, window, refusal)
    except UnknownReport:
        raise Http404 from None
    crumbs = [Link(_("Ledger"), reverse("web:ledger"))]
    return door.show(
        request,
        person,
        "web/report.html",
        page,
        title=page.title,
        section="ledger",
        crumbs=crumbs,
        status=422 if refusal else 200,
    )


@require_safe
@door.open_to(Act.READ_BOOKS)
def report_file(request: HttpRequest, person: Person, name: str, form: str) -> HttpResponse:
    """The same report as a file."""
    window, _refusal = _window(request)
    asked = Asked(person.books, reader.today(), window.as_of, window.start, window.known_at)
    try:
        made = registry.make(name, asked)
    except UnknownReport:
        raise Http404 from None
    if form == "csv":
        response = HttpResponse(formats.as_csv(made), content_type="text/csv; charset=utf-8")
    elif form == "xlsx":
        response = HttpResponse(formats.as_xlsx(made), content_type=XLSX)
    elif form == "json":
        response = JsonResponse(formats.as_json(made))
    else:
        raise Http404
    response["Content-Disposition"] = f'attachment; filename="{name}-{asked.until.isoformat()}.{form}"'
    return response


@require_safe
@door.open_to(Act.READ_BOOKS)
def account(request: HttpRequest, person: Person, code: str) -> HttpResponse:
    """The postings of one account."""
    window, _refusal = _window(request)
    try:
        page = pages.account_page(person.books, code, window, _source(request), _after(request))
    except UnknownAccount:
        raise Http404 from None
    crumbs = [Link(_("Ledger"), reverse("web:ledger"))]
    return door.show(
        request, person, "web/account.html", page, title=f"{page.code} {page.name}", section="ledger", crumbs=crumbs
    )


@require_safe
@door.open_to(Act.READ_BOOKS)
def entry(request: HttpRequest, person: Person, entry_id: int) -> HttpResponse:
    """One journal entry."""
    account_code = request.GET.get("account", "")
    page = pages.entry_page(person.books, entry_id, account_code, _source(request))
    if page is None:
        raise Http404
    crumbs = [Link(_("Ledger"), reverse("web:ledger"))]
    return door.show(request, person, "web/entry.html", page, title=page.card.number, section="ledger", crumbs=crumbs)


@require_safe
@door.open_to(Act.READ_BOOKS)
def periods(request: HttpRequest, person: Person) -> HttpResponse:
    """The months of the books."""
    page = pages.periods_page(person.books, may_close=person.may(Act.CLOSE_PERIOD))
    return door.show(request, person, "web/periods.html", page, title=_("Periods"), section="periods")


@require_POST
@door.open_to(Act.CLOSE_PERIOD)
def close_period(request: HttpRequest, person: Person, month: date) -> HttpResponse:
    """Close a month; what was earned in it is released first."""
    flow.close_period(books_id=person.books.id, month=month, actor=door.actor(person))
    name = reader.month(month)
    undo = Undo(
        reverse("web:period-reopen", args=[month]), _("Undo"), (("reason", _("Closed by mistake, undone at once")),)
    )
    toasts.leave(request, _("Closed %(month)s") % {"month": name}, undo)
    return HttpResponseRedirect(reverse("web:periods"))


@require_POST
@door.open_to(Act.CLOSE_PERIOD)
def reopen_period(request: HttpRequest, person: Person, month: date) -> HttpResponse:
    """Open a closed month again, with a reason."""
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise ReasonMissing(field="reason")
    flow.reopen_period(books_id=person.books.id, month=month, reason=reason, actor=door.actor(person))
    undo = Undo(reverse("web:period-close", args=[month]), _("Undo"))
    toasts.leave(request, _("Reopened %(month)s") % {"month": reader.month(month)}, undo)
    return HttpResponseRedirect(reverse("web:periods"))


def _window(request: HttpRequest) -> tuple[Window, Said | None]:
    """Read the days and the instant that were asked for; what cannot be read is refused and left out."""
    refusal = None
    dates: dict[str, date | None] = {}
    for name in ("as-of", "start"):
        text = request.GET.get(name, "").strip()
        try:
            dates[name] = parse_date(text) if text else None
        except Refused as refused:
            dates[name], refusal = None, said(refused.refusal)
    try:
        known_at = _instant(request.GET.get("known-at", "").strip())
    except Refused as refused:
        known_at, refusal = None, said(refused.refusal)
    return Window(dates["as-of"], dates["start"], known_at), refusal


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise BadDate(field="known-at", text=text[:40])
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def _source(request: HttpRequest) -> str:
    """The report that led here, if it is one."""
    source = request.GET.get("from", "")
    return source if source in registry.makers() else ""


def _after(request: HttpRequest) -> tuple[date, int, int] | None:
    """The keyset position `2026-10-14.33871.2`; anything else begins at the start."""
    parts = request.GET.get("after", "").split(".")
    if len(parts) != 3 or not (parts[1].isdecimal() and parts[2].isdecimal()):
        return None
    try:
        return date.fromisoformat(parts[0]), int(parts[1]), int(parts[2])
    except ValueError:
        return None
