"""Writing documents: issuing, crediting, drafts, numbers, tax rates, printed forms."""

from counterfoil.billing.domain.credits import CREDITABLE
from counterfoil.billing.selectors import hashed_documents
from counterfoil.billing.services.again import check_again, issue_again
from counterfoil.billing.services.conditions import (
    Right,
    bring_forward,
    make_unconditional,
    take_back_unconditional,
)
from counterfoil.billing.services.credits import check_credits, credit_invoices
from counterfoil.billing.services.drafts import discard_draft, save_draft
from counterfoil.billing.services.holds import hold_invoices, record_refusal, settle_held
from counterfoil.billing.services.invoices import ISSUED, Issued, issue_invoices
from counterfoil.billing.services.numbers import check_series, repair_series
from counterfoil.billing.services.printing import PayTo, print_document, print_with_einvoice
from counterfoil.billing.services.rates import add_tax_rate, open_tax_rates

__all__ = [
    "CREDITABLE",
    "ISSUED",
    "Issued",
    "PayTo",
    "Right",
    "add_tax_rate",
    "bring_forward",
    "check_again",
    "check_credits",
    "check_series",
    "credit_invoices",
    "discard_draft",
    "hashed_documents",
    "hold_invoices",
    "issue_again",
    "issue_invoices",
    "make_unconditional",
    "open_tax_rates",
    "print_document",
    "print_with_einvoice",
    "record_refusal",
    "repair_series",
    "save_draft",
    "settle_held",
    "take_back_unconditional",
]
