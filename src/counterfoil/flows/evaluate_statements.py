"""How the readers of bank files do on a folder of them: what is read, what is refused and why, whose balances tie.

Nothing of the books is touched. A file is `read` when its reader made out a statement, and `sound` when an import would
store it; what keeps a file out has its code. Beside a file `test-x` a file `golden-x.pydata` (the form of the OCA test
suites: currency, account, statements with their transactions) is a reference that must be equal.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from counterfoil.flows import statement_files
from counterfoil.kernel.currency import EUR, Currency
from counterfoil.kernel.errors import Fact, Refused
from counterfoil.kernel.money import Money
from counterfoil.kernel.text import parse_amount
from counterfoil.receivables.domain import statements as rules
from counterfoil.receivables.domain.statements import BankStatement

_FAR: Final = date(2199, 12, 31)
_GOLDEN: Final = "golden-"
_IS_NO_BANK_FILE: Final = (".pydata", ".md", ".json")


class NoBankFiles(Refused):
    """The folder is not there or holds no files."""

    code = "no_bank_files"


@dataclass(frozen=True, slots=True)
class Read:
    """What came of one file. `code` and `facts` say why it would not be stored, empty where it would."""

    path: str
    format: str
    statements: int = 0
    transactions: int = 0
    with_balances: int = 0
    tied: int = 0
    code: str = ""
    facts: Mapping[str, Fact] | None = None
    is_compared: bool = False
    difference: str = ""


@dataclass(slots=True)
class Counts:
    """The files of one format; `with_balances` and `tied` count statements that state both balances."""

    files: int = 0
    read: int = 0
    with_transactions: int = 0
    sound: int = 0
    refused: int = 0
    transactions: int = 0
    with_balances: int = 0
    tied: int = 0
    compared: int = 0
    equal: int = 0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every file of the folder, by path."""

    files: tuple[Read, ...]

    def by_format(self) -> dict[str, Counts]:
        """Sum the files up by format."""
        found: dict[str, Counts] = {}
        for one in self.files:
            counts = found.setdefault(one.format, Counts())
            counts.files += 1
            counts.read += bool(one.statements)
            counts.with_transactions += bool(one.transactions)
            counts.sound += not one.code
            counts.refused += bool(one.code)
            counts.transactions += one.transactions
            counts.with_balances += one.with_balances
            counts.tied += one.tied
            counts.compared += one.is_compared
            counts.equal += one.is_compared and not one.difference
        return dict(sorted(found.items()))


def evaluate(folder: Path, progress: Callable[[int, int], None] | None = None) -> Evaluation:
    """Read every file below a folder.

    Raises:
        NoBankFiles: there is none.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix not in _IS_NO_BANK_FILE)
    if not paths:
        raise NoBankFiles(field="folder", folder=folder.name)
    found: list[Read] = []
    for count, path in enumerate(paths, 1):
        found.append(_read(path, path.relative_to(folder).as_posix()))
        if progress is not None:
            progress(count, len(paths))
    return Evaluation(tuple(found))


def _read(path: Path, name: str) -> Read:
    data = path.read_bytes()
    kind = statement_files.kind_of(data, path.name, "")
    done = Read(name, "csv" if kind.profiles else kind.name)
    try:
        file = statement_files.read(kind, data, statement_files.Account("", None, EUR), profile="", today=_FAR)
    except Refused as refused:
        return replace(done, code=refused.code, facts=refused.facts)
    done = _judged(done, file.statements)
    if file.rows is not None and file.rows.errors and not done.code:
        first = file.rows.errors[0]
        done = replace(done, code=first.refusal.code, facts={"line": first.row, **first.refusal.facts})
    if file.rows is not None and not file.rows.read:
        done = replace(done, code="no_rows")
    golden = path.with_name(f"{_GOLDEN}{path.name.removeprefix('test-')}.pydata")
    if golden.is_file():
        differences = list(_differences(file.statements, ast.literal_eval(golden.read_text("utf-8"))))
        done = replace(done, is_compared=True, difference="; ".join(differences[:3]))
    return done


def _judged(done: Read, statements: Sequence[BankStatement]) -> Read:
    """Hold every statement against what an import insists on."""
    against: Refused | None = None
    with_balances = tied = 0
    for statement in statements:
        is_stated = statement.opening is not None and statement.closing is not None
        with_balances += is_stated
        try:
            rules.insist_sound(statement)
            tied += is_stated
        except Refused as refused:
            against = against or refused
    return replace(
        done,
        statements=len(statements),
        transactions=sum(len(one.lines) for one in statements),
        with_balances=with_balances,
        tied=tied,
        code=against.code if against else "",
        facts=against.facts if against else None,
    )


def _differences(
    statements: Sequence[BankStatement], golden: tuple[Any, Any, Sequence[Mapping[str, Any]]]
) -> Iterator[str]:
    """Yield where what was read is not what the reference says."""
    code, account, wanted = golden
    if len(statements) != len(wanted):
        yield f"{len(statements)} statements, not {len(wanted)}"
        return
    for statement, one in zip(statements, wanted, strict=True):
        own = statement.currency
        pairs: list[tuple[str, object, object]] = [
            ("account", statement.account, account),
            ("currency", own.code, code or own.code),
            ("name", statement.statement_id, one["name"]),
            ("transactions", len(statement.lines), len(one["transactions"])),
            ("opening balance", statement.opening, _money(one["balance_start"], own)),
            ("closing balance", statement.closing, _money(one["balance_end_real"], own)),
        ]
        for line, said in zip(statement.lines, one["transactions"], strict=False):
            pairs += [
                ("amount", line.amount, _money(said["amount"], own)),
                ("date", line.booking_date.isoformat(), said["date"]),
                ("partner", line.counterparty, said["partner_name"]),
                ("partner's account", line.counterparty_iban, said["account_number"]),
            ]
        yield from (f"{name} is {found}, not {said}" for name, found, said in pairs if found != said)


def _money(amount: float, own: Currency) -> Money:
    """Return an amount of the reference, which writes amounts as floats of a few digits."""
    return parse_amount(f"{amount:.{own.exponent}f}", own, "api")
