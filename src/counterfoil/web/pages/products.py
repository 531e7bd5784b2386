"""Products: the price list, and entering a product by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from counterfoil.crm import selectors as crm
from counterfoil.crm.domain import ProductKind, ProductStatus, TaxClass
from counterfoil.kernel.money import Money
from counterfoil.people.domain import BooksFacts
from counterfoil.standards import selectors as standards
from counterfoil.web.forms import Form
from counterfoil.web.pages.lists import ROWS, Question
from counterfoil.web.parts import Choice, Dot, Empty, FormPage, Link, Pager, Pill, Tone


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product of the price list."""

    code: str
    url: str
    name: str
    kind: str
    tax: str
    price: Money | None
    state: Pill
    aliases: tuple[Link, ...] = ()
    """What else it is called; a link takes that back, for who may."""


@dataclass(frozen=True, slots=True)
class ProductsPage:
    """The price list."""

    sentence: str
    query: str
    rows: tuple[ProductRow, ...]
    pager: Pager
    may_add: bool = False
    empty: Empty | None = None


def kind_name(kind: ProductKind) -> str:
    """Return a kind of product in words."""
    names: Mapping[ProductKind, str] = {
        ProductKind.GOOD: _("Good"),
        ProductKind.ONE_TIME_SERVICE: _("One-time service"),
        ProductKind.SUBSCRIPTION: _("Subscription"),
        ProductKind.USAGE: _("Usage"),
        ProductKind.LICENCE: _("Licence"),
    }
    return names[kind]


def products_page(asked: Question, *, may_add: bool, may_undo: bool) -> ProductsPage:
    """Fill the price list by code."""
    found = crm.products(search=asked.query, after=asked.place, limit=ROWS + 1)
    shown = found[:ROWS]
    called: dict[str, list[Link]] = {}
    for alias in standards.aliases():
        if alias.kind == standards.PRODUCT:
            called.setdefault(alias.target, []).append(Link(alias.text, f"/undo/alias:{alias.id}" if may_undo else ""))
    older = asked.url(after=shown[-1].key) if len(found) > ROWS else ""
    empty = None
    if not shown and asked.is_plain:
        empty = Empty(
            "product",
            _("No products yet"),
            _("A product decides the tax and when revenue is earned, so a deal needs one before it is invoiced."),
            Link(_("New product"), "/products/new") if may_add else None,
            Link(_("Import products"), "/imports?kind=products"),
        )
    return ProductsPage(
        sentence=_("A product decides the tax of its lines and when their revenue is earned."),
        query=asked.query,
        rows=tuple(
            ProductRow(
                code=row.code,
                url="",
                name=row.name,
                kind=kind_name(row.kind),
                tax=row.tax_class,
                price=row.price,
                state=Pill(_("Active"), Tone.GOOD)
                if row.status is ProductStatus.ACTIVE
                else Pill(_("Retired"), Tone.PLAIN, Dot.RING),
                aliases=tuple(called.get(row.code, ())),
            )
            for row in shown
        ),
        pager=Pager(len(shown), None, older, asked.url() if asked.place else ""),
        may_add=may_add,
        empty=empty,
    )


def product_form(books: BooksFacts, form: Form) -> FormPage:
    """Fill the form for a product."""
    kinds = [Choice(kind.value, kind_name(kind)) for kind in ProductKind]
    return FormPage(
        title=_("New product"),
        sentence=_("Its kind decides when revenue is earned, its tax class which rate applies."),
        action="/products/new",
        fields=(
            form.field("code", _("Code"), hint=_("As deals and invoices name it")),
            form.field("name", _("Name")),
            form.field("kind", _("Kind"), kind="select", choices=kinds, value=ProductKind.SUBSCRIPTION.value),
            form.field(
                "tax_class",
                _("Tax class"),
                kind="select",
                choices=[Choice(tax.value, tax.value.capitalize()) for tax in TaxClass],
                value=TaxClass.STANDARD.value,
            ),
            form.field(
                "price",
                _("List price, %(currency)s") % {"currency": books.base_currency.code},
                is_required=False,
                is_numeric=True,
                hint=_("Net of tax"),
            ),
            form.field(
                "unit_cost",
                _("Cost of one, %(currency)s") % {"currency": books.base_currency.code},
                is_required=False,
                is_numeric=True,
                hint=_("What it costs us; margins are computed with it"),
            ),
            form.field(
                "term_months",
                _("Runs for, months"),
                is_required=False,
                is_numeric=True,
                hint=_("For what is delivered over time, where a deal names no end"),
            ),
        ),
        button=_("Add the product"),
        back=Link(_("Back"), "/products"),
        once="",
        refused=len(form.refusals),
    )
