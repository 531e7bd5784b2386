"""The API with all its routes."""

from counterfoil import __version__
from counterfoil.api.foundation import made_api
from counterfoil.api.routes import (
    auditing,
    autonomy,
    bank,
    contracts,
    crm,
    deals,
    decisions,
    findings,
    holding,
    imports,
    invoices,
    ledger,
    payments,
    people,
    policies,
    record,
    reports,
    review,
    terms,
    undo,
)

_PARTS = (
    people,
    policies,
    autonomy,
    crm,
    deals,
    terms,
    holding,
    imports,
    contracts,
    invoices,
    bank,
    payments,
    ledger,
    reports,
    record,
    decisions,
    findings,
    auditing,
    review,
    undo,
)
api = made_api(__version__, [part.routes for part in _PARTS])
