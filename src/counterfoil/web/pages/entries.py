"""Journal entries as cards on other pages."""

from __future__ import annotations

from collections.abc import Mapping

from counterfoil.kernel.money import Money
from counterfoil.ledger.selectors import PostedEntry
from counterfoil.people.domain import BooksFacts
from counterfoil.web import addresses
from counterfoil.web.parts import EntryCard, Link, PostingLine


def entry_card(books: BooksFacts, posted: PostedEntry, links: Mapping[str, Link] | None = None) -> EntryCard:
    """Describe a posted entry for a page; `links` are those of its accounts and contracts."""
    entry = posted.entry
    found = links or addresses.links(books.id, entry_references(posted))
    return EntryCard(
        number=addresses.entry_number(posted.id),
        entry_date=entry.entry_date,
        period=f"{entry.entry_date:%Y-%m}",
        memo=entry.memo,
        postings=tuple(
            PostingLine(
                account=found[f"account:{posting.account}"],
                amount=posting.amount,
                base=posting.base,
                note=found[f"contract:{posting.contract_id}"].label if posting.contract_id else "",
            )
            for posting in entry.postings
        ),
        url=addresses.entry_url(posted.id),
        is_reversal=posted.reverses_id is not None,
        total=sum(
            (posting.base for posting in entry.postings if posting.base.minor > 0), Money.zero(books.base_currency)
        ),
    )


def entry_references(posted: PostedEntry) -> list[str]:
    """Return what an entry's postings refer to: accounts and contracts."""
    postings = posted.entry.postings
    contracts = [f"contract:{posting.contract_id}" for posting in postings if posting.contract_id]
    return [f"account:{posting.account}" for posting in postings] + contracts
