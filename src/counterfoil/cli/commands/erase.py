"""counterfoil erase"""

from __future__ import annotations

import argparse

from counterfoil.cli.running import Answer, actor
from counterfoil.crm import selectors as crm_reads
from counterfoil.flows import privacy
from counterfoil.infra import world
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Erase a person from every table and from the record; issued invoices stay as the law demands."""
    contact_id = crm_reads.contact_id(args.contact)
    done = privacy.erase(books_id=people.books_facts().id, contact_id=contact_id, actor=actor(), at=world.now())
    data: dict[str, object] = {
        "contact": args.contact,
        "erased": True,
        "changed": done.changed,
        "report": done.to_json(),
    }
    if not done.changed:
        return Answer(data, ["The person was erased before."])
    went = f"{done.values} values, {done.activities} activities, {done.bank_texts} texts of bank lines and payments"
    kept = [f"Kept: document {one.number} of {one.issue_date}, until {one.kept_until}." for one in done.kept]
    return Answer(data, [f"The person is erased: {went}, and their key; the record still verifies.", *kept])
