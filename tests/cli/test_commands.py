"""The command line is an interface that others script against: its objects and its exit codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from counterfoil.cli.main import main
from tests.cli.conftest import Run

pytestmark = pytest.mark.commit
CUSTOMERS = "external_id,name,country,vat_id\nACC-1,Kestrel Water AG,DE,\n"
PRODUCTS = "code,name,kind,price,currency\nSVC-IMPL,Implementation,one_time_service,1200.00,EUR\n"
DEALS = (
    "external_id,name,account,amount,currency,stage,close_date,product_code,quantity,discount_pct,payment_terms,"
    "billing_type,owner_email,po_number\n"
    "D-1,Kestrel rollout,ACC-1,1200.00,EUR,Closed Won,2026-10-15,SVC-IMPL,1,0,NET30,one_time,rep@example.test,PO-77\n"
    "D-2,Kestrel typo,ACC-1,1200.00,EUR,Closed Won,2026-10-15,SVC-IMPLE,1,0,NET30,one_time,rep@example.test,PO-78\n"
)
CAMT = (
    '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
    "<BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-10-21T06:00:00Z</CreDtTm></GrpHdr><Stmt><Id>S1</Id>"
    "<CreDtTm>2026-10-21T06:00:00Z</CreDtTm><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>"
    '<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">0.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
    "<Dt><Dt>2026-10-20</Dt></Dt></Bal>"
    '<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
    "<Dt><Dt>2026-10-20</Dt></Dt></Bal>"
    '<Ntry><NtryRef>N1</NtryRef><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
    "<BookgDt><Dt>2026-10-20</Dt></BookgDt><AcctSvcrRef>N1</AcctSvcrRef><NtryDtls><TxDtls><RmtInf>"
    "<Ustrd>Invoice {number}, thank you</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>"
)


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def balances(run: Run) -> dict[str, str]:
    _, report = run("report", "trial-balance")
    assert report["totals"]["debit"] == report["totals"]["credit"]
    return {row["account"]: f"{row['debit']}/{row['credit']}" for row in report["rows"]}


def test_one_deal_from_a_file_to_the_bank(run: Run, tmp_path: Path) -> None:
    code, made = run("init", "--name", "Tidewater Metering", "--currency", "EUR", "--country", "DE")
    assert (code, set(made)) == (0, {"home", "database", "books", "currency"})
    assert run("import", "customers", written(tmp_path, "customers.csv", CUSTOMERS))[0] == 0
    assert run("import", "products", written(tmp_path, "products.csv", PRODUCTS))[0] == 0
    deals = written(tmp_path, "deals.csv", DEALS)
    code, imported = run("import", "deals", deals, "--errors", tmp_path / "errors.csv")
    assert (code, imported["read"], imported["accepted"], imported["rejected"]) == (1, 2, 1, 1)
    assert [(error["row"], error["field"], error["code"]) for error in imported["errors"]] == [
        (3, "product_code", "unknown_product")
    ]
    assert "SVC-IMPL" in imported["errors"][0]["message"]
    assert (tmp_path / "errors.csv").read_text("utf-8").startswith("row,field,code,message\n3,")
    again = run("import", "deals", deals)[1]
    assert (again["accepted"], again["unchanged"]) == (0, 1)

    code, closed = run("close-deals", "--dated-by", "close")
    assert code == 0
    assert {key: closed[key] for key in ("won", "invoiced", "held", "unchanged")} == {
        "won": 1,
        "invoiced": 1,
        "held": 0,
        "unchanged": 0,
    }
    assert balances(run)["1100"] == "1428.00/0.00"
    statement = CAMT.format(amount="1428.00", number="2026-0001")
    assert run("import", "bank", written(tmp_path, "statement.xml", statement))[1]["accepted"] == 1
    code, matched = run("match")
    assert (code, matched["lines"], matched["matched"]) == (0, 1, 1)
    assert balances(run) == {
        "1000": "1428.00/0.00",
        "1100": "0.00/0.00",
        "2200": "0.00/1200.00",
        "2400": "0.00/228.00",
    }
    assert run("import", "bank", tmp_path / "statement.xml")[1]["unchanged"] == 1
    assert run("match")[1]["matched"] == 0
    code, verified = run("verify")
    assert (code, verified["ok"], verified["first_bad"]) == (0, True, None)
    code, examined = run("doctor")
    assert (code, examined["ok"], examined["symptoms"]) == (0, True, [])


def test_a_refusal_is_an_object_with_its_code_and_exit_code_one(run: Run) -> None:
    code, refused = run("report", "nonsense")
    assert (code, refused["code"]) == (1, "no_books")
    run("init")
    code, refused = run("report", "nonsense")
    assert (code, refused["code"], refused["field"]) == (1, "unknown_report", "name")
    assert run("init")[1]["code"] == "already_founded"


def test_a_period_is_closed_and_reopened(run: Run) -> None:
    run("init")
    assert run("close-period", "2026-09")[1] == {"period": "2026-09", "closed": True, "changed": True}
    assert run("close-period", "2026-09")[1]["changed"] is False
    assert run("reopen-period", "2026-09", "--reason", "late invoice")[1]["closed"] is False


def test_a_whole_import_is_taken_back(run: Run, tmp_path: Path) -> None:
    run("init")
    batch = run("import", "customers", written(tmp_path, "customers.csv", CUSTOMERS))[1]["batch"]
    code, planned = run("undo", batch, "--dry-run")
    assert (code, planned["undone"], [step["verb"] for step in planned["steps"]]) == (0, False, ["unload"])
    code, undone = run("undo", batch)
    assert (code, undone["batch"], undone["undone"], undone["removed"]) == (0, batch, True, 1)
    code, again = run("undo", f"import:{batch}")
    assert (code, again["undone"], again["unchanged"]) == (0, False, True)
    assert run("undo", "import:99")[1]["code"] == "unknown_target"
    assert run("verify")[1]["ok"]


def test_wrong_use_exits_with_two() -> None:
    with pytest.raises(SystemExit) as left:
        main(["report"])
    assert left.value.code == 2


def test_help_loads_no_framework() -> None:
    listing = (
        "import sys; from counterfoil.cli.main import parser; parser().format_help(); print('django' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
