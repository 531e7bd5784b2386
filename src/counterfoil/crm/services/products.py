"""Writing the price list by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.crm import columns, selectors
from counterfoil.crm.domain import ProductDraft, key_of
from counterfoil.crm.models import Product
from counterfoil.kernel.errors import Fact, Refused


class ProductExists(Refused):
    """The price list has a product with this code already, upper and lower case aside."""

    code = "product_exists"


class CostInOtherCurrency(Refused):
    """What a unit costs is stated in the currency of its price, so that there is a margin to speak of."""

    code = "cost_in_other_currency"


class MissingTerm(Refused):
    """What is sold by time needs to say for how long."""

    code = "missing_term_months"


@transaction.atomic
def add_product(*, draft: ProductDraft, actor: Actor, at: datetime) -> int:
    """Add a product and return its id.

    Raises:
        ProductExists: the code is taken.
        MissingTerm: sold by time, and it does not say for how long.
        MissingValue, Refused: a value is missing or cannot be read; the refusal names the field.
    """
    values = _cleaned(draft)
    if Product.objects.filter(code_key=key_of(str(values["code"]))).exists():
        raise ProductExists(field="code", product=values["code"])
    product = Product.objects.create(**values, code_key=key_of(str(values["code"])), updated_at=at)
    audit.record(kind="crm.product_added", actor=actor, subject=f"product:{product.pk}", body=_written(values), at=at)
    return int(product.pk)


@transaction.atomic
def update_product(*, code: str, draft: ProductDraft, actor: Actor, at: datetime) -> bool:
    """Set a product's values; its code stays. Returns whether anything changed.

    Raises:
        NoSuchProduct: the price list has none with this code.
        MissingTerm, MissingValue, Refused: as for `add_product`.
    """
    values = _cleaned(draft)
    del values["code"]
    product = Product.objects.select_for_update().filter(code_key=key_of(code)).first()
    if product is None:
        raise selectors.NoSuchProduct(field="product", product=code[:80])
    changed = {name: value for name, value in values.items() if getattr(product, name) != value}
    if not changed:
        return False
    Product.objects.filter(id=product.pk).update(**values, touched_in=None, updated_at=at)
    audit.record(
        kind="crm.product_changed", actor=actor, subject=f"product:{product.pk}", body=_written(changed), at=at
    )
    return True


def _cleaned(draft: ProductDraft) -> dict[str, str | int | None]:
    values: dict[str, str | int | None] = {
        "code": columns.by_hand("products", "code", draft.code),
        "name": columns.by_hand("products", "name", draft.name or draft.code),
        "kind": draft.kind.value,
        "tax_class": draft.tax_class.value,
        "price_minor": draft.price.minor if draft.price else None,
        "unit_cost_minor": None if draft.unit_cost is None else draft.unit_cost.minor,
        "currency": money.currency.code
        if (money := draft.unit_cost if draft.price is None else draft.price) is not None
        else "",
        "status": draft.status.value,
        "term_months": draft.term_months if draft.kind.is_over_time else None,
    }
    if draft.price is not None and draft.unit_cost is not None and draft.price.currency != draft.unit_cost.currency:
        raise CostInOtherCurrency(
            field="unit_cost", price=draft.price.currency.code, unit_cost=draft.unit_cost.currency.code
        )
    if not values["code"]:
        raise columns.MissingValue(field="code")
    if draft.kind.is_over_time and not draft.term_months:
        raise MissingTerm(field="term_months", kind=draft.kind.value)
    return values


def _written(values: Mapping[str, Fact]) -> dict[str, Fact]:
    return {name: value for name, value in values.items() if value not in ("", None)}
