"""Writing customers by hand, and giving waiting opportunities their customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.crm import columns, selectors
from counterfoil.crm.domain import CustomerDraft, key_of
from counterfoil.crm.models import Contact, Customer, ExternalId, Opportunity
from counterfoil.infra import bulk
from counterfoil.kernel.errors import Fact, Refused


class ExternalIdTaken(Refused):
    """Another customer goes by this external id already."""

    code = "external_id_taken"


_TEXTS = ("name", "country", "vat_id", "terms", "email", "street", "postal_code", "city", "segment")


@transaction.atomic
def add_customer(
    *, draft: CustomerDraft, external_ids: Sequence[tuple[str, str]] = (), actor: Actor, at: datetime
) -> int:
    """Add a customer and return its id.

    Args:
        external_ids: what other systems call it, as (system, external id).

    Raises:
        MissingValue: without a name.
        Refused: a value cannot be read; the refusal names the field.
        ExternalIdTaken: another customer goes by one of the external ids.
    """
    values = _cleaned(draft)
    _insist_external_ids_are_free(external_ids)
    customer = Customer.objects.create(**values, name_key=key_of(draft.name), updated_at=at)
    ExternalId.objects.bulk_create(
        [
            ExternalId(system=system, kind="customer", external_id=external_id, object_id=customer.pk)
            for system, external_id in external_ids
        ]
    )
    _record("crm.customer_added", customer.pk, values, actor, at)
    attach_waiting([str(values["name"]), *(external_id for _, external_id in external_ids)], at=at)
    return int(customer.pk)


@transaction.atomic
def update_customer(*, customer_id: int, draft: CustomerDraft, actor: Actor, at: datetime) -> bool:
    """Set a customer's values; returns whether anything changed. Documents keep what they were issued with.

    Raises:
        NoSuchCustomer: there is none.
        MissingValue, Refused: as for `add_customer`.
    """
    values = _cleaned(draft)
    customer = Customer.objects.select_for_update().filter(id=customer_id).first()
    if customer is None:
        raise selectors.NoSuchCustomer(field="customer", customer=str(customer_id))
    changed = {name: value for name, value in values.items() if getattr(customer, name) != value}
    if not changed:
        return False
    Customer.objects.filter(id=customer_id).update(
        **values,
        name_key=key_of(draft.name),
        touched_in=None,
        updated_at=at,
    )
    _record("crm.customer_changed", customer_id, changed, actor, at)
    attach_waiting([str(values["name"])], at=at)
    return True


def attach_waiting(texts: Sequence[str], *, at: datetime) -> int:
    """Give opportunities and contacts whose customer was unknown the customer that their text now means.

    What was said does not change, and so does no version. Returns how many opportunities were attached; the number
    of statements does not depend on it, only on how many systems name customers.

    Args:
        texts: names and external ids that mean a customer since a moment ago.
    """
    keys = {key_of(text) for text in texts if text}
    named = Opportunity.objects.filter(customer=None).exclude(customer_text="").values_list("system", "customer_text")
    said: dict[str, list[str]] = {}
    for system, text in named.distinct():
        if key_of(text) in keys:
            said.setdefault(system, []).append(text)
    attached: list[tuple[int, int]] = []
    for system, names in said.items():
        meant = selectors.customers_by_text(system, names).ids
        waiting = Opportunity.objects.filter(bulk.is_any_of("customer_text", list(meant)), customer=None, system=system)
        attached += [(id_, meant[text]) for id_, text in waiting.values_list("id", "customer_text")]
    bulk.update(Opportunity, ["id", "customer_id"], attached)
    people = list(
        Contact.objects.filter(bulk.is_any_of("company_text", list(texts)), customer=None).values_list(
            "id", "company_text"
        )
    )
    employers = selectors.customers_by_text(None, [company for _, company in people]).ids
    bulk.update(Contact, ["id", "customer_id"], [(id_, employers[name]) for id_, name in people if name in employers])
    return len(attached)


@transaction.atomic
def attach_customer(*, text: str, customer_id: int, actor: Actor, at: datetime) -> int:
    """Give every opportunity that names a customer by a confirmed text that customer; returns how many."""
    waiting = Opportunity.objects.filter(customer=None)
    meant = [
        said for said in waiting.values_list("customer_text", flat=True).distinct() if key_of(said) == key_of(text)
    ]
    count = waiting.filter(bulk.is_any_of("customer_text", meant)).update(customer_id=customer_id)
    if count:
        audit.record(
            kind="crm.customer_attached",
            actor=actor,
            subject=f"customer:{customer_id}",
            body={"text": text, "opportunities": count},
            at=at,
        )
    return count


def detach_customer(*, text: str, customer_id: int, actor: Actor, at: datetime) -> int:
    """Let every opportunity that has a customer by a text alone wait for one again; returns how many."""
    named = Opportunity.objects.filter(customer_id=customer_id)
    meant = [said for said in named.values_list("customer_text", flat=True).distinct() if key_of(said) == key_of(text)]
    count = named.filter(bulk.is_any_of("customer_text", meant)).update(customer_id=None)
    if count:
        audit.record(
            kind="crm.customer_detached",
            actor=actor,
            subject=f"customer:{customer_id}",
            body={"text": text, "opportunities": count},
            at=at,
        )
    return count


def _cleaned(draft: CustomerDraft) -> dict[str, str | bool]:
    values: dict[str, str | bool] = {name: columns.by_hand("customers", name, getattr(draft, name)) for name in _TEXTS}
    unit = columns.by_hand("customers", "currency", draft.currency)
    values |= {
        "currency": unit.code if unit else "",
        "is_po_required": draft.is_po_required,
        "is_blocked": draft.is_blocked,
        "flags": " ".join(columns.flags_of_vat(str(values["vat_id"]))),
    }
    assert {field.name for field in fields(draft)} <= values.keys()
    if not values["name"]:
        raise columns.MissingValue(field="name")
    return values


def _insist_external_ids_are_free(external_ids: Sequence[tuple[str, str]]) -> None:
    wanted = [Q(system=system, external_id=external_id) for system, external_id in external_ids]
    for one in wanted:
        taken = ExternalId.objects.filter(one, kind="customer").values_list("system", "external_id").first()
        if taken:
            raise ExternalIdTaken(field="external_id", system=taken[0], external_id=taken[1])


def _record(kind: str, customer_id: int, values: Mapping[str, Fact], actor: Actor, at: datetime) -> None:
    """Write the event; the address for invoices is a person's, and enters as a MAC."""
    subject = f"customer:{customer_id}"
    email = str(values.get("email", ""))
    body = {name: value for name, value in values.items() if name != "email" and value != ""}
    audit.record(
        kind=kind, actor=actor, subject=subject, body=body | audit.personal_macs(subject, {"email": email}), at=at
    )
