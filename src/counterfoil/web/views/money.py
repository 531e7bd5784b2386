"""Money coming in: bank lines to match, to assign and to take back, and payments by hand."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from counterfoil.crm import selectors as crm
from counterfoil.flows import receive_money as flow
from counterfoil.flows import undo as undoing
from counterfoil.infra import world
from counterfoil.kernel.errors import Refused
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.selectors import BankLineRow, NoSuchBankAccount, NoSuchLine
from counterfoil.web import addresses, door, reader, toasts
from counterfoil.web.forms import Form
from counterfoil.web.pages import bank as pages
from counterfoil.web.pages import payments as payment_pages
from counterfoil.web.parts import Link, Said, Undo
from counterfoil.web.saying import said


@require_safe
@door.open_to(Act.READ_BOOKS)
def bank(request: HttpRequest, person: Person) -> HttpResponse:
    """The lines of a bank account beside the one that is being settled."""
    return _show(request, person, _number(request.GET.get("line", "")))


@require_POST
@door.open_to(Act.RECEIVE)
def match_all(request: HttpRequest, person: Person) -> HttpResponse:
    """Settle every line that names exactly one open item of its amount."""
    done = flow.match(books_id=person.books.id, actor=door.actor(person), at=world.now())
    text = ngettext("Matched %(n)s line", "Matched %(n)s lines", done.matched) % {"n": reader.count(done.matched)}
    left = done.proposed + done.unmatched
    toasts.leave(request, text + (", " + _("%(n)s need you") % {"n": reader.count(left)} if left else ""))
    return HttpResponseRedirect(reverse("web:bank"))


@require_POST
@door.open_to(Act.RECEIVE)
def match(request: HttpRequest, person: Person, line_id: int) -> HttpResponse:
    """Settle the ticked items with a line."""
    chosen = [int(key) for key in request.POST.getlist("item") if key.isdecimal()]
    try:
        parts = pages.parts_of(person.books, line_id, chosen)
        if not parts:
            raise NothingTicked(field="item")
        flow.match_by_hand(
            books_id=person.books.id, line_id=line_id, parts=parts, actor=door.actor(person), at=world.now()
        )
    except NoSuchLine:
        raise Http404 from None
    except Refused as refused:
        return _show(request, person, line_id, said(refused.refusal))
    return _done(request, person, line_id)


class NothingTicked(Refused):
    """Nothing was chosen that the money could settle."""

    code = "nothing_ticked"


@require_POST
@door.open_to(Act.RECEIVE)
def assign(request: HttpRequest, person: Person, line_id: int) -> HttpResponse:
    """Post a line to an account, or keep it as a customer's credit."""
    form = Form(request.POST.dict())
    try:
        if form.text("customer"):
            flow.match_by_hand(
                books_id=person.books.id,
                line_id=line_id,
                customer_id=crm.customer_id(form.text("customer")),
                actor=door.actor(person),
                at=world.now(),
            )
        else:
            flow.assign(
                books_id=person.books.id,
                line_id=line_id,
                account=form.text("account"),
                actor=door.actor(person),
                at=world.now(),
            )
    except NoSuchLine:
        raise Http404 from None
    except Refused as refused:
        return _show(request, person, line_id, said(refused.refusal))
    return _done(request, person, line_id)


@require_POST
@door.open_to(Act.UNDO)
def undo(request: HttpRequest, person: Person, line_id: int) -> HttpResponse:
    """Take the match of one line back; where other acts stand on it, its plan is shown first."""
    try:
        _take_back(request, person, f"bank_line:{line_id}")
    except undoing.HasDependents as stopped:
        return _show_plan(stopped)
    except Refused as refused:
        return _show(request, person, line_id, said(refused.refusal))
    toasts.leave(request, _("Took the match back; the line is to do again"))
    return HttpResponseRedirect(f"{reverse('web:bank')}?line={line_id}")


@require_http_methods(["GET", "HEAD", "POST"])
@door.open_to(Act.RECEIVE)
def add_payment(request: HttpRequest, person: Person) -> HttpResponse:
    """Enter a payment by hand, before its bank line is there."""
    form = Form(request.POST.dict() if request.method == "POST" else request.GET.dict())
    page = payment_pages.payment_form(person.books, form, world.token(16))
    if request.method == "POST":
        try:
            asked = payment_pages.read(person.books, form)
            if asked is not None:
                payment, where = asked
                done = flow.record_payment(
                    books_id=person.books.id, payment=payment, actor=door.actor(person), at=world.now()
                )
                undo = _undo_of(person, done.payment_id, where)
                toasts.leave(request, _("Recorded %(amount)s") % {"amount": reader.symboled(payment.amount)}, undo)
                return HttpResponseRedirect(where)
        except Refused as refused:
            form.place(refused, "amount")
        page = payment_pages.payment_form(person.books, form, form.text("once"))
    return door.show(
        request,
        person,
        "web/form.html",
        page,
        title=page.title,
        section="bank",
        crumbs=[Link(_("Bank matching"), reverse("web:bank"))],
        status=422 if form.is_refused else 200,
    )


def _undo_of(person: Person, payment_id: int | None, where: str) -> Undo | None:
    if payment_id is None or not person.may(Act.UNDO):
        return None
    return Undo(reverse("web:payment-undo", args=[payment_id]), _("Undo"), (("next", where),))


@require_POST
@door.open_to(Act.UNDO)
def undo_payment(request: HttpRequest, person: Person, payment_id: int) -> HttpResponse:
    """Take a payment by hand back; what it settled is open again. Where other acts stand on it, its plan is shown."""
    try:
        _take_back(request, person, f"payment:{payment_id}")
    except undoing.HasDependents as stopped:
        return _show_plan(stopped)
    toasts.leave(request, _("Took payment %(number)s back") % {"number": addresses.payment_number(payment_id)})
    return HttpResponseRedirect(door.next_url(request, reverse("web:bank")))


def _take_back(request: HttpRequest, person: Person, target: str) -> None:
    undoing.undo(
        books_id=person.books.id,
        target=target,
        reason=request.POST.get("reason", "").strip() or _("taken back by hand"),
        actor=door.actor(person),
        at=world.now(),
    )


def _show_plan(stopped: undoing.HasDependents) -> HttpResponse:
    return HttpResponseRedirect(reverse("web:undo", args=[stopped.facts["target"]]))


def _done(request: HttpRequest, person: Person, line_id: int) -> HttpResponse:
    """Say what was matched, with its undo, and go on with the next line."""
    row = receivables.bank_line(person.books.id, line_id)
    text = _("Matched %(who)s, %(amount)s") % {
        "who": row.counterparty or row.text[:40],
        "amount": reader.money(row.amount),
    }
    toasts.leave(request, text, Undo(reverse("web:bank-undo", args=[line_id]), _("Undo")))
    return HttpResponseRedirect(_next(row))


def _next(row: BankLineRow) -> str:
    return f"{reverse('web:bank')}?account={row.bank_account_id}"


def _show(request: HttpRequest, person: Person, line_id: int | None, refusal: Said | None = None) -> HttpResponse:
    try:
        page = pages.bank_page(
            person,
            account_id=_number(request.GET.get("account", "")),
            view=request.GET.get("view", ""),
            query=request.GET.get("q", "").strip()[:200],
            place=request.GET.get("after", ""),
            line_id=line_id,
            refusal=refusal,
        )
    except (NoSuchLine, NoSuchBankAccount):
        raise Http404 from None
    crumbs = [Link(_("Collect"))]
    return door.show(
        request,
        person,
        "web/bank.html",
        page,
        title=_("Bank matching"),
        section="bank",
        crumbs=crumbs,
        status=422 if refusal else 200,
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None
