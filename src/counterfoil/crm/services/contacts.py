"""Writing the people at customers, and erasing them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.crm import columns, selectors
from counterfoil.crm.domain import ContactDraft
from counterfoil.crm.models import Activity, Contact, Customer, ImportChange
from counterfoil.infra import bulk, idempotency

PERSONAL = ("first_name", "last_name", "email", "phone", "country", "vat_id", "notes")
ERASED = "[erased]"
"""What stands in other texts where the person was named."""


@transaction.atomic
def add_contact(*, draft: ContactDraft, actor: Actor, at: datetime) -> int:
    """Add a person and return their id. Their values enter the record as MACs under a key of their own.

    Raises:
        MissingValue: without a name and without an e-mail address.
        Refused: a value cannot be read; the refusal names the field.
    """
    values = _cleaned(draft)
    contact = Contact.objects.create(
        **values,
        **derived(values),
        customer_id=draft.customer_id,
        updated_at=at,
    )
    _record("crm.contact_added", contact.pk, draft.customer_id, values, actor, at)
    return int(contact.pk)


@transaction.atomic
def update_contact(*, contact_id: int, draft: ContactDraft, actor: Actor, at: datetime) -> bool:
    """Set a person's values; returns whether anything changed.

    Raises:
        NoSuchContact: there is none, or they were erased.
        MissingValue, Refused: as for `add_contact`.
    """
    values = _cleaned(draft)
    contact = Contact.objects.select_for_update().filter(id=contact_id, erased_at=None).first()
    if contact is None:
        raise selectors.NoSuchContact(field="contact")
    changed = {name: value for name, value in values.items() if getattr(contact, name) != value}
    if not changed and contact.customer_id == draft.customer_id:
        return False
    Contact.objects.filter(id=contact_id).update(
        **values, **derived(values), customer_id=draft.customer_id, touched_in=None, updated_at=at
    )
    _record("crm.contact_changed", contact_id, draft.customer_id, changed, actor, at)
    return True


@transaction.atomic
def erase_contact(*, contact_id: int, actor: Actor, at: datetime) -> bool:
    """Erase a person: every personal column, what was noted of them, and the key under which the record knows them.

    The row stays, empty, so that an import does not bring the person back. Texts of their customer's activities that
    name them are blackened. The record still verifies. Returns False when they were erased before.

    Raises:
        NoSuchContact: there is no such contact.
    """
    contact = Contact.objects.select_for_update().filter(id=contact_id).first()
    if contact is None:
        raise selectors.NoSuchContact(field="contact")
    if contact.erased_at is not None:
        return False
    activities = Activity.objects.filter(contact_id=contact_id)
    theirs = list(activities.values_list("id", flat=True))
    changes = Q(kind="contacts", object_id=contact_id) | Q(kind="activities") & bulk.is_any_of("object_id", theirs)
    blackened = _blacken(contact)
    for person in ([contact.email], [contact.first_name, contact.last_name], [contact.phone]):
        if all(person):
            idempotency.black_out(person)
    activities.update(subject="", text="", updated_at=at)
    ImportChange.objects.filter(changes).update(previous="")
    if contact.email:
        Customer.objects.filter(email__iexact=contact.email).update(email="", updated_at=at)
    Contact.objects.filter(id=contact_id).update(
        **dict.fromkeys((*PERSONAL, "email_key", "flags", "company_text"), ""),
        erased_at=at,
        updated_at=at,
    )
    audit.forget(f"contact:{contact_id}")
    audit.record(
        kind="crm.contact_erased",
        actor=actor,
        subject=f"contact:{contact_id}",
        body={"activities": len(theirs), "blackened": blackened},
        at=at,
    )
    return True


def derived(values: Mapping[str, str]) -> dict[str, str]:
    """What is kept beside a person's values: the key that finds duplicates, and what is odd."""
    flags = [*columns.flags_of_text(values["notes"]), *columns.flags_of_vat(values["vat_id"])]
    return {
        "email_key": unicodedata.normalize("NFKC", values["email"]).casefold()[:254],
        "flags": " ".join(flags),
    }


def _blacken(contact: Contact) -> int:
    """Black out the person's name and address in texts about their customer; returns in how many."""
    name = f"{contact.first_name} {contact.last_name}".strip()
    needles = [needle for needle in (name, contact.email) if len(needle) > 2]
    if not needles or contact.customer_id is None:
        return 0
    named = Q()
    for needle in needles:
        named |= Q(subject__contains=needle) | Q(text__contains=needle)
    about = Q(customer_id=contact.customer_id) | Q(opportunity__customer_id=contact.customer_id)
    rows = list(
        Activity.objects.filter(named & about).exclude(contact_id=contact.pk).values_list("id", "subject", "text")
    )
    cleared = []
    black = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, needles))})(?!\w)")
    for id_, subject, text in rows:
        cleared.append((id_, black.sub(ERASED, subject)[:255], black.sub(ERASED, text)))
    bulk.update(Activity, ["id", "subject", "text"], cleared)
    ImportChange.objects.filter(bulk.is_any_of("object_id", [row[0] for row in rows]), kind="activities").update(
        previous=""
    )
    return len(cleared)


def _cleaned(draft: ContactDraft) -> dict[str, str]:
    values: dict[str, str] = {name: columns.by_hand("contacts", name, getattr(draft, name)) for name in PERSONAL}
    if not (values["first_name"] or values["last_name"] or values["email"]):
        raise columns.MissingValue(field="last_name")
    return values


def _record(
    kind: str, contact_id: int, customer_id: int | None, values: Mapping[str, str], actor: Actor, at: datetime
) -> None:
    subject = f"contact:{contact_id}"
    body = {"customer": customer_id} | audit.personal_macs(subject, values)
    audit.record(kind=kind, actor=actor, subject=subject, body=body, at=at)
