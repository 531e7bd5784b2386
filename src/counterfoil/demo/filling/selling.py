"""Sellers at work: opportunities entered by hand, and the CRM's export read in, again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from counterfoil.audit.domain import person, system
from counterfoil.connectors.embedded import EmbeddedAccounting, EmbeddedCrm
from counterfoil.crm import selectors as crm_reads
from counterfoil.crm import services as crm
from counterfoil.crm.domain import ActivityDraft, LineDraft, OpportunityDraft, Stage
from counterfoil.demo.domain import agenda, company, exports
from counterfoil.demo.domain.activities import Activity
from counterfoil.demo.domain.customers import Customer
from counterfoil.demo.domain.sales import Sale
from counterfoil.flows import aliases, win_deal
from counterfoil.flows.close_deals import Closed, close_deals
from counterfoil.flows.import_file import import_file
from counterfoil.kernel.currency import currency
from counterfoil.kernel.money import Money

PROFILE = "crm-export"
_OPERATIONS = person(company.SALES_OPS.email)
_MICRO = 10**6


@dataclass(slots=True)
class Selling:
    """What of the CRM was read so far."""

    books_id: int
    customers: Sequence[Customer]
    sales: Sequence[Sale]
    activities: Sequence[Activity]
    exported: date | None = None
    entered: dict[str, int] = field(default_factory=dict)
    logged_until: datetime | None = None
    _known_from: dict[str, date] = field(default_factory=dict)
    _read_in: set[str] = field(default_factory=set)

    def read_price_list(self, at: datetime) -> None:
        """Read the price list in."""
        self._read("products", exports.products_csv(), at, at.date())

    def enter_by_hand(self, day: date, at: datetime) -> int:
        """Let sellers enter and win the opportunities of several lines; returns how many were touched."""
        touched = 0
        for sale in self.sales:
            if not sale.is_by_hand or sale.created > day:
                continue
            stage = sale.stage(day)
            seller = person(sale.owner)
            if sale.reference not in self.entered:
                self._read_new_customers(day, at)
                draft = self._draft(sale, day)
                self.entered[sale.reference] = win_deal.enter_deal(
                    books_id=self.books_id, draft=draft, actor=seller, at=at
                )
                touched += 1
            elif stage in (Stage.WON, Stage.LOST) and day == sale.closes:
                win_deal.change_deal(
                    opportunity_id=self.entered[sale.reference], draft=self._draft(sale, day), actor=seller, at=at
                )
                touched += 1
        return touched

    def read_export(self, day: date, at: datetime) -> None:
        """Read in what the CRM exports on a day: new customers and people, and every opportunity that changed."""
        self._read_new_customers(day, at)
        plain = [sale for sale in self.sales if not sale.is_by_hand]
        changed = agenda.changed(plain, self.exported, day)
        if changed:
            self._read("deals", exports.deals_csv(changed, day), at, day)
        since = self.logged_until
        logged = [
            one for one in self.activities if one.happened_at <= at and (since is None or one.happened_at > since)
        ]
        exported = [one for one in logged if one.deal not in self.entered]
        if exported:
            self._read("activities", exports.activities_csv(exported), at, day)
        for one in logged:
            if one.deal in self.entered:
                self._log(one, at)
        self.logged_until = at
        self.exported = day

    def read_list_of_the_fair(self, day: date, at: datetime) -> None:
        """Read in a list that somebody typed: some of its rows are refused."""
        self._read("contacts", exports.fair_csv(), at, day, file_name="fair-list.csv", refused=2)

    def confirm(self, text: str, product: str, at: datetime) -> None:
        """Confirm that a text means a product."""
        aliases.confirm_alias(
            kind="product", text=text, target=product, books_id=self.books_id, actor=_OPERATIONS, at=at
        )

    def close(self) -> Closed:
        """Turn what was won into invoices."""
        return close_deals(
            books_id=self.books_id,
            source=EmbeddedCrm(),
            sink=EmbeddedAccounting(),
            time_zone=company.TIME_ZONE,
            actor=system("close_deals"),
        )

    def _read_new_customers(self, day: date, at: datetime) -> None:
        """Read in customers from the day on which something is offered to them."""
        if not self._known_from:
            self._known_from = {one.external_id: one.joined for one in self.customers}
            for sale in self.sales:
                self._known_from[sale.customer_id] = min(self._known_from[sale.customer_id], sale.created)
        known = [one for one in self.customers if self._known_from[one.external_id] <= day]
        new = [one for one in known if one.external_id not in self._read_in]
        if new:
            self._read_in |= {one.external_id for one in new}
            self._read("customers", exports.customers_csv(new), at, day)
            self._read("contacts", exports.contacts_csv(new), at, day)

    def _read(self, kind: str, data: bytes, at: datetime, day: date, *, file_name: str = "", refused: int = 0) -> None:
        result = import_file(
            kind=kind,
            data=data,
            file_name=file_name or f"{kind}-{day.isoformat()}.csv",
            profile=PROFILE,
            actor=_OPERATIONS,
            books_id=self.books_id,
            at=at,
        )
        assert result.rejected == refused, result.errors[:3]

    def _log(self, one: Activity, at: datetime) -> None:
        """Let a seller log what happened around an opportunity that was entered by hand."""
        draft = ActivityDraft(one.kind, one.happened_at, one.subject, one.text, self.entered[one.deal], owner=one.owner)
        crm.log_activity(draft=draft, actor=person(one.owner), at=at)

    def _draft(self, sale: Sale, day: date) -> OpportunityDraft:
        unit = currency(sale.currency)
        customer_ids = crm_reads.customers_by_text("crm", [sale.customer]).ids
        return OpportunityDraft(
            name=sale.name,
            customer_id=customer_ids[sale.customer],
            stage=sale.stage(day),
            currency=sale.currency,
            amount=Money(sale.net_minor, unit),
            amount_state=sale.amount_state(day),
            close_date=sale.closes,
            terms=sale.terms,
            billing_type=sale.billing,
            owner=sale.owner,
            po_number=sale.po_number,
            service=sale.service,
            delivered_on=sale.delivered_on if sale.stage(day) is Stage.WON else None,
            lines=tuple(
                [
                    LineDraft(
                        line.product,
                        line.description,
                        line.quantity * _MICRO,
                        Money(line.unit_price_minor, unit),
                        Decimal(line.discount) if line.discount else None,
                    )
                    for line in sale.lines
                ]
            ),
            external_id=sale.reference,
        )
