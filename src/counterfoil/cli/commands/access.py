"""counterfoil access"""

from __future__ import annotations

import argparse
import json

from counterfoil.cli.running import Answer, actor
from counterfoil.crm import selectors as crm_reads
from counterfoil.flows import privacy
from counterfoil.infra import world
from counterfoil.people import selectors as people


def run(args: argparse.Namespace) -> Answer:
    """Write down all that is held about a person, and note on the record that it was handed out."""
    contact_id = crm_reads.contact_id(args.contact)
    found = privacy.answer_access(
        books_id=people.books_facts().id, contact_id=contact_id, actor=actor(), at=world.now()
    )
    data: dict[str, object] = dict(found.to_json())
    text = json.dumps(data, ensure_ascii=False, indent=1)
    if args.out is not None:
        args.out.write_text(text + "\n", "utf-8")
        return Answer(data, [f"All that is held about contact {contact_id} is in {args.out}"])
    return Answer(data, [text])
