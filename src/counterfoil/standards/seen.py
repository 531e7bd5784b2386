"""What was consulted about an opportunity, as canonical JSON, and the same judgement made again from it.

The text of the standard is kept once by its hash (`standard_json`); what an opportunity said, its customer, the
products that its lines name and the names that were suggested are kept with each decision (`seen`). A judgement made
again from both is the first one, field by field, whatever the catalogue holds by now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from counterfoil.crm.domain import (
    CustomerFacts,
    OpportunityFacts,
    ProductFacts,
    ProductKind,
    ProductStatus,
    content,
    key_of,
    said_of,
)
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding
from counterfoil.standards.domain import Catalogue, Deal, Requirement, RuleSpec, Standard, validate


def standard_json(standard: Standard) -> dict[str, Fact]:
    """Return everything that a standard demands, with the reasons it gives."""
    return {
        "required": {
            stage: [[wanted.field, wanted.why, sorted(wanted.not_for)] for wanted in requirements]
            for stage, requirements in standard.requirements.items()
        },
        "rules": [[spec.kind, dict(spec.params), spec.why, sorted(spec.not_for)] for _, spec in standard.checks],
    }


def standard_from(kept: Mapping[str, Any]) -> Standard:
    """Return a standard from how it is kept: the inverse of `standard_json`."""
    return Standard.of(
        [
            (stage, Requirement(field, why, frozenset(not_for)))
            for stage, wanted in kept["required"].items()
            for field, why, not_for in wanted
        ],
        [RuleSpec(kind, params, why, frozenset(not_for)) for kind, params, why, not_for in kept["rules"]],
    )


def seen(facts: OpportunityFacts, catalogue: Catalogue) -> dict[str, Any]:
    """Return all that a judgement of an opportunity reads: what it said, and what was looked up for it."""
    said = facts.said
    customer_id, text = facts.customer_id, said.customer_text
    found: dict[str, Fact] = {
        "said": content(said),
        "opportunity": facts.opportunity_id,
        "owner": facts.owner,
        "version": facts.version_hash,
        "customer": None if customer_id is None else _customer_json(catalogue.customers[customer_id]),
        "products": {line.product_text: _product(line.product_text, catalogue) for line in said.lines},
    }
    if customer_id is None and text:
        if key_of(text) in catalogue.ambiguous:
            found["is_ambiguous"] = True
        else:
            found["customer_meant"] = catalogue.customer_suggestion(text)
    return found


def judged_again(
    inputs: Mapping[str, Any], standard: Standard, *, books_id: int = 0
) -> tuple[OpportunityFacts, Deal | tuple[Finding, ...]]:
    """Hold what was seen against a standard again: the deal, or everything that stands against it."""
    said = said_of(inputs["said"])
    customer = inputs["customer"]
    customers = {} if customer is None else {customer["id"]: _customer_of(customer)}
    suggested: dict[tuple[str, str], str | None] = {}
    products = {}
    for text, found in inputs["products"].items():
        if found is not None and "code" in found:
            products[key_of(text)] = _product_of(found)
        elif text:
            suggested["product", text] = found and found["meant"]
    suggested["customer", said.customer_text] = inputs.get("customer_meant")
    ambiguous = {key_of(said.customer_text)} if inputs.get("is_ambiguous") else frozenset[str]()
    facts = OpportunityFacts(
        inputs["opportunity"], books_id, None if customer is None else customer["id"], inputs["owner"], said,
        inputs["version"],
    )  # fmt: skip
    return facts, validate(facts, Catalogue(products, customers, (), ambiguous, suggested), standard)


def products_named(texts: Iterable[str], catalogue: Catalogue) -> dict[str, Fact]:
    """Return what texts mean in a catalogue, as `seen` keeps it: for a "What if" with another product."""
    return {text: _product(text, catalogue) for text in texts}


def customer_named(customer: CustomerFacts) -> dict[str, Fact]:
    """Return a customer as `seen` keeps it."""
    return _customer_json(customer)


def _product(text: str, catalogue: Catalogue) -> Fact:
    product = catalogue.products.get(key_of(text))
    if product is not None:
        return _product_json(product)
    if not text:
        return None
    meant = catalogue.product_suggestion(text)
    return {"meant": meant, "as": None if meant is None else _product_json(catalogue.products[key_of(meant)])}


@lru_cache(4096)
def _product_json(product: ProductFacts) -> dict[str, Fact]:
    return {
        "id": product.id,
        "code": product.code,
        "name": product.name,
        "kind": product.kind.value,
        "tax_class": product.tax_class,
        "price_minor": product.price_minor,
        "currency": product.currency,
        "status": product.status.value,
        "term_months": product.term_months,
    }


def _product_of(kept: Mapping[str, Any]) -> ProductFacts:
    return ProductFacts(**{**kept, "kind": ProductKind(kept["kind"]), "status": ProductStatus(kept["status"])})


@lru_cache(4096)
def _customer_json(customer: CustomerFacts) -> dict[str, Fact]:
    return {
        "id": customer.id,
        "name": customer.name,
        "country": customer.country,
        "is_po_required": customer.is_po_required,
        "is_blocked": customer.is_blocked,
    }


def _customer_of(kept: Mapping[str, Any]) -> CustomerFacts:
    return CustomerFacts(**kept)


def fixes(inputs: Mapping[str, Any], findings: Sequence[Finding]) -> dict[str, Fact] | None:
    """Return what of the inputs would have to be otherwise for each finding to go, or None where one names no way.

    The keys are fields of what was said, or `product:TEXT` and `customer`, which a person would have to confirm.
    """
    wanted: dict[str, Fact] = {}
    for finding in findings:
        fix = _fix(inputs, finding)
        if fix is None:
            return None
        wanted.update(fix)
    return wanted


def changed(inputs: Mapping[str, Any], changes: Mapping[str, Fact]) -> dict[str, Any]:
    """Return inputs as they would be with such changes; a customer's name is for a person to confirm."""
    said, products = dict(inputs["said"]), dict(inputs["products"])
    for name, value in changes.items():
        what, _, text = name.partition(":")
        if what == "product":
            products[text] = products[text]["as"]
        elif what in said and not text:
            said[what] = value
    return {**inputs, "said": said, "products": products}


def _fix(inputs: Mapping[str, Any], finding: Finding) -> dict[str, Fact] | None:
    facts = finding.facts
    match finding.code:
        case "amount_not_signed":
            return {"amount_state": "signed"}
        case "unknown_product" | "unknown_customer" if facts.get("did_you_mean"):
            what = finding.code.removeprefix("unknown_")
            return {f"{what}:{facts['text']}": facts["did_you_mean"]}
        case "lines_do_not_sum":
            nets = [line["amount_minor"] for line in inputs["said"]["lines"]]
            return None if None in nets else {"amount_minor": sum(nets)}
        case _:
            return None
