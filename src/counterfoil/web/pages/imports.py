"""Imports: a file in, what was accepted, what was refused row by row, and the way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from counterfoil.crm import profiles
from counterfoil.crm import selectors as crm
from counterfoil.crm.columns import RowRefusal
from counterfoil.crm.selectors import ImportRow as ImportBatch
from counterfoil.flows.import_file import ImportResult
from counterfoil.flows.receive_money import BankImport
from counterfoil.flows.statement_files import Seen
from counterfoil.receivables.domain.formats import FORMATS as BANK_FORMATS
from counterfoil.receivables.domain.formats import PROFILES as DAY_ORDERS
from counterfoil.receivables.domain.formats.bank_csv import PROFILES as BANK_PROFILES
from counterfoil.receivables.services import Note
from counterfoil.web import addresses, reader
from counterfoil.web.forms import Form
from counterfoil.web.pages.lists import ROWS
from counterfoil.web.parts import Choice, Dot, Empty, Fact, Field, Figure, Link, Pager, Pill, Tone, Undo
from counterfoil.web.saying import say


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One import that was run."""

    number: str
    url: str
    kind: str
    file: str
    at: datetime
    by: str
    accepted: int
    unchanged: int
    rejected: int
    state: Pill


@dataclass(frozen=True, slots=True)
class ImportsPage:
    """The form for a new import, and those that were run."""

    sentence: str
    kinds: tuple[Choice, ...]
    profiles: tuple[Choice, ...]
    fields: tuple[Field, ...]
    rows: tuple[ImportRow, ...]
    pager: Pager
    refused: int = 0
    empty: Empty | None = None


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row was refused: physical row number, field, sentence."""

    row: int | None
    field: str
    value: str
    sentence: str
    code: str


@dataclass(frozen=True, slots=True)
class ImportPage:
    """The result of an import or of a dry run."""

    number: str
    title: str
    sentence: str
    state: Pill
    is_dry_run: bool
    facts: tuple[Fact, ...]
    figures: tuple[Figure, ...]
    errors: tuple[RowError, ...]
    error_file: str
    pager: Pager
    undo: Undo | None = None
    go_on: Link | None = None
    token: str = ""
    mapping: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file, whichever flow read it."""

    batch: int | None
    read: int
    accepted: int
    unchanged: int
    rejected: int
    held: int
    errors: tuple[RowRefusal, ...]
    left_out: int = 0
    format: str = ""
    statements: tuple[Seen, ...] = ()
    notes: tuple[Note, ...] = ()

    @classmethod
    def of_file(cls, result: ImportResult) -> Outcome:
        """The outcome of a file for the CRM."""
        return cls(
            result.batch,
            result.read,
            result.accepted,
            result.unchanged,
            result.rejected,
            result.held,
            result.errors,
            result.left_out,
        )

    @classmethod
    def of_bank(cls, result: BankImport) -> Outcome:
        """The outcome of a bank statement."""
        return cls(
            result.batch,
            result.read,
            result.accepted,
            result.unchanged,
            result.rejected,
            0,
            result.errors,
            format=result.format,
            statements=result.statements,
            notes=result.notes,
        )


KINDS = ("deals", "customers", "products", "contacts", "activities", "bank", "invoices")
ERRORS = 200
STATEMENTS = 12
"""How many statements of a file are summed up before it is brought in."""


def kind_name(kind: str) -> str:
    """Return what a file holds in words."""
    names = {
        "deals": _("Deals"),
        "customers": _("Customers"),
        "products": _("Products"),
        "contacts": _("Contacts"),
        "activities": _("Activities"),
        "campaigns": _("Campaigns"),
        "bank": _("Bank statement"),
        "invoices": _("Invoices of another system, to compare"),
    }
    return names.get(kind, kind.capitalize())


def imports_page(form: Form, kind: str, before: int | None) -> ImportsPage:
    """Fill the form for a file and what was brought in so far, newest first."""
    found = crm.imports(before=before, limit=ROWS + 1)
    shown = found[:ROWS]
    kinds = [Choice(one, kind_name(one)) for one in KINDS]
    known = [
        Choice("", _("Our own columns")),
        *(Choice(name, name) for name in (*profiles.known(), *BANK_PROFILES, *DAY_ORDERS) if name != profiles.DEFAULT),
    ]
    return ImportsPage(
        sentence=_(
            "A file in, each row checked; what is refused is named row by row, and a whole import can be taken back."
        ),
        kinds=tuple(kinds),
        profiles=tuple(known),
        fields=(
            form.field("kind", _("What the file holds"), kind="select", choices=kinds, value=kind),
            form.field(
                "file",
                _("File"),
                kind="file",
                hint=_("CSV; for a bank statement also %(formats)s, or a ZIP of them. Which one it is is found.")
                % {"formats": ", ".join(one.title for one in BANK_FORMATS.values())},
            ),
            form.field(
                "profile",
                _("Columns"),
                kind="select",
                choices=known,
                is_required=False,
                hint=_("A profile says what each column of another system means."),
            ),
        ),
        rows=tuple(_import_row(row) for row in shown),
        pager=Pager(len(shown), None, f"/imports?after={shown[-1].id}" if len(found) > ROWS else ""),
        refused=len(form.refusals),
        empty=Empty(
            "import",
            _("Nothing was brought in yet"),
            _("Begin with customers and products, then deals; a deal finds its customer by name or id."),
        ),
    )


def _import_row(row: ImportBatch) -> ImportRow:
    return ImportRow(
        number=addresses.import_number(row.id),
        url=addresses.import_url(row.id),
        kind=kind_name(row.kind),
        file=row.file_name,
        at=row.started_at,
        by=row.actor.partition(":")[2] or row.actor,
        accepted=row.accepted,
        unchanged=row.unchanged,
        rejected=row.rejected,
        state=_state(row),
    )


def _state(row: ImportBatch) -> Pill:
    if row.undone_at:
        return Pill(_("Taken back"), Tone.PLAIN)
    if row.finished_at is None:
        return Pill(_("Not finished"), Tone.WARN, Dot.HALF)
    return Pill(_("Done, rows refused"), Tone.WARN) if row.rejected else Pill(_("Done"), Tone.GOOD)


def import_page(batch_id: int, after: int, *, may_undo: bool) -> ImportPage:
    """Fill one import with its refused rows.

    Raises:
        NoSuchImport: there is none.
    """
    row = crm.import_of(batch_id)
    found = crm.refusals(batch_id, after=after, limit=ERRORS + 1)
    shown = found[:ERRORS]
    number = addresses.import_number(batch_id)
    url = addresses.import_url(batch_id)
    changed = row.accepted
    undo = None
    if may_undo and row.undone_at is None and changed:
        label = ngettext("Undo the import, %(n)s row", "Undo the import, %(n)s rows", changed)
        undo = Undo(f"{url}/undo", label % {"n": reader.count(changed)})
    where = {
        "deals": "/deals",
        "customers": "/customers",
        "products": "/products",
        "bank": "/bank",
        "invoices": "/autonomy",
    }.get(row.kind)
    return ImportPage(
        number=number,
        title=row.file_name,
        sentence=_sentence(row.read, row.accepted, row.unchanged, row.rejected),
        state=_state(row),
        is_dry_run=False,
        facts=(
            Fact(_("Import"), number),
            Fact(_("Holds"), kind_name(row.kind)),
            Fact(_("Columns"), f"{row.profile} {row.profile_version}" if row.profile else _("Our own columns")),
            Fact(_("By"), row.actor.partition(":")[2] or row.actor),
            Fact(_("When"), reader.moment(row.started_at)),
            Fact(_("File"), row.sha256[:16]),
        ),
        figures=_figures(row.read, row.accepted, row.unchanged, row.rejected, row.held),
        errors=tuple(_error(refusal) for _key, refusal in shown),
        error_file=f"{url}/errors.csv" if row.rejected else "",
        pager=Pager(len(shown), None, f"{url}?after={shown[-1][0]}" if len(found) > ERRORS else ""),
        undo=undo,
        go_on=Link(_("See the %(what)s") % {"what": kind_name(row.kind).lower()}, where)
        if where and not row.undone_at
        else None,
    )


def result_page(
    result: Outcome, *, kind: str, file_name: str, profile: str, fills: Mapping[str, str], token: str
) -> ImportPage:
    """Fill what a dry run found: the same as an import would, and nothing is written."""
    return ImportPage(
        number="",
        title=file_name,
        sentence=_sentence(result.read, result.accepted, result.unchanged, result.rejected),
        state=Pill(_("Tried"), Tone.AUTO, Dot.HALF),
        is_dry_run=True,
        facts=(
            Fact(_("Holds"), kind_name(kind)),
            Fact(_("Format"), result.format) if result.format else Fact(_("Columns"), profile or _("Our own columns")),
            *(_seen(one) for one in result.statements[:STATEMENTS]),
            *(Fact(_("Note"), text) for text in _told(result.notes)),
        ),
        figures=_figures(result.read, result.accepted, result.unchanged, result.rejected, result.held),
        errors=tuple(_error(refusal) for refusal in result.errors[:ERRORS]),
        error_file="",
        pager=Pager(min(len(result.errors), ERRORS), len(result.errors) + result.left_out),
        token=token if result.accepted else "",
        mapping=tuple(Fact(name.replace("_", " ").capitalize(), value) for name, value in fills.items()),
    )


def _told(notes: tuple[Note, ...]) -> list[str]:
    """Say what there is to note, each sentence once."""
    return list(dict.fromkeys(say(note.code, note.facts) for note in notes))[:STATEMENTS]


def _seen(one: Seen) -> Fact:
    """Sum a statement up: whose it is, from when to when, and what it opens and closes with."""
    days = [reader.day(day) for day in dict.fromkeys((one.first_date, one.last_date)) if day is not None]
    balances = [
        f"{name} {reader.money(money)}"
        for name, money in ((_("opens with"), one.opening), (_("closes with"), one.closing))
        if money is not None
    ]
    lines = ngettext("%(n)s line", "%(n)s lines", one.lines) % {"n": reader.count(one.lines)}
    parts = [one.account or _("your bank account"), one.currency, " – ".join(days), lines, *balances]
    if one.is_advice:
        parts.append(_("told before it is booked"))
    return Fact(_("Statement"), ", ".join(part for part in parts if part))


def _sentence(read: int, accepted: int, unchanged: int, rejected: int) -> str:
    text = _("%(read)s rows read: %(accepted)s accepted, %(unchanged)s known already, %(rejected)s refused.")
    return text % {
        "read": reader.count(read),
        "accepted": reader.count(accepted),
        "unchanged": reader.count(unchanged),
        "rejected": reader.count(rejected),
    }


def _figures(read: int, accepted: int, unchanged: int, rejected: int, held: int) -> tuple[Figure, ...]:
    figures = [
        Figure(_("Read"), text=reader.count(read)),
        Figure(_("Accepted"), text=reader.count(accepted)),
        Figure(_("Known already"), text=reader.count(unchanged)),
        Figure(_("Refused"), text=reader.count(rejected), tone=Tone.BAD if rejected else Tone.PLAIN),
    ]
    if held:
        figures.append(Figure(_("Will be held"), text=reader.count(held), url="/deals/held"))
    return tuple(figures)


def _error(refusal: RowRefusal) -> RowError:
    return RowError(refusal.row, refusal.field, "", say(refusal.code, refusal.facts), refusal.code)
