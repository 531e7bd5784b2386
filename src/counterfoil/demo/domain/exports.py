"""Files as the company's CRM writes them: what there is on a day, in CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from counterfoil.crm.domain import Stage
from counterfoil.demo.domain.activities import Activity
from counterfoil.demo.domain.company import PRICE_LIST
from counterfoil.demo.domain.customers import Customer
from counterfoil.demo.domain.sales import Sale
from counterfoil.kernel.currency import currency
from counterfoil.kernel.money import Money

_STAGE_WORDS: Final = {
    Stage.PROSPECTING: "Prospecting",
    Stage.ENGAGING: "Qualified",
    Stage.PROPOSAL: "Proposal",
    Stage.WON: "Closed Won",
    Stage.LOST: "Closed Lost",
}


def deals_csv(sales: Iterable[Sale], day: date) -> bytes:
    """Write opportunities as they stand on a day, one row each."""
    header = [
        "external_id", "name", "account", "amount", "currency", "amount_state", "stage", "close_date", "product_code",
        "description", "quantity", "discount_pct", "payment_terms", "billing_type", "owner_email", "po_number",
        "service_start", "service_end", "delivered_on", "cancellable_until",
    ]  # fmt: skip
    return _written(header, [_deal(sale.seen(day), sale, day) for sale in sales])


def _deal(seen: Sale, sale: Sale, day: date) -> list[str]:
    (line,) = seen.lines
    is_over = sale.stage(day) is Stage.WON
    return [
        seen.reference,
        seen.name,
        seen.customer,
        _amount(seen.net_minor, seen.currency),
        seen.currency,
        sale.amount_state(day).value,
        _STAGE_WORDS[sale.stage(day)],
        seen.closes.isoformat(),
        line.product,
        line.description,
        str(line.quantity),
        str(line.discount),
        seen.terms,
        seen.billing,
        seen.owner,
        seen.po_number if is_over else "",
        seen.service.start.isoformat() if seen.service else "",
        (seen.service.end - timedelta(days=1)).isoformat() if seen.service else "",
        seen.delivered_on.isoformat() if seen.delivered_on and is_over else "",
        seen.cancellable_until.isoformat() if seen.cancellable_until else "",
    ]


def customers_csv(customers: Iterable[Customer]) -> bytes:
    """Write customers."""
    header = [
        "external_id", "name", "country", "vat_id", "currency", "payment_terms", "email", "street", "postal_code",
        "city", "po_required", "blocked",
    ]  # fmt: skip
    return _written(
        header,
        [
            [
                customer.external_id,
                customer.name,
                customer.character.country,
                customer.vat_id,
                customer.character.currency,
                customer.character.terms,
                customer.email,
                customer.street,
                customer.postal_code,
                customer.character.city,
                "yes" if customer.character.is_po_required else "no",
                "yes" if customer.character.is_blocked else "no",
            ]
            for customer in customers
        ],
    )


def contacts_csv(customers: Iterable[Customer]) -> bytes:
    """Write the people who work at customers."""
    header = ["external_id", "first_name", "last_name", "email", "phone", "company", "country", "vat_id", "notes"]
    return _written(
        header,
        [
            [
                person.external_id,
                person.first_name,
                person.last_name,
                person.email,
                person.phone,
                customer.name,
                customer.character.country,
                "",
                "",
            ]
            for customer in customers
            for person in customer.contacts
        ],
    )


def fair_csv() -> bytes:
    """Write the list that came back from a trade fair: five people, of whom two cannot be stored."""
    header = ["external_id", "first_name", "last_name", "email", "phone", "company", "country", "vat_id", "notes"]
    rows = [
        ("F-1", "Marit", "Oud", "marit.oud@kwakersdijk-129.example", "Kwakersdijk Bakeries BV", "NL"),
        ("F-2", "Tobias", "Renner", "tobias.renner@", "Renner Gebaeudetechnik", "DE"),
        ("F-3", "Chiara", "Verbist", "chiara.verbist@verbist.example", "Verbist Consulting", "BE"),
        ("F-4", "Henk", "Dorland", "henk@dorland.example", "Dorland Installatie", "Holland"),
        ("F-5", "Signe", "Aasen", "signe.aasen@fjord-136.example", "Fjord Energy AS", "NO"),
    ]
    note = "Asked for a price list at the fair"
    return _written(
        header, [[id_, first, last, email, "", firm, land, "", note] for id_, first, last, email, firm, land in rows]
    )


def products_csv() -> bytes:
    """Write the price list."""
    header = ["code", "name", "kind", "tax_class", "price", "currency", "status", "term_months"]
    return _written(
        header,
        [
            [
                product.code,
                product.name,
                product.kind.value,
                product.tax_class.value,
                _amount(product.price_minor, "EUR"),
                "EUR",
                product.status.value,
                str(product.term_months) if product.term_months else "",
            ]
            for product in PRICE_LIST
        ],
    )


def activities_csv(activities: Iterable[Activity]) -> bytes:
    """Write what happened."""
    header = ["external_id", "kind", "happened_at", "deal", "account", "contact", "owner_email", "subject", "text"]
    return _written(
        header,
        [
            [
                one.external_id,
                one.kind.value,
                one.happened_at.isoformat(),
                one.deal,
                one.customer,
                one.contact,
                one.owner,
                one.subject,
                one.text,
            ]
            for one in activities
        ],
    )


def _amount(minor: int, code: str) -> str:
    return Money(minor, currency(code)).decimal_text()


def _written(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")
