"""Looking at the whole ledger with the rules that look at each deal: every invoice against what came before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction

from counterfoil.anomalies import selectors as watch
from counterfoil.anomalies import services
from counterfoil.anomalies.candidates import of_invoice
from counterfoil.anomalies.facts import Candidate
from counterfoil.anomalies.inspecting import Inspected
from counterfoil.billing import selectors as billing
from counterfoil.billing.selectors import IssuedDocument
from counterfoil.kernel.errors import Fact
from counterfoil.kernel.explanation import Finding

MAX_BATCH = 5_000
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Spotted:
    """One thing that was found in the ledger. `number` is the document, blank for what concerns a whole series."""

    number: str
    customer_id: int | None
    on: date | None
    finding: Finding


def watch_ledger(*, books_id: int, today: date, at: datetime, progress: Progress | None = None) -> Iterator[Spotted]:
    """Yield everything that any rule finds, invoice by invoice as they were issued, then gaps in the series.

    An invoice is compared with what came before it, never with what came after. What is found is kept as what is
    found before a posting; a second look adds nothing. The past is not stopped, so that everything is a note.
    """
    past = watch.Past(books_id, today=today)
    after: tuple[date, int] | None = None
    done = 0
    while page := billing.issued_in_order(books_id, after=after, limit=MAX_BATCH):
        documents = billing.documents_by_id(books_id, [id_ for _, id_ in page])
        ordered = [documents[id_] for _, id_ in page]
        candidates = [candidate_of(one) for one in ordered]
        found = past.look(candidates)
        with transaction.atomic():
            services.write_down(
                books_id=books_id, found=list(zip(candidates, found, strict=True)), at=at, is_held=False
            )
        for document, one in zip(ordered, found, strict=True):
            yield from _spotted(document, one)
        after = page[-1]
        done += len(page)
        if progress:
            progress(done, 0)
    for fault in billing.series_faults(books_id):
        facts: dict[str, Fact] = {
            "series": f"{fault.kind} {fault.year} {fault.branch}".strip(),
            "missing": fault.missing,
            "next_no": fault.next_no,
            "should_be": fault.should_be,
            "rule": "sequence_gap",
        }
        yield Spotted("", None, None, Finding("anomalies", "sequence_gap", facts, "number"))


def candidate_of(one: IssuedDocument) -> Candidate:
    """Return an invoice as rules see it; the instalments of one contract are not each other's duplicates."""
    draft = one.document.draft
    candidate = of_invoice(draft, owner="")
    subject = f"contract:{draft.contract_id}" if draft.contract_id else candidate.subject
    return replace(candidate, subject=subject, reference=one.number)


def _spotted(document: IssuedDocument, found: Inspected) -> Iterator[Spotted]:
    draft = document.document.draft
    for finding in (*found.held, *found.noted):
        yield Spotted(document.number, draft.customer_id, draft.issue_date, finding)
