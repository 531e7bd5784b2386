"""Electronic invoices as files: read by the one XML reader, written and read again before anybody gets them."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.billing.domain.einvoice import (
    WRITERS,
    Breach,
    EInvoice,
    Format,
    check,
    einvoice_of_tree,
)
from counterfoil.infra import xml
from counterfoil.kernel.errors import Refused

LARGEST = 20 << 20


class EInvoiceInPdf(Refused):
    """A PDF, which may carry an electronic invoice but is none."""

    code = "einvoice_in_pdf"


class BrokenRules(Refused):
    """An electronic invoice breaks a rule; `breaches` are all of them, the facts name the rules."""

    code = "einvoice_rules"

    def __init__(self, breaches: Sequence[Breach]) -> None:
        super().__init__(rules=[breach.rule for breach in breaches])
        self.breaches = tuple(breaches)


def read(data: bytes) -> EInvoice:
    """Read a UBL or CII file.

    Raises:
        EInvoiceInPdf: a PDF.
        MalformedXml, BadXmlEncoding, ForbiddenXml, XmlTooLarge, XmlTooDeep, XmlLimit: as `infra.xml.parse`.
        NotAnEInvoice: XML, but no invoice. UnreadableValue: a number or a date in it is none.
    """
    if data.startswith(b"%PDF"):
        raise EInvoiceInPdf
    return einvoice_of_tree(xml.parse(data, max_bytes=LARGEST))


def written(invoice: EInvoice, format_: Format) -> bytes:
    """Write an invoice, read it back, and hold what was read against the rules and against what was meant.

    Raises:
        BrokenRules: it breaks one, even one that only deserves a remark in somebody else's invoice.
        ValueError: the file does not say what the invoice says.
    """
    data = WRITERS[format_](invoice)
    said = read(data)
    breaches = check(said)
    if breaches:
        raise BrokenRules(breaches)
    if (said.totals, said.vat, [line.net for line in said.lines]) != (
        invoice.totals,
        invoice.vat,
        [line.net for line in invoice.lines],
    ):
        raise ValueError(f"the file of {invoice.number} does not say what the invoice says")
    return data
