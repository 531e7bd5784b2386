"""A person matches, assigns, recognises, confirms, enters a payment, or uses cash and credit."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from counterfoil.anomalies import services as watch
from counterfoil.anomalies.facts import CHECK as ANOMALIES
from counterfoil.audit.domain import Actor
from counterfoil.decisions import services as decisions
from counterfoil.decisions.domain import Act
from counterfoil.flows import gating, queue, watch_money
from counterfoil.flows.receive_money.automatic import match_said
from counterfoil.flows.receive_money.conditions import follow_conditions
from counterfoil.kernel.errors import Refusal, Refused
from counterfoil.kernel.money import Money
from counterfoil.ledger.domain import OutcomeKind
from counterfoil.receivables import selectors as reads
from counterfoil.receivables import services as receivables
from counterfoil.receivables.domain import matching
from counterfoil.receivables.domain import settlement as rules
from counterfoil.receivables.domain.settlement import AccountPart, Origin, Part, Settlement
from counterfoil.receivables.services import Settled


class NothingToConfirm(Refused):
    """As things stand now, the rule suggests nothing for a line."""

    code = "nothing_to_confirm"


def _may_stand(books_id: int, settlement: Settlement, code: str) -> bool:
    """Tell whether what stands against a settlement may be itself, made before: the service answers for that."""
    if settlement.origin is Origin.HAND:
        return bool(reads.payments_by_source(books_id, [rules.hand_source(settlement.key)]))
    return settlement.origin is Origin.LINE and code == "line_was_posted"


@transaction.atomic
def _settle_one(
    books_id: int, settlement: Settlement, actor: Actor, at: datetime, texts: Mapping[str, str] | None = None
) -> Settled:
    facts = reads.settlement_facts(books_id, [settlement])
    found = rules.findings(settlement, facts)
    is_repeated = bool(found) and _may_stand(books_id, settlement, found[0].code)
    against = () if is_repeated else found
    # What is unusual stops no person: it is written down.
    cleared, held = decisions.clear(Act.RECEIVE, [settlement], {rules.CHECK: [against], ANOMALIES: [()]})
    for item in held:
        first = item.findings[0]
        raise Refusal(first.code, first.facts, first.field).error()
    # Before it is posted: afterwards its own account is one that the customer paid from.
    seen = [(one, said) for one, said in watch_money.watched(books_id, [settlement], facts) if one is not None]
    (outcome,) = receivables.settle(books_id=books_id, cleared=cleared, actor=actor, at=at, texts=texts)
    if outcome.refusal is not None:
        raise outcome.refusal.error()
    follow_conditions(books_id, cleared, [outcome], actor, at)
    if settlement.origin is Origin.LINE:
        if outcome.kind is OutcomeKind.DONE:
            watch.write_down(books_id=books_id, found=seen, at=at, is_held=False)
            gate = gating.gate(books_id, matching.KIND, matching.RULE_VERSION, is_confirmed=True)
            said = {(f"bank_line:{settlement.origin_id}", 1): match_said(settlement)}
            gating.keep_answers(gate, said, "hand", actor, at)
        queue.let_lines_go(
            books_id=books_id, line_ids=[settlement.origin_id], outcome="matched_by_hand", actor=actor, at=at
        )
    return outcome


def confirm_match(*, books_id: int, line_id: int, actor: Actor, at: datetime) -> Settled:
    """Settle a bank line as the rule suggests, because a person confirms it.

    Raises:
        NothingToConfirm: as things stand now, the rule suggests nothing for this line.
        Refused: as `match_by_hand`.
    """
    lines = reads.lines_to_match(books_id, only=line_id)
    named = reads.named_candidates(books_id, lines)
    found = matching.verdicts([(one.line, named[one.line.id]) for one in lines])
    settlement = found[0].settlement if found else None
    if settlement is None:
        raise NothingToConfirm(line=line_id)
    return _settle_one(books_id, dataclasses.replace(settlement, is_manual=True), actor, at)


def match_by_hand(
    *,
    books_id: int,
    line_id: int,
    parts: Sequence[Part] = (),
    account_parts: Sequence[AccountPart] = (),
    customer_id: int | None = None,
    actor: Actor,
    at: datetime,
) -> Settled:
    """Settle items with a bank line as a person says: one or several, in full or in part.

    What the parts leave over is unapplied cash of the customer; what a bank kept back is an account part with a
    negative amount. A negative line returns an allocation (a part that names it) or refunds a credit note. The same
    request again is unchanged.

    Raises:
        Refused: the first thing that stands against it (line_was_posted, exceeds_open, exceeds_payment, ...).
    """
    line = reads.bank_line(books_id, line_id)
    settlement = Settlement(
        Origin.LINE, line_id, line.amount, line.booking_date, tuple(parts), tuple(account_parts), customer_id
    )
    return _settle_one(books_id, settlement, actor, at)


def assign(*, books_id: int, line_id: int, account: str, actor: Actor, at: datetime) -> Settled:
    """Post a bank line to a ledger account: bank charges, interest, tax paid.

    Raises:
        Refused: as `match_by_hand`; `account_is_kept` for accounts that have a sub-ledger or are a bank's own.
    """
    line = reads.bank_line(books_id, line_id)
    return match_by_hand(
        books_id=books_id, line_id=line_id, account_parts=[AccountPart(account, line.amount)], actor=actor, at=at
    )


def recognise(*, books_id: int, line_id: int, payment_id: int, actor: Actor, at: datetime) -> Settled:
    """Say that a bank line is a payment that was entered by hand: nothing is posted or settled twice.

    Raises:
        Refused: the line is posted, or account or amount differ (`payment_differs`).
    """
    line = reads.bank_line(books_id, line_id)
    settlement = Settlement(Origin.LINE, line_id, line.amount, line.booking_date, recognises=payment_id)
    return _settle_one(books_id, settlement, actor, at)


@dataclass(frozen=True, slots=True)
class HandPayment:
    """A payment as a person enters it.

    `key` is what makes it this payment, such as the request's idempotency key: entered again, it is unchanged. Without
    `bank_account_id` it came in on the first bank account, which is opened if there is none. What parts and accounts
    leave over is unapplied cash of the customer.
    """

    amount: Money
    on: date
    key: str
    parts: tuple[Part, ...] = ()
    account_parts: tuple[AccountPart, ...] = ()
    customer_id: int | None = None
    bank_account_id: int | None = None
    text: str = ""


@transaction.atomic
def record_payment(*, books_id: int, payment: HandPayment, actor: Actor, at: datetime) -> Settled:
    """Enter a payment by hand, before its bank line is there, and settle items with it.

    Raises:
        Refused: the first thing that stands against it (exceeds_open, key_was_used, period_is_closed, ...).
    """
    found = reads.bank_account(books_id, payment.bank_account_id)
    if found is None:
        code = payment.amount.currency.code
        bank_account_id = receivables.open_bank_account(
            books_id=books_id, iban="", name="Bank", currency_code=code, actor=actor, at=at
        )
    else:
        bank_account_id, _, _ = found
    settlement = Settlement(
        Origin.HAND,
        bank_account_id,
        payment.amount,
        payment.on,
        payment.parts,
        payment.account_parts,
        payment.customer_id,
        key=payment.key,
    )
    return _settle_one(books_id, settlement, actor, at, {payment.key: payment.text})


def apply_cash(
    *, books_id: int, payment_id: int, seen: Money, parts: Sequence[Part], on: date, actor: Actor, at: datetime
) -> Settled:
    """Settle items with money that is on no invoice yet.

    Args:
        seen: what was not applied of the payment when the person looked; if it changed since, the act is refused.

    Raises:
        Refused: the first thing that stands against it (changed_since_seen, other_customer, exceeds_open, ...).
    """
    return _settle_one(books_id, Settlement(Origin.CASH, payment_id, seen, on, tuple(parts)), actor, at)


def apply_credit(
    *, books_id: int, credit_item_id: int, seen: Money, parts: Sequence[Part], on: date, actor: Actor, at: datetime
) -> Settled:
    """Settle invoices with what is open of a credit note. As `apply_cash`."""
    return _settle_one(books_id, Settlement(Origin.CREDIT, credit_item_id, seen, on, tuple(parts)), actor, at)
