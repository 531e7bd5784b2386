"""What is held about a person, and how old what is held of customers is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from counterfoil.crm.models import Activity, Contact
from counterfoil.crm.selectors.customers import NoSuchContact

COLUMNS = ("first_name", "last_name", "email", "phone", "company_text", "country", "vat_id", "notes")


@dataclass(frozen=True, slots=True)
class HeldActivity:
    """Something that happened with a person, or a text that names them."""

    kind: str
    happened_at: datetime
    subject: str
    text: str
    is_theirs: bool


@dataclass(frozen=True, slots=True)
class HeldContact:
    """Everything the CRM holds about a person: their own values, and activities with them or that name them."""

    id: int
    customer_id: int | None
    values: dict[str, str]
    erased_at: datetime | None
    activities: tuple[HeldActivity, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """By what the person is named in other texts: name and e-mail address."""
        name = f"{self.values['first_name']} {self.values['last_name']}".strip()
        return tuple(text for text in (name, self.values["email"]) if len(text) > 2)


def held_contact(contact_id: int) -> HeldContact:
    """Return all that the CRM holds about a person; two statements.

    Raises:
        NoSuchContact: there is none.
    """
    row = Contact.objects.filter(id=contact_id).first()
    if row is None:
        raise NoSuchContact(field="contact")
    held = HeldContact(row.pk, row.customer_id, {name: getattr(row, name) for name in COLUMNS}, row.erased_at, ())
    named = Q(contact_id=contact_id)
    for name in held.names:
        named |= Q(subject__contains=name) | Q(text__contains=name)
    rows = Activity.objects.filter(named).order_by("happened_at", "id")
    fields = ("kind", "happened_at", "subject", "text", "contact_id")
    activities = tuple(
        HeldActivity(kind, at, subject, text, theirs == contact_id)
        for kind, at, subject, text, theirs in rows.values_list(*fields)
        if subject or text
    )
    return HeldContact(held.id, held.customer_id, held.values, held.erased_at, activities)


def contacts_by_year() -> dict[int, int]:
    """Count the people who are not erased by the year in which they were last changed."""
    rows = Contact.objects.filter(erased_at=None)
    return dict(rows.values_list("updated_at__year").annotate(count=Count("id")).order_by())


def activities_by_year() -> dict[int, int]:
    """Count activities by the year in which they happened."""
    return dict(Activity.objects.values_list("happened_at__year").annotate(count=Count("id")).order_by())
