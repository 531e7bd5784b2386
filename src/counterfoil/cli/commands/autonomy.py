"""counterfoil autonomy"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final

from counterfoil.audit.domain import person as person_actor
from counterfoil.autonomy import selectors as reads
from counterfoil.autonomy import services
from counterfoil.autonomy.selectors import PromotionRow
from counterfoil.cli.commands.policy import person_of
from counterfoil.cli.running import Answer, actor
from counterfoil.decisions.domain import Mode
from counterfoil.flows import autonomy
from counterfoil.infra import world
from counterfoil.people import selectors as people
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person


def run(args: argparse.Namespace) -> Answer:
    """Say what may be done alone, or change it."""
    books_id = people.books_facts().id
    if args.act in _DOES:
        return _DOES[args.act](args, books_id)
    if args.act in ("set", "demote"):
        services.set_level(
            books_id=books_id,
            kind=args.kind,
            version=autonomy.version_of(args.kind),
            mode=Mode(args.mode),
            reason=args.reason,
            actor=actor(),
            at=world.now(),
        )
    elif args.act != "list":
        autonomy.version_of(args.kind)
        act = services.kill if args.act in ("stop", "kill") else services.revive
        act(books_id=books_id, kind=args.kind, reason=args.reason, actor=actor(), at=world.now())
    return _list(books_id)


def _list(books_id: int) -> Answer:
    kinds = autonomy.kinds(books_id)
    waiting = {one.kind: one for one in reads.open_promotions(books_id)}
    rows: list[dict[str, object]] = [
        {
            "kind": one.name,
            "version": one.version,
            "mode": one.standing.mode.value,
            "level": one.standing.level.value,
            "stopped_by": one.standing.stopped_by,
            "set_by": one.standing.set_by,
            "promotion": _promotion(waiting[one.name]) if one.name in waiting else None,
        }
        for one in kinds
    ]
    lines = []
    for one in kinds:
        stopped = f" stopped by {one.standing.stopped_by}" if one.standing.is_stopped else ""
        lines.append(f"{one.name:<20} {one.standing.mode.value:<16}{stopped}")
        if one.name in waiting:
            lines.append(f"  {_said(waiting[one.name])}")
    return Answer({"kinds": rows}, lines)


def _promotion(row: PromotionRow) -> dict[str, object]:
    return {
        "id": row.id,
        "from": row.from_mode.value,
        "to": row.to_mode.value,
        "version": row.version,
        "evidence": row.evidence,
        "evidence_hash": row.evidence_hash,
        "proposed_by": row.proposed_by,
        "signers": list(row.signers),
    }


def _said(row: PromotionRow) -> str:
    signed = ", ".join(row.signers) or "nobody"
    return f"{row.kind} from {row.from_mode.value} to {row.to_mode.value}: signed by {signed}, {row.evidence_hash[:12]}"


def _open(books_id: int, kind: str) -> PromotionRow:
    autonomy.version_of(kind)
    row = reads.open_promotion(books_id, kind)
    if row is None:
        raise services.NoSuchPromotion(promotion=kind)
    return row


def _signer(email: str) -> Person:
    """Return who proposes or signs.

    Raises:
        UnknownUser: nobody signs in so. MayNotPromote: their role does not let kinds of decision rise.
    """
    who = person_of(email)
    if not who.may(Act.SET_AUTONOMY):
        raise autonomy.MayNotPromote(role=who.role.value)
    return who


def _promote(args: argparse.Namespace, books_id: int) -> Answer:
    who = _signer(args.email)
    autonomy.propose(books_id=books_id, kind=args.kind, actor=person_actor(who.email), at=world.now())
    row = _open(books_id, args.kind)
    return Answer({"promotion": _promotion(row)}, [f"Proposed: {_said(row)}. It takes effect by two signatures."])


def _sign(args: argparse.Namespace, books_id: int) -> Answer:
    who = _signer(args.email)
    row = _open(books_id, args.kind)
    is_done = autonomy.sign(
        books_id=books_id,
        promotion_id=row.id,
        evidence_hash=args.hash or row.evidence_hash,
        signer=who.email,
        actor=actor(),
        at=world.now(),
    )
    data: dict[str, object] = {"promotion": row.id, "to": row.to_mode.value, "is_in_force": is_done}
    said = "is in force" if is_done else "is signed and waits for another person"
    return Answer(data, [f"{args.kind} to {row.to_mode.value} {said}."])


def _withdraw(args: argparse.Namespace, books_id: int) -> Answer:
    row = _open(books_id, args.kind)
    services.withdraw_promotion(
        books_id=books_id, promotion_id=row.id, reason=args.reason, actor=actor(), at=world.now()
    )
    return Answer({"promotion": row.id, "withdrawn": True}, [f"Withdrawn: {_said(row)}"])


def _check(args: argparse.Namespace, books_id: int) -> Answer:
    breach = autonomy.check(books_id=books_id, kind=args.kind, at=world.now())
    if breach is None:
        return Answer({"kind": args.kind, "breach": None}, [f"{args.kind} holds its bar."])
    data: dict[str, object] = {
        "kind": args.kind,
        "breach": breach.code,
        "have_micro": breach.have_micro,
        "need_micro": breach.need_micro,
        "to": breach.to_mode.value,
    }
    share = f"{breach.have_micro / 10_000:.1f} % against {breach.need_micro / 10_000:.1f} %"
    return Answer(data, [f"{args.kind} went back to {breach.to_mode.value}: {breach.code}, {share}."])


def _history(args: argparse.Namespace, books_id: int) -> Answer:
    autonomy.version_of(args.kind)
    found = reads.history(books_id, args.kind)
    rows: list[dict[str, object]] = [
        {
            "at": one.entry.at.isoformat(),
            "change": one.entry.change.value,
            "mode": one.entry.mode.value if one.entry.mode else None,
            "version": one.entry.version,
            "actor": one.entry.actor,
            "reason": one.entry.reason,
            "facts": one.facts,
            "event": one.event_id,
        }
        for one in found
    ]
    lines = [
        f"{one.entry.at:%Y-%m-%d %H:%M}  {one.entry.change.value:<9} {one.entry.mode or '':<16} {one.entry.actor}"
        for one in found
    ]
    return Answer({"history": rows}, lines or [f"{args.kind} has no history: it acts, as nobody said otherwise."])


def _replay(args: argparse.Namespace, books_id: int) -> Answer:
    count = autonomy.replay_log(books_id=books_id, kind=args.kind, earlier=args.earlier, actor=actor(), at=world.now())
    return Answer({"replayed": count}, [f"{count:,} verdicts of {args.earlier} were decided again."])


_DOES: Final[dict[str, Callable[[argparse.Namespace, int], Answer]]] = {
    "promote": _promote,
    "sign": _sign,
    "withdraw": _withdraw,
    "check": _check,
    "history": _history,
    "replay": _replay,
}
