"""The whole way on real CRM data: maven-crm, 5,846 opportunities with their own dirt (third-party, never copied)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from counterfoil.audit import services as audit
from tests.cli.conftest import Run

pytestmark = pytest.mark.commit
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
    "<BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId><CreDtTm>2018-02-01T06:00:00Z</CreDtTm></GrpHdr><Stmt><Id>S1</Id>"
    "<CreDtTm>2018-02-01T06:00:00Z</CreDtTm><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>USD</Ccy></Acct>"
)
BALANCE = (
    '<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="USD">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
    "<Dt><Dt>2018-01-31</Dt></Dt></Bal>"
)
ENTRY = (
    '<Ntry><NtryRef>N{no}</NtryRef><Amt Ccy="USD">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
    "<BookgDt><Dt>2018-01-30</Dt></BookgDt><AcctSvcrRef>R{no}</AcctSvcrRef><NtryDtls><TxDtls><RmtInf>"
    "<Ustrd>Payment of {number}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
)


def paying(documents: Sequence[dict[str, str]], total: str) -> str:
    """Return a CAMT.053 statement that pays each document in full."""
    entries = [ENTRY.format(no=no, amount=one["gross"], number=one["number"]) for no, one in enumerate(documents)]
    balances = BALANCE.format(code="OPBD", amount="0.00") + BALANCE.format(code="CLBD", amount=total)
    return HEAD + balances + "".join(entries) + "</Stmt></BkToCstmrStmt></Document>"


def counted(closed: dict[str, int]) -> tuple[int, int, int, int]:
    return closed["won"], closed["invoiced"], closed["held"], closed["unchanged"]


def test_the_whole_set_is_invoiced_and_paid_to_the_unit_and_a_second_time_changes_nothing(
    run: Run, corpora: Path, tmp_path: Path
) -> None:
    folder = corpora / "data" / "maven-crm"
    run("init", "--currency", "USD", "--country", "US", "--time-zone", "America/New_York")

    def import_all() -> list[tuple[int, int, int]]:
        files = (("customers", "accounts.csv"), ("products", "products.csv"), ("deals", "sales_pipeline.csv"))
        results = [run("import", kind, folder / file, "--profile", "maven-crm")[1] for kind, file in files]
        return [(one["accepted"], one["unchanged"], one["rejected"]) for one in results]

    assert import_all() == [(85, 0, 0), (7, 0, 0), (5846, 0, 0)]
    code, closed = run("close-deals", "--dated-by", "close")
    assert (code, counted(closed)) == (1, (2799, 2280, 519, 0))
    (reason,) = closed["held_by_reason"]
    assert (reason["code"], reason["deals"]) == ("unknown_product", 519)
    assert "GTXPro" in reason["message"]
    assert "GTX Pro" in reason["message"]
    assert run("report", "invoices")[1]["rows"][0]["currency"] == "USD"
    assert run("report", "trial-balance")[1]["totals"]["debit"] == "4259028.00"

    assert run("alias", "product", "GTXPro", "GTX Pro")[1]["held"] == 519
    assert counted(run("close-deals", "--dated-by", "close")[1]) == (2799, 519, 0, 2280)
    assert run("report", "profit-and-loss", "--from", "2017-01-01")[1]["totals"]["amount"] == "6757670.00"
    assert run("report", "aged-receivables")[1]["totals"]["total"] == "6757670.00"

    documents = run("report", "invoices")[1]["rows"]
    assert len({one["number"] for one in documents}) == 2799
    statement = tmp_path / "statement.xml"
    statement.write_text(paying(documents, "6757670.00"), "utf-8")
    assert run("import", "bank", statement)[1]["accepted"] == 2799
    matched = run("match")[1]
    assert (matched["matched"], matched["proposed"], matched["unmatched"]) == (2799, 0, 0)
    accounts = {row["account"]: row for row in run("report", "trial-balance")[1]["rows"]}
    assert (accounts["1000"]["debit"], accounts["1100"]["debit"]) == ("6757670.00", "0.00")
    assert accounts["4000"]["credit"] == "6757670.00"
    verified = run("verify")[1]
    assert verified["ok"]

    assert [(accepted, rejected) for accepted, _, rejected in import_all()] == [(0, 0)] * 3
    assert counted(run("close-deals", "--dated-by", "close")[1]) == (2799, 0, 0, 2799)
    assert run("import", "bank", statement)[1]["accepted"] == 0
    assert run("match")[1]["lines"] == 0
    assert audit.verify().events == verified["events"]
