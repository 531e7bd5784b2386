"""Beside the audit trail: the binder, samples, stores of heads, and what is held about a person."""

from __future__ import annotations

import json
from datetime import date, timedelta

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from counterfoil.crm import selectors as crm_reads
from counterfoil.flows import control_rate, due, privacy, sampling
from counterfoil.infra import world
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.text import parse_decimal
from counterfoil.ledger.domain import month_after
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.reports.formats import rows_as_csv
from counterfoil.web import binders, door, toasts
from counterfoil.web.forms import Form
from counterfoil.web.pages import auditing as pages
from counterfoil.web.saying import say
from counterfoil.words import sentence

FIRST = date(1990, 1, 1)


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


@require_POST
@door.open_to(Act.VERIFY)
def bind(request: HttpRequest, person: Person) -> HttpResponse:
    """Begin to write the binder of a month."""
    month = _month(request.POST.get("period", ""))
    if month is None:
        raise Http404
    binders.start(person.books.id, month, door.actor(person))
    return HttpResponseRedirect(f"{reverse('web:audit')}?binder={month:%Y-%m}#binder")


@require_POST
@door.open_to(Act.CLOSE_PERIOD)
def run_due(request: HttpRequest, person: Person) -> HttpResponse:
    """Run now what is due and would run by itself."""
    ran = due.run_due(books_id=person.books.id, say=sentence, actor=door.actor(person), at=world.now())
    done = [pages.job_name(one.name) for one in ran if one.outcome]
    toasts.leave(request, _("Ran: %(jobs)s") % {"jobs": ", ".join(done)} if done else _("Nothing was due"))
    return HttpResponseRedirect(f"{reverse('web:audit')}#due")


@require_safe
@door.open_to(Act.VERIFY)
def binder_status(request: HttpRequest, person: Person, month: date) -> HttpResponse:
    """How far the binder of a month is, as a part of the page that asks again."""
    return render(request, "web/parts/binder.html", {"binder": pages.binder_card(month)})


@require_safe
@door.open_to(Act.VERIFY)
def binder_file(request: HttpRequest, person: Person, month: date) -> HttpResponseBase:
    """The binder of a month."""
    path = binders.path(month)
    if binders.state(month).get("state") != binders.DONE or not path.is_file():
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)


@require_POST
@door.open_to(Act.VERIFY)
def sample(request: HttpRequest, person: Person) -> HttpResponse:
    """Draw a sample and hand it out as a file; its seed goes on the record."""
    form = Form(request.POST.dict())
    month = _month(form.text("period"))
    today = world.today(person.books.time_zone)
    size = form.text("size")
    found = sampling.draw_sample(
        books_id=person.books.id,
        of=form.pick("of", sampling.SampleOf),
        size=int(size) if size.isdecimal() and len(size) < 6 else 0,
        seed=form.text("seed")[:80],
        start=month or FIRST,
        end=month_after(month) if month else today + timedelta(days=1),
        actor=door.actor(person),
        at=world.now(),
    )
    response = HttpResponse(rows_as_csv(found.rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="sample-{found.of.value}-{len(found.rows)}.csv"'
    return response


@require_POST
@door.open_to(Act.SET_SAMPLING)
def rate(request: HttpRequest, person: Person) -> HttpResponse:
    """Set the rate of the control sample and sign it, as the auditor."""
    form = Form(request.POST.dict())
    signed = control_rate.set_rate(
        person=person,
        rate_micro=control_rate.micro_of(parse_decimal(form.text("rate"), 4)),
        kind=form.text("kind")[:40],
        reason=form.text("reason"),
        actor=door.actor(person),
        at=world.now(),
    )
    toasts.leave(request, _("Signed: %(version)s is in force") % {"version": signed.name})
    return HttpResponseRedirect(f"{reverse('web:audit')}#h-sm")


@require_safe
@door.open_to(Act.VERIFY)
def privacy_requests(request: HttpRequest, person: Person) -> HttpResponse:
    """How long records are kept, and what is held about a person."""
    return _privacy(request, person, request.GET.get("contact", "").strip(), None)


@require_POST
@door.open_to(Act.ERASE)
def access_file(request: HttpRequest, person: Person) -> HttpResponse:
    """All that is held about a person, as the file that they are given."""
    contact_id = crm_reads.contact_id(request.POST.get("contact", ""))
    found = privacy.answer_access(
        books_id=person.books.id, contact_id=contact_id, actor=door.actor(person), at=world.now()
    )
    text = json.dumps(found.to_json(), ensure_ascii=False, indent=1)
    response = HttpResponse(text + "\n", content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="held-about-contact-{contact_id}.json"'
    return response


@require_POST
@door.open_to(Act.ERASE)
def erase(request: HttpRequest, person: Person) -> HttpResponse:
    """Erase a person, and say what went and what stays."""
    reference = request.POST.get("contact", "")
    contact_id = crm_reads.contact_id(reference)
    done = privacy.erase(books_id=person.books.id, contact_id=contact_id, actor=door.actor(person), at=world.now())
    return _privacy(request, person, reference, done)


def _privacy(request: HttpRequest, person: Person, query: str, report: privacy.Erased | None) -> HttpResponse:
    contact_id, refusal = None, ""
    if query:
        try:
            contact_id = crm_reads.contact_id(query)
        except Refused as refused:
            refusal = say(refused.code, refused.facts)
    today = world.today(person.books.time_zone)
    page = pages.privacy_page(person, today, query, contact_id, refusal, report)
    return door.show(request, person, "web/privacy.html", page, title=_("Kept and held"), section="audit")
