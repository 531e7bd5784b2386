"""Money comes in: a statement is imported, its lines are matched, and what is settled can be taken back."""

from counterfoil.flows.receive_money.automatic import Matched, match
from counterfoil.flows.receive_money.by_hand import (
    HandPayment,
    NothingToConfirm,
    apply_cash,
    apply_credit,
    assign,
    confirm_match,
    match_by_hand,
    recognise,
    record_payment,
)
from counterfoil.flows.receive_money.importing import BankImport, enter_opening_balance, import_bank, undo_bank_import
from counterfoil.flows.receive_money.taking_back import undo_match, undo_matches

__all__ = [
    "BankImport",
    "HandPayment",
    "Matched",
    "NothingToConfirm",
    "apply_cash",
    "apply_credit",
    "assign",
    "confirm_match",
    "enter_opening_balance",
    "import_bank",
    "match",
    "match_by_hand",
    "recognise",
    "record_payment",
    "undo_bank_import",
    "undo_match",
    "undo_matches",
]
