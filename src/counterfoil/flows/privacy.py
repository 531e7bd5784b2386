"""What is held about a person, as a report and a file; and erasing them, with a report of what stays and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from counterfoil.audit import selectors as audit_reads
from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.billing import selectors as billing
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm import services as crm
from counterfoil.crm.selectors import HeldContact
from counterfoil.flows import retention
from counterfoil.kernel.errors import Fact
from counterfoil.receivables import selectors as receivables_reads
from counterfoil.receivables import services as receivables


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """An issued document that names a person, and until when the law has it kept."""

    number: str
    issue_date: date
    kept_until: date


@dataclass(frozen=True, slots=True)
class Held:
    """All that is held about a person."""

    contact_id: int
    contact: HeldContact
    bank_texts: tuple[tuple[str, date, str, str], ...]
    documents: tuple[KeptDocument, ...]
    events: int

    def to_json(self) -> dict[str, Fact]:
        """Return it as the file that the person is given."""
        return {
            "contact": str(self.contact_id),
            "values": dict(self.contact.values),
            "erased_at": self.contact.erased_at.isoformat() if self.contact.erased_at else None,
            "activities": [
                {
                    "kind": one.kind,
                    "happened_at": one.happened_at.isoformat(),
                    "subject": one.subject,
                    "text": one.text,
                    "with_the_person": one.is_theirs,
                }
                for one in self.contact.activities
            ],
            "bank_and_payments": [
                {"what": what, "day": day.isoformat(), "payer": payer, "text": text}
                for what, day, payer, text in self.bank_texts
            ],
            "documents": [
                {
                    "number": one.number,
                    "issue_date": one.issue_date.isoformat(),
                    "kept_until": one.kept_until.isoformat(),
                }
                for one in self.documents
            ],
            "events_in_the_record": self.events,
            "form_in_the_record": "HMAC under a random key of this person, never the values themselves",
        }


@dataclass(frozen=True, slots=True)
class Erased:
    """What erasing a person did: what went, what stays and until when. `changed` is false when nothing was left."""

    contact_id: int
    changed: bool
    values: int
    activities: int
    bank_texts: int
    kept: tuple[KeptDocument, ...]
    events: int

    def to_json(self) -> dict[str, Fact]:
        """Return it as the report that is given to the person."""
        return {
            "contact": str(self.contact_id),
            "changed": self.changed,
            "erased": {
                "values": self.values,
                "activities": self.activities,
                "bank_lines_and_payments": self.bank_texts,
                "key": self.changed,
            },
            "kept": [
                {
                    "document": one.number,
                    "issue_date": one.issue_date.isoformat(),
                    "until": one.kept_until.isoformat(),
                    "why": "kept_as_books",
                }
                for one in self.kept
            ],
            "events_in_the_record": self.events,
        }


def held(*, books_id: int, contact_id: int) -> Held:
    """Return all that is held about a person.

    Raises:
        NoSuchContact: there is none.
    """
    contact = crm_reads.held_contact(contact_id)
    return Held(
        contact_id,
        contact,
        tuple(receivables_reads.texts_naming(contact.names)),
        _documents(books_id, contact),
        audit_reads.events_about(f"contact:{contact_id}"),
    )


@transaction.atomic
def answer_access(*, books_id: int, contact_id: int, actor: Actor, at: datetime) -> Held:
    """Return all that is held about a person, and note on the record that it was handed out.

    Raises:
        NoSuchContact: there is none.
    """
    found = held(books_id=books_id, contact_id=contact_id)
    audit.record(
        kind="privacy.access_answered",
        actor=actor,
        subject=f"contact:{contact_id}",
        body={"activities": len(found.contact.activities), "documents": len(found.documents)},
        at=at,
        books_id=books_id,
    )
    return found


@transaction.atomic
def erase(*, books_id: int, contact_id: int, actor: Actor, at: datetime) -> Erased:
    """Erase a person from the CRM, from bank texts and from the record; returns what went and what stays.

    Issued documents stay as long as the law has them kept; the chain still verifies. Erasing again changes nothing.

    Raises:
        NoSuchContact: there is none.
    """
    before = held(books_id=books_id, contact_id=contact_id)
    changed = crm.erase_contact(contact_id=contact_id, actor=actor, at=at)
    bank = receivables.erase_payer(names=before.contact.names, actor=actor, at=at) if changed else 0
    return Erased(
        contact_id,
        changed,
        sum(bool(value) for value in before.contact.values.values()) if changed else 0,
        len(before.contact.activities) if changed else 0,
        bank,
        before.documents,
        audit_reads.events_about(f"contact:{contact_id}"),
    )


def _documents(books_id: int, contact: HeldContact) -> tuple[KeptDocument, ...]:
    return tuple(
        KeptDocument(number, day, retention.kept_until(books_id=books_id, kind="documents", year=day.year))
        for number, day in billing.documents_naming(contact.names)
    )
