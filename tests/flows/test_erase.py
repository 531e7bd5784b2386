"""Erasing a person: gone from every table, event and file but issued invoices, and the record verifies."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from counterfoil.audit import services as audit
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm import services as crm
from counterfoil.crm.domain import ActivityDraft, ActivityKind
from counterfoil.flows.import_file import import_file
from tests.builders import NOW, TESTER
from tests.company import a_company
from tests.databases import OwnDatabase

pytestmark = pytest.mark.commit
TRACES = ("Zephyrine", "Quillfeather", "zephyrine.quillfeather@example.test", "+49 30 987654321", "lilac door")
CONTACTS = (
    "external_id,first_name,last_name,email,phone,company,country,vat_id,notes\n"
    "C-1,Zephyrine,Quillfeather,zephyrine.quillfeather@example.test,+49 30 987654321,Kestrel Water AG,DE,,lilac door\n"
    "C-2,Zephyrine,Quillfeather,zephyrine.quillfeather@@example,+49 30 987654321,Kestrel Water AG,DE,,lilac door\n"
)


def tables_naming(traces: tuple[str, ...]) -> set[str]:
    """Return every table in which any column of any row holds one of the texts."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            cells = " ".join(str(cell) for row in cursor.fetchall() for cell in row)
            if any(trace in cells for trace in traces):
                found.add(table)
    return found


def files_naming(folder: Path, traces: tuple[str, ...]) -> list[str]:
    """Return every file below a folder that holds one of the texts, the database's own files left out."""
    return [
        str(path)
        for path in folder.rglob("*")
        if path.is_file() and ".sqlite3" not in path.name
        if any(trace.encode() in path.read_bytes() for trace in traces)
    ]


def test_an_erased_person_is_gone_everywhere_and_the_record_verifies(own_database: OwnDatabase) -> None:
    company = a_company()
    result = import_file(
        kind="contacts",
        data=CONTACTS.encode(),
        file_name="contacts.csv",
        actor=TESTER,
        books_id=company.books.id,
        at=NOW,
    )
    assert (result.accepted, result.rejected) == (1, 1)
    contact_id = crm_reads.contact_id("C-1")
    crm.log_activity(
        draft=ActivityDraft(
            ActivityKind.CALL,
            NOW,
            "Call with Zephyrine",
            "Zephyrine Quillfeather asked for the lilac door",
            customer_id=company.customer_id,
            contact_id=contact_id,
        ),
        actor=TESTER,
        at=NOW,
    )
    assert tables_naming(TRACES) == {"crm_contact", "crm_activity"}
    assert crm.erase_contact(contact_id=contact_id, actor=TESTER, at=NOW)
    assert tables_naming(TRACES) == set()
    assert files_naming(own_database.home, TRACES) == []
    assert not crm.erase_contact(contact_id=contact_id, actor=TESTER, at=NOW)
    found = audit.verify()
    assert found.ok, found.first_bad
