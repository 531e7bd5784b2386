"""Opening, assigning, discussing, answering and resolving cases; asking for and giving approvals."""

from counterfoil.review.services.answering import answer, insist_answerable, write_answer
from counterfoil.review.services.approvals import (
    Approver,
    answer_approval,
    decide_approval,
    give_approval,
    request_approval,
    void_approvals,
)
from counterfoil.review.services.delegations import delegate, revoke_delegation
from counterfoil.review.services.labels import choose_digest, claim_digest, label, review_label
from counterfoil.review.services.opening import Opened, open_cases, reopen_case, resolve_cases
from counterfoil.review.services.recording import RECORDED, binder_steps, hashed_steps
from counterfoil.review.services.talking import assign, comment, see_mentions

__all__ = [
    "RECORDED",
    "Approver",
    "Opened",
    "answer",
    "answer_approval",
    "assign",
    "binder_steps",
    "choose_digest",
    "claim_digest",
    "comment",
    "decide_approval",
    "delegate",
    "give_approval",
    "hashed_steps",
    "insist_answerable",
    "label",
    "open_cases",
    "reopen_case",
    "request_approval",
    "resolve_cases",
    "review_label",
    "revoke_delegation",
    "see_mentions",
    "void_approvals",
    "write_answer",
]
