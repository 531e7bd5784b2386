"""Reading the price list."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from counterfoil.crm.domain import ProductFacts, ProductKind, ProductStatus, key_of
from counterfoil.crm.models import Product
from counterfoil.kernel.currency import currency
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.money import Money


class NoSuchProduct(Refused):
    """The price list has no product with this code."""

    code = "no_such_product"


_FACTS = (
    "code_key", "id", "code", "name", "kind", "tax_class", "price_minor", "currency", "status", "term_months",
    "unit_cost_minor",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product in a list; `key` is where the next page begins."""

    id: int
    code: str
    name: str
    kind: ProductKind
    tax_class: str
    price: Money | None
    status: ProductStatus
    term_months: int | None
    key: str
    unit_cost: Money | None = None


def products(*, search: str = "", after: str = "", limit: int = 50) -> list[ProductRow]:
    """Return products by code, `limit` of them after the key of the page before; one statement."""
    rows = Product.objects.order_by("code_key").filter(code_key__gt=after)
    if search:
        rows = rows.filter(Q(code_key__contains=key_of(search)) | Q(name__icontains=search))
    return [
        ProductRow(
            row.pk,
            row.code,
            row.name,
            ProductKind(row.kind),
            row.tax_class,
            None if row.price_minor is None else Money(row.price_minor, currency(row.currency)),
            ProductStatus(row.status),
            row.term_months,
            row.code_key,
            None if row.unit_cost_minor is None else Money(row.unit_cost_minor, currency(row.currency)),
        )
        for row in rows[:limit]
    ]


def product_facts() -> dict[str, ProductFacts]:
    """Return the whole price list by key of code; one statement."""
    return {
        key: ProductFacts(
            id_, code, name, ProductKind(kind), tax_class, price, unit, ProductStatus(status), term_months, cost
        )
        for (
            key,
            id_,
            code,
            name,
            kind,
            tax_class,
            price,
            unit,
            status,
            term_months,
            cost,
        ) in Product.objects.values_list(*_FACTS)
    }


def product(code: str) -> ProductFacts:
    """Return the product with a code, blanks around it and upper or lower case aside.

    Raises:
        NoSuchProduct: there is none.
    """
    row = Product.objects.filter(code_key=key_of(code)).first()
    if row is None:
        raise NoSuchProduct(field="product", product=code[:80])
    return ProductFacts(
        row.pk,
        row.code,
        row.name,
        ProductKind(row.kind),
        row.tax_class,
        row.price_minor,
        row.currency,
        ProductStatus(row.status),
        row.term_months,
        row.unit_cost_minor,
    )
