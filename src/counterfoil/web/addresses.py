"""Where things are: from a reference as stations write it (`invoice:17`, `entry:9`) to its name and its page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from counterfoil.billing import selectors as billing
from counterfoil.contracts import selectors as contracts
from counterfoil.crm import selectors as crm
from counterfoil.ledger import selectors as ledger
from counterfoil.standards import selectors as standards
from counterfoil.web.parts import Link

Resolver = Callable[[int, Sequence[str]], Mapping[str, Link]]


def links(books_id: int, references: Iterable[str]) -> dict[str, Link]:
    """Return the links of many references, one statement for each kind; an unknown one is only its own name."""
    found: dict[str, Link] = {}
    by_kind: dict[str, list[str]] = {}
    for reference in dict.fromkeys(references):
        kind, _, key = reference.partition(":")
        by_kind.setdefault(kind, []).append(key)
    for kind, keys in by_kind.items():
        resolved = RESOLVERS[kind](books_id, keys) if kind in RESOLVERS else {}
        found |= {f"{kind}:{key}": resolved.get(key, Link(f"{kind} {key}".replace("_", " "))) for key in keys}
    return found


def link(books_id: int, reference: str) -> Link:
    """Return the link of one reference."""
    return links(books_id, [reference])[reference]


def entry_number(entry_id: int) -> str:
    """The number of an entry in the journal."""
    return f"J-{entry_id}"


def deal_number(opportunity_id: int) -> str:
    """The number of a deal."""
    return f"D-{opportunity_id}"


def deal_url(opportunity_id: int) -> str:
    """The page of a deal."""
    return f"/deals/{deal_number(opportunity_id)}"


def payment_number(payment_id: int) -> str:
    """The number of a payment."""
    return f"P-{payment_id}"


def import_number(batch_id: int) -> str:
    """The number of an import."""
    return f"B-{batch_id}"


def import_url(batch_id: int) -> str:
    """The page of an import."""
    return f"/imports/{import_number(batch_id)}"


def customer_url(customer_id: int) -> str:
    """The page of a customer."""
    return f"/customers/{customer_id}"


def invoice_url(number: str) -> str:
    """The page of an invoice or credit note."""
    return f"/invoices/{number}"


def contract_url(number: str) -> str:
    """The page of a contract."""
    return f"/contracts/{number}"


def entry_url(entry_id: int) -> str:
    """The page of an entry."""
    return f"/ledger/entries/{entry_number(entry_id)}"


def account_url(code: str) -> str:
    """The page of an account."""
    return f"/ledger/accounts/{code}"


def _accounts(books_id: int, keys: Sequence[str]) -> dict[str, Link]:
    names = {line.code: line.name for line in ledger.accounts(books_id)}
    return {key: Link(f"{key} {names.get(key, '')}".strip(), account_url(key)) for key in keys}


def _entries(_books_id: int, keys: Sequence[str]) -> dict[str, Link]:
    return {key: Link(entry_number(int(key)), entry_url(int(key))) for key in keys if key.isdecimal()}


def _deals(_books_id: int, keys: Sequence[str]) -> dict[str, Link]:
    return {key: Link(deal_number(int(key)), deal_url(int(key))) for key in keys if key.isdecimal()}


def _contracts(_books_id: int, keys: Sequence[str]) -> dict[str, Link]:
    numbers = contracts.contract_numbers([int(key) for key in keys if key.isdecimal()])
    return {str(id_): Link(number, f"/contracts/{number}") for id_, number in numbers.items()}


def _instalments(_books_id: int, keys: Sequence[str]) -> dict[str, Link]:
    parted = {key: key.partition("/")[::2] for key in keys}
    numbers = contracts.contract_numbers(sorted({int(id_) for id_, _ in parted.values() if id_.isdecimal()}))
    named = {key: numbers.get(int(id_)) for key, (id_, _) in parted.items() if id_.isdecimal()}
    return {key: Link(f"{name}/{parted[key][1]}", contract_url(name)) for key, name in named.items() if name}


def _invoices(_books_id: int, keys: Sequence[str]) -> dict[str, Link]:
    numbers = billing.document_numbers([int(key) for key in keys if key.isdecimal()])
    return {str(id_): Link(number or "draft", invoice_url(number) if number else "") for id_, number in numbers.items()}


def _held_invoices(_books_id: int, keys: Sequence[str]) -> dict[str, Link]:
    return {key: Link(f"H-{key}", "/invoices/waiting") for key in keys}


def _customers(_books_id: int, keys: Sequence[str]) -> dict[str, Link]:
    names = crm.customer_names([int(key) for key in keys if key.isdecimal()])
    return {str(id_): Link(name, customer_url(id_)) for id_, name in names.items()}


def _bank_lines(_books_id: int, keys: Sequence[str]) -> dict[str, Link]:
    return {key: Link(f"L-{key}", f"/bank?line={key}") for key in keys}


def _payments(_books_id: int, keys: Sequence[str]) -> dict[str, Link]:
    return {key: Link(f"P-{key}") for key in keys}


def _imports(_books_id: int, keys: Sequence[str]) -> dict[str, Link]:
    return {key: Link(f"B-{key}", f"/imports/B-{key}") for key in keys}


def _decisions(_books_id: int, keys: Sequence[str]) -> dict[str, Link]:
    return {key: Link(f"CF-{key}", f"/decisions/CF-{key}") for key in keys}


def _aliases(_books_id: int, keys: Sequence[str]) -> dict[str, Link]:
    rows = standards.aliases([int(key) for key in keys if key.isdecimal()])
    return {str(row.id): Link(row.text) for row in rows}


def _periods(_books_id: int, keys: Sequence[str]) -> dict[str, Link]:
    return {key: Link(key, "/periods") for key in keys}


RESOLVERS: Mapping[str, Resolver] = {
    "account": _accounts,
    "alias": _aliases,
    "entry": _entries,
    "opportunity": _deals,
    "deal": _deals,
    "contract": _contracts,
    "instalment": _instalments,
    "invoice": _invoices,
    "credit_note": _invoices,
    "held_invoice": _held_invoices,
    "customer": _customers,
    "bank_line": _bank_lines,
    "payment": _payments,
    "import": _imports,
    "decision": _decisions,
    "period": _periods,
}
