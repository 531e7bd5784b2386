"""Requests that may be sent twice: the first answer under a key stands for every repetition."""

from __future__ import annotations

import functools
import json
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from counterfoil.infra.models import IdempotencyKey
from counterfoil.kernel.errors import Refused

Work = Callable[[], tuple[int, str]]
"""Does what was asked and returns status and text of the answer."""


class KeyReused(Refused):
    """An idempotency key came back with another request."""

    code = "idempotency_key_reused"


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer, and whether it is that of an earlier request."""

    status: int
    text: str
    is_repeated: bool


def once(*, actor: str, key: str, request_hash: str, at: datetime, work: Work) -> Kept:
    """Do the work and keep its answer under the key, or return the answer that is kept.

    Key and work commit together, so that a lost answer cannot lead to a second effect (TRUST P-16, P-50). Two
    requests at once wait for each other. What the work raises is not kept: once its cause is gone, the same request
    may succeed.

    Raises:
        KeyReused: the key came with another request before.
    """
    try:
        with transaction.atomic():
            row, is_new = IdempotencyKey.objects.get_or_create(
                actor=actor, key=key, defaults={"request_hash": request_hash, "status": 0, "answer": "", "made_at": at}
            )
            if is_new:
                row.status, row.answer = work()
                row.save(update_fields=["status", "answer"])
                return Kept(row.status, row.answer, is_repeated=False)
    except IntegrityError:
        found = kept(actor=actor, key=key, request_hash=request_hash)
        if found is None:
            raise
        return found
    return _repeated(row, request_hash)


def kept(*, actor: str, key: str, request_hash: str) -> Kept | None:
    """Return the answer that is kept under a key, or None.

    Raises:
        KeyReused: the key came with another request before.
    """
    row = IdempotencyKey.objects.filter(actor=actor, key=key).first()
    return None if row is None else _repeated(row, request_hash)


def keep(*, actor: str, key: str, request_hash: str, at: datetime, status: int, text: str) -> None:
    """Keep the answer to a request whose work is safe to repeat and commits by itself; the first one stands."""
    IdempotencyKey.objects.get_or_create(
        actor=actor, key=key, defaults={"request_hash": request_hash, "status": status, "answer": text, "made_at": at}
    )


def black_out(person: Sequence[str]) -> int:
    """Empty the kept answers that name a person: all of these texts stand in them. Returns how many.

    A repetition of such a request is answered with nothing more than that it was done.
    """
    naming = Q()
    for text in person:
        as_json = {json.dumps(text, ensure_ascii=is_ascii)[1:-1] for is_ascii in (True, False)}
        naming &= functools.reduce(operator.or_, (Q(answer__contains=form) for form in sorted(as_json)))
    return IdempotencyKey.objects.filter(naming).update(answer="{}") if person else 0


def _repeated(row: IdempotencyKey, request_hash: str) -> Kept:
    if row.request_hash != request_hash:
        raise KeyReused(field="Idempotency-Key")
    return Kept(row.status, row.answer, is_repeated=True)
