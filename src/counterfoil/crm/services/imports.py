"""Storing what a file states, chunk by chunk, so that it can be repeated and taken back.

A chunk is planned first (what is new, changed, unchanged) and written then, both inside one transaction of the
caller; a dry run only plans. The number of statements does not depend on how many rows a chunk has.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from django.db import models, transaction
from django.db.models import ProtectedError

from counterfoil.audit import services as audit
from counterfoil.audit.domain import Actor, personal_mac
from counterfoil.crm import columns, domain, selectors
from counterfoil.crm.columns import DealRow, PlainRow, RowRefusal
from counterfoil.crm.domain import ProductKind, Said, key_of
from counterfoil.crm.models import (
    Activity,
    Contact,
    Customer,
    ExternalId,
    ImportBatch,
    ImportChange,
    ImportRefusal,
    Opportunity,
    OpportunityLine,
    Product,
)
from counterfoil.crm.services import contacts as people
from counterfoil.crm.services import opportunities as sales
from counterfoil.crm.services.customers import attach_waiting
from counterfoil.infra import bulk, ids, locks
from counterfoil.infra.bulk import Cell
from counterfoil.kernel import canonical
from counterfoil.kernel.errors import Fact, Refused

MAX_BATCH: Final = 5_000
WORK: Final = "crm_import"
"""Imports wait for each other chunk by chunk, so that two of one file meet like one after the other."""


class ImportInUse(Refused):
    """Something was built on what the import brought; the facts name it."""

    code = "import_in_use"


class ImportUndone(Refused):
    """The import was taken back before."""

    code = "import_taken_back"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows come from: file, profile and who feeds them in."""

    kind: str
    profile: str
    profile_version: int
    system: str
    file_name: str
    sha256: str
    books_id: int
    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class Totals:
    """What became of the rows so far."""

    read: int = 0
    accepted: int = 0
    unchanged: int = 0
    rejected: int = 0
    held: int = 0

    def plus(self, other: Totals) -> Totals:
        """Return the sum of two counts."""
        return Totals(
            self.read + other.read,
            self.accepted + other.accepted,
            self.unchanged + other.unchanged,
            self.rejected + other.rejected,
            self.held + other.held,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What a chunk would do. `write` does it, for a batch, and returns the hashes of the rows it wrote."""

    created: int
    changed: int
    unchanged: int
    refused: tuple[RowRefusal, ...]
    write: Callable[[int], list[str]]

    @property
    def accepted(self) -> int:
        """How many rows would be written."""
        return self.created + self.changed


# ------------------------------------------------------------------------------------ the batch


def open_batch(origin: Origin) -> int:
    """Begin an import that has something to write, and return its number."""
    batch = ImportBatch.objects.create(
        kind=origin.kind,
        profile=origin.profile,
        profile_version=origin.profile_version,
        file_name=origin.file_name[:255],
        sha256=origin.sha256,
        actor=str(origin.actor),
        books_id=origin.books_id,
        started_at=origin.at,
    )
    return int(batch.pk)


def record_chunk(
    batch_id: int, origin: Origin, totals: Totals, refused: Sequence[RowRefusal], hashes: list[str]
) -> None:
    """Write what became of a chunk: its refusals, the counts so far, and one event with the hashes of its rows."""
    bulk.insert(
        ImportRefusal,
        ["batch_id", "row", "field", "code", "facts"],
        [
            (batch_id, row, field, code, canonical.canonical_bytes(dict(facts)).decode("utf-8"))
            for row, field, code, facts in refused
        ],
    )
    _keep_totals(batch_id, totals, None)
    audit.record(
        kind="crm.imported",
        actor=origin.actor,
        subject=f"import:{batch_id}",
        body={
            "kind": origin.kind,
            "profile": f"{origin.profile} {origin.profile_version}",
            "sha256": origin.sha256,
            "written": len(hashes),
            "refused": len({refusal.row for refusal in refused}),
        },
        at=origin.at,
        books_id=origin.books_id,
        items=hashes,
    )


@transaction.atomic
def finish_batch(batch_id: int, totals: Totals, *, at: datetime) -> None:
    """End an import with its final counts."""
    _keep_totals(batch_id, totals, at)


@transaction.atomic
def record_refusal(origin: Origin, refused: Refused) -> None:
    """Write the one event that a file was refused as a whole; nothing else is stored."""
    audit.record(
        kind="crm.import_refused",
        actor=origin.actor,
        subject=f"file:{origin.sha256[:16]}",
        body={
            "kind": origin.kind,
            "profile": f"{origin.profile} {origin.profile_version}",
            "sha256": origin.sha256,
            "code": refused.code,
            "facts": dict(refused.facts),
        },
        at=origin.at,
        books_id=origin.books_id,
    )


def _keep_totals(batch_id: int, totals: Totals, at: datetime | None) -> None:
    ImportBatch.objects.filter(id=batch_id).update(
        read=totals.read,
        accepted=totals.accepted,
        unchanged=totals.unchanged,
        rejected=totals.rejected,
        held=totals.held,
        finished_at=at,
    )


# ------------------------------------------------------------------------------------ deals


def plan_deals(rows: Sequence[DealRow], origin: Origin, customer_ids: Mapping[str, int]) -> Plan:
    """Compare rows of deals with what is stored; two statements at most.

    Args:
        customer_ids: whom the customers' texts mean, as far as that is known.
    """
    stored = {
        external_id: (id_, hash_, owner, stage_text, touched)
        for external_id, id_, hash_, owner, stage_text, touched in Opportunity.objects.filter(
            bulk.is_any_of("external_id", [row.said.external_id for row in rows]), system=origin.system
        ).values_list("external_id", "id", "version_hash", "owner", "stage_text", "touched_in")
    }
    created: list[tuple[DealRow, str]] = []
    changed: list[tuple[int, int | None, DealRow, str]] = []
    for row in rows:
        hash_ = domain.version_hash(row.said)
        before = stored.get(row.said.external_id)
        if before is None:
            created.append((row, hash_))
        elif before[1:4] != (hash_, row.owner, row.stage_text):
            changed.append((before[0], before[4], row, hash_))

    def write(batch_id: int) -> list[str]:
        _create_deals(created, origin, customer_ids, batch_id)
        _change_deals(changed, origin, customer_ids, batch_id)
        return [hash_ for _, hash_ in created] + [hash_ for *_, hash_ in changed]

    return Plan(len(created), len(changed), len(rows) - len(created) - len(changed), (), write)


def _create_deals(
    created: Sequence[tuple[DealRow, str]], origin: Origin, customer_ids: Mapping[str, int], batch_id: int
) -> None:
    if not created:
        return
    count = len(created)
    deals = [deal for deal, _ in created]
    said = [deal.said for deal in deals]
    new_ids = list(ids.take(Opportunity, count))
    *stated, _ = zip(*said, strict=True)
    texts = [one.customer_text for one in said]
    bulk.insert_columns(
        Opportunity,
        sales.COLUMNS,
        [
            new_ids,
            [origin.books_id] * count,
            *stated,
            [customer_ids.get(text) for text in texts],
            [deal.stage_text for deal in deals],
            [deal.owner for deal in deals],
            [hash_ for _, hash_ in created],
            *[[batch_id] * count] * 2,
            [origin.at] * count,
        ],
    )
    # A row of a file is one opportunity with one line.
    product, description, quantity, price, discount, amount = zip(*[one.lines[0] for one in said], strict=True)
    percent = [None if one is None else str(one) for one in discount]
    bulk.insert_columns(
        OpportunityLine,
        sales.LINE_COLUMNS,
        [new_ids, [1] * count, product, description, quantity, price, percent, amount],
    )


def _change_deals(
    changed: Sequence[tuple[int, int | None, DealRow, str]],
    origin: Origin,
    customer_ids: Mapping[str, int],
    batch_id: int,
) -> None:
    if not changed:
        return
    touched = {id_: before for id_, before, _, _ in changed}
    words = dict(Opportunity.objects.filter(bulk.is_any_of("id", list(touched))).values_list("id", "stage_text"))
    previous = [
        (
            facts.opportunity_id,
            {
                "said": domain.content(facts.said),
                "owner": facts.owner,
                "customer_id": facts.customer_id,
                "stage_text": words[facts.opportunity_id],
            },
        )
        for facts in selectors.opportunity_facts(list(touched))
    ]
    _keep_previous("deals", batch_id, previous, touched)
    sales.write_versions(
        [
            (id_, deal.said, customer_ids.get(deal.said.customer_text), deal.stage_text, deal.owner, hash_)
            for id_, _, deal, hash_ in changed
        ],
        batch_id=batch_id,
        at=origin.at,
    )


def _keep_previous(
    kind: str, batch_id: int, previous: Sequence[tuple[int, Mapping[str, Fact]]], touched: Mapping[int, int | None]
) -> None:
    bulk.insert(
        ImportChange,
        ["batch_id", "kind", "object_id", "touched_in", "previous"],
        [
            (batch_id, kind, id_, touched[id_], canonical.canonical_bytes(dict(state)).decode("utf-8"))
            for id_, state in previous
        ],
    )


# ------------------------------------------------------------------------------------ the other kinds


@dataclass(frozen=True, slots=True)
class _Table:
    """Where rows of a plain kind are stored, and what stands in each column when nothing is said."""

    model: type[models.Model]
    object_kind: str
    defaults: Mapping[str, Cell]


_TABLES: Final = {
    "customers": _Table(
        Customer,
        "customer",
        {
            "name": "", "name_key": "", "country": "", "vat_id": "", "currency": "", "terms": "", "email": "",
            "street": "", "postal_code": "", "city": "", "is_po_required": False, "is_blocked": False, "segment": "",
            "flags": "",
        },
    ),
    "products": _Table(
        Product,
        "product",
        {
            "code": "", "code_key": "", "name": "", "kind": "", "tax_class": "", "price_minor": None, "currency": "",
            "status": "", "term_months": None, "unit_cost_minor": None,
        },
    ),
    "contacts": _Table(
        Contact,
        "contact",
        {
            "first_name": "", "last_name": "", "email": "", "email_key": "", "phone": "", "company_text": "",
            "customer_id": None, "country": "", "vat_id": "", "notes": "", "flags": "",
        },
    ),
    "activities": _Table(
        Activity,
        "activity",
        {
            "system": "", "external_id": "", "kind": "", "happened_at": None, "opportunity_id": None,
            "customer_id": None, "contact_id": None, "owner": "", "subject": "", "text": "",
        },
    ),
}  # fmt: skip


def plan_plain(
    kind: str, rows: Sequence[PlainRow], given: frozenset[str], layout: columns.Layout, origin: Origin
) -> Plan:
    """Compare rows of customers, products, contacts or activities with what is stored.

    Only the fields in `given` are compared and set: what a file does not state it does not change.
    """
    refused: list[RowRefusal] = []
    stated = _CELLS[kind](rows, given, layout, origin, refused)
    if kind == "contacts":
        stated = _without_erased(stated, layout, origin, refused)
    known = _ids_by_key(kind, origin.system, list(stated))
    table = _TABLES[kind]
    names = list(table.defaults)
    stored = {
        id_: (touched, dict(zip(names, cells, strict=True)))
        for id_, touched, *cells in table.model._default_manager.filter(
            bulk.is_any_of("id", list(known.values()))
        ).values_list("id", "touched_in", *names)
    }
    created: list[tuple[str, dict[str, Cell]]] = []
    changed: list[tuple[int, dict[str, Cell]]] = []
    for key, (_, cells) in stated.items():
        id_ = known.get(key)
        if id_ is None:
            created.append((key, {**table.defaults, **cells}))
        elif any(stored[id_][1][name] != value for name, value in cells.items()):
            changed.append((id_, {**stored[id_][1], **cells}))

    def write(batch_id: int) -> list[str]:
        written = _create_plain(kind, created, origin, batch_id)
        _change_plain(kind, changed, stored, origin, batch_id)
        if kind == "customers":
            attach_waiting([*(key for key, _ in created), *(str(cells["name"]) for _, cells in created)], at=origin.at)
        return _hashes(kind, [*written, *changed])

    return Plan(len(created), len(changed), len(stated) - len(created) - len(changed), tuple(refused), write)


_Stated = dict[str, tuple[int, dict[str, Cell]]]
"""by key: the row's number and its cells"""


def _customer_cells(
    rows: Sequence[PlainRow], given: frozenset[str], layout: columns.Layout, origin: Origin, refused: list[RowRefusal]
) -> _Stated:
    stated: _Stated = {}
    for row, values in rows:
        cells = {name: values[name] for name in _TABLES["customers"].defaults if name in given}
        cells["name_key"] = key_of(values["name"])
        if "currency" in cells:
            cells["currency"] = values["currency"].code if values["currency"] else ""
        if "vat_id" in cells:
            cells["flags"] = " ".join(columns.flags_of_vat(values["vat_id"]))
        stated[values["external_id"]] = row, cells
    return stated


def _product_cells(
    rows: Sequence[PlainRow], given: frozenset[str], layout: columns.Layout, origin: Origin, refused: list[RowRefusal]
) -> _Stated:
    stated: _Stated = {}
    for row, values in rows:
        cells = {name: values[name] for name in _TABLES["products"].defaults if name in given}
        cells["code_key"] = key_of(values["code"])
        amounts = {f"{name}_minor": values[name] for name in ("price", "unit_cost") if name in given}
        cells |= amounts
        if amounts:
            is_money = any(amount is not None for amount in amounts.values())
            cells["currency"] = values["currency"].code if values["currency"] and is_money else ""
        else:
            cells.pop("currency", None)
        is_over_time = ProductKind(values["kind"]).is_over_time
        cells["term_months"] = values["term_months"] if is_over_time else None
        if is_over_time and not values["term_months"]:
            refused.append(
                RowRefusal(row, layout.column("term_months"), "missing_term_months", {"kind": values["kind"]})
            )
            continue
        stated[key_of(values["code"])] = row, cells
    return stated


def _contact_cells(
    rows: Sequence[PlainRow], given: frozenset[str], layout: columns.Layout, origin: Origin, refused: list[RowRefusal]
) -> _Stated:
    companies = [values["customer"] for _, values in rows if values["customer"]]
    employers = selectors.customers_by_text(origin.system, companies).ids
    stated: _Stated = {}
    for row, values in rows:
        cells = {name: values[name] for name in _TABLES["contacts"].defaults if name in given}
        if "customer" in given:
            cells["company_text"] = values["customer"]
            cells["customer_id"] = employers.get(values["customer"])
        cells |= people.derived(values)
        stated[values["external_id"]] = row, cells
    return stated


def _activity_cells(
    rows: Sequence[PlainRow], given: frozenset[str], layout: columns.Layout, origin: Origin, refused: list[RowRefusal]
) -> _Stated:
    sales_of = selectors.opportunities_by_external_id(origin.system, [values["deal"] for _, values in rows])
    customers = selectors.customers_by_text(origin.system, [values["customer"] for _, values in rows]).ids
    persons = selectors.objects_of("contact", origin.system, [values["contact"] for _, values in rows])
    stated: _Stated = {}
    for row, values in rows:
        links: dict[str, Cell] = {}
        unknown = []
        for name, column, known in (
            ("deal", "opportunity_id", sales_of),
            ("customer", "customer_id", customers),
            ("contact", "contact_id", persons),
        ):
            if values[name] and values[name] not in known:
                unknown.append(RowRefusal(row, layout.column(name), f"unknown_{name}", {}))
            links[column] = known.get(values[name])
        if unknown:
            refused += unknown
            continue
        cells: dict[str, Cell] = {"system": origin.system, "external_id": values["external_id"], **links}
        cells |= {name: values[name] for name in ("kind", "happened_at", "owner", "subject", "text") if name in given}
        stated[values["external_id"]] = row, cells
    return stated


_CELLS: Final[Mapping[str, Callable[..., _Stated]]] = {
    "customers": _customer_cells,
    "products": _product_cells,
    "contacts": _contact_cells,
    "activities": _activity_cells,
}


def _without_erased(stated: _Stated, layout: columns.Layout, origin: Origin, refused: list[RowRefusal]) -> _Stated:
    """Leave out people who were erased: a file does not bring them back."""
    known = _ids_by_key("contacts", origin.system, list(stated))
    gone = set(
        Contact.objects.filter(bulk.is_any_of("id", list(known.values())))
        .exclude(erased_at=None)
        .values_list("id", flat=True)
    )
    for key, (row, _) in stated.items():
        if known.get(key) in gone:
            refused.append(RowRefusal(row, layout.column("external_id"), "contact_erased", {}))
    return {key: one for key, one in stated.items() if known.get(key) not in gone}


def _ids_by_key(kind: str, system: str, keys: list[str]) -> dict[str, int]:
    if kind == "products":
        return dict(Product.objects.filter(bulk.is_any_of("code_key", keys)).values_list("code_key", "id"))
    if kind == "activities":
        rows = Activity.objects.filter(bulk.is_any_of("external_id", keys), system=system)
        return dict(rows.values_list("external_id", "id"))
    return selectors.objects_of(_TABLES[kind].object_kind, system, keys)


def _create_plain(
    kind: str, created: Sequence[tuple[str, dict[str, Cell]]], origin: Origin, batch_id: int
) -> list[tuple[int, dict[str, Cell]]]:
    table = _TABLES[kind]
    new_ids = ids.take(table.model, len(created))
    written = [(id_, cells) for id_, (_, cells) in zip(new_ids, created, strict=True)]
    at = origin.at
    bulk.insert(
        table.model,
        ["id", *table.defaults, "made_in_id", "touched_in", "updated_at"],
        [(id_, *cells.values(), batch_id, batch_id, at) for id_, cells in written],
    )
    if kind in ("customers", "contacts"):
        bulk.insert(
            ExternalId,
            ["system", "kind", "external_id", "object_id"],
            [(origin.system, table.object_kind, key, id_) for id_, (key, _) in zip(new_ids, created, strict=True)],
        )
    return written


def _change_plain(
    kind: str,
    changed: Sequence[tuple[int, dict[str, Cell]]],
    stored: Mapping[int, tuple[int | None, dict[str, Cell]]],
    origin: Origin,
    batch_id: int,
) -> None:
    table = _TABLES[kind]
    touched = {id_: stored[id_][0] for id_, _ in changed}
    _keep_previous(kind, batch_id, [(id_, _as_json(stored[id_][1])) for id_, _ in changed], touched)
    bulk.update(
        table.model,
        ["id", *table.defaults, "touched_in", "updated_at"],
        [(id_, *cells.values(), batch_id, origin.at) for id_, cells in changed],
    )


def _hashes(kind: str, written: Sequence[tuple[int, Mapping[str, Cell]]]) -> list[str]:
    """What the record keeps of each row: a person's values under their own key, texts about people not at all."""
    if kind == "contacts":
        keys = audit.open_keys([f"contact:{id_}" for id_, _ in written])
        return [
            personal_mac(keys[f"contact:{id_}"], canonical.canonical_bytes(_as_json(cells)).decode("utf-8"))
            for id_, cells in written
        ]
    left_out = {"subject", "text", "owner"} if kind == "activities" else {"email"}
    return [
        canonical.hash_of({name: value for name, value in _as_json(cells).items() if name not in left_out})
        for _, cells in written
    ]


def _as_json(cells: Mapping[str, Cell]) -> dict[str, Fact]:
    return {
        name: cell.isoformat() if isinstance(cell, datetime) else cast("Fact", cell) for name, cell in cells.items()
    }


# ------------------------------------------------------------------------------------ taking it back


def in_use(batch_id: int) -> list[dict[str, Fact]]:
    """Name what an import brought and somebody has changed since: by hand, or by a later import."""
    return [
        {"kind": kind, "changed_since": count}
        for kind, model in _MODELS.items()
        if (count := _touched_since(kind, model, batch_id))
    ]


_MODELS: Final[dict[str, type[models.Model]]] = {
    "deals": Opportunity,
    **{kind: table.model for kind, table in _TABLES.items()},
}


def _touched_since(kind: str, model: type[models.Model], batch_id: int) -> int:
    made = model._default_manager.filter(made_in_id=batch_id)
    changed = ImportChange.objects.filter(batch_id=batch_id, kind=kind).values("object_id")
    others = model._default_manager.filter(id__in=changed)
    return sum(rows.exclude(touched_in=batch_id).count() for rows in (made, others))


def made_in(batch_id: int) -> list[int]:
    """Return the opportunities that an import created or changed."""
    made = Opportunity.objects.filter(made_in_id=batch_id).values_list("id", flat=True)
    changed = ImportChange.objects.filter(batch_id=batch_id, kind="deals").values_list("object_id", flat=True)
    return sorted({*made, *changed})


@transaction.atomic
def undo_import(*, batch_id: int, kept: Sequence[int] = (), actor: Actor, at: datetime) -> dict[str, int]:
    """Take an import back: what it created goes, what it changed is as it was. Everything or nothing.

    Args:
        kept: opportunities that stay although the import created them, because documents name them.

    Returns:
        How many rows were removed and how many restored.

    Raises:
        NoSuchImport: there is none.
        ImportUndone: it was taken back before.
        ImportInUse: something was built on its rows, or they changed since; the facts say what.
    """
    locks.hold(WORK, 0)
    batch = selectors.import_of(batch_id)
    if batch.undone_at is not None:
        raise ImportUndone(field="batch", batch=batch_id)
    if used := in_use(batch_id):
        raise ImportInUse(field="batch", batch=batch_id, used_by=used)
    restored = _restore_deals(batch_id, at) if batch.kind == "deals" else _restore_plain(batch.kind, batch_id, at)
    removed = _remove(batch.kind, batch_id, kept)
    ImportBatch.objects.filter(id=batch_id).update(undone_at=at)
    audit.record(
        kind="crm.import_undone",
        actor=actor,
        subject=f"import:{batch_id}",
        body={"kind": batch.kind, "removed": removed, "restored": restored},
        at=at,
        books_id=batch.books_id,
    )
    return {"removed": removed, "restored": restored}


def mark_undone(*, batch_id: int, at: datetime) -> None:
    """Say that an import whose rows another station keeps was taken back there, in the caller's transaction."""
    ImportBatch.objects.filter(id=batch_id).update(undone_at=at)


def _remove(kind: str, batch_id: int, kept: Sequence[int]) -> int:
    """Remove what an import created, 5,000 rows a statement.

    Raises:
        ImportInUse: another row stands on one of them.
    """
    model = _MODELS[kind]
    removed = last = 0
    rows = model._default_manager.filter(made_in_id=batch_id).exclude(bulk.is_any_of("id", list(kept)))
    made = rows.order_by("id").values_list("id", flat=True)
    while chunk := list(made.filter(id__gt=last)[:MAX_BATCH]):
        last = chunk[-1]
        if kind == "customers":
            _detach(chunk)
        try:
            model._default_manager.filter(bulk.is_any_of("id", chunk)).delete()
        except ProtectedError as protected:
            names: dict[str, int] = {}
            for one in protected.protected_objects:
                name = str(one._meta.verbose_name)
                names[name] = names.get(name, 0) + 1
            used: list[Fact] = [{"kind": name, "count": count} for name, count in sorted(names.items())]
            raise ImportInUse(field="batch", batch=batch_id, used_by=used) from None
        if kind in ("customers", "contacts"):
            object_kind = _TABLES[kind].object_kind
            ExternalId.objects.filter(bulk.is_any_of("object_id", chunk), kind=object_kind).delete()
        if kind == "contacts":
            for id_ in chunk:
                audit.forget(f"contact:{id_}")
        removed += len(chunk)
    return removed


def _detach(customer_ids: Sequence[int]) -> None:
    """Let imported opportunities and contacts that only named a customer wait for it again; what is won stands."""
    Opportunity.objects.filter(bulk.is_any_of("customer_id", customer_ids)).exclude(made_in=None).update(
        customer_id=None
    )
    Contact.objects.filter(bulk.is_any_of("customer_id", customer_ids)).exclude(made_in=None).update(customer_id=None)


def _restore_deals(batch_id: int, at: datetime) -> int:
    rows = list(ImportChange.objects.filter(batch_id=batch_id, kind="deals").order_by("id"))
    touched = []
    versions = []
    for change in rows:
        state = json.loads(change.previous)
        said: Said = domain.said_of(state["said"])
        hash_ = domain.version_hash(said)
        versions.append((change.object_id, said, state["customer_id"], state["stage_text"], state["owner"], hash_))
        touched.append((change.object_id, change.touched_in))
    for start in range(0, len(versions), MAX_BATCH):
        sales.write_versions(versions[start : start + MAX_BATCH], batch_id=None, at=at)
    bulk.update(Opportunity, ["id", "touched_in"], touched)
    return len(rows)


def _restore_plain(kind: str, batch_id: int, at: datetime) -> int:
    table = _TABLES[kind]
    rows = [
        change
        for change in ImportChange.objects.filter(batch_id=batch_id, kind=kind).order_by("id")
        if change.previous  # Of an erased person nothing is left to restore.
    ]
    restored = []
    for change in rows:
        state = json.loads(change.previous)
        cells = [_from_json(table.model, name, state[name]) for name in table.defaults]
        restored.append((change.object_id, *cells, change.touched_in, at))
    bulk.update(table.model, ["id", *table.defaults, "touched_in", "updated_at"], restored)
    return len(rows)


def _from_json(model: type[models.Model], column: str, value: Any) -> Cell:
    if value is not None and isinstance(model._meta.get_field(column), models.DateTimeField):
        return datetime.fromisoformat(value)
    return cast("Cell", value)
