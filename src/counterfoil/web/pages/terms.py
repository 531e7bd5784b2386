"""Typing terms and discounts over a deal, with what they mean for finance beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.crm.domain import AmountState, OpportunityFacts, key_of
from counterfoil.flows.preview import Change, Preview
from counterfoil.flows.review import deals
from counterfoil.kernel.currency import CURRENCIES
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money, OutOfRange
from counterfoil.kernel.terms import Term
from counterfoil.kernel.text import parse_amount, parse_decimal
from counterfoil.standards import selectors as standards
from counterfoil.standards.domain import net_minor
from counterfoil.web import addresses, charts, reader
from counterfoil.web.forms import Form
from counterfoil.web.pages.deals import amount_state_name
from counterfoil.web.parts import Choice, Field, Said
from counterfoil.web.saying import parted, say

TERMS = ("Due on receipt", "Net 14", "Net 30", "Net 45", "Net 60", "Net 90", "EOM", "2/10 Net 30")
MOST_PERCENT = 100
PERCENT_PLACES = 4
MOST_BARS = 24
WORTH_A_LOOK = 100_000
"""From which score on its reasons are told, in millionths."""


@dataclass(frozen=True, slots=True)
class TermsLine:
    """A line with the price and the discount that may be typed over."""

    product: str
    code: str
    quantity_micro: int | None
    price: Field
    discount: Field
    net: Money | None


@dataclass(frozen=True, slots=True)
class TermsForm:
    """What a person may type over a deal."""

    action: str
    preview_url: str
    fields: tuple[Field, ...]
    lines: tuple[TermsLine, ...]
    currency: str
    refused: int


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect for finance: as typed, and as it is saved. `is_estimate` marks what is expected, not known."""

    label: str
    typed: str
    saved: str = ""
    note: str = ""
    typed_note: str = ""
    saved_note: str = ""
    is_estimate: bool = False


@dataclass(frozen=True, slots=True)
class Nearest:
    """A value that would pass: which field it goes into, and the address of the same preview with it."""

    field_id: str
    value: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class FinancePreview:
    """What a deal would become: effects, the reasons against it, and its revenue by month."""

    typed_head: str
    saved_head: str
    effects: tuple[Effect, ...]
    against: tuple[Said, ...]
    noted: tuple[str, ...] = ()
    note: str = ""
    chart: SafeString | None = None
    chart_note: str = ""
    months: tuple[tuple[str, Money], ...] = ()
    nearest: tuple[Nearest, ...] = ()


def terms_form(facts: OpportunityFacts, form: Form) -> TermsForm:
    """Describe what may be typed over a deal, with what is saved, or with what was typed."""
    said = facts.said
    url = addresses.deal_url(facts.opportunity_id)
    money = CURRENCIES.get(said.currency)
    products = standards.products_meant()
    states = [Choice(state.value, amount_state_name(state.value).capitalize()) for state in AmountState]
    fields = (
        form.field("terms", _("Payment term"), value=said.terms_text, suggestions=TERMS, autocomplete="off"),
        form.field("po_number", _("Purchase order"), value=said.po_number, is_required=False, autocomplete="off"),
        form.field("amount_state", _("Amount is"), value=said.amount_state, kind="select", choices=states),
    )
    lines = []
    for no, line in enumerate(said.lines, 1):
        price = (
            Money(line.unit_price_minor, money).decimal_text() if money and line.unit_price_minor is not None else ""
        )
        discount = f"{line.discount_percent.normalize():f}" if line.discount_percent else "0"
        net = net_minor(line)
        product = products.get(key_of(line.product_text))
        lines.append(
            TermsLine(
                line.description or (product.name if product else line.product_text),
                product.code if product else "",
                line.quantity_micro,
                form.field(f"price-{no}", _("Price, line %(no)s") % {"no": no}, value=price, is_numeric=True),
                form.field(
                    f"discount-{no}",
                    _("Discount in percent, line %(no)s") % {"no": no},
                    value=discount,
                    is_numeric=True,
                ),
                Money(net, money) if money and net is not None else None,
            )
        )
    return TermsForm(f"{url}/terms", f"{url}/preview", fields, tuple(lines), said.currency, len(form.refusals))


def change_of(facts: OpportunityFacts, form: Form) -> Change:
    """Read what was typed; what cannot be read is refused under its field and left as it is saved."""
    said = facts.said
    discounts: dict[int, Decimal] = {}
    prices: dict[int, Money] = {}
    money = CURRENCIES.get(said.currency)
    for no, line in enumerate(said.lines, 1):
        if form.text(f"discount-{no}"):
            percent = form.read(f"discount-{no}", _percent)
            if percent is not None and percent != (line.discount_percent or 0):
                discounts[no] = percent
        if money and form.text(f"price-{no}"):
            price = form.read(f"price-{no}", lambda text: parse_amount(text, money))
            if price is not None and price.minor != line.unit_price_minor:
                prices[no] = price
    state = form.text("amount_state")
    terms = form.text("terms")
    if terms != said.terms_text:
        form.read("terms", Term.parse)
    return Change(
        terms=terms if terms != said.terms_text and "terms" not in form.refusals else None,
        discounts=discounts,
        unit_prices=prices,
        po_number=form.text("po_number") if form.text("po_number") != said.po_number else None,
        amount_state=AmountState(state) if state in set(AmountState) and state != said.amount_state else None,
    )


def _percent(text: str) -> Decimal:
    percent = parse_decimal(text.removesuffix("%").strip(), PERCENT_PLACES)
    if not 0 <= percent <= MOST_PERCENT:
        raise OutOfRange(text=text[:40], below=str(MOST_PERCENT))
    return percent


def finance_preview(
    typed: Preview, saved: Preview, refusals: tuple[Said, ...] = (), *, url: str = ""
) -> FinancePreview:
    """Put what was typed beside what is saved; alike, the second column is left out.

    Args:
        url: of the form, where somebody may type; empty offers nothing to put in.
    """
    is_other = typed != saved
    against = refusals + tuple(_said(finding) for finding in (*typed.findings, *typed.held))
    chart, note = _chart(typed)
    return FinancePreview(
        typed_head=_("%(term)s, as typed") % {"term": typed.term} if is_other else typed.term,
        saved_head=_("%(term)s, saved") % {"term": saved.term} if is_other else "",
        effects=tuple(_effects(typed, saved if is_other else None)),
        against=against,
        noted=(*(_said(finding).title for finding in typed.noted), *_habits(typed)),
        note=_delay_note(typed),
        chart=chart,
        chart_note=note,
        months=tuple((reader.month(month), amount) for month, amount in typed.revenue),
        nearest=nearest_of([*typed.findings, *typed.held], url) if url else (),
    )


def nearest_of(findings: Sequence[Finding], url: str) -> tuple[Nearest, ...]:
    """Return what the findings say would pass: the shortest of the terms, and the discount of each line."""
    wanted: dict[str, str] = {}
    suggested = deals.suggested(findings)
    if suggested.get("terms"):
        wanted["terms"] = suggested["terms"]
    for finding in findings:
        found = deals.suggested([finding]).get("discount_percent")
        line = finding.facts.get("line")
        if found and isinstance(line, int):
            name = f"discount-{line}"
            wanted[name] = min(wanted.get(name, found), found, key=Decimal)
    return tuple(
        Nearest(
            f"f-{name}",
            value,
            _("Use %(value)s") % {"value": value}
            if name == "terms"
            else _("Use %(value)s %% on line %(no)s") % {"value": value, "no": name.partition("-")[2]},
            f"{url}?{urlencode({name: value})}",
        )
        for name, value in wanted.items()
    )


def _said(finding: Finding) -> Said:
    """Say what stands against a deal, and what would pass where the rule knows it."""
    title, rest = parted(say(finding.code, finding.facts))
    nearest = finding.facts.get("would_pass")
    if isinstance(nearest, dict) and isinstance(nearest.get("facts"), dict):
        return Said(title, why=rest, passes=say(str(nearest["code"]), nearest["facts"]))
    return Said(title, passes=rest)


def _effects(typed: Preview, saved: Preview | None) -> list[Effect]:
    if typed.net is None:
        return []
    other = saved if saved and saved.net is not None else None
    both = [typed, *([other] if other else [])]
    rows = []
    many = max(len(one.invoices) for one in both)
    rows.append(_row(_("Net of tax"), [reader.money(one.net) if one.net else "" for one in both]))
    label = ngettext("Invoice with tax", "%(n)s invoices with tax", many) % {"n": reader.count(many)}
    rows.append(_row(label, [reader.money(_gross(one)) for one in both]))
    rows.append(_row(_("First due"), [reader.day(min(row.due_date for row in one.invoices)) for one in both]))
    expected = ["≈ " + reader.day(max(row.expected_on for row in one.invoices)) for one in both]
    rows.append(_row(_("All money expected"), expected, is_estimate=True))
    if other and (waits := _waiting(typed, other)):
        rows.append(_row(_("Against what is saved"), [waits, ""], is_estimate=True))
    rows.append(
        _row(_("Given off the list price"), [reader.money(one.conceded) if one.conceded else "0.00" for one in both])
    )
    if typed.margin is not None:
        rows.append(_row(_("Margin"), [_margin(one) for one in both]))
    rows.append(_row(_("Approval"), [_("Needed") if one.held else _("None needed") for one in both]))
    if typed.scored:
        rows.append(_row(_("Risk, by habit"), [_risk(one) for one in both], is_estimate=True))
    if typed.on_delivery:
        rows.append(
            _row(
                _("Earned on delivery"), [reader.money(one.on_delivery) if one.on_delivery else "0.00" for one in both]
            )
        )
    return rows


def _risk(one: Preview) -> str:
    """How likely something is wrong, as people read it."""
    if one.scored is None:
        return "–"
    percent = one.scored.score_micro // 10_000
    return f"{percent} %" if percent else _("under 1 %")


def _habits(one: Preview) -> tuple[str, ...]:
    """What makes a score worth a look, and whose habits stood in where the customer has none."""
    scored = one.scored
    if scored is None:
        return ()
    parts = [part for part in scored.contributions if part.facts] if scored.score_micro >= WORTH_A_LOOK else []
    said = [say(f"anomaly_{part.feature}", part.facts) for part in parts]
    if scored.basis != "customer":
        said.append(say(f"anomaly_basis_{scored.basis}", {"earlier": scored.earlier, "segment": scored.segment}))
    return tuple(said)


def _waiting(typed: Preview, saved: Preview) -> str:
    """Say how much later, or earlier, the money is expected than as it is saved: days that each amount waits."""
    gross, before = _gross(typed), _gross(saved)
    if gross.currency != before.currency or not gross.minor or not before.minor:
        return ""
    days = _middle(typed) - _middle(saved)
    if not days:
        return ""
    text = ngettext("%(n)s day", "%(n)s days", abs(days)) % {"n": abs(days)}
    return (_("≈ %(days)s later") if days > 0 else _("≈ %(days)s earlier")) % {"days": text}


def _middle(one: Preview) -> int:
    """The day on which the money comes in the middle, weighed by the invoices: days since the year 1."""
    total = sum(row.gross.minor for row in one.invoices)
    return round(Decimal(sum(row.gross.minor * row.expected_on.toordinal() for row in one.invoices)) / total)


def _row(label: str, values: list[str], *, is_estimate: bool = False) -> Effect:
    return Effect(label, values[0], values[1] if len(values) > 1 else "", is_estimate=is_estimate)


def _gross(one: Preview) -> Money:
    first, *others = [invoice.gross for invoice in one.invoices]
    return sum(others, first)


def _margin(one: Preview) -> str:
    if one.margin is None or not one.net:
        return "–"
    return f"{reader.money(one.margin)} ({Decimal(one.margin.minor * 100) / one.net.minor:.1f} %)"


def _delay_note(one: Preview) -> str:
    if one.net is None:
        return ""
    if not one.paid:
        return _("No payment of this customer is known yet: expected on the due day.")
    days = _("on the day")
    if one.delay_days:
        late = one.delay_days > 0
        text = ngettext("%(n)s day", "%(n)s days", abs(one.delay_days)) % {"n": abs(one.delay_days)}
        days = (_("%(days)s late") if late else _("%(days)s early")) % {"days": text}
    paid = ngettext("%(n)s payment", "%(n)s payments", one.paid) % {"n": one.paid}
    return _("Usually %(days)s, the middle of %(paid)s.") % {"days": days, "paid": paid}


def _chart(one: Preview) -> tuple[SafeString | None, str]:
    if one.net is None or len(one.revenue) < 2 or len(one.revenue) > MOST_BARS:
        return None, ""
    most = max(one.revenue, key=lambda row: row[1].minor)
    bars = [
        charts.Bar(
            reader.month(month, short=True), amount.minor, reader.round_figure(amount) if month == most[0] else ""
        )
        for month, amount in one.revenue
    ]
    label = _("Revenue by month, %(sum)s at most in %(month)s") % {
        "sum": reader.money(most[1]),
        "month": reader.month(most[0]),
    }
    total = sum((amount for _month, amount in one.revenue), Money.zero(one.net.currency))
    note = _("%(code)s, sums to %(sum)s") % {"code": one.net.currency.code, "sum": reader.money(total)}
    return charts.bars(bars, label, every=max(1, len(bars) // 6)), note
