"""The review queue: looking, answering one or several, assigning, commenting, taking back."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from counterfoil.flows import review as flow
from counterfoil.flows.review import Wish
from counterfoil.infra import world
from counterfoil.kernel.errors import Refusal, Refused
from counterfoil.people.domain import Act
from counterfoil.people.selectors import Person
from counterfoil.review import services as review
from counterfoil.review.domain import Answer, NoSuchCase, Rhythm
from counterfoil.web import door, reader, toasts
from counterfoil.web.forms import Form
from counterfoil.web.pages import review as pages
from counterfoil.web.parts import Dot, Link, Pill, Tone, Undo
from counterfoil.web.saying import say

MOST_AT_ONCE = 100
FIXES = (
    "means", "terms", "billing_type", "billing", "po_number", "close_date", "amount_state", "discount_percent", "name",
    "issue_date", "account", "max_amount", "expires_on",
)  # fmt: skip


@require_safe
@door.open_to(Act.READ_SALES)
def queue(request: HttpRequest, person: Person) -> HttpResponse:
    """The queue beside the case at hand."""
    wanted = request.GET.get("case", "").removeprefix("R-")
    case_id = int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 18 else None
    if case_id is not None:
        review.see_mentions(case_id=case_id, user_id=person.user_id, at=world.now())
    return _show(request, person, pages.Asked.of(request.GET.dict()), case_id)


@require_POST
@door.open_to(Act.REVIEW)
def answer(request: HttpRequest, person: Person, case_id: int) -> HttpResponse:
    """Answer one case in the version that was seen; the next one comes up."""
    form = Form(request.POST.dict())
    asked = pages.Asked.of(form.typed)
    wanted = form.pick("answer", Answer)
    now = world.now()
    fix = {name: form.text(name) for name in FIXES if form.text(name)}
    if items := request.POST.getlist("items"):
        fix["items"] = ",".join(items)
    before = pages.waiting_ids(person, asked, now)
    try:
        done = flow.answer_case(
            person=person,
            case_id=case_id,
            answer=wanted,
            reason=form.text("reason"),
            fix=fix if wanted in (Answer.FIX, Answer.ALWAYS) else {},
            content_hash=form.text("seen"),
            actor=door.actor(person),
            at=now,
        )
    except NoSuchCase:
        raise Http404 from None
    except Refused as refused:
        return _show(
            request, person, asked, case_id, refused.refusal, tried=wanted.value, reason=form.text("reason"), status=422
        )
    fields = (("view", asked.view), ("kind", asked.kind))
    undo = Undo(f"/review/R-{case_id}/undo", _("Undo"), fields) if done.may_undo else None
    toasts.leave(request, _toast(done), undo)
    is_done = done.is_closed or done.outcome in ("snoozed", "asked")
    after = pages.next_after(person, asked, case_id, before, now) if is_done else asked.url(case=f"R-{case_id}")
    return HttpResponseRedirect(after)


@require_POST
@door.open_to(Act.REVIEW)
def undo(request: HttpRequest, person: Person, case_id: int) -> HttpResponse:
    """Take an answer back; the case waits again."""
    asked = pages.Asked.of(request.POST.dict())
    try:
        flow.take_back(person=person, case_id=case_id, actor=door.actor(person), at=world.now())
    except NoSuchCase:
        raise Http404 from None
    except Refused as refused:
        return _show(request, person, asked, case_id, refused.refusal, status=409)
    toasts.leave(request, _("Took the answer back; R-%(id)s waits again") % {"id": case_id})
    return HttpResponseRedirect(pages.Asked(asked.view if asked.view != "answered" else "").url(case=f"R-{case_id}"))


@require_POST
@door.open_to(Act.REVIEW)
def several(request: HttpRequest, person: Person) -> HttpResponse:
    """Answer what is ticked, each whole or not at all, and say what became of each."""
    form = Form(request.POST.dict())
    asked = pages.Asked.of(form.typed)
    ids = [int(one) for one in request.POST.getlist("case") if one.isdecimal()][:MOST_AT_ONCE]
    actor, now = door.actor(person), world.now()
    if form.text("answer") == "assign":
        for case_id in ids:
            flow.assign_case(person=person, case_id=case_id, email=person.email, actor=actor, at=now)
        toasts.leave(
            request, ngettext("%(n)s case is yours", "%(n)s cases are yours", len(ids)) % {"n": reader.count(len(ids))}
        )
        return HttpResponseRedirect(asked.url())
    wanted = form.pick("answer", Answer)
    reason = form.text("reason")
    wishes = [Wish(id_, wanted, reason, content_hash=form.text(f"seen-{id_}")) for id_ in ids]
    done = flow.answer_cases(person=person, wishes=wishes, actor=actor, at=now)
    results = [
        pages.Result(
            Link(f"R-{one.case_id}", asked.url(case=f"R-{one.case_id}")),
            Pill(_("Refused"), Tone.BAD) if one.refusal else Pill(_outcome(one.outcome), Tone.GOOD, Dot.FULL),
            say(one.refusal.code, one.refusal.facts) if one.refusal else "",
        )
        for one in done
    ]
    return _show(request, person, asked, None, results=results)


@require_POST
@door.open_to(Act.REVIEW)
def digest(request: HttpRequest, person: Person) -> HttpResponse:
    """Choose how often what waits comes by mail."""
    every = Form(request.POST.dict()).pick("every", Rhythm)
    review.choose_digest(user_id=person.user_id, every=every.value, actor=door.actor(person), at=world.now())
    words = {Rhythm.NEVER: _("No mail comes any more"), Rhythm.DAY: _("A mail comes each day")}
    toasts.leave(request, words.get(every, _("A mail comes each week")))
    return HttpResponseRedirect("/review")


@require_POST
@door.open_to(Act.REVIEW)
def assign(request: HttpRequest, person: Person, case_id: int) -> HttpResponse:
    """Make somebody the owner of a case."""
    form = Form(request.POST.dict())
    asked = pages.Asked.of(form.typed)
    try:
        flow.assign_case(
            person=person, case_id=case_id, email=form.text("owner"), actor=door.actor(person), at=world.now()
        )
    except NoSuchCase:
        raise Http404 from None
    return HttpResponseRedirect(asked.url(case=f"R-{case_id}"))


@require_POST
@door.open_to(Act.REVIEW)
def comment(request: HttpRequest, person: Person, case_id: int) -> HttpResponse:
    """Say something about a case; whom it names sees the case."""
    form = Form(request.POST.dict())
    asked = pages.Asked.of(form.typed)
    try:
        named = flow.comment_on(
            person=person, case_id=case_id, text=form.text("text")[:4_000], actor=door.actor(person), at=world.now()
        )
    except NoSuchCase:
        raise Http404 from None
    except Refused as refused:
        return _show(request, person, asked, case_id, refused.refusal, tried="comment", status=422)
    if named:
        toasts.leave(request, _("Said; %(who)s will see it") % {"who": ", ".join(named)})
    return HttpResponseRedirect(door.next_url(request, asked.url(case=f"R-{case_id}")))


@require_POST
@door.open_to(Act.REVIEW)
def ask_approval(request: HttpRequest, person: Person, opportunity_id: int) -> HttpResponse:
    """Ask from a deal's page that somebody lets it pass as it is."""
    form = Form(request.POST.dict())
    flow.ask_approval(
        person=person,
        opportunity_id=opportunity_id,
        codes=[code[:60] for code in request.POST.getlist("code")][:50],
        reason=form.text("reason"),
        actor=door.actor(person),
        at=world.now(),
    )
    toasts.leave(request, _("Asked; the queue shows it to those who may say yes"))
    return HttpResponseRedirect(f"/deals/D-{opportunity_id}")


def _show(
    request: HttpRequest,
    person: Person,
    asked: pages.Asked,
    case_id: int | None,
    refusal: Refusal | None = None,
    *,
    tried: str = "",
    reason: str = "",
    results: list[pages.Result] | None = None,
    status: int = 200,
) -> HttpResponse:
    try:
        page = pages.review_page(
            person,
            asked,
            case_id=case_id,
            now=world.now(),
            refusal=refusal,
            tried=tried,
            reason=reason,
            results=results or (),
        )
    except NoSuchCase:
        raise Http404 from None
    return door.show(request, person, "web/review.html", page, title=_("Review"), section="review", status=status)


def _toast(done: flow.Answered) -> str:
    number = done.facts.get("number") or done.facts.get("policy")
    return f"R-{done.case_id}: {_outcome(done.outcome)}" + (f", {number}" if number else "")


def _outcome(outcome: str) -> str:
    words = {
        "invoiced": _("invoiced"),
        "fixed": _("fixed and invoiced"),
        "still_held": _("fixed, and something else still stands against it"),
        "sent_back": _("sent back to sales"),
        "matched": _("settled"),
        "assigned": _("posted to the account"),
        "left": _("left as it is"),
        "issued": _("issued"),
        "discarded": _("not issued"),
        "approved": _("approved"),
        "refused": _("refused"),
        "snoozed": _("snoozed"),
        "asked": _("an approval is asked for; the case rests until it is answered"),
        "agreed": _("agreed"),
        "disagreed": _("disagreed; kept for learning"),
        "proposed": _("proposed as a policy; takes effect after its second signature"),
        "in_force": _("signed and in force"),
        "signed": _("signed; one more signature"),
        "withdrawn": _("taken back"),
    }
    return words.get(outcome, outcome.replace("_", " "))
