"""Reading an electronic invoice of any syntax from its tree."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from counterfoil.billing.domain.einvoice import cii, ubl
from counterfoil.billing.domain.einvoice.model import EInvoice
from counterfoil.billing.domain.einvoice.tree import NotAnEInvoice, drop_namespaces, parts

_SHOWN = 80


def einvoice_of_tree(root: Element) -> EInvoice:
    """Read a UBL Invoice, a UBL CreditNote or a CII invoice; the tree loses its namespaces.

    Raises:
        NotAnEInvoice: another document.
        UnreadableValue: a number or a date that is none.
    """
    namespace, name = parts(root.tag)
    drop_namespaces(root)
    if (namespace, name) == (ubl.INVOICE, "Invoice"):
        return ubl.read(root, is_credit_note=False)
    if (namespace, name) == (ubl.CREDIT_NOTE, "CreditNote"):
        return ubl.read(root, is_credit_note=True)
    if (namespace, name) == (cii.NAMESPACE, "CrossIndustryInvoice"):
        return cii.read(root)
    raise NotAnEInvoice(found=f"{name} {namespace}".strip()[:_SHOWN])
