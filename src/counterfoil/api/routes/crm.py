"""Customers, the people there, and the price list."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from counterfoil.api import fields, paging, references
from counterfoil.api.asking import Asked
from counterfoil.api.fields import PAGE, After, CurrencyCode, In, Instant, Line, Named, Number, Out, Reference, Rows
from counterfoil.api.routing import Routes
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm import services as crm
from counterfoil.crm.domain import (
    ActivityDraft,
    ActivityKind,
    ContactDraft,
    CustomerDraft,
    ProductDraft,
    ProductKind,
    ProductStatus,
    TaxClass,
)
from counterfoil.flows import privacy
from counterfoil.kernel.money import Money
from counterfoil.people.domain import Act

routes = Routes("crm")
Country = Annotated[str, fields.line(60)]
"""An ISO 3166-1 code of two letters."""
Code = Annotated[str, fields.named(60)]
KINDS = Literal["good", "one_time_service", "subscription", "usage", "licence"]
TAX_CLASSES = Literal["standard", "reduced", "zero", "none"]


class CustomerFields(In):
    """What may be said of a customer."""

    name: Line = ""
    country: Country = ""
    vat_id: Annotated[str, fields.line(32)] = ""
    currency: CurrencyCode | Literal[""] = ""
    terms: Annotated[str, fields.line(80)] = ""
    """Their credit term, as Net 30."""
    email: Annotated[str, fields.line(254)] = ""
    street: Line = ""
    postal_code: Annotated[str, fields.line(20)] = ""
    city: Annotated[str, fields.line(120)] = ""
    is_po_required: bool = False
    is_blocked: bool = False
    segment: Annotated[str, fields.line(60)] = ""
    """What kind of customer it is, as you divide them: a customer without history is compared with its segment."""


class CustomerIn(CustomerFields):
    """A new customer."""

    name: Named
    external_id: Line = ""
    """What your system calls it."""
    system: Annotated[str, fields.named(40)] = "api"
    """Your system, where `external_id` is given."""


class ExternalIdOut(Out):
    """What another system calls something."""

    system: str
    external_id: str


class CustomerOut(Out):
    """A customer. `merged_into` is who it is now, where it was merged."""

    number: str
    name: str
    country: str
    vat_id: str
    currency: str
    terms: str
    email: str
    street: str
    postal_code: str
    city: str
    is_po_required: bool
    is_blocked: bool
    segment: str
    flags: list[str]
    merged_into: str | None
    external_ids: list[ExternalIdOut]


class CustomerLine(Out):
    """A customer in a list."""

    number: str
    name: str
    country: str
    city: str
    terms: str
    currency: str
    is_blocked: bool
    external_ids: list[ExternalIdOut]


class CustomersOut(Out):
    """Customers by name."""

    customers: list[CustomerLine]
    next: str | None


class AddedOut(Out):
    """The number of what was added. Names and addresses are not repeated, so that a kept answer holds none."""

    number: str


class ChangedOut(Out):
    """Something after it was set. `changed` is false where it was so already."""

    number: str
    changed: bool


class ContactFields(In):
    """What may be said of a person."""

    customer: Line = ""
    """The customer that they work at: external id or number."""
    first_name: Line = ""
    last_name: Line = ""
    email: Annotated[str, fields.line(254)] = ""
    phone: Annotated[str, fields.line(60)] = ""
    country: Country = ""
    vat_id: Annotated[str, fields.line(32)] = ""
    notes: Annotated[str, fields.line(20_000)] = ""


class ContactOut(Out):
    """A person at a customer. Of an erased one only the number is left."""

    number: str
    customer: str | None
    first_name: str
    last_name: str
    email: str
    phone: str
    company: str
    country: str
    notes: str
    flags: list[str]
    is_erased: bool


class ContactsOut(Out):
    """The people at a customer."""

    contacts: list[ContactOut]


class ErasedOut(Out):
    """A person after erasing: what went, what stays until when. `changed` is false where they were erased before."""

    number: str
    changed: bool
    report: dict[str, JsonValue]


class ActivityIn(In):
    """Something that happened with a customer."""

    kind: Literal["call", "email", "meeting", "note", "task"]
    happened_at: Instant | None = None
    """Now where it is left out."""
    customer: Line = ""
    opportunity: Line = ""
    contact: Line = ""
    owner: Annotated[str, fields.line(254)] = ""
    subject: Line = ""
    text: Annotated[str, fields.line(20_000)] = ""


class LoggedOut(Out):
    """What was written down; its words are not repeated."""

    kind: str
    happened_at: datetime


class ActivityOut(Out):
    """Something that happened with a customer."""

    kind: str
    happened_at: datetime
    customer: str | None
    opportunity: str | None
    contact: str | None
    owner: str
    subject: str
    text: str


class ActivitiesOut(Out):
    """What happened, the latest first."""

    activities: list[ActivityOut]
    next: str | None


class ProductFields(In):
    """What may be said of a product."""

    name: Line = ""
    kind: KINDS = "good"
    """It decides when revenue is recognised: over time for subscription and usage, else at a point in time."""
    tax_class: TAX_CLASSES = "standard"
    price: Number | None = None
    unit_cost: Number | None = None
    """What one unit costs you, in the currency of the price; margins are computed with it."""
    currency: CurrencyCode | None = None
    """The currency of the price; that of the books where it is left out."""
    status: Literal["active", "retired"] = "active"
    term_months: Annotated[int, Field(ge=1, le=1200)] | None = None
    """How long one unit runs, of what is sold by time."""


class ProductIn(ProductFields):
    """A new product."""

    code: Code
    name: Named
    kind: KINDS


class ProductOut(Out):
    """A product of the price list. Without a price, `price` is null."""

    code: str
    name: str
    kind: str
    tax_class: str
    price: str | None
    unit_cost: str | None
    currency: str
    status: str
    term_months: int | None


class ProductsOut(Out):
    """The price list, by code."""

    products: list[ProductOut]
    next: str | None


# ------------------------------------------------------------------------------------ customers


@routes.get("/customers", act=Act.READ_SALES)
def list_customers(asked: Asked, search: Line = "", limit: Rows = PAGE, after: After = "") -> CustomersOut:
    """List customers by name.

    `search` looks for a part of a name or a city.
    """
    found = crm_reads.customers(search=search, after=paging.position(after, str, int), limit=limit + 1)
    known = crm_reads.external_ids_of("customer", [row.id for row in found[:limit]])
    return CustomersOut(
        customers=[
            CustomerLine(
                number=references.number(references.CUSTOMER, row.id),
                name=row.name,
                country=row.country,
                city=row.city,
                terms=row.terms,
                currency=row.currency,
                is_blocked=row.is_blocked,
                external_ids=_external_ids(known.get(row.id, ())),
            )
            for row in found[:limit]
        ],
        next=paging.next_of(found, limit, lambda row: (row.key, row.id)),
    )


@routes.post("/customers", act=Act.EDIT_SALES)
def add_customer(asked: Asked, body: CustomerIn) -> AddedOut:
    """Add a customer."""
    draft = CustomerDraft(**body.model_dump(exclude={"external_id", "system"}))
    known = [(body.system, body.external_id)] if body.external_id else []
    id_ = crm.add_customer(draft=draft, external_ids=known, actor=asked.actor, at=asked.at)
    return AddedOut(number=references.number(references.CUSTOMER, id_))


@routes.get("/customers/{customer}", act=Act.READ_SALES)
def read_customer(asked: Asked, customer: Reference) -> CustomerOut:
    """Read a customer, by external id or number."""
    found = crm_reads.customer(references.customer_id(customer))
    return CustomerOut(
        number=references.number(references.CUSTOMER, found.id),
        name=found.name,
        country=found.country,
        vat_id=found.vat_id,
        currency=found.currency,
        terms=found.terms,
        email=found.email,
        street=found.street,
        postal_code=found.postal_code,
        city=found.city,
        is_po_required=found.is_po_required,
        is_blocked=found.is_blocked,
        segment=found.segment,
        flags=list(found.flags),
        merged_into=references.number(references.CUSTOMER, found.merged_into) if found.merged_into else None,
        external_ids=_external_ids(found.external_ids),
    )


@routes.patch("/customers/{customer}", act=Act.EDIT_SALES)
def change_customer(asked: Asked, customer: Reference, body: CustomerFields) -> ChangedOut:
    """Change what is said of a customer; fields that are left out stay. Documents keep what they were issued with."""
    found = crm_reads.customer(references.customer_id(customer))
    kept = {name: getattr(found, name) for name in CustomerFields.model_fields}
    draft = CustomerDraft(**kept | body.model_dump(exclude_unset=True))
    changed = crm.update_customer(customer_id=found.id, draft=draft, actor=asked.actor, at=asked.at)
    return ChangedOut(number=references.number(references.CUSTOMER, found.id), changed=changed)


# ------------------------------------------------------------------------------------ contacts


@routes.get("/customers/{customer}/contacts", act=Act.READ_SALES)
def list_contacts(asked: Asked, customer: Reference) -> ContactsOut:
    """List the people at a customer, erased ones last."""
    return ContactsOut(contacts=[_contact(row) for row in crm_reads.contacts(references.customer_id(customer))])


@routes.post("/contacts", act=Act.EDIT_SALES)
def add_contact(asked: Asked, body: ContactFields) -> AddedOut:
    """Add a person at a customer."""
    id_ = crm.add_contact(draft=_drafted(ContactDraft(), body), actor=asked.actor, at=asked.at)
    return AddedOut(number=references.number(references.CONTACT, id_))


@routes.get("/contacts/{contact}", act=Act.READ_SALES)
def read_contact(asked: Asked, contact: Reference) -> ContactOut:
    """Read a contact, by external id or number."""
    return _contact(crm_reads.contact(references.contact_id(contact)))


@routes.patch("/contacts/{contact}", act=Act.EDIT_SALES)
def change_contact(asked: Asked, contact: Reference, body: ContactFields) -> ChangedOut:
    """Change what is said of a contact; fields that are left out stay."""
    found = crm_reads.contact(references.contact_id(contact))
    kept = ContactDraft(
        found.customer_id, found.first_name, found.last_name, found.email, found.phone, found.country, "", found.notes
    )
    changed = crm.update_contact(contact_id=found.id, draft=_drafted(kept, body), actor=asked.actor, at=asked.at)
    return ChangedOut(number=references.number(references.CONTACT, found.id), changed=changed)


@routes.post("/contacts/{contact}/erase", act=Act.ERASE, status=200)
def erase_contact(asked: Asked, contact: Reference) -> ErasedOut:
    """Erase a person.

    Everything personal goes, and the key under which the record knows them; the record still verifies.
    """
    id_ = references.contact_id(contact)
    done = privacy.erase(books_id=asked.books.id, contact_id=id_, actor=asked.actor, at=asked.at)
    number = references.number(references.CONTACT, id_)
    return ErasedOut(number=number, changed=done.changed, report=fields.facts(done.to_json()))


# ------------------------------------------------------------------------------------ activities


@routes.get("/activities", act=Act.READ_SALES)
def list_activities(
    asked: Asked, customer: Line = "", opportunity: Line = "", contact: Line = "", limit: Rows = PAGE, after: After = ""
) -> ActivitiesOut:
    """List what happened, the latest first.

    Of a customer: on its opportunities and with its contacts as well.
    """
    place = paging.position(after, str, int)
    found = crm_reads.activities(
        customer_id=references.customer_id(customer) if customer else None,
        opportunity_id=references.opportunity_id(asked.books.id, opportunity) if opportunity else None,
        contact_id=references.contact_id(contact) if contact else None,
        before=(paging.instant(place[0]), place[1]) if place else None,
        limit=limit + 1,
    )
    return ActivitiesOut(
        activities=[
            ActivityOut(
                kind=row.kind.value,
                happened_at=row.happened_at,
                customer=references.number(references.CUSTOMER, row.customer_id) if row.customer_id else None,
                opportunity=references.number(references.DEAL, row.opportunity_id) if row.opportunity_id else None,
                contact=references.number(references.CONTACT, row.contact_id) if row.contact_id else None,
                owner=row.owner,
                subject=row.subject,
                text=row.text,
            )
            for row in found[:limit]
        ],
        next=paging.next_of(found, limit, lambda row: (row.happened_at.isoformat(), row.id)),
    )


@routes.post("/activities", act=Act.EDIT_SALES)
def log_activity(asked: Asked, body: ActivityIn) -> LoggedOut:
    """Write down a call, a mail, a meeting, a note or a task."""
    draft = ActivityDraft(
        kind=ActivityKind(body.kind),
        happened_at=body.happened_at or asked.at,
        opportunity_id=references.opportunity_id(asked.books.id, body.opportunity) if body.opportunity else None,
        customer_id=references.customer_id(body.customer) if body.customer else None,
        contact_id=references.contact_id(body.contact) if body.contact else None,
        owner=body.owner,
        subject=body.subject,
        text=body.text,
    )
    crm.log_activity(draft=draft, actor=asked.actor, at=asked.at)
    return LoggedOut(kind=body.kind, happened_at=draft.happened_at)


# ------------------------------------------------------------------------------------ products


@routes.get("/products", act=Act.READ_SALES)
def list_products(asked: Asked, search: Line = "", limit: Rows = PAGE, after: After = "") -> ProductsOut:
    """List the price list by code."""
    place = paging.position(after, str)
    found = crm_reads.products(search=search, after=place[0] if place else "", limit=limit + 1)
    return ProductsOut(
        products=[
            _product(row.code, row.name, row.kind, row.tax_class, row.price, row.status, row.term_months, row.unit_cost)
            for row in found[:limit]
        ],
        next=paging.next_of(found, limit, lambda row: [row.key]),
    )


@routes.post("/products", act=Act.EDIT_SALES)
def add_product(asked: Asked, body: ProductIn) -> ProductOut:
    """Add a product to the price list."""
    crm.add_product(draft=_product_draft(asked, body.code, body), actor=asked.actor, at=asked.at)
    return _stored_product(body.code)


@routes.get("/products/{product}", act=Act.READ_SALES)
def read_product(asked: Asked, product: Reference) -> ProductOut:
    """Read a product, by code."""
    return _stored_product(product)


@routes.put("/products/{product}", act=Act.EDIT_SALES)
def set_product(asked: Asked, product: Reference, body: ProductFields) -> ProductOut:
    """Set what is said of a product; its code stays. What was sold keeps what it was sold as."""
    crm.update_product(code=product, draft=_product_draft(asked, product, body), actor=asked.actor, at=asked.at)
    return _stored_product(product)


def _external_ids(known: tuple[tuple[str, str], ...]) -> list[ExternalIdOut]:
    return [ExternalIdOut(system=system, external_id=external_id) for system, external_id in known]


def _contact(row: crm_reads.ContactRow) -> ContactOut:
    return ContactOut(
        number=references.number(references.CONTACT, row.id),
        customer=references.number(references.CUSTOMER, row.customer_id) if row.customer_id else None,
        first_name=row.first_name,
        last_name=row.last_name,
        email=row.email,
        phone=row.phone,
        company=row.company,
        country=row.country,
        notes=row.notes,
        flags=list(row.flags),
        is_erased=row.is_erased,
    )


def _drafted(before: ContactDraft, body: ContactFields) -> ContactDraft:
    said = body.model_dump(exclude_unset=True)
    if "customer" in said:
        customer = said.pop("customer")
        said["customer_id"] = references.customer_id(customer) if customer else None
    return replace(before, **said)


def _product_draft(asked: Asked, code: str, body: ProductFields) -> ProductDraft:
    unit = body.currency or asked.books.base_currency.code
    return ProductDraft(
        code,
        body.name,
        ProductKind(body.kind),
        TaxClass(body.tax_class),
        None if body.price is None else fields.amount(body.price, unit, "price"),
        ProductStatus(body.status),
        body.term_months,
        None if body.unit_cost is None else fields.amount(body.unit_cost, unit, "unit_cost"),
    )


def _stored_product(code: str) -> ProductOut:
    found = crm_reads.product(code)
    price, cost = (
        None if minor is None else Money(minor, fields.currency(found.currency))
        for minor in (found.price_minor, found.unit_cost_minor)
    )
    return _product(found.code, found.name, found.kind, found.tax_class, price, found.status, found.term_months, cost)


def _product(
    code: str,
    name: str,
    kind: ProductKind,
    tax_class: str,
    price: Money | None,
    status: ProductStatus,
    term_months: int | None,
    unit_cost: Money | None,
) -> ProductOut:
    return ProductOut(
        code=code,
        name=name,
        kind=kind.value,
        tax_class=tax_class,
        price=None if price is None else price.decimal_text(),
        unit_cost=None if unit_cost is None else unit_cost.decimal_text(),
        currency=money.currency.code if (money := unit_cost if price is None else price) is not None else "",
        status=status.value,
        term_months=term_months,
    )
