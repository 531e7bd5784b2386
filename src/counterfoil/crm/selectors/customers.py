"""Reading customers and the people who work there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce, Lower

from counterfoil.crm.domain import CustomerFacts, key_of
from counterfoil.crm.models import Contact, Customer, ExternalId
from counterfoil.infra import bulk
from counterfoil.kernel.errors import Refused

CUSTOMER, CONTACT = "customer", "contact"


class NoSuchCustomer(Refused):
    """There is no customer with this number, external id or name."""

    code = "no_such_customer"


class NoSuchContact(Refused):
    """There is no contact with this number or external id."""

    code = "no_such_contact"


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer in a list; `key` is where the next page begins."""

    id: int
    name: str
    country: str
    city: str
    terms: str
    currency: str
    flags: tuple[str, ...]
    is_blocked: bool
    key: str


@dataclass(frozen=True, slots=True)
class CustomerDetail:
    """One customer with what other systems call it. `merged_into` is who it is now, where it was merged."""

    id: int
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
    flags: tuple[str, ...]
    merged_into: int | None
    external_ids: tuple[tuple[str, str], ...]
    segment: str = ""

    @property
    def address(self) -> tuple[str, ...]:
        """The lines of a letter after the name, blank ones left out."""
        place = f"{self.postal_code} {self.city}".strip()
        return tuple(line for line in (self.street, place, self.country) if line)


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A person at a customer. Of an erased one only the row is left."""

    id: int
    customer_id: int | None
    first_name: str
    last_name: str
    email: str
    phone: str
    company: str
    country: str
    notes: str
    flags: tuple[str, ...]
    is_erased: bool

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Found:
    """Which customers texts mean: those that one customer goes by, and those that several do."""

    ids: Mapping[str, int]
    ambiguous: frozenset[str]


def customers(
    *, search: str = "", after: tuple[str, int] | None = None, limit: int = 50, ids: Sequence[int] | None = None
) -> list[CustomerRow]:
    """Return customers by name, `limit` of them after (key, id) of the last row of the page before; one statement."""
    rows = Customer.objects.filter(merged_into=None).order_by("name_key", "id")
    if search:
        rows = rows.filter(Q(name_key__contains=key_of(search)) | Q(city__icontains=search))
    if ids is not None:
        rows = rows.filter(bulk.is_any_of("id", ids))
    if after is not None:
        rows = rows.filter(Q(name_key__gt=after[0]) | Q(name_key=after[0], id__gt=after[1]))
    fields = ("id", "name", "country", "city", "terms", "currency", "flags", "is_blocked", "name_key")
    return [
        CustomerRow(id_, name, country, city, terms, currency, tuple(flags.split()), is_blocked, key)
        for id_, name, country, city, terms, currency, flags, is_blocked, key in rows.values_list(*fields)[:limit]
    ]


def customer_count() -> int:
    """Return how many customers there are."""
    return Customer.objects.filter(merged_into=None).count()


def customer(customer_id: int) -> CustomerDetail:
    """Return one customer; two statements.

    Raises:
        NoSuchCustomer: there is none.
    """
    row = Customer.objects.filter(id=customer_id).first()
    if row is None:
        raise NoSuchCustomer(field="customer", customer=str(customer_id))
    return _detail(row, external_ids_of(CUSTOMER, [row.pk]).get(row.pk, ()))


def customers_by_id(customer_ids: Sequence[int]) -> dict[int, CustomerDetail]:
    """Return many customers by id, as documents are addressed to them; two statements."""
    rows = Customer.objects.filter(bulk.is_any_of("id", customer_ids))
    known = external_ids_of(CUSTOMER, customer_ids)
    return {row.pk: _detail(row, known.get(row.pk, ())) for row in rows}


def customer_names(customer_ids: Sequence[int]) -> dict[int, str]:
    """Return the names of many customers by id; one statement."""
    return dict(Customer.objects.filter(bulk.is_any_of("id", customer_ids)).values_list("id", "name"))


def customer_id(reference: str) -> int:
    """Return whom a person means: an external id of any system, else a name that only one customer has.

    Raises:
        NoSuchCustomer: nobody, or more than one.
    """
    found = customers_by_text(None, [reference])
    if reference not in found.ids:
        raise NoSuchCustomer(field="customer", customer=reference[:80], is_ambiguous=reference in found.ambiguous)
    return found.ids[reference]


def customers_by_text(system: str | None, texts: Sequence[str]) -> Found:
    """Return which customers texts of a system mean, read through merges; two statements.

    An external id of the system comes first (of any system for None), then a name that only one customer has.
    """
    wanted = [text for text in dict.fromkeys(texts) if text]
    if not wanted:
        return Found({}, frozenset())
    known = ExternalId.objects.filter(bulk.is_any_of("external_id", wanted), kind=CUSTOMER)
    if system is not None:
        known = known.filter(system=system)
    candidates: dict[str, set[int]] = {}
    for text, id_ in known.values_list("external_id", "object_id"):
        candidates.setdefault(text, set()).add(id_)
    keys: dict[str, list[str]] = {}
    for text in wanted:
        if text not in candidates:
            keys.setdefault(key_of(text), []).append(text)
    named = Customer.objects.filter(bulk.is_any_of("name_key", list(keys)), merged_into=None) if keys else ()
    for row in named:
        for text in keys[row.name_key]:
            candidates.setdefault(text, set()).add(row.pk)
    ids = {text: next(iter(found)) for text, found in candidates.items() if len(found) == 1}
    merged = dict(
        Customer.objects.filter(bulk.is_any_of("id", list(ids.values())))
        .exclude(merged_into=None)
        .values_list("id", "merged_into_id")
    )
    return Found(
        {text: merged.get(id_, id_) for text, id_ in ids.items()},
        frozenset(text for text, found in candidates.items() if len(found) > 1),
    )


def customer_facts(customer_ids: Sequence[int]) -> dict[int, CustomerFacts]:
    """Return what deals need to know of customers; one statement."""
    fields = ("id", "name", "country", "is_po_required", "is_blocked", "segment", "terms")
    rows = Customer.objects.filter(bulk.is_any_of("id", customer_ids)).values_list(*fields)
    return {row[0]: CustomerFacts(*row) for row in rows}


def customer_gaps() -> list[tuple[int, tuple[str, ...]]]:
    """Return every customer with the fields that invoices and reminders need and that are empty; one statement."""
    rows = Customer.objects.filter(merged_into=None).order_by("id")
    fields = ("country", "street", "city", "terms")
    return [
        (id_, tuple(name for name, value in zip(fields, values, strict=True) if not value))
        for id_, *values in rows.values_list("id", *fields)
    ]


def names_to_suggest(most: int = 10_000) -> list[str]:
    """Return the customers' names to suggest from, none where there are too many to compare with."""
    names = list(Customer.objects.filter(merged_into=None).values_list("name", flat=True)[: most + 1])
    return names if len(names) <= most else []


def external_ids_of(kind: str, object_ids: Sequence[int]) -> dict[int, tuple[tuple[str, str], ...]]:
    """Return what other systems call some of our rows, as (system, external id); one statement."""
    rows = ExternalId.objects.filter(bulk.is_any_of("object_id", object_ids), kind=kind).order_by("id")
    found: dict[int, tuple[tuple[str, str], ...]] = {}
    for object_id, system, external_id in rows.values_list("object_id", "system", "external_id"):
        found[object_id] = (*found.get(object_id, ()), (system, external_id))
    return found


def objects_of(kind: str, system: str, external_ids: Sequence[str]) -> dict[str, int]:
    """Return our rows by what a system calls them; one statement."""
    rows = ExternalId.objects.filter(bulk.is_any_of("external_id", external_ids), kind=kind, system=system)
    return dict(rows.values_list("external_id", "object_id"))


def contacts(customer_id: int) -> list[ContactRow]:
    """Return the people at a customer, erased ones last; one statement."""
    rows = Contact.objects.filter(customer_id=customer_id).order_by(
        F("erased_at").asc(nulls_first=True), Lower("last_name"), "id"
    )
    return [_contact(row) for row in rows]


def contact(contact_id: int) -> ContactRow:
    """Return one person.

    Raises:
        NoSuchContact: there is none.
    """
    row = Contact.objects.filter(id=contact_id).first()
    if row is None:
        raise NoSuchContact(field="contact")
    return _contact(row)


def contact_id(reference: str) -> int:
    """Return whom a person means by an external id of any system, else by our number.

    Raises:
        NoSuchContact: nobody, or more than one; what was typed is not repeated.
    """
    found = set(ExternalId.objects.filter(kind=CONTACT, external_id=reference).values_list("object_id", flat=True))
    if not found and reference.isascii() and reference.isdigit():
        found = set(Contact.objects.filter(id=int(reference[:18])).values_list("id", flat=True))
    if len(found) != 1:
        raise NoSuchContact(field="contact")
    return found.pop()


def contact_duplicates(*, limit: int = 50) -> list[tuple[int, ...]]:
    """Return groups of contacts that share an e-mail address, upper and lower case and composition aside.

    They are proposals for a person: nobody is merged because of them.
    """
    shared = (
        Contact.objects.exclude(email_key="")
        .values("email_key")
        .annotate(people=Count("id"))
        .filter(people__gt=1)
        .order_by("email_key")
        .values_list("email_key", flat=True)[:limit]
    )
    groups: dict[str, tuple[int, ...]] = {}
    rows = Contact.objects.filter(bulk.is_any_of("email_key", list(shared))).order_by("id")
    for key, id_ in rows.values_list("email_key", "id"):
        groups[key] = (*groups.get(key, ()), id_)
    return list(groups.values())


def effective_customer() -> Coalesce:
    """The expression that reads a customer through its merge, for tables with a `customer`."""
    return Coalesce(F("customer__merged_into_id"), F("customer_id"))


def _detail(row: Customer, external_ids: tuple[tuple[str, str], ...]) -> CustomerDetail:
    return CustomerDetail(
        row.pk,
        row.name,
        row.country,
        row.vat_id,
        row.currency,
        row.terms,
        row.email,
        row.street,
        row.postal_code,
        row.city,
        row.is_po_required,
        row.is_blocked,
        tuple(row.flags.split()),
        row.merged_into_id,
        external_ids,
        row.segment,
    )


def _contact(row: Contact) -> ContactRow:
    return ContactRow(
        row.pk,
        row.customer_id,
        row.first_name,
        row.last_name,
        row.email,
        row.phone,
        row.company_text,
        row.country,
        row.notes,
        tuple(row.flags.split()),
        row.erased_at is not None,
    )
