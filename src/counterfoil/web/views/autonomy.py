"""The oversight board: levels, evidence, stop and start, promotions."""

from __future__ import annotations

import csv
import io

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from counterfoil.autonomy import services as autonomy
from counterfoil.autonomy.domain.levels import AlreadyStopped
from counterfoil.decisions.domain import Mode
from counterfoil.flows import autonomy as flow
from counterfoil.infra import world
from counterfoil.people.domain import Act, Role
from counterfoil.people.selectors import Person
from counterfoil.reports.formats import neutral
from counterfoil.web import door, toasts
from counterfoil.web.forms import Form
from counterfoil.web.pages import autonomy as pages


@require_safe
@door.open_to(Act.READ_BOOKS)
def board(request: HttpRequest, person: Person) -> HttpResponse:
    """What the system may do alone."""
    page = pages.autonomy_page(person, request.GET.get("kind", "")[:40], world.now())
    return door.show(request, person, "web/autonomy.html", page, title=_("Automation"), section="autonomy")


@require_safe
@door.open_to(Act.READ_BOOKS)
def raw_log(request: HttpRequest, person: Person) -> HttpResponse:
    """The raw pairs of one kind as a file: all that its scorecard is computed from."""
    found = flow.evidence(person.books.id, request.GET.get("kind", "")[:40], world.now())
    rows = flow.raw_log(found.pairs, is_blind=person.role is not Role.AUDITOR)
    names = list(dict.fromkeys(name for row in rows for name in row)) or ["at"]
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="")
    writer.writeheader()
    writer.writerows([{name: neutral(str(value)) for name, value in row.items()} for row in rows])
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.kind.name}-raw.csv"'
    return response


@require_POST
@door.open_to(Act.SET_AUTONOMY)
def stop_all(request: HttpRequest, person: Person) -> HttpResponse:
    """Stop every kind of decision at once."""
    for kind in flow.versions():
        try:
            _kill(person, kind, "")
        except AlreadyStopped:
            continue
    toasts.leave(request, _("Everything is stopped; people decide"))
    return HttpResponseRedirect(reverse("web:autonomy"))


@require_POST
@door.open_to(Act.SET_AUTONOMY)
def stop(request: HttpRequest, person: Person) -> HttpResponse:
    """Stop one kind of decision at once."""
    form = Form(request.POST.dict())
    kind = _kind(form)
    _kill(person, kind, form.text("reason"))
    toasts.leave(request, _("Stopped: %(name)s") % {"name": pages.kind_name(kind)})
    return _back(kind)


def _kill(person: Person, kind: str, reason: str) -> None:
    autonomy.kill(books_id=person.books.id, kind=kind, reason=reason[:255], actor=door.actor(person), at=world.now())


@require_POST
@door.open_to(Act.SET_AUTONOMY)
def start(request: HttpRequest, person: Person) -> HttpResponse:
    """Let a stopped kind do again what its level allows."""
    form = Form(request.POST.dict())
    kind = _kind(form)
    autonomy.revive(
        books_id=person.books.id,
        kind=kind,
        reason=form.text("reason")[:255],
        actor=door.actor(person),
        at=world.now(),
    )
    toasts.leave(request, _("Started: %(name)s") % {"name": pages.kind_name(kind)})
    return _back(kind)


@require_POST
@door.open_to(Act.SET_AUTONOMY)
def lower(request: HttpRequest, person: Person) -> HttpResponse:
    """Let a kind of decision do less."""
    form = Form(request.POST.dict())
    kind, mode = _kind(form), form.pick("mode", Mode)
    autonomy.set_level(
        books_id=person.books.id,
        kind=kind,
        version=flow.version_of(kind),
        mode=mode,
        reason=form.text("reason")[:255],
        actor=door.actor(person),
        at=world.now(),
    )
    toasts.leave(request, _("%(name)s: %(mode)s") % {"name": pages.kind_name(kind), "mode": pages.mode_name(mode)})
    return _back(kind)


@require_POST
@door.open_to(Act.SET_AUTONOMY)
def propose(request: HttpRequest, person: Person) -> HttpResponse:
    """Propose that a kind of decision rises one step."""
    kind = _kind(Form(request.POST.dict()))
    flow.propose(books_id=person.books.id, kind=kind, actor=door.actor(person), at=world.now())
    toasts.leave(request, _("Proposed; it takes two signatures"))
    return _back(kind)


@require_POST
@door.open_to(Act.SET_AUTONOMY)
def sign(request: HttpRequest, person: Person) -> HttpResponse:
    """Sign a promotion for exactly the evidence that was shown."""
    form = Form(request.POST.dict())
    is_done = flow.sign(
        books_id=person.books.id,
        promotion_id=_number(form),
        evidence_hash=form.text("evidence"),
        signer=person.email,
        actor=door.actor(person),
        at=world.now(),
    )
    toasts.leave(request, _("Signed, and in force") if is_done else _("Signed; another person's signature is missing"))
    return _back(_kind(form))


@require_POST
@door.open_to(Act.SET_AUTONOMY)
def withdraw(request: HttpRequest, person: Person) -> HttpResponse:
    """Take a proposed promotion back."""
    form = Form(request.POST.dict())
    autonomy.withdraw_promotion(
        books_id=person.books.id,
        promotion_id=_number(form),
        reason=form.text("reason"),
        actor=door.actor(person),
        at=world.now(),
    )
    toasts.leave(request, _("Withdrawn"))
    return _back(_kind(form))


def _kind(form: Form) -> str:
    kind = form.text("kind")
    flow.version_of(kind)
    return kind


def _number(form: Form) -> int:
    text = form.text("promotion")
    if not text.isdecimal() or len(text) > 18:
        raise autonomy.NoSuchPromotion(promotion=text[:20])
    return int(text)


def _back(kind: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('web:autonomy')}?kind={kind}")
