"""Electronic invoices by EN 16931: the semantic model, both syntaxes, the exact check, and one made from a document."""

from counterfoil.billing.domain.einvoice.making import Beside, IncompleteEInvoice, PartyFacts, einvoice_of
from counterfoil.billing.domain.einvoice.model import (
    Account,
    Adjustment,
    Category,
    EInvoice,
    Line,
    Party,
    Syntax,
    Totals,
    VatBreakdown,
)
from counterfoil.billing.domain.einvoice.reading import einvoice_of_tree
from counterfoil.billing.domain.einvoice.rules import Breach, check, refused
from counterfoil.billing.domain.einvoice.tree import NotAnEInvoice, UnreadableValue
from counterfoil.billing.domain.einvoice.writing import WRITERS, Format

__all__ = [
    "WRITERS",
    "Account",
    "Adjustment",
    "Beside",
    "Breach",
    "Category",
    "EInvoice",
    "Format",
    "IncompleteEInvoice",
    "Line",
    "NotAnEInvoice",
    "Party",
    "PartyFacts",
    "Syntax",
    "Totals",
    "UnreadableValue",
    "VatBreakdown",
    "check",
    "einvoice_of",
    "einvoice_of_tree",
    "refused",
]
