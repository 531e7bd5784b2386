"""What a deal would become if it were won as typed: invoices, revenue by month, cash, and what stands against it.

Nothing is written and nothing is locked. It is put together from the very functions that close a deal, so that an
unchanged deal is posted as it was previewed, to the minor unit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from counterfoil.anomalies import selectors as watch
from counterfoil.anomalies.candidates import of_deal
from counterfoil.anomalies.domain.score import Scored
from counterfoil.anomalies.inspecting import Inspected
from counterfoil.billing import domain as billing
from counterfoil.billing import selectors as billing_reads
from counterfoil.connectors.ports import AccountingSink
from counterfoil.contracts import domain as contracts
from counterfoil.crm import selectors as crm
from counterfoil.crm.domain import AmountState, OpportunityFacts, ProductFacts, SaidLine, Stage, content
from counterfoil.kernel.explanation import Finding
from counterfoil.kernel.money import Money
from counterfoil.receivables import selectors as receivables
from counterfoil.revenue import domain as revenue
from counterfoil.standards import selectors as standards
from counterfoil.standards.domain import Deal, net_minor, validate


@dataclass(frozen=True, slots=True)
class Change:
    """What a person types over a deal. None, or a line that is not named, leaves what is there.

    Discounts (percent) and unit prices (before discount) are by the number of the line, from 1.
    """

    terms: str | None = None
    discounts: Mapping[int, Decimal] = field(default_factory=dict)
    unit_prices: Mapping[int, Money] = field(default_factory=dict)
    po_number: str | None = None
    amount_state: AmountState | None = None


@dataclass(frozen=True, slots=True)
class PreviewedInvoice:
    """An invoice as it would be issued, and when its money is expected: due day and the customer's usual delay."""

    issue_date: date
    due_date: date
    expected_on: date
    net: Money
    tax: Money
    gross: Money


@dataclass(frozen=True, slots=True)
class Preview:
    """What would follow from a deal. Without a valid deal there are findings alone.

    `revenue` is by first day of month, before tax; `on_delivery` is what has no month yet, for nothing says when it is
    delivered. `conceded` is list price less net. `delay_days` is the customer's median lateness over `paid` invoices.
    `margin` is net less cost, None where the cost of some line is not known. `held` is what the watch would stop until
    somebody approves it, `noted` what it would write down, `scored` how likely something is wrong, by the habits of the
    customer.
    """

    opportunity_id: int
    term: str
    findings: tuple[Finding, ...]
    net: Money | None = None
    invoices: tuple[PreviewedInvoice, ...] = ()
    revenue: tuple[tuple[date, Money], ...] = ()
    on_delivery: Money | None = None
    conceded: Money | None = None
    delay_days: int = 0
    paid: int = 0
    margin: Money | None = None
    held: tuple[Finding, ...] = ()
    noted: tuple[Finding, ...] = ()
    scored: Scored | None = None


def changed(facts: OpportunityFacts, change: Change) -> OpportunityFacts:
    """Return an opportunity as somebody types it; its stated amount follows its lines where these changed."""
    said = facts.said
    if change.terms is not None:
        said = said._replace(terms_text=change.terms)
    if change.po_number is not None:
        said = said._replace(po_number=change.po_number)
    if change.amount_state is not None:
        said = said._replace(amount_state=change.amount_state.value)
    if change.discounts or change.unit_prices:
        lines = tuple(_line(line, no, change) for no, line in enumerate(said.lines, 1))
        nets = [net_minor(line) for line in lines]
        known = [net for net in nets if net is not None]
        said = said._replace(lines=lines, amount_minor=sum(known) if len(known) == len(nets) else said.amount_minor)
    return facts._replace(said=said)


def _line(line: SaidLine, no: int, change: Change) -> SaidLine:
    if no not in change.discounts and no not in change.unit_prices:
        return line
    price = change.unit_prices[no].minor if no in change.unit_prices else line.unit_price_minor
    discount = change.discounts.get(no, line.discount_percent)
    return line._replace(unit_price_minor=price, discount_percent=discount, amount_minor=None)


def preview(
    *, books_id: int, sink: AccountingSink, opportunity_id: int, change: Change | None = None, today: date
) -> Preview:
    """Return what one deal would become if it were won and signed today as typed.

    Raises:
        NoSuchOpportunity: there is none.
    """
    found = crm.opportunity_facts([opportunity_id])
    if not found:
        raise crm.NoSuchOpportunity(field="opportunity", opportunity=str(opportunity_id))
    (facts,) = found
    return previews(books_id=books_id, sink=sink, facts=[changed(facts, change or Change())], today=today)[0]


def previews(*, books_id: int, sink: AccountingSink, facts: Sequence[OpportunityFacts], today: date) -> list[Preview]:
    """Return what each of many deals would become if it were won and signed today; a constant number of statements."""
    standard = standards.standard()
    catalogue, known = standards.catalogue_for([_as_won(one) for one in facts])
    judged = [validate(one, catalogue, standard) for one in known]
    deals = [one for one in judged if isinstance(one, Deal)]
    objections = iter(sink.objections(books_id=books_id, wanted=[(deal, today) for deal in deals]))
    table = billing_reads.tax_table(books_id)
    usual = receivables.usual_delays(books_id, [deal.customer_id for deal in deals])
    products = {product.id: product for product in catalogue.products.values()}
    by_id = {one.opportunity_id: one for one in known}
    wanted = [
        of_deal(deal, owner=owner, stated=content(said), issue_date=today)
        for deal in deals
        for owner, said in [(by_id[deal.opportunity_id].owner, by_id[deal.opportunity_id].said)]
    ]
    watched = iter(watch.inspected(books_id, wanted, today=today, is_asked=True))
    answers = []
    for one, verdict in zip(known, judged, strict=True):
        if not isinstance(verdict, Deal):
            answers.append(Preview(one.opportunity_id, one.said.terms_text, verdict))
            continue
        against = next(objections)
        answers.append(
            _preview(verdict, against, next(watched), table, today, usual.get(verdict.customer_id, (0, 0)), products)
        )
    return answers


def _as_won(facts: OpportunityFacts) -> OpportunityFacts:
    said = facts.said._replace(stage=Stage.WON.value, amount_state=AmountState.SIGNED.value)
    return facts._replace(said=said)


def _preview(
    deal: Deal,
    against: tuple[Finding, ...],
    watched: Inspected,
    table: billing.TaxTable,
    today: date,
    usual: tuple[int, int],
    products: Mapping[int, ProductFacts],
) -> Preview:
    if against:
        return Preview(deal.opportunity_id, deal.term.text, against, deal.total)
    contract = contracts.signed(0, "", deal, today, range(1, len(deal.lines) + 1))
    invoices = []
    for instalment in contract.instalments:
        issue_date = max(today, instalment.invoice_date)
        document = billing.document(billing.contract_draft(contract, instalment, table, issue_date), table)
        due = document.draft.due_date
        expected = due + timedelta(days=usual[0])
        invoices.append(PreviewedInvoice(issue_date, due, expected, document.net, document.tax, document.gross))
    months, on_delivery = _revenue(contract)
    list_total = sum((_list_price(line) for line in contract.lines), Money.zero(contract.currency))
    return Preview(
        deal.opportunity_id,
        deal.term.text,
        (),
        deal.total,
        tuple(invoices),
        months,
        on_delivery,
        list_total - deal.total,
        *usual,
        _margin(deal, products),
        watched.held,
        watched.noted,
        watched.scored,
    )


def _margin(deal: Deal, products: Mapping[int, ProductFacts]) -> Money | None:
    """Net less cost; None where what a line costs is not known in the currency of the deal."""
    margin = deal.total
    for line in deal.lines:
        product = products[line.product_id]
        if product.unit_cost_minor is None or product.currency != deal.currency.code:
            return None
        margin -= billing.line_net(line.quantity_micro, Money(product.unit_cost_minor, deal.currency), Decimal(0))
    return margin


def _list_price(line: contracts.ContractLine) -> Money:
    return billing.line_net(line.quantity_micro, line.unit_price, Decimal(0))


def _revenue(contract: contracts.Contract) -> tuple[tuple[tuple[date, Money], ...], Money]:
    """Return revenue by first day of month, and what waits for a delivery, in the contract's currency."""
    none = Money.zero(contract.currency)
    by_month: dict[date, Money] = defaultdict(lambda: none)
    waiting = none
    for draft in revenue.contract_obligations(contract, contract.total):
        obligation = revenue.opened(0, draft)
        if obligation.earned_until is None:
            waiting += draft.amount
            continue
        for piece in revenue.pieces(obligation, obligation.earned_until):
            by_month[piece.earned_on.replace(day=1)] += piece.amount
    return tuple(sorted(by_month.items())), waiting
