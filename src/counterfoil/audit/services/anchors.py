"""Letting the head of the chain leave the house: to a folder, a mail address, or an address of the web."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.core import mail
from django.db import transaction

from counterfoil.audit import domain, selectors
from counterfoil.audit.domain import Actor, Head, StoreKind
from counterfoil.audit.models import Anchor, AnchorStore
from counterfoil.audit.selectors.anchors import FILE, Standing, Store
from counterfoil.audit.services.chain import record
from counterfoil.infra import world
from counterfoil.kernel.errors import Refused

AGAIN_AFTER = timedelta(minutes=5)
"""How long a store that could not be reached is left alone."""
LOOKS_EVERY = timedelta(minutes=1)
"""How often whoever serves looks whether a head is due; it leaves that much earlier, so that an hour is an hour."""


class StoreExists(Refused):
    """A store of heads has this name already."""

    code = "store_exists"


class BadStore(Refused):
    """A folder must be an absolute path, a mail address have an @, an address of the web begin with https://."""

    code = "bad_store"


def export_head(folder: Path, *, every: timedelta = timedelta(), everywhere: bool = False) -> Head:
    """Let the chain's head leave the house, to each store that has not got it and is due; each is noted.

    A store that cannot be reached is noted and tried again later; it stops nobody.

    Args:
        folder: the store beside the database.
        every: how long the head exported last suffices in that folder; other stores say so themselves, an hour at most.
        everywhere: to all stores at once, as at the close of a period.
    """
    head = selectors.head()
    if head.sequence == 0:
        return head
    now = world.now()
    for standing in selectors.standings(folder):
        is_home = standing.store.name == selectors.HOME
        pause = every if is_home else timedelta(minutes=standing.store.every_minutes)
        if _is_due(standing, head, now, timedelta() if everywhere else pause):
            problem = _sent(standing.store, head, now)
            Anchor.objects.create(
                store=standing.store.name, sequence=head.sequence, hash=head.hash, left_at=now, problem=problem
            )
    return head


def _is_due(standing: Standing, head: Head, now: datetime, pause: timedelta) -> bool:
    if standing.problem and standing.tried_at is not None and pause and now - standing.tried_at < AGAIN_AFTER:
        return False
    last = standing.last
    if last is None and standing.store.name == selectors.HOME:
        known = selectors.exported_heads(Path(standing.store.target))
        last = known[-1] if known else None
    return last is None or (head.sequence > last.head.sequence and now - last.at >= pause - LOOKS_EVERY)


def _sent(store: Store, head: Head, now: datetime) -> str:
    """Send a head to a store; returns the code of what went wrong, or nothing."""
    line = domain.head_text(head, now.isoformat())
    try:
        match store.kind:
            case StoreKind.FOLDER:
                target = Path(store.target)
                target.mkdir(parents=True, exist_ok=True)
                with (target / FILE).open("a", encoding="ascii") as file:
                    file.write(line + "\n")
            case StoreKind.MAIL:
                subject = f"Counterfoil head {head.short}"
                text = f"Keep this mail: it proves later that nothing before it was changed.\n\n{line}\n"
                mail.send_mail(subject, text, None, [store.target])
            case StoreKind.URL:
                world.current().http("POST", store.target, body=f"{line}\n".encode("ascii"))
    except Refused as refused:
        return refused.code
    except OSError:
        return "store_unreachable"
    return ""


@transaction.atomic
def add_store(*, name: str, kind: StoreKind, target: str, every_minutes: int = 60, actor: Actor, at: datetime) -> None:
    """Add a place that keeps heads; the next head goes there too.

    Raises:
        StoreExists: the name is taken.
        BadStore: the target is none of this kind.
    """
    if name == selectors.HOME or AnchorStore.objects.filter(name=name).exists():
        raise StoreExists(field="name", name=name)
    fits = {
        StoreKind.FOLDER: Path(target).is_absolute(),
        StoreKind.MAIL: "@" in target and " " not in target,
        StoreKind.URL: target.startswith("https://"),
    }
    if not name or not fits[kind]:
        raise BadStore(field="target", kind=kind.value, target=target)
    every = min(max(every_minutes, 1), 60)
    AnchorStore.objects.create(name=name, kind=kind.value, target=target, every_minutes=every)
    body = {"kind": kind.value, "target": target, "every_minutes": every}
    record(kind="audit.store_added", actor=actor, subject=f"store:{name}", body=body, at=at)


@transaction.atomic
def remove_store(*, name: str, actor: Actor, at: datetime) -> None:
    """Let no more heads go to a store; what left for it stays on record.

    Raises:
        NoSuchStore: there is none of this name.
    """
    deleted, _ = AnchorStore.objects.filter(name=name).delete()
    if not deleted:
        raise selectors.NoSuchStore(field="name", name=name)
    record(kind="audit.store_removed", actor=actor, subject=f"store:{name}", body={}, at=at)
