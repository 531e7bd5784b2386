"""counterfoil erase"""

from __future__ import annotations

import argparse

from counterfoil.cli.running import Answer, actor
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm import services as crm
from counterfoil.infra import world


def run(args: argparse.Namespace) -> Answer:
    """Erase a person from every table and from the record; issued invoices stay as the law demands."""
    contact_id = crm_reads.contact_id(args.contact)
    changed = crm.erase_contact(contact_id=contact_id, actor=actor(), at=world.now())
    line = "The person is erased; the record still verifies." if changed else "The person was erased before."
    return Answer({"contact": args.contact, "erased": True, "changed": changed}, [line])
