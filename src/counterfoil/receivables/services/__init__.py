"""Writing receivables: statements, open items, settlements and what takes them back.

Import the module and call through it: `from counterfoil.receivables import services as receivables`.
"""

from counterfoil.receivables.services.erasing import erase_payer
from counterfoil.receivables.services.items import (
    NewItem,
    OpenedItem,
    make_unconditional,
    open_documents,
    open_items,
    set_against_credit,
)
from counterfoil.receivables.services.matching import leave_lines, mark_decided
from counterfoil.receivables.services.settling import OnCondition, Settled, settle
from counterfoil.receivables.services.statements import (
    Imported,
    LinesArePosted,
    NoFreeAccount,
    Note,
    enter_opening_balance,
    import_statements,
    open_bank_account,
    undo_import,
)
from counterfoil.receivables.services.undoing import undo_matches

__all__ = [
    "Imported",
    "LinesArePosted",
    "NewItem",
    "NoFreeAccount",
    "Note",
    "OnCondition",
    "OpenedItem",
    "Settled",
    "enter_opening_balance",
    "erase_payer",
    "import_statements",
    "leave_lines",
    "make_unconditional",
    "mark_decided",
    "open_bank_account",
    "open_documents",
    "open_items",
    "set_against_credit",
    "settle",
    "undo_import",
    "undo_matches",
]
