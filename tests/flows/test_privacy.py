"""What is held about a person, erasing them with a report, and how long each kind of record is kept."""

from __future__ import annotations

import json
from datetime import date

import pytest

from counterfoil.audit import selectors as audit_reads
from counterfoil.audit import services as audit
from counterfoil.crm import services as crm
from counterfoil.crm.domain import ActivityDraft, ActivityKind, ContactDraft
from counterfoil.flows import privacy, retention, win_deal
from counterfoil.flows.close_deals import DatedBy
from tests.builders import NOW, TESTER
from tests.company import Company, a_company, a_won_deal

pytestmark = pytest.mark.database


@pytest.fixture
def company() -> Company:
    return a_company()


def a_contact(company: Company) -> int:
    draft = ContactDraft(
        company.customer_id, "Zephyrine", "Quillfeather", "zq@example.test", "+49 30 987654", "DE", "", "lilac door"
    )
    contact_id = crm.add_contact(draft=draft, actor=TESTER, at=NOW)
    crm.log_activity(
        draft=ActivityDraft(
            ActivityKind.NOTE, NOW, customer_id=company.customer_id, subject="Zephyrine Quillfeather called", text="hi"
        ),
        actor=TESTER,
        at=NOW,
    )
    return contact_id


def an_invoice_naming_them(company: Company) -> None:
    draft = a_won_deal(company, 100_00, name="For Zephyrine", po_number="Zephyrine Quillfeather")
    win_deal.enter_deal(books_id=company.books.id, draft=draft, actor=TESTER, at=NOW)
    assert company.closes(dated_by=DatedBy.CLOSE).invoiced == 1


def test_all_that_is_held_about_a_person_is_handed_out_and_noted(company: Company) -> None:
    contact_id = a_contact(company)
    an_invoice_naming_them(company)
    found = privacy.answer_access(books_id=company.books.id, contact_id=contact_id, actor=TESTER, at=NOW)
    said = json.dumps(found.to_json(), ensure_ascii=False)
    for trace in ("Zephyrine", "zq@example.test", "+49 30 987654", "lilac door", "Quillfeather called"):
        assert trace in said
    assert [(one.number, one.kept_until) for one in found.documents] == [("2026-0001", date(2036, 12, 31))]
    newest = audit_reads.events(limit=1)[0]
    assert newest.kind == "privacy.access_answered"
    assert "Zephyrine" not in json.dumps(newest.body)


def test_erasing_reports_what_went_and_what_stays_until_when(company: Company) -> None:
    contact_id = a_contact(company)
    an_invoice_naming_them(company)
    done = privacy.erase(books_id=company.books.id, contact_id=contact_id, actor=TESTER, at=NOW)
    assert (done.changed, done.activities) == (True, 1)
    assert done.values >= 6
    assert done.to_json()["kept"] == [
        {"document": "2026-0001", "issue_date": "2026-10-15", "until": "2036-12-31", "why": "kept_as_books"}
    ]
    after = privacy.held(books_id=company.books.id, contact_id=contact_id)
    assert not any(after.contact.values.values())
    assert not privacy.erase(books_id=company.books.id, contact_id=contact_id, actor=TESTER, at=NOW).changed
    assert audit.verify().ok


def test_the_schedule_says_what_is_kept_what_is_due_and_why(company: Company) -> None:
    a_contact(company)
    an_invoice_naming_them(company)
    now = {one.kind: one for one in retention.schedule(books_id=company.books.id, today=date(2026, 11, 15))}
    assert (now["documents"].count, now["documents"].due, now["documents"].years) == (1, 0, 10)
    assert now["documents"].next_due == date(2036, 12, 31)
    assert now["documents"].policy == "retention-0"
    later = {one.kind: one for one in retention.schedule(books_id=company.books.id, today=date(2037, 1, 1))}
    assert (later["documents"].due, later["contacts"].due, later["activities"].due) == (1, 1, 1)
    assert later["documents"].next_due is None
