"""Erasing a person: gone from every table, and the record still verifies."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.apps import apps
from django.db import connection

from counterfoil.audit import services as audit
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm import services as crm
from counterfoil.crm.domain import ActivityDraft, ActivityKind, ContactDraft, CustomerDraft
from counterfoil.flows.import_file import import_file
from counterfoil.infra import idempotency
from tests.builders import NOW, TESTER, found_books

pytestmark = pytest.mark.database
PERSON = ("Philippa", "Zzyzx-Moreno", "philippa@zzyzx.test", "+44 20 7946 0018")


def everything() -> str:
    """Return every cell of every table as one text."""
    cells = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(model._meta.db_table)}")
            cells.append(repr(cursor.fetchall()))
    return "\n".join(cells)


def traces() -> list[str]:
    found = everything()
    return [word for word in PERSON if word in found]


def a_person(customer_id: int) -> int:
    first, last, email, phone = PERSON
    draft = ContactDraft(customer_id, first, last, email, phone, notes=f"{first} prefers calls")
    id_ = crm.add_contact(draft=draft, actor=TESTER, at=NOW)
    crm.update_contact(contact_id=id_, draft=replace(draft, notes=f"{first} prefers mail"), actor=TESTER, at=NOW)
    return id_


def test_nothing_of_an_erased_person_is_left_and_the_record_verifies() -> None:
    customer_id = crm.add_customer(draft=CustomerDraft("Kestrel", email=PERSON[2]), actor=TESTER, at=NOW)
    id_ = a_person(customer_id)
    theirs = ActivityDraft(ActivityKind.CALL, NOW, f"Call {PERSON[0]}", f"at {PERSON[3]}", contact_id=id_)
    crm.log_activity(draft=theirs, actor=TESTER, at=NOW)
    about = ActivityDraft(
        ActivityKind.NOTE, NOW, "Meeting", f"{PERSON[0]} {PERSON[1]} ({PERSON[2]}) was there", customer_id=customer_id
    )
    crm.log_activity(draft=about, actor=TESTER, at=NOW)
    assert traces() == list(PERSON)
    assert crm.erase_contact(contact_id=id_, actor=TESTER, at=NOW)
    assert traces() == []
    assert audit.verify().ok
    texts = [row.text for row in crm_reads.activities(customer_id=customer_id)]
    assert sorted(texts) == ["", "[erased] ([erased]) was there"]
    assert crm_reads.contact(id_).is_erased


def test_answers_that_were_kept_for_repeated_requests_are_emptied() -> None:
    first, last, email, _ = PERSON
    id_ = a_person(crm.add_customer(draft=CustomerDraft("Kestrel"), actor=TESTER, at=NOW))
    for key, answer in (("1", f'{{"email":"{email}"}}'), ("2", f'{{"name":"{first} {last}"}}'), ("3", '{"x":1}')):
        idempotency.keep(actor="a", key=key, request_hash="", at=NOW, status=201, text=answer)
    crm.erase_contact(contact_id=id_, actor=TESTER, at=NOW)
    answers = [idempotency.kept(actor="a", key=key, request_hash="") for key in ("1", "2", "3")]
    assert [kept.text for kept in answers if kept] == ["{}", "{}", '{"x":1}']
    assert traces() == []


def test_erasing_twice_is_erasing_once() -> None:
    id_ = a_person(crm.add_customer(draft=CustomerDraft("Kestrel"), actor=TESTER, at=NOW))
    assert crm.erase_contact(contact_id=id_, actor=TESTER, at=NOW)
    assert not crm.erase_contact(contact_id=id_, actor=TESTER, at=NOW)
    with pytest.raises(crm_reads.NoSuchContact):
        crm.update_contact(contact_id=id_, draft=ContactDraft(last_name="Back"), actor=TESTER, at=NOW)
    with pytest.raises(crm_reads.NoSuchContact):
        crm.erase_contact(contact_id=10**9, actor=TESTER, at=NOW)


def test_a_file_does_not_bring_an_erased_person_back() -> None:
    books = found_books()

    def feed(phone: str) -> list[str]:
        first, last, email, _ = PERSON
        data = f"external_id,first_name,last_name,email,phone\nC-1,{first},{last},{email},{phone}\n".encode()
        result = import_file(
            kind="contacts", data=data, file_name="contacts.csv", actor=TESTER, books_id=books.id, at=NOW
        )
        return [error.code for error in result.errors]

    assert feed("1") == feed(PERSON[3]) == []
    id_ = crm_reads.contact_id("C-1")
    assert traces() == list(PERSON)
    crm.erase_contact(contact_id=id_, actor=TESTER, at=NOW)
    assert feed("2") == ["contact_erased"]
    assert traces() == []
    assert audit.verify().ok
