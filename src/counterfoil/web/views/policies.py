"""Policies: the list, one kind, one version, and the form of a proposal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from counterfoil.flows import policies as flow
from counterfoil.flows.policies import Simulated
from counterfoil.infra import world
from counterfoil.kernel import canonical
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.text import parse_date
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.policies import domain, services
from counterfoil.policies import selectors as reads
from counterfoil.policies.domain import Kind, Settings, Side
from counterfoil.web import door, reader, toasts
from counterfoil.web.forms import Form
from counterfoil.web.pages import policies as pages
from counterfoil.web.pages import policy_form
from counterfoil.web.parts import Link
from counterfoil.web.saying import said

YEAR = timedelta(days=365)


@require_safe
@door.open_to(Act.READ_SALES)
def policies(request: HttpRequest, person: Person) -> HttpResponse:
    """Every kind with what is in force."""
    page = pages.list_page(person, reader.today())
    return door.show(request, person, "web/policies.html", page, title=_("Policies"), section="policies")


@require_safe
@door.open_to(Act.READ_SALES)
def policy(request: HttpRequest, person: Person, kind: str) -> HttpResponse:
    """One kind: what is in force, what waits, the history."""
    page = pages.kind_page(person, reads.kind_of(kind))
    return door.show(request, person, "web/policy.html", page, title=page.title, section="policies", crumbs=[_crumb()])


@require_http_methods(["GET", "HEAD", "POST"])
@door.open_to(Act.SET_POLICY)
def change(request: HttpRequest, person: Person, kind: str) -> HttpResponse:
    """Propose a change, or see first what it would have done."""
    of = reads.kind_of(kind)
    in_force = reads.active(of, person.books.id).content
    if request.method != "POST":
        return _form(request, person, of, in_force, Form({}))
    typed = request.POST.dict()
    form = Form({str(name): str(text) for name, text in policy_form.compact(typed, in_force).items()})
    try:
        content = _content(of, in_force, form.typed, person)
        if request.POST.get("act") == "simulate":
            since = reader.today() - YEAR
            done = flow.simulate(books_id=person.books.id, kind=of, content=content, since=since)
            return _form(request, person, of, in_force, form, simulated=done)
        one = flow.propose_policy(
            person=person,
            kind=of,
            content=content,
            reason=form.text("reason"),
            owner=form.text("owner"),
            review_date=_day(form, "review_date"),
            actor=door.actor(person),
            at=world.now(),
        )
    except Refused as refused:
        return _form(request, person, of, in_force, form, refused=refused)
    toasts.leave(request, _("Proposed %(name)s") % {"name": one.name})
    return HttpResponseRedirect(f"/policies/versions/{one.name}")


@require_safe
@door.open_to(Act.READ_SALES)
def version(request: HttpRequest, person: Person, name: str) -> HttpResponse:
    """One version, with what it would have done if that is asked."""
    one = reads.version_by_name(name, person.books.id)
    done = None
    if request.GET.get("simulate") and one.kind in flow.SIMULATED:
        since = reader.today() - YEAR
        done = flow.simulate(books_id=person.books.id, kind=one.kind, content=one.content, since=since)
    page = pages.version_page(person, one, Form({}), done)
    crumbs = [_crumb(), Link(pages.kind_name(one.kind), f"/policies/{one.kind.value}")]
    return door.show(
        request, person, "web/policy_version.html", page, title=one.name, section="policies", crumbs=crumbs
    )


@require_POST
@door.open_to(Act.SET_POLICY)
def sign(request: HttpRequest, person: Person, name: str) -> HttpResponse:
    """Sign a version for one side."""
    one = reads.version_by_name(name, person.books.id)
    side = Form(request.POST.dict()).pick("side", Side)
    signed = flow.sign_policy(
        person=person,
        version_id=one.id,
        side=side,
        content_hash=request.POST.get("content_hash", ""),
        actor=door.actor(person),
        at=world.now(),
    )
    text = _("%(name)s is in force") if signed.is_active else _("Signed %(name)s")
    toasts.leave(request, text % {"name": one.name})
    return HttpResponseRedirect(f"/policies/versions/{one.name}")


@require_POST
@door.open_to(Act.SET_POLICY)
def withdraw(request: HttpRequest, person: Person, name: str) -> HttpResponse:
    """Take a proposal back."""
    one = reads.version_by_name(name, person.books.id)
    flow.withdraw_policy(
        books_id=person.books.id, version_id=one.id, reason="", actor=door.actor(person), at=world.now()
    )
    toasts.leave(request, _("Withdrew %(name)s") % {"name": one.name})
    return HttpResponseRedirect(f"/policies/{one.kind.value}")


@require_POST
@door.open_to(Act.SET_POLICY)
def review(request: HttpRequest, person: Person, name: str) -> HttpResponse:
    """Note that a version was looked at and stays."""
    one = reads.version_by_name(name, person.books.id)
    services.review(
        version_id=one.id,
        books_id=person.books.id,
        next_review=_day(Form(request.POST.dict()), "until"),
        note="",
        actor=door.actor(person),
        at=world.now(),
    )
    toasts.leave(request, _("Noted the review of %(name)s") % {"name": one.name})
    return HttpResponseRedirect(f"/policies/versions/{one.name}")


def _form(
    request: HttpRequest,
    person: Person,
    kind: Kind,
    content: Settings,
    form: Form,
    *,
    simulated: Simulated | None = None,
    refused: Refused | None = None,
) -> HttpResponse:
    text = canonical.canonical_bytes(content.to_json()).decode("utf-8") if policy_form.is_long(content) else ""
    elsewhere = ""
    if refused is not None:
        known = policy_form.names_of(policy_form.sections(content, form, person.books.base_currency))
        wanted = refused.field or ""
        if form.text("json"):
            wanted = "json"
        if wanted in {*known, "reason", "owner", "review_date", "json"}:
            form.refuse(wanted, refused)
        else:
            sentence = said(refused.refusal)
            elsewhere = " ".join(part for part in (wanted, sentence.title, sentence.why, sentence.passes) if part)
    page = pages.change_page(
        person,
        kind,
        content,
        form,
        review_date=reader.today() + YEAR,
        text=text,
        simulated=simulated,
        refusal=elsewhere,
    )
    crumbs = [_crumb(), Link(pages.kind_name(kind), page.back)]
    return door.show(
        request,
        person,
        "web/policy_form.html",
        page,
        title=page.title,
        section="policies",
        crumbs=crumbs,
        status=422 if refused else 200,
    )


def _content(kind: Kind, in_force: Settings, typed: Mapping[str, str], person: Person) -> Settings:
    """Read what was typed; JSON wins where there is some."""
    text = typed.get("json", "").strip()
    if text:
        return reads.content_from(kind, text.encode("utf-8"))
    return domain.read_content(kind, policy_form.content_json(in_force, typed, person.books.base_currency))


def _day(form: Form, name: str) -> date:
    try:
        return parse_date(form.text(name))
    except Refused as refused:
        raise refused.at(name) from None


def _crumb() -> Link:
    return Link(_("Policies"), "/policies")
