"""Deals: the list, one deal, and the won deals that finance holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.contracts import selectors as contracts
from counterfoil.crm import selectors as crm
from counterfoil.crm.domain import OpportunityFacts, ProductFacts, SaidLine, Stage, key_of
from counterfoil.crm.selectors import OpportunityRow, StageCount
from counterfoil.kernel import errors
from counterfoil.kernel.currency import CURRENCIES
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money
from counterfoil.people.domain import Act, BooksFacts
from counterfoil.people.selectors import Person
from counterfoil.standards import selectors as standards
from counterfoil.standards.domain import CORE, net_minor
from counterfoil.standards.selectors import HeldCount, HeldRow
from counterfoil.web import addresses, reader, writing
from counterfoil.web.pages import closing, lineage, owners, whys
from counterfoil.web.pages.happened import of_deal
from counterfoil.web.pages.lists import ROWS, Question
from counterfoil.web.pages.products import kind_name
from counterfoil.web.parts import (
    Banner,
    Chip,
    Choice,
    Empty,
    Fact,
    Happened,
    Link,
    Pager,
    Pill,
    Said,
    Step,
    Tone,
    View,
    Why,
)
from counterfoil.web.saying import parted, say


@dataclass(frozen=True, slots=True)
class DealRow:
    """A deal in a list."""

    number: str
    url: str
    name: str
    customer: Link
    stage: str
    state: Pill
    amount: Money | None
    amount_state: str
    close_date: date | None
    owner: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class DealsPage:
    """All deals through one view and filters."""

    sentence: str
    views: tuple[View, ...]
    filters: tuple[Chip, ...]
    query: str
    view: str
    rows: tuple[DealRow, ...]
    totals: tuple[Money, ...]
    pager: Pager
    can_close: int = 0
    can_import: bool = False
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class DealLine:
    """A line of a deal; `refusal` when it is what finance holds the deal for."""

    product: str
    code: str
    kind: str
    quantity_micro: int | None
    price: Money | None
    discount: str
    amount: Money | None
    refusal: Said | None = None


@dataclass(frozen=True, slots=True)
class AliasOffer:
    """The question whether a text of the CRM means a known product or customer."""

    kind: str
    text: str
    target: str
    target_name: str
    deals: int = 1
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """One failing field: what is wrong, why finance needs it, what would pass."""

    field: str
    label: str
    said: Said
    offer: AliasOffer | None = None


@dataclass(frozen=True, slots=True)
class FieldState:
    """A field that finance needs, and whether it passes."""

    label: str
    value: str
    problem: Said | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class VersionDiff:
    """One field of a deal that changed after it was invoiced."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DealPage:
    """One deal, for sales and finance alike."""

    opportunity_id: int
    number: str
    name: str
    url: str
    customer: Link
    sentence: str
    state: Pill
    is_held: bool
    banner: Banner | None
    problems: tuple[Problem, ...]
    fields: tuple[FieldState, ...]
    lines: tuple[DealLine, ...]
    total: Money | None
    currency: str
    steps: tuple[Step, ...]
    whys: tuple[Why, ...]
    happened: tuple[Happened, ...]
    facts: tuple[Fact, ...]
    diff: tuple[VersionDiff, ...] = ()
    may_close: bool = False
    may_alias: bool = False
    may_win: bool = False
    is_signed: bool = False


@dataclass(frozen=True, slots=True)
class HeldReason:
    """A reason that holds deals, with what they come to."""

    key: str
    label: str
    deals: int
    amount: Money
    url: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class HeldPage:
    """Won deals that cannot be invoiced yet."""

    sentence: str
    reasons: tuple[HeldReason, ...]
    offers: tuple[AliasOffer, ...]
    rows: tuple[DealRow, ...]
    total: Money | None
    pager: Pager
    currency: str
    may_alias: bool = False
    may_close: bool = False
    empty: Empty | None = None

    @property
    def reason_is_chosen(self) -> bool:
        return any(reason.is_current for reason in self.reasons)


STAGES = tuple(Stage)


def stage_name(stage: Stage) -> str:
    """Return a stage in words."""
    names: Mapping[Stage, str] = {
        Stage.PROSPECTING: _("Prospecting"),
        Stage.ENGAGING: _("Engaging"),
        Stage.PROPOSAL: _("Proposal"),
        Stage.WON: _("Won"),
        Stage.LOST: _("Lost"),
    }
    return names[stage]


def amount_state_name(state: str) -> str:
    """Say how final an amount is, where it is not signed."""
    return {"estimated": _("estimated"), "quoted": _("quoted")}.get(state, "")


def deals_page(person: Person, asked: Question) -> DealsPage:
    """Fill the deals of one view, newest first."""
    books = person.books
    counts = crm.stage_counts(books.id)
    stage = asked.view if asked.view in {one.value for one in STAGES} else ""
    found = crm.opportunities(books_id=books.id, stage=stage, search=asked.query, before=asked.number, limit=ROWS + 1)
    shown = found[:ROWS]
    total = sum(count.count for count in counts)
    views = [View(_("All"), asked.url(view=""), total, is_current=not stage)]
    for one in STAGES:
        number = sum(count.count for count in counts if count.stage is one)
        if number:
            views.append(View(stage_name(one), asked.url(view=one.value), number, is_current=stage == one.value))
    in_view = [count for count in counts if not stage or count.stage == stage]
    open_ = [count for count in counts if count.stage not in (Stage.WON, Stage.LOST)]
    waiting = closing.waiting(books.id)
    held = standards.held_count(books.id)
    may_close = person.may(Act.CLOSE_DEALS)
    return DealsPage(
        sentence=_deals_sentence(open_, held, waiting),
        views=tuple(views),
        filters=(Chip(asked.query, asked.url(query="")),) if asked.query else (),
        query=asked.query,
        view=stage,
        rows=deal_rows(books, shown),
        totals=tuple(totals_of(in_view)) if not asked.query else (),
        pager=Pager(
            len(shown),
            sum(count.count for count in in_view) if not asked.query else None,
            asked.url(after=str(shown[-1].id)) if len(found) > ROWS else "",
            asked.url() if asked.place else "",
        ),
        can_close=waiting if may_close else 0,
        can_import=person.may(Act.IMPORT),
        empty=None if total else _no_deals(person),
    )


def totals_of(counts: Sequence[StageCount]) -> list[Money]:
    """Add up what opportunities come to, one amount a currency."""
    sums: dict[str, Money] = {}
    for count in counts:
        if count.amount is not None:
            sums[count.currency] = sums[count.currency] + count.amount if count.currency in sums else count.amount
    return [sums[code] for code in sorted(sums)]


def _deals_sentence(open_: Sequence[StageCount], held: int, waiting: int) -> str:
    number = sum(count.count for count in open_)
    amounts = totals_of(open_)
    parts = []
    if number:
        text = ngettext("%(n)s open deal", "%(n)s open deals", number) % {"n": reader.count(number)}
        parts.append(f"{text}, {reader.joined(amounts)}" if amounts else text)
    if waiting:
        parts.append(
            ngettext("%(n)s won and not invoiced yet", "%(n)s won and not invoiced yet", waiting)
            % {"n": reader.count(waiting)}
        )
    if held:
        parts.append(ngettext("%(n)s held by finance", "%(n)s held by finance", held) % {"n": reader.count(held)})
    text = "; ".join(parts) or _("Every won deal is invoiced")
    return f"{text[:1].upper()}{text[1:]}."


def _no_deals(person: Person) -> Empty:
    return Empty(
        "deal",
        _("No deals yet"),
        _(
            "Deals come from your CRM as a CSV file. A won deal becomes a contract, an invoice and its postings; "
            "one that lacks something is held, with the reason."
        ),
        Link(_("Import deals"), "/imports?kind=deals") if person.may(Act.IMPORT) else None,
        Link(_("See what finance needs"), "/deals/held") if person.may(Act.CONFIRM_ALIAS) else None,
    )


def deal_rows(books: BooksFacts, found: Sequence[OpportunityRow]) -> tuple[DealRow, ...]:
    """Show opportunities as rows, with what finance made of each; a constant number of statements."""
    states = closing.states(books.id, [(row.id, row.stage) for row in found])
    names = owners.names(books.id)
    return tuple(
        DealRow(
            number=addresses.deal_number(row.id),
            url=addresses.deal_url(row.id),
            name=row.name or row.reference,
            customer=Link(row.customer, addresses.customer_url(row.customer_id) if row.customer_id else ""),
            stage=stage_name(row.stage),
            state=states[row.id],
            amount=row.amount,
            amount_state=amount_state_name(row.amount_state),
            close_date=row.close_date,
            owner=owners.name(row.owner, names),
            note=row.reference if row.name else "",
        )
        for row in found
    )


FIELDS: Mapping[str, Callable[[], str]] = {
    "name": lambda: _("Name"),
    "customer": lambda: _("Customer"),
    "amount": lambda: _("Amount"),
    "currency": lambda: _("Currency"),
    "close_date": lambda: _("Close date"),
    "product": lambda: _("Product"),
    "quantity": lambda: _("Quantity"),
    "unit_price": lambda: _("Price"),
    "discount": lambda: _("Discount"),
    "terms": lambda: _("Payment term"),
    "billing_type": lambda: _("Billing"),
    "po_number": lambda: _("Purchase order"),
    "owner": lambda: _("Owner"),
    "service_start": lambda: _("Service from"),
    "service_end": lambda: _("Service until"),
    "delivered_on": lambda: _("Delivered on"),
    "stage": lambda: _("Stage"),
}


def field_name(field: str | None) -> str:
    """Return a field of a deal in words."""
    if not field:
        return _("The deal as a whole")
    return FIELDS[field]() if field in FIELDS else field.replace("_", " ").capitalize()


def deal_page(person: Person, opportunity_id: int) -> DealPage:
    """Fill one deal: what was said, what finance makes of it, and how far its money is.

    Raises:
        NoSuchOpportunity: there is none.
    """
    books = person.books
    row = crm.opportunity(opportunity_id)
    (facts,) = crm.opportunity_facts([opportunity_id])
    held = standards.held_deal(books.id, opportunity_id)
    contract = contracts.contracts_by_opportunity(books.id, [opportunity_id]).get(opportunity_id)
    findings = held.findings if held else standards.would_pass([_as_won(facts)])[0] if contract is None else ()
    problems = tuple(_problem(finding) for finding in findings)
    is_won = row.stage is Stage.WON
    state = closing.states(books.id, [(opportunity_id, row.stage)])[opportunity_id]
    may_close = is_won and person.may(Act.CLOSE_DEALS) and (contract is None or held is not None)
    products = standards.products_meant()
    return DealPage(
        opportunity_id=opportunity_id,
        number=addresses.deal_number(opportunity_id),
        name=row.name or row.reference,
        url=addresses.deal_url(opportunity_id),
        customer=Link(
            row.customer or _("no customer"), addresses.customer_url(row.customer_id) if row.customer_id else ""
        ),
        sentence=_deal_sentence(row, owners.names(books.id)),
        state=state,
        is_held=held is not None,
        banner=_banner(row, held, problems, is_signed=contract is not None),
        problems=problems,
        fields=_fields(facts, row, findings),
        lines=tuple(_line(facts, line, place, findings, products) for place, line in enumerate(facts.said.lines, 1)),
        total=row.amount,
        currency=row.currency or books.base_currency.code,
        steps=lineage.seen_by(person, lineage.of_deal(books, row, contract, held=held is not None)),
        whys=whys.of(f"opportunity:{opportunity_id}"),
        happened=of_deal(books, opportunity_id),
        facts=(
            Fact(_("System"), row.system),
            Fact(_("Number there"), row.reference),
            Fact(_("Stage there"), row.stage_text or stage_name(row.stage)),
            Fact(_("Read"), reader.moment(row.updated_at)),
        ),
        diff=_diff(held.before, held.now) if held and held.before else (),
        may_close=may_close,
        may_alias=person.may(Act.CONFIRM_ALIAS),
        is_signed=contract is not None,
        may_win=row.stage not in (Stage.WON, Stage.LOST) and not problems and person.may(Act.EDIT_SALES),
    )


def _as_won(facts: OpportunityFacts) -> OpportunityFacts:
    """The same opportunity as if it were won: what finance will ask of it."""
    return facts._replace(said=facts.said._replace(stage=Stage.WON.value))


def _deal_sentence(row: OpportunityRow, names: Mapping[str, str]) -> str:
    parts = [stage_name(row.stage).lower()]
    if row.close_date:
        day = reader.day(row.close_date)
        is_over = row.stage in (Stage.WON.value, Stage.LOST.value)
        parts.append(day if is_over else _("until %(day)s") % {"day": day})
    if row.owner:
        parts.append(_("by %(owner)s") % {"owner": owners.name(row.owner, names)})
    return " ".join(parts) + f". {addresses.deal_number(row.id)}."


def _banner(
    row: OpportunityRow, held: HeldRow | None, problems: Sequence[Problem], *, is_signed: bool
) -> Banner | None:
    if held and held.before:
        return Banner(
            Tone.BAD,
            "stop",
            _("This deal changed after it was invoiced"),
            _("It is not invoiced again. Both versions stand below; credit the invoice if the new one is right."),
        )
    if held:
        text = ngettext(
            "%(n)s field does not pass. Nothing was posted.",
            "%(n)s fields do not pass. Nothing was posted.",
            len(problems),
        )
        return Banner(Tone.BAD, "stop", _("Finance cannot invoice this deal yet"), text % {"n": len(problems)})
    if problems and not is_signed and row.stage is not Stage.LOST:
        text = ngettext(
            "%(n)s field would hold it when it is won. Better now than then.",
            "%(n)s fields would hold it when it is won. Better now than then.",
            len(problems),
        )
        return Banner(Tone.WARN, "warn", _("Not ready for finance yet"), text % {"n": len(problems)})
    return None


def _problem(finding: Finding) -> Problem:
    title, passes = parted(say(finding.code, finding.facts))
    why = str(finding.facts.get("why") or CORE.get(finding.field or "", ""))
    if why and why in passes:
        why = ""
    label = field_name(finding.field)
    line = finding.facts.get("line")
    if line is not None:
        label = _("%(field)s, line %(line)s") % {"field": label, "line": line}
    return Problem(finding.field or "", label, Said(title, why, passes), offer_of(finding))


def offer_of(finding: Finding, deals: int = 1) -> AliasOffer | None:
    """Return what a person may confirm to let this pass, where the finding is about an unknown name."""
    kind = ALIAS_KINDS.get(finding.code)
    text = finding.facts.get("text")
    if kind is None or not isinstance(text, str):
        return None
    target = finding.facts.get("did_you_mean")
    choices = tuple(Choice(row.code, row.code) for row in crm.products(limit=MOST_CHOICES)) if kind == "product" else ()
    named = target if isinstance(target, str) else ""
    return AliasOffer(kind, text, named, named, deals, choices)


ALIAS_KINDS: Mapping[str, str] = {"unknown_product": "product", "unknown_customer": "customer"}
MOST_CHOICES = 200


def _fields(facts: OpportunityFacts, row: OpportunityRow, findings: Sequence[Finding]) -> tuple[FieldState, ...]:
    """Every field that finance needs of a won deal, with its value and whether it passes."""
    wanted = standards.standard().requirements[Stage.WON.value]
    failing: dict[str, Finding] = {}
    for finding in findings:
        failing.setdefault(finding.field or "", finding)
    names = list(
        dict.fromkeys([*(one.field for one in wanted if row.system not in one.not_for), *filter(None, failing)])
    )
    return tuple(
        FieldState(
            field_name(name),
            _value(facts, row, name),
            Said(parted(say(failing[name].code, failing[name].facts))[0]) if name in failing else None,
        )
        for name in names
    )


def _value(facts: OpportunityFacts, row: OpportunityRow, field: str) -> str:
    said = facts.said
    values: dict[str, str] = {
        "name": said.name,
        "customer": row.customer,
        "amount": reader.money(row.amount) if row.amount else "",
        "currency": said.currency,
        "close_date": reader.full_day(said.close_date) if said.close_date else "",
        "product": ", ".join(line.product_text for line in said.lines if line.product_text),
        "terms": said.terms_text,
        "billing_type": said.billing_text.replace("_", " "),
        "quantity": ", ".join(
            writing.quantity(line.quantity_micro, reader.locale()) for line in said.lines if line.quantity_micro
        ),
        "po_number": said.po_number,
        "owner": row.owner,
        "service_start": reader.full_day(said.service_start) if said.service_start else "",
        "service_end": reader.full_day(said.service_end - timedelta(days=1)) if said.service_end else "",
        "delivered_on": reader.full_day(said.delivered_on) if said.delivered_on else "",
    }
    return values.get(field, "")


def _line(
    facts: OpportunityFacts,
    line: SaidLine,
    place: int,
    findings: Sequence[Finding],
    products: Mapping[str, ProductFacts],
) -> DealLine:
    product = products.get(key_of(line.product_text))
    about = [finding for finding in findings if finding.facts.get("line") == place]
    unit = facts.said.currency
    money = CURRENCIES.get(unit)
    discount = line.discount_percent
    amount = net_minor(line)
    if amount is None and len(facts.said.lines) == 1:
        amount = facts.said.amount_minor
    return DealLine(
        product=line.description or (product.name if product else line.product_text) or _("no product named"),
        code=product.code if product else "",
        kind=kind_name(product.kind) if product else "",
        quantity_micro=line.quantity_micro,
        price=Money(line.unit_price_minor, money) if money and line.unit_price_minor is not None else None,
        discount=f"{discount.normalize():f}\u00a0%" if discount else "",
        amount=Money(amount, money) if money and amount is not None else None,
        refusal=Said(parted(say(about[0].code, about[0].facts))[0]) if about else None,
    )


def _diff(before: Mapping[str, errors.Fact], now: Mapping[str, errors.Fact]) -> tuple[VersionDiff, ...]:
    """Return the fields that differ between two snapshots of a deal."""
    names = [name for name in now if name not in ("form", "lines") and before.get(name) != now[name]]
    found = [VersionDiff(field_name(name), _plain(before, name), _plain(now, name)) for name in names]
    if before.get("lines") != now.get("lines"):
        found.append(VersionDiff(_("Lines"), _lines_text(before), _lines_text(now)))
    return tuple(found)


def _plain(snapshot: Mapping[str, errors.Fact], name: str) -> str:
    value = snapshot.get(name)
    money = CURRENCIES.get(str(snapshot.get("currency")))
    if name.endswith("_minor") and isinstance(value, int) and money:
        return reader.money(Money(value, money))
    return "" if value is None else str(value)


def _lines_text(snapshot: Mapping[str, errors.Fact]) -> str:
    lines = snapshot.get("lines")
    if not isinstance(lines, list):
        return ""
    return ", ".join(str(line["product"] or line["description"]) for line in lines if isinstance(line, dict))


OFFERS = 8


def held_page(person: Person, asked: Question, code: str, value: str) -> HeldPage:
    """Fill the won deals that finance holds, of all reasons or of one."""
    books = person.books
    counts = standards.held_by_reason(books.id)
    total = standards.held_count(books.id)
    found = standards.held_deals(books_id=books.id, code=code, value=value, before=asked.number, limit=ROWS + 1)
    shown = found[:ROWS]
    deals = {row.id: row for row in crm.opportunities(books_id=books.id, ids=[held.opportunity_id for held in shown])}
    names = owners.names(books.id)
    chosen = [count for count in counts if not code or (count.code == code and count.value == value)]
    zero = Money.zero(books.base_currency)
    own = [count for count in chosen if count.currency in ("", books.base_currency.code)]
    query = urlencode({"reason": code, "value": value}) if code else ""
    older = (
        f"/deals/held?{urlencode({'reason': code, 'value': value, 'after': shown[-1].id})}" if len(found) > ROWS else ""
    )
    return HeldPage(
        sentence=_held_sentence(total, counts),
        reasons=tuple(
            HeldReason(
                key=count.code,
                label=_reason(count),
                deals=count.count,
                amount=count.amount or zero,
                url=f"/deals/held?{urlencode({'reason': count.code, 'value': count.value})}",
                is_current=count.code == code and count.value == value,
            )
            for count in counts
        ),
        offers=_offers(books, counts[:OFFERS]) if person.may(Act.CONFIRM_ALIAS) else (),
        rows=tuple(_held_row(held, deals[held.opportunity_id], names) for held in shown),
        total=sum((count.amount for count in own if count.amount), zero) if len(chosen) == 1 or code else None,
        pager=Pager(len(shown), None if code else total, older, f"/deals/held?{query}" if asked.place else ""),
        currency=books.base_currency.code,
        may_alias=person.may(Act.CONFIRM_ALIAS),
        may_close=person.may(Act.CLOSE_DEALS),
        empty=None if total else _none_held(),
    )


def _held_sentence(total: int, counts: Sequence[HeldCount]) -> str:
    text = ngettext("%(n)s won deal waits.", "%(n)s won deals wait.", total) % {"n": reader.count(total)}
    if len(counts) == 1:
        return text + " " + _("One reason holds them: %(reason)s.") % {"reason": _reason(counts[0])}
    return text + " " + _("Each names what is wrong, why finance needs it, and what would pass.")


def _reason(count: HeldCount) -> str:
    """Name a reason in a few words: its kind, and the text that is to blame."""
    if count.code == "missing_field":
        return _("%(field)s is missing") % {"field": field_name(count.field)}
    kind = count.code.replace("_", " ").capitalize().replace("Po ", "PO ")
    return f"{kind}: {count.value}" if count.value else kind


def _offers(books: BooksFacts, counts: Sequence[HeldCount]) -> tuple[AliasOffer, ...]:
    """Return the names that a person may confirm once, each for all the deals that it holds."""
    found = []
    for count in counts:
        if count.code not in ALIAS_KINDS:
            continue
        held = standards.held_deals(books_id=books.id, code=count.code, value=count.value, limit=1)
        findings = [one for one in held[0].findings if one.code == count.code and one.facts.get("text") == count.value]
        offer = offer_of(findings[0], count.count) if findings else None
        if offer:
            found.append(offer)
    return tuple(found)


def _held_row(held: HeldRow, row: OpportunityRow, names: Mapping[str, str]) -> DealRow:
    texts = [parted(say(finding.code, finding.facts))[0] for finding in held.findings]
    return DealRow(
        number=addresses.deal_number(row.id),
        url=addresses.deal_url(row.id),
        name=row.name or row.reference,
        customer=Link(
            row.customer or _("no customer"), addresses.customer_url(row.customer_id) if row.customer_id else ""
        ),
        stage=stage_name(row.stage),
        state=Pill(_("Held"), Tone.BAD),
        amount=row.amount,
        amount_state=amount_state_name(row.amount_state),
        close_date=row.close_date,
        owner=owners.name(row.owner, names),
        note="; ".join(texts),
    )


def _none_held() -> Empty:
    return Empty(
        "ok",
        _("No deal is held"),
        _("A won deal that lacks what finance needs waits here: the field, why it is needed, what would pass."),
        Link(_("See the deals"), "/deals"),
    )
