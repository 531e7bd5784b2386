"""counterfoil policy"""

from __future__ import annotations

import argparse
import json
from datetime import timedelta
from pathlib import Path

from counterfoil import words
from counterfoil.cli.running import Answer, actor
from counterfoil.flows import policies as flow
from counterfoil.infra import world
from counterfoil.kernel.errors import Refused
from counterfoil.people import selectors as people
from counterfoil.people.selectors import Person
from counterfoil.people.services import UnknownUser
from counterfoil.policies import domain, selectors, services
from counterfoil.policies.domain import Kind, Settings, Side
from counterfoil.policies.selectors import Overview, Version

YEAR = timedelta(days=365)


class NoSuchFile(Refused):
    """There is no such file."""

    code = "no_such_file"


def run(args: argparse.Namespace) -> Answer:
    """Do what was asked of policies."""
    return {
        "list": _list,
        "show": _show,
        "propose": _propose,
        "sign": _sign,
        "withdraw": _withdraw,
        "review": _review,
        "simulate": _simulate,
    }[args.act](args)


def _list(args: argparse.Namespace) -> Answer:
    books = people.books_facts()
    today = world.today(books.time_zone)
    rows = selectors.overdue(books.id, today) if args.overdue else selectors.overviews(books.id, today)
    lines = []
    for row in rows:
        owner = f"{row.owner}, review by {row.review_date}" if row.review_date else "as shipped, nobody signed"
        late = ", OVERDUE" if row.is_overdue else ""
        lines.append(f"{row.active.version:<22} {owner}{late}")
        lines += [f"  {one.name}: waits for {', '.join(one.missing)}" for one in row.proposed]
    return Answer({"policies": [_overview(row) for row in rows]}, lines or ["Nothing is overdue."])


def _show(args: argparse.Namespace) -> Answer:
    books = people.books_facts()
    if args.name in [kind.value for kind in Kind]:
        kind = Kind(args.name)
        now = selectors.active(kind, books.id)
        versions = selectors.history(kind, books.id)
        data: dict[str, object] = {
            "kind": kind.value,
            "version": now.version,
            "content": now.content.to_json(),
            "history": [_version(one) for one in versions],
        }
        lines = [f"{now.version} is in force.", json.dumps(now.content.to_json(), ensure_ascii=False, indent=1)]
        return Answer(data, [*lines, *[_line(one) for one in versions]])
    one = selectors.version_by_name(args.name, books.id)
    changed = selectors.changes(one)
    data = _version(one) | {
        "content": one.content.to_json(),
        "changes": [{"path": list(c.path), "before": c.before, "after": c.after} for c in changed],
    }
    lines = [_line(one), *[f"  {' / '.join(c.path)}: {c.before or '–'} -> {c.after or '–'}" for c in changed]]
    return Answer(data, lines)


def _propose(args: argparse.Namespace) -> Answer:
    who = person_of(args.email)
    kind = selectors.kind_of(args.kind)
    today = world.today(who.books.time_zone)
    one = flow.propose_policy(
        person=who,
        kind=kind,
        content=_content(kind, args.file),
        reason=args.reason,
        owner=args.owner or who.email,
        review_date=args.review_date or today + YEAR,
        actor=actor(),
        at=world.now(),
    )
    needs = ", ".join(one.missing)
    return Answer(_version(one), [f"{one.name} is proposed and waits for the signatures of {needs}."])


def _sign(args: argparse.Namespace) -> Answer:
    who = person_of(args.email)
    one = selectors.version_by_name(args.name, who.books.id)
    signed = flow.sign_policy(
        person=who,
        version_id=one.id,
        side=Side(args.side),
        content_hash=args.hash or one.content_hash,
        actor=actor(),
        at=world.now(),
    )
    waits = ", ".join(signed.missing)
    data: dict[str, object] = {
        "version": signed.name,
        "is_active": signed.is_active,
        "missing": [side.value for side in signed.missing],
        "is_alone": signed.is_alone,
    }
    line = f"{signed.name} is in force." if signed.is_active else f"{signed.name} is signed and waits for {waits}."
    return Answer(data, [line])


def _withdraw(args: argparse.Namespace) -> Answer:
    books = people.books_facts()
    one = selectors.version_by_name(args.name, books.id)
    was_open = flow.withdraw_policy(
        books_id=books.id, version_id=one.id, reason=args.reason, actor=actor(), at=world.now()
    )
    said = "is withdrawn" if was_open else "was withdrawn before"
    return Answer({"version": one.name, "withdrawn": was_open}, [f"{one.name} {said}."])


def _review(args: argparse.Namespace) -> Answer:
    books = people.books_facts()
    one = selectors.version_by_name(args.name, books.id)
    services.review(
        version_id=one.id, books_id=books.id, next_review=args.until, note=args.note, actor=actor(), at=world.now()
    )
    return Answer({"version": one.name, "review_date": args.until.isoformat()}, [f"{one.name}: next on {args.until}."])


def _simulate(args: argparse.Namespace) -> Answer:
    books = people.books_facts()
    if args.file is None:
        one = selectors.version_by_name(args.name, books.id)
        kind, content = one.kind, one.content
    else:
        kind = selectors.kind_of(args.name)
        content = _content(kind, args.file)
    since = args.since or world.today(books.time_zone) - YEAR
    done = flow.simulate(books_id=books.id, kind=kind, content=content, since=since)
    stopped, released = done.stopped_amount, done.released_amount
    what = done.of.value
    data: dict[str, object] = {
        "kind": kind.value,
        "of": done.of.value,
        "against": done.against,
        "since": since.isoformat(),
        "tested": done.tested,
        "stopped": done.stopped_count,
        "stopped_amount": stopped.decimal_text(),
        "released": done.released_count,
        "released_amount": released.decimal_text(),
        "currency": done.currency.code,
        "by_code": dict(done.by_code),
        "deals": [
            {
                "opportunity": row.reference or str(row.opportunity_id),
                "name": row.name,
                "close_date": row.close_date.isoformat(),
                "amount": row.amount.decimal_text() if row.amount else None,
                "reasons": [words.sentence(finding.code, finding.facts) for finding in row.findings],
            }
            for row in done.stopped
        ],
    }
    lines = [
        f"{done.tested:,} {what} since {since}, against {done.against}:",
        f"would have stopped {done.stopped_count:,} {what}, {stopped.decimal_text()} {stopped.currency.code}",
        f"would have let through {done.released_count:,} {what}, {released.decimal_text()} {released.currency.code}",
    ]
    lines += [f"  {count:,} x {code}" for code, count in done.by_code]
    return Answer(data, lines)


def _content(kind: Kind, file: Path) -> Settings:
    try:
        data = file.read_bytes()
    except OSError:
        raise NoSuchFile(field="file", file=str(file)) from None
    return selectors.content_from(kind, data)


def person_of(email: str) -> Person:
    """Return who acts, by e-mail address.

    Raises:
        UnknownUser: nobody in the books signs in with it.
    """
    user = people.user_by_email(email)
    found = people.person(user.pk) if user else None
    if found is None:
        raise UnknownUser(field="as", email=email[:80])
    return found


def _overview(row: Overview) -> dict[str, object]:
    return {
        "kind": row.kind.value,
        "version": row.active.version,
        "owner": row.owner or None,
        "review_date": row.review_date.isoformat() if row.review_date else None,
        "is_overdue": row.is_overdue,
        "signed_by": list(row.signed_by),
        "proposed": [_version(one) for one in row.proposed],
    }


def _version(one: Version) -> dict[str, object]:
    return {
        "version": one.name,
        "state": one.state.value,
        "reason": one.reason,
        "owner": one.owner,
        "review_date": one.review_date.isoformat(),
        "proposed_by": one.proposed_by,
        "proposed_at": one.proposed_at.isoformat(),
        "content_hash": one.content_hash,
        "missing": [side.value for side in one.missing],
        "signatures": [
            {"side": signature.side.value, "who": signature.who, "at": signature.at.isoformat()}
            for signature in one.signatures
        ],
    }


def _line(one: Version) -> str:
    signed = "; ".join(f"{s.side}: {s.who.removeprefix('person:')}, {s.at:%Y-%m-%d %H:%M}" for s in one.signatures)
    needed = ", ".join(domain.NEEDED[one.kind])
    return f"{one.name} {one.state}: {one.reason} (needs {needed}; signed {signed or 'by nobody'})"
