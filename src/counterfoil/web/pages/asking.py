"""On a deal's page: finance's question, what an approval could be asked for, and what became of those asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from counterfoil.flows.review import deals
from counterfoil.kernel.explanation import Finding
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.review import domain
from counterfoil.review import selectors as reads
from counterfoil.web import reader
from counterfoil.web.parts import Dot, Pill, Tone
from counterfoil.web.saying import parted, say


@dataclass(frozen=True, slots=True)
class AskedLine:
    """An approval that was asked for, and what became of it."""

    state: Pill
    text: str


@dataclass(frozen=True, slots=True)
class Asking:
    """The card for approvals and questions; nothing of it is shown where there is nothing to ask or answer."""

    url: str
    codes: tuple[str, ...]
    reasons: tuple[str, ...]
    lines: tuple[AskedLine, ...]
    question: str = ""
    comment_url: str = ""
    may_ask: bool = False

    def __bool__(self) -> bool:
        return bool(self.codes or self.lines or self.question)


def of_deal(
    person: Person, opportunity_id: int, version_hash: str, findings: Sequence[Finding], now: datetime
) -> Asking:
    """Fill the card for one deal.

    Args:
        findings: what would stop it, as it is saved.
    """
    books_id, subject = person.books.id, f"opportunity:{opportunity_id}"
    overruled = [finding for finding in findings if deals.may_be_overruled([finding])]
    asked = reads.asked_approvals(books_id, subject)
    is_asked = any(one.state == "asked" and one.content_hash == version_hash for one in asked)
    case = next((one for one in reads.cases_about(books_id, [subject], now) if one.kind == "close_deal"), None)
    question = case.reason if case and case.outcome == "sent_back" and case.content_hash == version_hash else ""
    return Asking(
        url=f"/deals/D-{opportunity_id}/ask",
        codes=tuple(dict.fromkeys(finding.code for finding in overruled)),
        reasons=tuple(parted(say(finding.code, finding.facts))[0] for finding in overruled),
        lines=tuple(_line(one, version_hash, now) for one in asked[:5]),
        question=question,
        comment_url=f"/review/{case.number}/comment" if case and question else "",
        may_ask=bool(overruled) and not is_asked and person.may(Act.REVIEW) and person.may(Act.EDIT_SALES),
    )


def _line(one: reads.Asked, version_hash: str, now: datetime) -> AskedLine:
    is_old = one.content_hash != version_hash or one.state == "void"
    who = domain.identity(one.approver) if one.approver else ", ".join(role.value for role in one.roles)
    if is_old:
        return AskedLine(Pill(_("Void"), Tone.PLAIN, Dot.RING), _("the deal changed since"))
    if one.state == "given" and one.expires_at is not None:
        if one.expires_at <= now:
            return AskedLine(Pill(_("Expired"), Tone.WARN), who)
        day = reader.moment(one.expires_at)
        return AskedLine(Pill(_("Approved"), Tone.GOOD), _("%(who)s, until %(day)s") % {"who": who, "day": day})
    if one.state == "refused":
        return AskedLine(Pill(_("Refused"), Tone.BAD), who)
    return AskedLine(Pill(_("Asked"), Tone.WARN, Dot.HALF), _("waits for %(who)s") % {"who": who})
