"""Deals, customers and products."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from counterfoil.connectors.embedded import EmbeddedAccounting, EmbeddedCrm
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm import services as crm
from counterfoil.crm.domain import CustomerDraft, OpportunityFacts, ProductDraft, ProductKind, Stage, TaxClass
from counterfoil.crm.selectors import NoSuchCustomer, NoSuchOpportunity
from counterfoil.flows import close_deals as flow
from counterfoil.flows.aliases import confirm_alias
from counterfoil.flows.close_deals import Closed
from counterfoil.flows.preview import Change, changed, previews
from counterfoil.flows.win_deal import NotReady, change_terms, win_deal
from counterfoil.infra import world
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import Money
from counterfoil.kernel.text import BadNumber, parse_amount
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.web import addresses, door, reader, toasts
from counterfoil.web.forms import Form
from counterfoil.web.pages import asking as asking_pages
from counterfoil.web.pages import customers as customer_pages
from counterfoil.web.pages import deals as deal_pages
from counterfoil.web.pages import products as product_pages
from counterfoil.web.pages import terms as terms_pages
from counterfoil.web.pages.asking import Asking
from counterfoil.web.pages.lists import Question
from counterfoil.web.pages.terms import FinancePreview
from counterfoil.web.parts import FormPage, Link

MOST_MONTHS = 1_200


@require_safe
@door.open_to(Act.READ_SALES)
def deals(request: HttpRequest, person: Person) -> HttpResponse:
    """The deals of one view."""
    asked = Question.of(reverse("web:deals"), request.GET)
    page = deal_pages.deals_page(person, asked)
    return door.show(request, person, "web/deals.html", page, title=_("Deals"), section="deals")


@require_safe
@door.open_to(Act.READ_SALES)
def deal(request: HttpRequest, person: Person, opportunity_id: int) -> HttpResponse:
    """One deal."""
    return _deal(request, person, opportunity_id, Form({}))


def _deal(request: HttpRequest, person: Person, opportunity_id: int, form: Form) -> HttpResponse:
    """Show a deal, with what may be typed over it and what that means while it is not signed."""
    try:
        page = deal_pages.deal_page(person, opportunity_id)
    except NoSuchOpportunity:
        raise Http404 from None
    (facts,) = crm_reads.opportunity_facts([opportunity_id])
    is_open = not page.is_signed and facts.said.stage != Stage.LOST
    terms = terms_pages.terms_form(facts, form) if is_open and person.may(Act.EDIT_SALES) else None
    more = {
        "terms": terms,
        "preview": _finance_preview(person, facts, form) if is_open else None,
        "asking": _asking(person, facts) if is_open else None,
    }
    return door.show(
        request,
        person,
        "web/deal.html",
        page,
        title=page.number,
        section="deals",
        crumbs=[Link(_("Deals"), reverse("web:deals"))],
        status=422 if form.is_refused else 200,
        **more,
    )


@require_safe
@door.open_to(Act.READ_SALES)
def deal_preview(request: HttpRequest, person: Person, opportunity_id: int) -> HttpResponse:
    """What a deal would become as it is typed; nothing is saved."""
    form = Form(request.GET.dict())
    found = crm_reads.opportunity_facts([opportunity_id])
    if not found:
        raise Http404
    if not request.headers.get("HX-Request") or request.headers.get("HX-Boosted"):
        return _deal(request, person, opportunity_id, form)
    preview = _finance_preview(person, found[0], form)
    return render(request, "web/parts/finance_preview.html", {"preview": preview})


def _asking(person: Person, facts: OpportunityFacts) -> Asking:
    """What an approval of the deal as it is saved could be asked for, and what finance asks."""
    (saved,) = previews(books_id=person.books.id, sink=EmbeddedAccounting(), facts=[facts], today=reader.today())
    return asking_pages.of_deal(person, facts.opportunity_id, facts.version_hash, saved.held, world.now())


def _finance_preview(person: Person, facts: OpportunityFacts, form: Form) -> FinancePreview:
    change = terms_pages.change_of(facts, form) if form.typed else Change()
    typed, saved = previews(
        books_id=person.books.id, sink=EmbeddedAccounting(), facts=[changed(facts, change), facts], today=reader.today()
    )
    url = f"{addresses.deal_url(facts.opportunity_id)}/preview" if person.may(Act.EDIT_SALES) else ""
    return terms_pages.finance_preview(typed, saved, tuple(form.refusals.values()), url=url)


@require_POST
@door.open_to(Act.EDIT_SALES)
def save_terms(request: HttpRequest, person: Person, opportunity_id: int) -> HttpResponse:
    """Save what was typed over a deal; a refusal stands under its field and nothing typed is lost."""
    form = Form(request.POST.dict())
    found = crm_reads.opportunity_facts([opportunity_id])
    if not found:
        raise Http404
    terms_pages.terms_form(found[0], form)
    change = terms_pages.change_of(found[0], form)
    if not form.is_refused:
        try:
            change_terms(opportunity_id=opportunity_id, change=change, actor=door.actor(person), at=world.now())
        except Refused as refused:
            form.place(refused, "terms")
    if form.is_refused:
        return _deal(request, person, opportunity_id, form)
    toasts.leave(request, _("Saved the terms of %(deal)s") % {"deal": addresses.deal_number(opportunity_id)})
    return HttpResponseRedirect(addresses.deal_url(opportunity_id))


@require_safe
@door.open_to(Act.READ_SALES)
def held(request: HttpRequest, person: Person) -> HttpResponse:
    """The won deals that finance holds."""
    asked = Question.of(reverse("web:held"), request.GET)
    code, value = request.GET.get("reason", "")[:60], request.GET.get("value", "")[:255]
    page = deal_pages.held_page(person, asked, code, value)
    crumbs = [Link(_("Deals"), reverse("web:deals"))]
    return door.show(request, person, "web/held.html", page, title=_("Held deals"), section="held", crumbs=crumbs)


@require_POST
@door.open_to(Act.CLOSE_DEALS)
def close_all(request: HttpRequest, person: Person) -> HttpResponse:
    """Invoice every won deal that passes; the others are held with their reasons."""
    closed = _close(person)
    toasts.leave(request, _said_closed(closed))
    return HttpResponseRedirect(reverse("web:held") if closed.held else door.next_url(request, reverse("web:deals")))


@require_POST
@door.open_to(Act.CLOSE_DEALS)
def close_one(request: HttpRequest, person: Person, opportunity_id: int) -> HttpResponse:
    """Invoice one won deal, or hold it with its reasons."""
    toasts.leave(request, _said_closed(_close(person, [opportunity_id])))
    return HttpResponseRedirect(addresses.deal_url(opportunity_id))


def _close(person: Person, only: Sequence[int] | None = None) -> Closed:
    return flow.close_deals(
        books_id=person.books.id,
        source=EmbeddedCrm(),
        sink=EmbeddedAccounting(),
        time_zone=person.books.time_zone,
        only=only,
        is_confirmed=only is not None,
        actor=door.actor(person),
    )


def _said_closed(closed: Closed) -> str:
    if closed.stopped_by:
        return _("Stopped by %(name)s: the rest waits") % {"name": closed.stopped_by.partition(":")[2]}
    if closed.suggested:
        return _("%(n)s wait for a person to confirm, in Review") % {"n": reader.count(closed.suggested)}
    if closed.observed:
        return _("%(n)s judged in the background; nothing was written") % {"n": reader.count(closed.observed)}
    if not closed.invoiced and not closed.held:
        return _("Nothing to do: every won deal is invoiced")
    invoiced = ngettext("Invoiced %(n)s deal", "Invoiced %(n)s deals", closed.invoiced) % {
        "n": reader.count(closed.invoiced)
    }
    if not closed.held:
        return invoiced
    return _("%(invoiced)s, %(held)s held") % {"invoiced": invoiced, "held": reader.count(closed.held)}


@require_POST
@door.open_to(Act.EDIT_SALES)
def win(request: HttpRequest, person: Person, opportunity_id: int) -> HttpResponse:
    """Move a deal to Won; refused while something is missing that finance needs."""
    try:
        win_deal(opportunity_id=opportunity_id, actor=door.actor(person), at=world.now())
    except NotReady:
        return HttpResponseRedirect(addresses.deal_url(opportunity_id))
    toasts.leave(request, _("%(deal)s is won") % {"deal": addresses.deal_number(opportunity_id)})
    return HttpResponseRedirect(addresses.deal_url(opportunity_id))


@require_POST
@door.open_to(Act.CONFIRM_ALIAS)
def alias(request: HttpRequest, person: Person) -> HttpResponse:
    """Confirm once what a name of the CRM means; deals that were held for it alone pass from now on."""
    form = Form(request.POST.dict())
    done = confirm_alias(
        kind=form.pick("kind", AliasKind),
        text=form.typed.get("text", "")[:255],
        target=form.text("target") or form.text("other"),
        books_id=person.books.id,
        actor=door.actor(person),
        at=world.now(),
    )
    said = _("“%(text)s” means %(target)s") % {"text": done.text, "target": done.target}
    if done.held:
        freed = ngettext("%(n)s held deal can be invoiced", "%(n)s held deals can be invoiced", done.held)
        said += ". " + freed % {"n": reader.count(done.held)}
    toasts.leave(request, said)
    return HttpResponseRedirect(door.next_url(request, reverse("web:held")))


class AliasKind(StrEnum):
    """What a name may mean."""

    PRODUCT = "product"
    CUSTOMER = "customer"


@require_safe
@door.open_to(Act.READ_SALES)
def customers(request: HttpRequest, person: Person) -> HttpResponse:
    """The customers by name."""
    asked = Question.of(reverse("web:customers"), request.GET)
    page = customer_pages.customers_page(person.books, asked, may_add=person.may(Act.EDIT_SALES))
    return door.show(request, person, "web/customers.html", page, title=_("Customers"), section="customers")


@require_safe
@door.open_to(Act.READ_SALES)
def customer(request: HttpRequest, person: Person, customer_id: int) -> HttpResponse:
    """Everything about one customer."""
    try:
        page = customer_pages.customer_page(person, customer_id)
    except NoSuchCustomer:
        raise Http404 from None
    crumbs = [Link(_("Customers"), reverse("web:customers"))]
    return door.show(request, person, "web/customer.html", page, title=page.name, section="customers", crumbs=crumbs)


@require_http_methods(["GET", "HEAD", "POST"])
@door.open_to(Act.EDIT_SALES)
def add_customer(request: HttpRequest, person: Person) -> HttpResponse:
    """Enter a customer by hand."""

    def store(form: Form) -> str:
        draft = _customer_draft(form)
        customer_id = crm.add_customer(draft=draft, actor=door.actor(person), at=world.now())
        toasts.leave(request, _("Added %(name)s") % {"name": draft.name})
        return addresses.customer_url(customer_id)

    return _form(request, person, lambda form: customer_pages.customer_form(person.books, form), store, "customers")


@require_http_methods(["GET", "HEAD", "POST"])
@door.open_to(Act.EDIT_SALES)
def change_customer(request: HttpRequest, person: Person, customer_id: int) -> HttpResponse:
    """Change what is known of a customer; issued documents keep what they were issued with."""

    def store(form: Form) -> str:
        draft = _customer_draft(form)
        crm.update_customer(customer_id=customer_id, draft=draft, actor=door.actor(person), at=world.now())
        toasts.leave(request, _("Saved %(name)s") % {"name": draft.name})
        return addresses.customer_url(customer_id)

    try:
        return _form(
            request,
            person,
            lambda form: customer_pages.customer_form(person.books, form, customer_id=customer_id),
            store,
            "customers",
        )
    except NoSuchCustomer:
        raise Http404 from None


def _customer_draft(form: Form) -> CustomerDraft:
    return CustomerDraft(
        name=form.text("name"),
        country=form.text("country").upper(),
        vat_id=form.text("vat_id"),
        currency=form.text("currency").upper(),
        terms=form.text("terms"),
        email=form.text("email"),
        street=form.text("street"),
        postal_code=form.text("postal_code"),
        city=form.text("city"),
        segment=form.text("segment"),
    )


@require_safe
@door.open_to(Act.READ_SALES)
def products(request: HttpRequest, person: Person) -> HttpResponse:
    """The price list."""
    asked = Question.of(reverse("web:products"), request.GET)
    page = product_pages.products_page(asked, may_add=person.may(Act.CONFIRM_ALIAS), may_undo=person.may(Act.UNDO))
    return door.show(request, person, "web/products.html", page, title=_("Products"), section="products")


@require_http_methods(["GET", "HEAD", "POST"])
@door.open_to(Act.CONFIRM_ALIAS)
def add_product(request: HttpRequest, person: Person) -> HttpResponse:
    """Enter a product by hand."""

    def store(form: Form) -> str:
        price = form.read("price", lambda text: _price(text, person)) if form.text("price") else None
        cost = form.read("unit_cost", lambda text: _price(text, person)) if form.text("unit_cost") else None
        months = form.read("term_months", _months) if form.text("term_months") else None
        if form.is_refused:
            return ""
        draft = ProductDraft(
            code=form.text("code"),
            name=form.text("name"),
            kind=form.pick("kind", ProductKind),
            tax_class=form.pick("tax_class", TaxClass),
            price=price,
            term_months=months,
            unit_cost=cost,
        )
        crm.add_product(draft=draft, actor=door.actor(person), at=world.now())
        toasts.leave(request, _("Added %(code)s") % {"code": draft.code})
        return reverse("web:products")

    return _form(request, person, lambda form: product_pages.product_form(person.books, form), store, "products")


def _price(text: str, person: Person) -> Money:
    return parse_amount(text, person.books.base_currency)


def _months(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:6]) <= MOST_MONTHS):
        raise BadNumber(text=text[:40])
    return int(text)


def _form(
    request: HttpRequest,
    person: Person,
    fill: Callable[[Form], FormPage],
    store: Callable[[Form], str],
    section: str,
) -> HttpResponse:
    """Show a form, or store what was typed; a refusal stands under its field and nothing typed is lost."""
    form = Form(request.POST.dict())
    page = fill(form)
    if request.method == "POST":
        try:
            where = store(form)
        except Refused as refused:
            form.place(refused, page.fields[0].name)
            where = ""
        if where:
            return HttpResponseRedirect(where)
        page = fill(form)
    status = 422 if form.is_refused else 200
    return door.show(
        request, person, "web/form.html", page, title=page.title, section=section, crumbs=[page.back], status=status
    )
