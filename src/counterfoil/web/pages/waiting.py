"""Invoices asked for that have no number yet: held for a person, or kept as drafts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.billing import selectors as billing
from counterfoil.billing.selectors import HeldLine
from counterfoil.crm import selectors as crm
from counterfoil.kernel.money import Money
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.web import addresses, reader
from counterfoil.web.pages import invoices
from counterfoil.web.parts import Empty, Link, Said, View
from counterfoil.web.saying import parted, say

MOST = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """An invoice without a number: what stands against it, the day to enter it on, and where its forms go."""

    number: str
    customer: Link
    amount: Money
    dated: date
    why: Said | None
    day: date
    enter_url: str = ""
    discard_url: str = ""


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """All that waits."""

    sentence: str
    views: tuple[View, ...]
    held: tuple[Waiting, ...]
    drafts: tuple[Waiting, ...]
    refusals: tuple[Said, ...] = ()
    empty: Empty | None = None


def waiting_page(person: Person, refusals: tuple[Said, ...] = ()) -> WaitingPage:
    """Fill the invoices that wait; the forms are there for those who may enter invoices."""
    books_id = person.books.id
    held = billing.held_invoices(books_id, limit=MOST)
    drafts = billing.document_summaries(books_id, state=billing.DRAFT, limit=MOST)
    names = crm.customer_names([*(one.customer_id for one in held), *(one.customer_id for one in drafts)])
    may_act = person.may(Act.INVOICE)
    return WaitingPage(
        sentence=_sentence(len(held), len(drafts)),
        views=invoices.views("waiting", len(held) + len(drafts)),
        held=tuple(_held(one, names, may_act=may_act) for one in held),
        drafts=tuple(
            Waiting(
                number=_("Draft %(id)s") % {"id": draft.id},
                customer=Link(names.get(draft.customer_id, ""), addresses.customer_url(draft.customer_id)),
                amount=draft.gross,
                dated=draft.issue_date,
                why=None,
                day=draft.issue_date,
                enter_url=reverse("web:draft-issue", args=[draft.id]) if may_act else "",
                discard_url=reverse("web:draft-discard", args=[draft.id]) if may_act else "",
            )
            for draft in drafts
        ),
        refusals=refusals,
        empty=None
        if held or drafts
        else Empty(
            "ok",
            _("No invoice waits"),
            _("An invoice dated too far ahead is kept here for a person, and drafts wait here until they are issued."),
            other=Link(_("See the invoices"), reverse("web:invoices")),
        ),
    )


def _held(one: HeldLine, names: Mapping[int, str], *, may_act: bool) -> Waiting:
    title, passes = parted(say(one.code, one.facts))
    return Waiting(
        number=f"H-{one.id}",
        customer=Link(names.get(one.customer_id, ""), addresses.customer_url(one.customer_id)),
        amount=one.net,
        dated=one.issue_date,
        why=Said(title, passes=passes),
        day=min(one.issue_date, reader.today()),
        enter_url=reverse("web:held-enter", args=[one.id]) if may_act else "",
        discard_url=reverse("web:held-discard", args=[one.id]) if may_act else "",
    )


def _sentence(held: int, drafts: int) -> str:
    parts = []
    if held:
        parts.append(ngettext("%(n)s invoice is held", "%(n)s invoices are held", held) % {"n": reader.count(held)})
    if drafts:
        parts.append(ngettext("%(n)s draft waits", "%(n)s drafts wait", drafts) % {"n": reader.count(drafts)})
    if not parts:
        return _("Every invoice asked for was entered.")
    return ", ".join(parts) + ". " + _("They have no number and are not in the books.")
