"""Finding out what undoing something comes to: what belongs to it, what stands on it, what stays, what forbids it.

Everything is read for all targets together: the number of statements does not grow with them, only with how deep acts
stand on one another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from django.db import transaction

from counterfoil.audit.domain import system
from counterfoil.billing import selectors as billing
from counterfoil.billing.domain import Kind as Document
from counterfoil.billing.domain import instalment_of, origin_of, times_undone
from counterfoil.contracts import selectors as contracts
from counterfoil.contracts.domain import ContractState
from counterfoil.crm import selectors as crm
from counterfoil.crm.services import imports
from counterfoil.decisions import selectors as decisions
from counterfoil.flows.undo.plans import Gathered, Kind, Plan, Step, Target, Undoing, UnknownTarget, Verb, of_kind
from counterfoil.flows.verdicts import alias as naming
from counterfoil.kernel.errors import Refusal, Refused
from counterfoil.kernel.money import Money
from counterfoil.ledger import selectors as ledger
from counterfoil.receivables import selectors as receivables
from counterfoil.receivables.domain.undoing import Undo, UndoFacts, What
from counterfoil.revenue import domain as earning
from counterfoil.revenue import selectors as revenue
from counterfoil.standards import selectors as standards

MATCHES = {Kind.LINE: What.LINE, Kind.PAYMENT: What.PAYMENT, Kind.ALLOCATION: What.ALLOCATION}
_NOBODY = system("undo")
KIND = "undo"
"""The kind of the decisions that say what was undone."""
MOST_OF_HISTORY = 100


def plan(books_id: int, target: str, *, on: date | None = None, today: date, only: Sequence[str] | None = None) -> Plan:
    """Say what undoing a target comes to; nothing is written.

    Args:
        on: the accounting date wanted; today where it is left out, or the day of what is undone if that is later. In a
            closed period the first open day after it is taken.
        only: of a decision or an import, the parts that are meant, each as its subject (`opportunity:12`).

    Raises:
        UnknownTarget: it names nothing.
    """
    asked = named(books_id, target)
    gathered = Gathered()
    roots = roots_of(books_id, asked)
    if only is not None:
        roots = _picked(roots, only)
    _gather(books_id, [thing for _, thing in roots], gathered)
    return _dated(books_id, asked, gathered, on, today)


def named(books_id: int, text: str) -> Target:
    """Read a target as people name it: a reference (`Target.of`), or the number of an invoice or a contract.

    Raises:
        UnknownTarget: it names nothing.
    """
    try:
        return Target.of(text)
    except UnknownTarget:
        if (invoice_id := billing.document_id(books_id, text)) is not None:
            return Target(Kind.INVOICE, invoice_id)
        contract = contracts.contract_by_number(books_id, text)
        if contract is None:
            raise
        return Target(Kind.CONTRACT, contract.id)


def parts_of(books_id: int, text: str) -> list[tuple[str, Target]]:
    """Return the parts of a decision that can be undone alone, each by its subject; one for anything else.

    Raises:
        UnknownTarget: it names nothing.
    """
    return list({subject: (subject, thing) for subject, thing in roots_of(books_id, named(books_id, text))}.values())


def roots_of(books_id: int, asked: Target) -> list[tuple[str, Target]]:
    """Return what a target stands for, each with the subject by which it is picked out.

    Raises:
        UnknownTarget: there is no such decision.
    """
    if asked.kind is not Kind.DECISION:
        return [(str(asked), asked)]
    items = decisions.led_to(asked.id)
    if not items or items[0].books_id != books_id:
        raise UnknownTarget(field="target", target=f"CF-{asked.id}")
    meant = _texts(items)
    return [(item.subject, thing) for item in items for thing in meant.get(item.subject) or _things(item)]


def _texts(items: Sequence[decisions.LedTo]) -> dict[str, list[Target]]:
    """Return what persons said that texts mean, by the subject of the texts."""
    about = {item.subject for item in items if item.effects and item.subject.startswith("text:")}
    if not about:
        return {}
    subjects = {naming.subject(row.kind, row.text): row.id for row in standards.aliases()}
    return {subject: [Target(Kind.ALIAS, subjects[subject])] if subject in subjects else [] for subject in about}


def history(books_id: int, text: str) -> list[Undoing]:
    """Return who undid something before, or a part of it, the latest first: in which decision, when and why.

    Raises:
        UnknownTarget: it names nothing.
    """
    found: dict[int, Undoing] = {}
    for why in decisions.why(str(named(books_id, text)), limit=MOST_OF_HISTORY):
        if why.kind == KIND and why.books_id == books_id:
            found.setdefault(why.decision_id, Undoing(why.number, why.actor, why.made_at, str(why.facts["reason"])))
    return list(found.values())


_BY_SUBJECT = (Kind.LINE, Kind.PAYMENT, Kind.IMPORT)
_BY_EFFECT = (Kind.CONTRACT, Kind.INVOICE)


def _things(item: decisions.LedTo) -> list[Target]:
    """Return what an item did, at its widest: a contract rather than its invoices, a match rather than its entry."""
    about = _target(item.subject)
    if not item.effects:
        return []
    if about is not None and about.kind in _BY_SUBJECT:
        return [about]
    made = [thing for effect in item.effects if (thing := _target(effect)) is not None]
    for kind in _BY_EFFECT:
        if found := [thing for thing in made if thing.kind is kind]:
            return found
    if about is not None and about.kind is Kind.INVOICE:
        return [about]
    for kind in (Kind.PAYMENT, Kind.ALLOCATION, Kind.ENTRY):
        if found := [thing for thing in made if thing.kind is kind]:
            return found
    return []


def _target(text: str) -> Target | None:
    try:
        return Target.of(text) if ":" in text else None
    except UnknownTarget:
        return None


def _picked(roots: Sequence[tuple[str, Target]], only: Sequence[str]) -> list[tuple[str, Target]]:
    wanted = {str(found) if (found := _target(text)) is not None else text for text in only}
    known = {name for subject, thing in roots for name in (subject, str(thing))}
    if unknown := sorted(wanted - known):
        raise UnknownTarget(field="only", target=unknown[0][:80])
    return [(subject, thing) for subject, thing in roots if wanted & {subject, str(thing)}]


def _dated(books_id: int, asked: Target, gathered: Gathered, on: date | None, today: date) -> Plan:
    """Put a plan on its day: not before what it takes back, and not in a closed period."""
    steps = gathered.in_order()
    earliest = max((step.made_on for step in steps if step.made_on is not None), default=today)
    day = on if on is not None else max(today, earliest)
    day = ledger.first_open_date(books_id, day)
    refusals = list(gathered.refusals)
    if day < earliest:
        refusals.append(Refusal("before_original", {"original": earliest.isoformat()}, "on"))
    return Plan(str(asked), steps, day, tuple(refusals), tuple(gathered.stays))


# ------------------------------------------------------------------------------------ gathering


def _gather(books_id: int, things: Sequence[Target], found: Gathered) -> None:
    """Find the steps for things of all kinds."""
    entries = _by_their_cause(books_id, of_kind(things, Kind.ENTRY), found)
    things = [*(thing for thing in things if thing.kind is not Kind.ENTRY), *entries]
    for batch_id in of_kind(things, Kind.IMPORT):
        _gather_import(books_id, batch_id, found)
    opportunities = of_kind(things, Kind.OPPORTUNITY)
    signed = contracts.live_contract_ids(books_id, opportunities)
    ever_signed = contracts.signed_versions(books_id, opportunities)
    found.refusals += [
        Refusal("unknown_target", {"target": f"opportunity:{id_}"}, "target")
        for id_ in opportunities
        if id_ not in ever_signed
    ]
    _gather_contracts(books_id, [*of_kind(things, Kind.CONTRACT), *signed.values()], "", found)
    _gather_aliases(books_id, of_kind(things, Kind.ALIAS), found)
    _gather_invoices(books_id, of_kind(things, Kind.INVOICE), "", found)
    undos = [Undo(MATCHES[thing.kind], thing.id) for thing in things if thing.kind in MATCHES]
    _gather_matches(books_id, dict.fromkeys(undos, ""), found)


def _by_their_cause(books_id: int, entry_ids: Sequence[int], found: Gathered) -> list[Target]:
    """Sort entries by what posted them: only those by hand are reversed by themselves."""
    if not entry_ids:
        return []
    posted = ledger.entries_by_id(books_id, entry_ids)
    paid = receivables.payment_of_entry(books_id, entry_ids)
    causes: list[Target] = []
    releases: list[int] = []
    for entry_id in entry_ids:
        entry = posted.get(entry_id)
        if entry is None:
            found.refusals.append(Refusal("unknown_target", {"target": f"J-{entry_id}"}, "target"))
            continue
        what, _, rest = entry.source.partition(":")
        if entry.reversed_by_id is not None and what != "release":
            continue
        if entry_id in paid:
            causes.append(Target(Kind(paid[entry_id].what.value), paid[entry_id].id))
        elif what == "release":
            releases.append(entry_id)
        elif what in ("invoice", "allocation") and rest.isdecimal():
            causes.append(Target(Kind(what), int(rest)))
        elif what in ("hand", "bank_opening"):
            total = sum(side.base.minor for side in entry.entry.postings if side.base.minor > 0)
            amount = Money(total, entry.entry.postings[0].base.currency)
            step = Step(Verb.REVERSE, f"entry:{entry_id}", entry.entry.memo[:80], amount, entry.entry.entry_date)
            found.add(step)
        else:
            found.refusals.append(Refusal("taken_back_with_its_cause", {"cause": what}, "target"))
    _gather_releases(books_id, releases, "", found)
    return causes


def _gather_releases(books_id: int, entry_ids: Sequence[int], because: str, found: Gathered) -> None:
    """What some entries released, and whatever was released on top of it."""
    waiting, seen = list(entry_ids), set[int]()
    cause = because
    while waiting:
        seen.update(waiting)
        steps = [one for one in revenue.release_steps(books_id, waiting) if not one.is_taken_back]
        for one in steps:
            if one.is_credited:
                found.refusals.append(Refusal("release_was_credited", {"reference": one.reference}, "target"))
        _add_releases(steps, dict.fromkeys(waiting, cause), found)
        later = {entry for one in steps for entry in one.later}
        cause = cause or (f"entry:{entry_ids[0]}" if entry_ids else "")
        waiting = sorted(later - seen)


def _gather_matches(books_id: int, undos: dict[Undo, str], found: Gathered) -> None:
    """Matches, payments and uses of cash; and first what was built on them, however deep."""
    seen: set[Undo] = set()
    waiting = undos
    while waiting:
        seen |= waiting.keys()
        facts = receivables.undo_facts(books_id, list(waiting))
        labels = receivables.undo_labels(books_id, list(waiting))
        returned = receivables.returns_of(books_id, [made.id for one in facts for made in one.allocations])
        after: dict[Undo, str] = {}
        for one in facts:
            because = waiting[one.undo]
            if one.is_part:  # Made by the payment itself: it goes alone, and the money stays.
                found.add(_match_step(one, because, labels, Verb.TAKE_OFF))
                continue
            if not one.is_known:
                text = f"{one.undo.what.value}:{one.undo.id}"
                found.refusals.append(Refusal("unknown_target", {"target": text}, "target"))
            elif not one.is_done:
                found.add(_match_step(one, because, labels, _verb(one)))
                name = f"{one.undo.what.value}:{one.undo.id}"
                after |= {undo: name for undo in _built_on(one, returned) if undo not in seen}
        waiting = {undo: why for undo, why in after.items() if undo not in undos}
        for undo in after.keys() & undos.keys():
            seen.add(undo)


def _verb(facts: UndoFacts) -> Verb:
    if facts.is_recognition:
        return Verb.UNTIE
    return Verb.UNAPPLY if facts.undo.what is What.ALLOCATION else Verb.UNMATCH


def _built_on(facts: UndoFacts, returned: dict[int, Undo]) -> Iterable[Undo]:
    """What goes before a match: later uses of its money, returns of it, the line that stands for it."""
    if facts.is_recognised and facts.line_id is not None:
        yield Undo(What.LINE, facts.line_id)
    for made in facts.later:
        yield Undo(What.ALLOCATION, made.id)
    for made in facts.allocations:
        if made.id in returned:
            yield returned[made.id]


def _match_step(facts: UndoFacts, because: str, labels: dict[Undo, receivables.Label], verb: Verb) -> Step:
    label = labels.get(facts.undo)
    numbers = ", ".join(dict.fromkeys(made.number for made in facts.allocations))
    name = ", ".join(part for part in (label.name if label else "", numbers) if part)[:120]
    amount = label.amount if label else None
    if amount is None and facts.allocations:
        one = facts.allocations[0]
        minor = sum(made.sign * made.amount_minor for made in facts.allocations if made.currency == one.currency)
        amount = Money(minor, one.currency)
    return Step(verb, f"{facts.undo.what.value}:{facts.undo.id}", name, amount, facts.made_on, because)


# ------------------------------------------------------------------------------------ documents


def _gather_contracts(books_id: int, contract_ids: Sequence[int], because: str, found: Gathered) -> None:
    """Closings: every invoice of the contract goes, and the deal is won and not invoiced again."""
    if not contract_ids:
        return
    known = contracts.contracts_by_id(books_id, contract_ids)
    for contract_id in contract_ids:
        contract = known.get(contract_id)
        if contract is None:
            found.refusals.append(Refusal("unknown_target", {"target": f"contract:{contract_id}"}, "target"))
        elif contract.state is not ContractState.UNDONE:
            name, day = contract.number, contract.signed_date
            found.add(Step(Verb.UNSIGN, f"contract:{contract_id}", name, contract.total, day, because))
            found.stays.append(Refusal("contract_number_stays", {"number": name}))
    open_ids = [id_ for id_, one in known.items() if one.state is not ContractState.UNDONE]
    standing = billing.invoices_standing(books_id, contract_ids=open_ids)
    with_it = _made_with(
        books_id, {f"invoice:{one.id}": f"contract:{one.contract_id}" for one in standing if one.contract_id}
    )
    for one in standing:
        since = because if f"invoice:{one.id}" in with_it else f"contract:{one.contract_id}"
        _add_credit(one, since, found)
    _take_off(books_id, standing, found)
    _releases_on(
        books_id,
        {earning.contract_line_source(line.id): f"contract:{id_}" for id_ in open_ids for line in known[id_].lines},
        found,
    )


def _made_with(books_id: int, roots: Mapping[str, str]) -> set[str]:
    """Return the things that the same decision made as their roots: they are a part of it, nothing stands between.

    Args:
        roots: each thing and what it belongs to.
    """
    decided = decisions.decided_by(books_id, sorted({*roots, *roots.values()}), but=KIND)
    return {
        thing
        for thing, root in roots.items()
        if thing not in decided or root not in decided or decided[root][0] in decided[thing]
    }


def _releases_on(books_id: int, lines: Mapping[str, str], found: Gathered) -> None:
    """What was released of schedules since they were made stands on what made them.

    Args:
        lines: by a schedule's source what made it; what was released together with that is a part of it.
    """
    if not lines:
        return
    released = {entry_id: lines[source] for source, entry_id, _, _ in revenue.released_since(books_id, list(lines))}
    with_it = _made_with(books_id, {f"entry:{entry_id}": because for entry_id, because in released.items()})
    after = {entry_id: because for entry_id, because in released.items() if f"entry:{entry_id}" not in with_it}
    steps = [one for one in revenue.release_steps(books_id, sorted(after)) if not one.is_taken_back]
    # What a credit note shrank is taken back by the next one, in one figure.
    for_credit = {one.entry_id for one in steps if one.is_credited}
    _add_releases([one for one in steps if one.entry_id not in for_credit], after, found)


def _add_releases(steps: Sequence[revenue.ReleaseStep], because: Mapping[int, str], found: Gathered) -> None:
    of_entry: dict[int, list[revenue.ReleaseStep]] = {}
    for one in steps:
        of_entry.setdefault(one.entry_id, []).append(one)
    for entry_id, mine in of_entry.items():
        amount = sum((one.amount for one in mine[1:]), mine[0].amount)
        name = f"{mine[0].reference} {mine[0].earned_on:%Y-%m}"
        day = max(one.posted_on for one in mine)
        found.add(Step(Verb.TAKE_BACK, f"entry:{entry_id}", name, amount, day, because.get(entry_id, "")))


def _gather_invoices(books_id: int, invoice_ids: Sequence[int], because: str, found: Gathered) -> None:
    """Invoices: the last one of a contract takes the closing with it, another one is planned again."""
    if not invoice_ids:
        return
    kinds = billing.document_kinds(books_id, invoice_ids)
    for invoice_id in invoice_ids:
        kind, is_issued, number = kinds.get(invoice_id, (None, False, ""))
        if kind is None:
            found.refusals.append(Refusal("unknown_target", {"target": f"invoice:{invoice_id}"}, "target"))
        elif not is_issued:
            found.refusals.append(Refusal("not_an_issued_invoice", {"number": number}, "target"))
    _gather_notes(books_id, [id_ for id_, (kind, _, _) in kinds.items() if kind is Document.CREDIT_NOTE], found)
    standing = billing.invoices_standing(books_id, invoice_ids=list(kinds))
    of_contracts = [one.contract_id for one in standing if one.contract_id is not None]
    others = billing.invoices_standing(books_id, contract_ids=of_contracts)
    meant = {one.id for one in standing}
    still = {one.contract_id for one in others if one.id not in meant}
    over = sorted({id_ for id_ in of_contracts if id_ not in still})
    live = contracts.contracts_by_id(books_id, over)
    closings = [id_ for id_ in over if live[id_].state is ContractState.LIVE]
    alone = [one for one in standing if one.contract_id not in closings]
    _credit(books_id, alone, because, found)
    _gather_contracts(books_id, closings, because, found)
    own = [one for one in alone if one.contract_id is None]
    numbers = billing.line_numbers([one.id for one in own])
    lines = {
        earning.invoice_line_source(origin_of(one.id, one.source), no): f"invoice:{one.id}"
        for one in own
        for no in numbers.get(one.id, ())
    }
    _releases_on(books_id, lines, found)


def _gather_notes(books_id: int, note_ids: Sequence[int], found: Gathered) -> None:
    """Credit notes: the invoice is issued again, after what used the credit was taken back.

    Where an undoing issued it, the deal is closed or the instalment invoiced again instead: that is planned already.
    """
    if not note_ids:
        return
    notes = [note for note in billing.credit_notes(books_id, note_ids) if note.issued_again is None]
    contract_ids = sorted({note.contract_id for note in notes if note.contract_id is not None})
    signed = contracts.contracts_by_id(books_id, contract_ids)
    undone = contracts.times_undone(books_id, contract_ids)
    for note in notes:
        key = instalment_of(note.invoice_source)
        gone = note.contract_id is not None and signed[note.contract_id].state is ContractState.UNDONE
        if gone or (key is not None and undone.get(key) != times_undone(note.invoice_source)):
            found.refusals.append(Refusal("credited_by_undoing", {"number": note.number}, "target"))
            continue
        found.add(Step(Verb.REISSUE, f"invoice:{note.id}", note.number, note.gross, note.issue_date))
        found.stays.append(Refusal("credit_note_stays", {"number": note.number}))
    used = receivables.uses_of_credit(books_id, [(note.id, note.invoice_id) for note in notes])
    _gather_matches(books_id, {undo: f"invoice:{note_id}" for undo, note_id in used.items()}, found)


def _credit(books_id: int, standing: Sequence[billing.LiveInvoice], because: str, found: Gathered) -> None:
    """Credit invoices; what settles them comes off first and stays as cash, or as credit, of the customer."""
    for one in standing:
        _add_credit(one, because, found)
    _take_off(books_id, standing, found)


def _add_credit(one: billing.LiveInvoice, because: str, found: Gathered) -> None:
    found.add(Step(Verb.CREDIT, f"invoice:{one.id}", one.number, one.gross, one.issue_date, because))
    found.stays.append(Refusal("document_stays", {"number": one.number}))


def _take_off(books_id: int, standing: Sequence[billing.LiveInvoice], found: Gathered) -> None:
    taken: dict[Undo, str] = {}
    for applied in receivables.applied_to(books_id, [one.id for one in standing]):
        cause = f"invoice:{applied.document_id}"
        if applied.undo.what is What.APPLIED:
            target = f"allocation:{applied.undo.id}"
            found.add(Step(Verb.TAKE_OFF, target, applied.number, applied.amount, applied.made_on, cause))
        else:
            taken[applied.undo] = cause
    _gather_matches(books_id, taken, found)


def instalments_of(standing: Sequence[billing.LiveInvoice]) -> dict[int, tuple[int, int]]:
    """Return which instalment, as (contract id, number), each invoice of a contract is of."""
    return {one.id: key for one in standing if (key := instalment_of(one.source)) is not None}


# ------------------------------------------------------------------------------------ texts


def _gather_aliases(books_id: int, alias_ids: Sequence[int], found: Gathered) -> None:
    """What texts mean: the deals that were closed by it stand on it."""
    known = {row.id: row for row in standards.aliases(alias_ids)} if alias_ids else {}
    for alias_id in alias_ids:
        name = f"alias:{alias_id}"
        if alias_id in known:
            _gather_alias(books_id, known[alias_id], found)
        elif not decisions.why(name, limit=1):
            found.refusals.append(Refusal("unknown_target", {"target": name}, "target"))


def _gather_alias(books_id: int, alias: standards.AliasRow, found: Gathered) -> None:
    name = f"alias:{alias.id}"
    naming_it = crm.opportunities_naming(alias.kind, alias.text)
    if elsewhere := contracts.live_elsewhere(books_id, naming_it):
        found.refusals.append(Refusal("closed_in_other_books", {"text": alias.text[:80], "count": elsewhere}, "target"))
    _gather_contracts(books_id, sorted(contracts.live_contract_ids(books_id, naming_it).values()), name, found)
    found.add(Step(Verb.FORGET, name, f"{alias.text[:80]} = {alias.target[:80]}"))


# ------------------------------------------------------------------------------------ files


def _gather_import(books_id: int, batch_id: int, found: Gathered) -> None:
    """An import: what was done with its rows goes first; rows that documents name stay."""
    try:
        batch = crm.import_of(batch_id)
    except crm.NoSuchImport:
        found.refusals.append(Refusal("unknown_target", {"target": f"import:{batch_id}"}, "target"))
        return
    if batch.books_id != books_id or batch.undone_at is not None:
        return
    because = f"import:{batch_id}"
    if batch.kind == "bank":
        lines = receivables.posted_lines_of_import(books_id, batch_id)
        _gather_matches(books_id, {Undo(What.LINE, id_): because for id_ in lines}, found)
    elif batch.kind == "deals":
        brought = imports.made_in(batch_id)
        closed = standards.deal_versions(books_id, brought)
        signed = contracts.live_contract_ids(books_id, brought)
        _gather_contracts(books_id, sorted(signed.values()), because, found)
        if closed:
            found.stays.append(Refusal("deals_stay", {"count": len(closed)}))
    if refusal := _in_the_way(batch_id, kept=kept_of(books_id, batch)):
        found.refusals.append(refusal)
    found.add(Step(Verb.UNLOAD, because, batch.file_name or batch.kind))


def kept_of(books_id: int, batch: crm.ImportRow) -> list[int]:
    """Return the opportunities that documents name: they stay, won and not invoiced."""
    if batch.kind != "deals":
        return []
    return sorted(standards.deal_versions(books_id, imports.made_in(batch.id)))


def _in_the_way(batch_id: int, kept: Sequence[int]) -> Refusal | None:
    """Try to take an import of the CRM back, and say what forbids it; whatever is written is rolled back."""
    batch = crm.import_of(batch_id)
    if batch.kind in ("bank", "invoices"):
        return None
    try:
        with transaction.atomic():
            imports.undo_import(batch_id=batch_id, kept=kept, actor=_NOBODY, at=batch.started_at)
            transaction.set_rollback(True)
    except Refused as refused:
        return Refusal(refused.code, refused.facts, "target")
    return None
