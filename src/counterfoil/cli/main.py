"""The command `counterfoil`: its words, its options, its exit codes (0 done, 1 refused or held, 2 wrong use).

Nothing of Django is imported until a command runs, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

from counterfoil import __version__
from counterfoil.cli import options
from counterfoil.infra import home as homes

DONE, REFUSED, WRONG_USE = 0, 1, 2
KINDS = ("deals", "customers", "contacts", "products", "activities", "bank", "invoices")


def _date(text: str) -> date:
    return date.fromisoformat(text)


def _instant(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise argparse.ArgumentTypeError("name the zone, as 2026-11-15T12:00:00+00:00")
    return value


def _month(text: str) -> date:
    return date.fromisoformat(f"{text}-01")


def _trust_commands(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Add what serves those who check the books."""
    command("verify", "Check the whole record: every event, link, exported head and hashed row.")
    doctor = command("doctor", "Check the installation: fences, number series, balances.")
    doctor.add_argument("--repair", action="store_true", help="install missing fences, set counters right; on record")
    erase = command("erase", "Erase a person: the row, and the key under which the record knows them.")
    erase.add_argument("contact", help="the contact's external id or number")


def parser() -> argparse.ArgumentParser:
    """Return the whole command line."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print one JSON object")
    common.add_argument("--home", type=Path, help="folder with database, keys and files (else COUNTERFOIL_HOME)")
    top = argparse.ArgumentParser(
        prog="counterfoil", description="From won deal to bank and back: every number explained.", parents=[common]
    )
    top.add_argument("--version", action="version", version=__version__)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, help_: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=help_, description=help_, parents=[common])

    init = command("init", "Open an organisation with its books in this home.")
    init.add_argument("--name", default="My company")
    init.add_argument("--currency", default="EUR", help="base currency of the books, ISO 4217")
    init.add_argument("--country", default="DE", help="two letters; decides the tax rates that are offered")
    init.add_argument("--time-zone", default="Europe/Berlin", help="accounting dates are days of this zone")

    import_ = command("import", "Read a file into the CRM or the bank; safe to repeat.")
    import_.add_argument("kind", choices=KINDS)
    import_.add_argument("file", type=Path)
    import_.add_argument("--profile", default="", help="column profile, such as maven-crm")
    import_.add_argument("--dry-run", action="store_true", help="check and report, store nothing")
    import_.add_argument("--errors", type=Path, help="write the rejected rows with their reasons to this CSV file")

    close = command("close-deals", "Turn every won deal into contract, invoice and postings, once.")
    close.add_argument(
        "--dated-by",
        choices=("today", "close"),
        default="today",
        help="close: historical load, invoice and accounting date are the close date",
    )
    close.add_argument(
        "--again", type=int, action="append", metavar="DEAL", help="close this deal although its closing was undone"
    )

    alias = command("alias", "Confirm that a name in the CRM means a known product or customer.")
    alias.add_argument("kind", choices=("product", "customer"))
    alias.add_argument("text", metavar="FROM")
    alias.add_argument("target", metavar="TO")

    match_ = command("match", "Match bank lines to open invoices where there is exactly one answer.")
    match_.add_argument(
        "--confirm", action="store_true", help="a person confirms all that is exact, whatever the level"
    )
    bill = command("bill-due", "Invoice the instalments of signed contracts whose day has come.")
    bill.add_argument("--through", type=_date, help="last day, YYYY-MM-DD; else today")
    bill.add_argument(
        "--again", action="append", metavar="C-0412/2", help="this instalment, although its invoice was undone"
    )
    release = command("release-revenue", "Post the revenue that is due through a date.")
    release.add_argument("--through", type=_date, help="last day, YYYY-MM-DD; else today")

    deliver = command("deliver", "Note that what a contract promised was delivered, and release its revenue.")
    deliver.add_argument("contract", help="the contract's number, as C-0412")
    deliver.add_argument("--on", type=_date, help="day of delivery; else today")
    reverse = command("reverse", "Take back an entry that was made by hand.")
    reverse.add_argument("entry", help="the entry's number, as J-33871")
    reverse.add_argument("--reason", required=True)
    reverse.add_argument("--on", type=_date, help="accounting date of the reversal; else today")

    report = command("report", "Print a report.")
    report.add_argument(
        "name", help="trial-balance, balance-sheet, profit-and-loss, general-ledger, aged-receivables ..."
    )
    report.add_argument("--as-of", type=_date, help="last accounting date that counts")
    report.add_argument("--known-at", type=_instant, help="count only what had been posted by this instant")
    report.add_argument("--from", dest="start", type=_date, help="first accounting date, where a report has one")
    report.add_argument("--account", default="", help="account code, for general-ledger")
    report.add_argument("--format", choices=("text", "json", "csv", "xlsx", "html"), default="text")
    report.add_argument("--out", type=Path, help="write to this file")

    for name, help_ in (
        ("close-period", "Close a month: nothing is posted in it any more."),
        ("reopen-period", "Open a closed month again."),
    ):
        period = command(name, help_)
        period.add_argument("month", type=_month, metavar="YYYY-MM")
        if name == "reopen-period":
            period.add_argument("--reason", required=True)

    rate = command("rate", "Say what one unit of a currency is worth in base currency.")
    rate.add_argument("currency")
    rate.add_argument("rate", help="units of base currency for one unit, as 0.92")
    rate.add_argument("--from", dest="start", type=_date, help="from this day on; else today")

    _trust_commands(command)

    user = command("add-user", "Add a person who may sign in.")
    user.add_argument("email")
    user.add_argument("--name", default="")
    user.add_argument(
        "--role", choices=("sales", "sales_ops", "accountant", "controller", "auditor", "admin"), default="accountant"
    )
    user.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    token = command("token", "Issue an API token; it is printed once.")
    token.add_argument("email")
    token.add_argument("--label", default="command line")

    serve = command("serve", "Serve the pages and the API.")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--workers", type=int, default=1)

    demo = command("demo", "Make the demo company and serve it.")
    demo.add_argument("--port", type=int, default=8000)
    demo.add_argument("--seed", type=int, default=20261104)
    demo.add_argument("--no-serve", action="store_true", help="make the company and stop")

    options.add_all(command, common)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = parser().parse_args(arguments)
    if args.home is not None:
        os.environ[homes.ENVIRONMENT_VARIABLE] = str(args.home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
    importlib.import_module("django").setup()
    name = "import_file" if args.command == "import" else args.command.replace("-", "_")
    module = importlib.import_module(f"counterfoil.cli.commands.{name}")
    running = importlib.import_module("counterfoil.cli.running")
    return int(running.run(module, args))
