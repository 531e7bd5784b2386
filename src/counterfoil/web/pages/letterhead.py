"""What stands at the head of the books' documents."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from counterfoil.people import selectors as people
from counterfoil.people.domain import BooksFacts
from counterfoil.web.forms import Form
from counterfoil.web.parts import Field


@dataclass(frozen=True, slots=True)
class LetterheadPage:
    """Address and VAT number, to be changed for the documents to come."""

    name: str
    country: str
    fields: tuple[Field, ...]
    refused: int = 0


def letterhead_page(books: BooksFacts, form: Form) -> LetterheadPage:
    """Fill the form with what stands there now, or with what was typed."""
    head = people.books_letterhead(books.id)
    return LetterheadPage(
        name=head.name,
        country=head.country,
        fields=(
            form.field("address", _("Address"), kind="textarea", value=head.address, is_required=False),
            form.field(
                "vat_id",
                _("VAT number"),
                value=head.vat_id,
                hint=_("With the two letters of its country. Electronic invoices ask for it."),
                is_required=False,
            ),
        ),
        refused=len(form.refusals),
    )
