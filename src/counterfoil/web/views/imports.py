"""Files in: try, import, look at what was refused, take back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from counterfoil.crm import selectors as crm
from counterfoil.crm.selectors import NoSuchImport
from counterfoil.flows import autonomy as compared
from counterfoil.flows import import_file as flow
from counterfoil.flows import import_invoices
from counterfoil.flows import receive_money as bank_flow
from counterfoil.infra import world
from counterfoil.kernel.errors import Refused
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.web import addresses, door, toasts, uploads
from counterfoil.web.forms import Form, UnknownChoice
from counterfoil.web.pages import imports as pages
from counterfoil.web.pages.imports import Outcome
from counterfoil.web.parts import Link
from counterfoil.web.saying import say

BANK = "bank"
WAITING = "import"


@dataclass(frozen=True, slots=True)
class Given:
    """A file as it was given: what it holds, what reads it, and its bytes."""

    kind: str
    profile: str
    name: str
    data: bytes


@require_http_methods(["GET", "HEAD", "POST"])
@door.open_to(Act.IMPORT)
def imports(request: HttpRequest, person: Person) -> HttpResponse:
    """What was brought in so far, and a file to bring in: tried first, or at once."""
    form = Form(request.POST.dict())
    kind = request.GET.get("kind", "")
    after = request.GET.get("after", "")
    page = pages.imports_page(form, kind, int(after) if after.isdecimal() else None)
    if request.method == "POST":
        given = _given(request, form)
        if given is not None:
            try:
                return _tried(request, person, given) if form.text("dry") else _run(request, person, given)
            except Refused as refused:
                form.place(refused, "file")
        page = pages.imports_page(form, kind, None)
    return door.show(
        request,
        person,
        "web/imports.html",
        page,
        title=_("Imports"),
        section="imports",
        status=422 if form.is_refused else 200,
    )


def _given(request: HttpRequest, form: Form) -> Given | None:
    kind = form.text("kind")
    if kind not in pages.KINDS:
        form.refuse("kind", UnknownChoice(text=kind[:40]))
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        form.require("file", _("Choose a file"))
        return None
    return None if form.is_refused else Given(kind, form.text("profile"), (file.name or "")[:200], file.read())


def _tried(request: HttpRequest, person: Person, given: Given) -> HttpResponse:
    """Say what an import would do, and keep the file for an hour so that it can be brought in with one click."""
    outcome = _imported(person, given, dry_run=True)
    token = uploads.keep(given.data) if outcome.accepted else ""
    request.session[WAITING] = {"token": token, "kind": given.kind, "profile": given.profile, "name": given.name}
    fills = {} if given.kind in (BANK, import_invoices.KIND) else flow.fills(given.kind, given.profile, person.books.id)
    page = pages.result_page(
        outcome, kind=given.kind, file_name=given.name, profile=given.profile, fills=fills, token=token
    )
    crumbs = [Link(_("Imports"), reverse("web:imports"))]
    return door.show(request, person, "web/import.html", page, title=given.name, section="imports", crumbs=crumbs)


@require_POST
@door.open_to(Act.IMPORT)
def run(request: HttpRequest, person: Person) -> HttpResponse:
    """Bring in the file that was tried."""
    waiting = request.session.pop(WAITING, None)
    token = request.POST.get("token", "")
    data = uploads.found(token) if waiting and waiting["token"] == token else None
    if data is None:
        raise FileIsGone(field="file")
    uploads.drop(token)
    return _run(request, person, Given(waiting["kind"], waiting["profile"], waiting["name"], data))


class FileIsGone(Refused):
    """The file that was tried is kept for an hour only."""

    code = "file_is_gone"


def _run(request: HttpRequest, person: Person, given: Given) -> HttpResponse:
    outcome = _imported(person, given, dry_run=False)
    if outcome.batch is None:
        toasts.leave(request, _("Nothing new in %(name)s") % {"name": given.name})
        return HttpResponseRedirect(reverse("web:imports"))
    return HttpResponseRedirect(addresses.import_url(outcome.batch))


def _imported(person: Person, given: Given, *, dry_run: bool) -> Outcome:
    at, actor = world.now(), door.actor(person)
    if given.kind == BANK:
        return Outcome.of_bank(
            bank_flow.import_bank(
                books_id=person.books.id,
                data=given.data,
                file_name=given.name,
                profile=given.profile,
                dry_run=dry_run,
                actor=actor,
                at=at,
            )
        )
    if given.kind == import_invoices.KIND:
        result = import_invoices.import_invoices(
            books_id=person.books.id,
            data=given.data,
            file_name=given.name,
            profile=given.profile,
            dry_run=dry_run,
            actor=actor,
            at=at,
        )
        if not dry_run:
            compared.check_all(books_id=person.books.id, at=at)
        return Outcome.of_file(result)
    return Outcome.of_file(
        flow.import_file(
            kind=given.kind,
            data=given.data,
            file_name=given.name,
            profile=given.profile,
            dry_run=dry_run,
            actor=actor,
            books_id=person.books.id,
            at=at,
        )
    )


@require_safe
@door.open_to(Act.IMPORT)
def one(request: HttpRequest, person: Person, batch_id: int) -> HttpResponse:
    """One import with its refused rows."""
    after = request.GET.get("after", "")
    try:
        page = pages.import_page(batch_id, int(after) if after.isdecimal() else 0, may_undo=person.may(Act.IMPORT))
    except NoSuchImport:
        raise Http404 from None
    crumbs = [Link(_("Imports"), reverse("web:imports"))]
    return door.show(request, person, "web/import.html", page, title=page.title, section="imports", crumbs=crumbs)


@require_safe
@door.open_to(Act.IMPORT)
def errors(request: HttpRequest, person: Person, batch_id: int) -> HttpResponseBase:
    """The refused rows as a file, to be corrected and brought in again."""
    try:
        crm.import_of(batch_id)
    except NoSuchImport:
        raise Http404 from None
    lines: Iterator[str] = flow.error_file(crm.all_refusals(batch_id), say)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{addresses.import_number(batch_id)}-refused.csv"'
    return response


@require_POST
@door.open_to(Act.IMPORT)
def undo(request: HttpRequest, person: Person, batch_id: int) -> HttpResponse:
    """Take a whole import back."""
    batch = crm.import_of(batch_id)
    if batch.kind == BANK:
        bank_flow.undo_bank_import(
            books_id=person.books.id, batch_id=batch_id, actor=door.actor(person), at=world.now()
        )
    elif batch.kind == import_invoices.KIND:
        import_invoices.undo_invoices(
            books_id=person.books.id, batch_id=batch_id, actor=door.actor(person), at=world.now()
        )
    else:
        flow.undo_import(batch_id=batch_id, actor=door.actor(person), at=world.now())
    toasts.leave(request, _("Took back %(name)s") % {"name": batch.file_name})
    return HttpResponseRedirect(addresses.import_url(batch_id))
