"""The corpus' files of contacts, s-csv_contacts-001 to 006; merges wait for the next issue."""

from __future__ import annotations

import pytest

from counterfoil.audit import selectors as record
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm.selectors import ContactRow
from tests.badinput.crm_world import World, case, families_by_row, rows_of_everything, the_world

pytestmark = pytest.mark.database


@pytest.fixture
def world() -> World:
    return the_world()


def contacts_of(*external_ids: str) -> list[ContactRow]:
    known = crm_reads.objects_of("contact", "counterfoil", list(external_ids))
    return [crm_reads.contact(known[external_id]) for external_id in external_ids]


def feed(world: World, name: str) -> dict[int, set[str]]:
    """Feed a case in twice; the second time changes nothing. Returns the error families by row."""
    first = world.feeds("contacts", case(f"csv_contacts/{name}"), name)
    before = rows_of_everything()
    again = world.feeds("contacts", case(f"csv_contacts/{name}"), name)
    after = rows_of_everything()
    assert again.accepted == 0
    assert after | {"audit_event": 0} == before | {"audit_event": 0}
    assert before["audit_event"] == after["audit_event"] or again.rejected
    return families_by_row(first)


def test_addresses_that_differ_in_case_are_proposed_as_one_person(world: World) -> None:
    assert feed(world, "case_duplicate_email.csv") == {}
    first, second, third = contacts_of("C-1", "C-2", "C-3")
    assert crm_reads.contact_duplicates() == [(first.id, second.id)]
    assert (first.email, second.email, third.email) == (
        "ana@example.test",
        "ANA@Example.test",
        "ana+x@example.test",
    )


def test_two_compositions_of_a_name_are_one_person(world: World) -> None:
    assert feed(world, "unicode_nfd_duplicate.csv") == {}
    first, second = contacts_of("C-10", "C-11")
    assert first.first_name == second.first_name == "José"
    assert crm_reads.contact_duplicates() == [(first.id, second.id)]


def test_addresses_that_could_reach_mail_headers_are_refused(world: World) -> None:
    assert feed(world, "bad_email.csv") == {2: {"SCHEMA"}, 3: {"SCHEMA"}, 4: {"SCHEMA"}}


def test_refusals_of_contacts_repeat_nothing_of_the_person(world: World) -> None:
    result = world.feeds("contacts", case("csv_contacts/bad_email.csv"))
    assert "example" not in str(result.errors)
    assert "Bcc" not in str(result.errors)


def test_markup_is_stored_as_the_text_it_is(world: World) -> None:
    assert feed(world, "html_in_name.csv") == {}
    (contact,) = contacts_of("C-1")
    assert contact.first_name == "<script>alert(1)</script>"
    assert contact.notes == "<img src=x onerror=fetch(`//evil.test`)>"


def test_a_card_number_in_a_note_is_flagged_and_stays_out_of_the_record(world: World) -> None:
    assert feed(world, "pii_in_notes.csv") == {}
    (contact,) = contacts_of("C-1")
    assert contact.flags == ("card_number",)
    assert not any("4111" in str(event.body) for event in record.events())


def test_a_vat_number_that_fails_its_checksum_is_flagged(world: World) -> None:
    assert feed(world, "vat_bad_checksum.csv") == {}
    wrong, right = contacts_of("C-1", "C-2")
    assert (wrong.flags, right.flags) == (("bad_vat_id",), ())


def test_companies_that_nobody_entered_are_not_made_up(world: World) -> None:
    feed(world, "html_in_name.csv")
    (contact,) = contacts_of("C-1")
    assert (contact.customer_id, contact.company) == (None, "Acme Lda")
