"""Handing out an issued document as an electronic invoice: UBL, CII, or Factur-X with the CII file in the PDF."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from counterfoil.audit.domain import Actor
from counterfoil.billing import einvoice
from counterfoil.billing import selectors as billing_reads
from counterfoil.billing import services as billing
from counterfoil.billing.domain.einvoice import Beside, Format, PartyFacts, einvoice_of
from counterfoil.crm import selectors as crm
from counterfoil.kernel.money import Money
from counterfoil.people import selectors as people
from counterfoil.receivables import selectors as receivables


@dataclass(frozen=True, slots=True)
class EInvoiceFile:
    """A file to hand out."""

    data: bytes
    media_type: str
    name: str


def einvoice_file(*, books_id: int, document_id: int, format_: Format, actor: Actor, at: datetime) -> EInvoiceFile:
    """Return an issued document as an electronic invoice that keeps every rule.

    Every amount is the one that was issued. What the document leaves blank, such as a VAT number that was entered
    later, comes from the books and the customer as they are now; the account to pay to is the printed one.

    Raises:
        NoSuchDocument: no issued document has this id in these books.
        IncompleteEInvoice: something that EN 16931 wants is missing; each thing is listed with where it is entered.
        BrokenRules: it cannot be said within EN 16931, such as an amount with three decimals.
    """
    content = billing_reads.document_content(books_id, document_id)
    number = str(content["number"])
    stem = number.replace("/", "-")
    pay_to = _pay_to(books_id, document_id)
    made = einvoice_of(content, _beside(books_id, document_id, pay_to))
    if format_ is not Format.FACTURX:
        return EInvoiceFile(einvoice.written(made, format_), "application/xml", f"{stem}.{format_.value}.xml")
    xml = einvoice.written(made, Format.CII)
    data = billing.print_with_einvoice(
        books_id=books_id, invoice_id=document_id, einvoice=xml, pay_to=pay_to, actor=actor, at=at
    )
    return EInvoiceFile(data, "application/pdf", f"{stem}.factur-x.pdf")


def _pay_to(books_id: int, document_id: int) -> billing.PayTo | None:
    """The account that stands on the printed form, or will."""
    printed = billing_reads.printed(document_id)
    if printed is not None:
        return billing.PayTo(**printed.pay_to) if printed.pay_to else None
    account = receivables.bank_account(books_id)
    return billing.PayTo(people.books_letterhead(books_id).name, account[1]) if account and account[1] else None


def _beside(books_id: int, document_id: int, pay_to: billing.PayTo | None) -> Beside:
    issued = billing_reads.documents_by_id(books_id, [document_id])[document_id]
    customer = crm.customer(issued.document.draft.customer_id)
    letterhead = people.books_letterhead(books_id)
    base = people.books_facts(books_id).base_currency
    in_base: Money | None = None
    if issued.base is not None and issued.document.gross.currency != base:
        in_base = issued.base.tax
    return Beside(
        seller=PartyFacts(vat_id=letterhead.vat_id, country=letterhead.country),
        customer=PartyFacts(
            vat_id=customer.vat_id, country=customer.country, city=customer.city, post_code=customer.postal_code
        ),
        tax_classes={rate.code: rate.tax_class for rate in billing_reads.tax_table(books_id).rates},
        tax_in_base=in_base,
        iban=pay_to.iban if pay_to else "",
        account_name=pay_to.name if pay_to else "",
    )
