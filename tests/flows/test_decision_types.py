"""Every kind of decision answers its five calls, and decides the same again."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import json
import os
import pkgutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from counterfoil import flows
from counterfoil.audit import services as audit
from counterfoil.billing import selectors as billing
from counterfoil.connectors.embedded import EmbeddedAccounting
from counterfoil.crm import services as crm
from counterfoil.crm.domain import LineDraft
from counterfoil.decisions import registry
from counterfoil.decisions import selectors as decisions
from counterfoil.decisions.domain import DecisionType, Reversal, Truth, Verdict
from counterfoil.flows import aliases, import_file, receive_money, replay
from counterfoil.flows.bill_due import bill_due
from counterfoil.flows.release_revenue import release_revenue
from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.kernel.spans import Span
from tests.builders import NOW, TESTER, eur
from tests.company import Company, a_company, a_won_deal
from tests.documents import a_line, a_request, credit, enter

KINDS = {
    "alias", "bill", "close_deal", "credit_invoice", "enter_invoice", "import", "match", "release_revenue",
    "tax_choice", "undo",
}  # fmt: skip
TODAY = date(2026, 11, 15)


def test_every_kind_of_decision_that_is_recorded_has_a_type() -> None:
    recorded = set()
    for module in pkgutil.walk_packages(flows.__path__, f"{flows.__name__}."):
        there = importlib.import_module(module.name)
        tree = ast.parse(inspect.getsource(there))
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call):
                continue
            kinds = [ast.unparse(word.value) for word in call.keywords if word.arg == "kind"]
            if ast.unparse(call.func) == "gating.gate":
                kinds = [ast.unparse(call.args[1])]  # Who has a gate may record `gate.kind`.
            elif ast.unparse(call.func) != "decisions.record" or kinds == ["gate.kind"]:
                continue
            (kind,) = kinds
            recorded.add(functools.reduce(getattr, kind.split("."), there))
    assert recorded == KINDS == set(registry.types())


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_type_names_its_version_and_answers_five_calls(kind: str) -> None:
    one = registry.types()[kind]
    assert isinstance(one, DecisionType)
    assert one.version
    assert all(callable(call) for call in (one.decide, one.explain, one.apply, one.reverse, one.score))
    verdict = Verdict("held", "odd", {"all": [{"code": "odd", "facts": {}}, {"code": "too", "facts": {"n": 1}}]})
    assert [reason.code for reason in one.explain(verdict)] == ["odd", "too"]
    assert one.score(verdict, Truth("held")).is_right
    assert one.score(verdict, Truth("invoiced", eur(5))).error == eur(5)


def _store(company: Company, minor: int, **said: Any) -> int:
    draft = a_won_deal(company, minor, **said)
    passed = crm.said_by_hand(draft, external_id=draft.external_id)
    return crm.add_opportunity(draft=draft, books_id=company.books.id, actor=TESTER, at=NOW, passed=passed)


def _lives(company: Company) -> None:
    """Let some months pass in which everything is decided that is decided by rule."""
    books_id = company.books.id
    year = Span(date(2026, 9, 1), date(2027, 9, 1))
    for place in range(40):
        minor = 120_000 + place * 1_300
        line = LineDraft("SUB", unit_price=eur(minor), discount_percent=Decimal(0), amount=eur(minor))
        _store(company, minor, lines=(line,), service=year, billing_type="monthly", close_date=date(2026, 9, 1))
        _store(company, 50_000 + place, delivered_on=date(2026, 10, 15))
    _store(company, 7_000, lines=(LineDraft("SVCX", amount=eur(7_000)),))
    _store(company, 8_000, terms="some day")
    company.closes()
    entered = enter(
        company,
        *[a_request(lines=[a_line(unit_price=f"{place}{place}7.0{place}")]) for place in range(1, 10)],
        a_request(issue_date="2027-11-15"),
    )
    credit(company, *[one.invoice_id for one in entered[:10] if one.invoice_id])
    bill_due(books_id=books_id, through=date(2026, 12, 10), sink=EmbeddedAccounting(), actor=TESTER)
    release_revenue(books_id=books_id, through=date(2026, 11, 30), actor=TESTER)
    aliases.confirm_alias(kind="product", text="SVCX", target="SVC", books_id=books_id, actor=TESTER, at=NOW)
    rows = [
        f"2026-11-10,{one.gross.decimal_text()},Invoice {one.number},T{one.id}"
        for one in billing.document_summaries(books_id, limit=60)
    ]
    body = "\n".join(["booking_date,amount,reference,bank_tx_id", *rows, "2026-11-10,3.00,nobody knows,TX", ""])
    receive_money.import_bank(books_id=books_id, data=body.encode(), file_name="bank.csv", actor=TESTER, at=NOW)
    receive_money.match(books_id=books_id, actor=TESTER, at=NOW)
    import_file.import_file(
        kind="customers",
        data=b"external_id,name,country\nC1,Acme,DE\nC2,,DE\n",
        file_name="customers.csv",
        actor=TESTER,
        books_id=books_id,
        at=NOW,
    )


@pytest.mark.database
def test_some_hundred_decisions_of_every_kind_are_decided_the_same_again() -> None:
    with world.using(World(clock=lambda: NOW)):
        company = a_company()
        _lives(company)
        closed = decisions.stored_items(kinds=["close_deal"], limit=1_000)
        done = next(one for one in closed if one.verdict["outcome"] == "invoiced")
        reversal = Reversal(
            company.books.id,
            done.decision_id,
            done.subject,
            date(2026, 12, 10),
            "sold twice",
            TESTER,
            NOW,
            with_dependents=True,
        )
        assert registry.type_of("close_deal").reverse(reversal)
        played = replay.replay(last=100_000)
    assert played.first_difference is None
    assert set(played.by_kind) == KINDS
    assert played.n == played.identical > 300
    assert played.incomplete == 0
    assert audit.verify().ok


SAYS = """
import json, sys
from counterfoil.decisions import registry
print(json.dumps([[one.kind, one.version] for one in registry.types().values()]))
"""


def test_every_door_knows_the_same_kinds_of_decision(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "COUNTERFOIL_HOME": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "counterfoil.config.settings",
    }
    doors = {
        "web": "import counterfoil.config.wsgi",
        "api": "import counterfoil.config.wsgi; import counterfoil.config.urls",
        "command line": "import django; django.setup(); import counterfoil.cli.running",
        "bench": "import django; django.setup(); import counterfoil.bench.report",
    }
    here = [[one.kind, one.version] for one in registry.types().values()]
    for name, opens in doors.items():
        said = subprocess.run(  # A fresh process, as the door is in life.
            [sys.executable, "-c", opens + SAYS], env=environment, capture_output=True, text=True, check=True
        )
        assert json.loads(said.stdout.strip().splitlines()[-1]) == here, name
