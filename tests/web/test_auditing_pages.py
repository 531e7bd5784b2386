"""The page of the audit trail: stores, binder, samples; and the page of retention and of persons who ask."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from django.test import Client

from counterfoil.audit.binder import verify
from counterfoil.audit.domain import drawn
from counterfoil.crm import services as crm
from counterfoil.crm.domain import ContactDraft
from counterfoil.people.domain import Role
from tests.builders import NOW, TESTER
from tests.databases import OwnDatabase
from tests.web.test_doors import a_filled_company, signed_in


@pytest.mark.database
def test_the_auditor_sees_what_is_kept_outside_and_draws_a_sample() -> None:
    client = signed_in(a_filled_company(), Role.AUDITOR)
    client.post("/audit/verify")
    shown = client.get("/audit").content.decode()
    for words in ("Kept outside", "Beside the database", "Verifier and chain, one file", "2 % of what", "Your samples"):
        assert words in shown
    draw = {"of": "entries", "size": "1", "seed": "7"}
    answer = client.post("/audit/sample", draw)
    assert answer.headers["Content-Disposition"].endswith('"sample-entries-1.csv"')
    again = client.post("/audit/sample", draw)
    assert answer.content == again.content
    key = answer.content.decode().splitlines()[1].split(",")[0]
    everything = client.post("/audit/sample", draw | {"size": "9999"}).content.decode().splitlines()[1:]
    assert drawn("7", [line.split(",")[0] for line in everything], 1) == [key]
    assert client.post("/audit/sample", draw | {"size": "x"}).status_code == 409
    rate = {"rate": "7.5", "kind": "", "reason": "New system"}
    assert client.post("/audit/rate", rate).status_code == 302
    assert "7.5 % of what is decided alone goes to a person, by sampling-1" in client.get("/audit").content.decode()
    assert client.post("/audit/rate", rate).status_code == 409
    assert client.post("/audit/binder", {"period": "nonsense"}).status_code == 404


@pytest.mark.database
def test_a_person_who_asks_is_shown_what_is_held_and_is_erased() -> None:
    company = a_filled_company()
    draft = ContactDraft(company.customer_id, "Zephyrine", "Quillfeather", "zq@example.test", "", "DE", "", "")
    number = str(crm.add_contact(draft=draft, actor=TESTER, at=NOW))
    auditor = signed_in(company, Role.AUDITOR)
    shown = auditor.get("/privacy", {"contact": number}).content.decode()
    assert "zq@example.test" in shown
    assert "Erase the person" not in shown
    assert auditor.post("/privacy/erase", {"contact": number}).status_code == 403
    assert "Retention" in auditor.get("/privacy", {"contact": "nobody"}).content.decode()
    controller = signed_in(company, Role.CONTROLLER)
    held = json.loads(controller.post("/privacy/access", {"contact": number}).content)
    assert held["values"]["email"] == "zq@example.test"
    done = controller.post("/privacy/erase", {"contact": number}).content.decode()
    assert "Erased. The record still verifies." in done
    assert "zq@example.test" not in done


@pytest.mark.commit
def test_a_binder_is_written_while_the_page_says_how_far_it_is(own_database: OwnDatabase, tmp_path: Path) -> None:
    client = signed_in(a_filled_company(), Role.AUDITOR)
    period = binder_of(client)
    answer = client.get(f"/audit/binder/{period}")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="counterfoil-{period}.zip"'
    file = tmp_path / "binder.zip"
    file.write_bytes(b"".join(answer))
    manifest, counts, found = verify.verified(file)
    assert found == []
    assert manifest["period"] == period
    assert counts["entries"] > 0


def binder_of(client: Client) -> str:
    """Ask for the binder of the month that the page offers first, and wait until it is there."""
    shown = client.get("/audit").content.decode()
    period = shown.split('name="period"')[1].split('value="')[1].split('"')[0]
    begun = client.post("/audit/binder", {"period": period})
    assert begun.headers["Location"] == f"/audit?binder={period}#binder"
    for _ in range(200):
        status = client.get(f"/audit/binder/{period}/status").content.decode()
        if "every 1s" not in status:
            break
        time.sleep(0.1)
    assert "Take the file" in status
    return period
