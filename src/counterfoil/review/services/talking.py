"""People's words about a case: whose it is, what was said, and who saw that they were named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor
from counterfoil.kernel.errors import Fact
from counterfoil.review import domain
from counterfoil.review.domain import StepKind
from counterfoil.review.models import Case, Comment, Mention
from counterfoil.review.services.recording import locked, step


@transaction.atomic
def assign(*, books_id: int, case_id: int, owner_id: int | None, owner: str, actor: Actor, at: datetime) -> bool:
    """Make somebody, or nobody, the owner of a case; returns whether that changed anything.

    Raises:
        NoSuchCase: these books have none with this number.
    """
    row = locked(books_id, case_id)
    if row.owner_id == owner_id:
        return False
    Case.objects.filter(id=case_id).update(owner_id=owner_id)
    step(books_id, row, StepKind.ASSIGNED, {"owner": owner}, actor, at)
    return True


@transaction.atomic
def comment(
    *,
    books_id: int,
    case_id: int,
    text: str,
    author_id: int | None,
    people: Mapping[str, tuple[int, str]],
    actor: Actor,
    at: datetime,
) -> tuple[str, ...]:
    """Say something about a case and return the addresses of those it names; they see the case from now on.

    Args:
        people: id and name by e-mail address of everybody who may be named.

    Raises:
        NoSuchCase: these books have none with this number. ReasonMissing: the comment is empty.
    """
    row = locked(books_id, case_id)
    if not text.strip():
        raise domain.ReasonMissing(field="text")
    named = domain.mentioned(text, {email: name for email, (_, name) in people.items()})
    said = Comment.objects.create(case_id=case_id, author_id=author_id, said_by=str(actor), text=text.strip(), at=at)
    Mention.objects.bulk_create([Mention(comment_id=said.pk, user_id=people[email][0]) for email in named])
    macs = audit.personal_macs(f"user:{author_id}", {"text": text.strip()}) if author_id is not None else {}
    body: dict[str, Fact] = {"comment": said.pk, "mentions": [people[email][0] for email in named], **macs}
    step(books_id, row, StepKind.COMMENTED, body, actor, at)
    return named


@transaction.atomic
def see_mentions(*, case_id: int, user_id: int, at: datetime) -> int:
    """Keep that somebody opened a case they were named on; returns how many mentions were new to them."""
    rows = Mention.objects.filter(comment__case_id=case_id, user_id=user_id, seen_at=None)
    return rows.update(seen_at=at)
