"""The binder of a month: one file that an outsider checks with Python alone, in which every altered byte is named."""

from __future__ import annotations

import ast
import json
import random
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest

from counterfoil.audit import selectors as audit_reads
from counterfoil.audit.binder import verify
from counterfoil.billing import selectors as billing_reads
from counterfoil.billing import services as billing
from counterfoil.flows import binder, periods, win_deal
from counterfoil.flows.close_deals import DatedBy
from counterfoil.flows.release_revenue import release_revenue
from counterfoil.infra.home import home
from counterfoil.kernel.errors import Refused
from counterfoil.kernel.spans import Span
from counterfoil.ledger.domain import Sourced
from tests.builders import NOW, TESTER, an_entry, post
from tests.company import Company, a_company, a_won_deal

pytestmark = pytest.mark.commit

OCTOBER = date(2026, 10, 1)
YEAR = Span(date(2026, 10, 15), date(2027, 10, 15))


@pytest.fixture
def company(own_database: object) -> Company:
    """A company with three invoices in October, one of them printed, and entries by hand in two months."""
    company = a_company()
    for number, (day, product, service) in enumerate(((14, "SVC", None), (15, "SVC", None), (20, "SUB", YEAR)), 1):
        draft = a_won_deal(
            company,
            100_00 * number,
            product=product,
            service=service,
            name=f"Kestrel “rollout” {number}",
            close_date=date(2026, 10, day),
        )
        win_deal.enter_deal(books_id=company.books.id, draft=draft, actor=TESTER, at=NOW)
    company.closes(dated_by=DatedBy.CLOSE)
    release_revenue(books_id=company.books.id, through=date(2026, 10, 31), actor=TESTER)
    invoice_id = billing_reads.document_id(company.books.id, "2026-0002")
    assert invoice_id is not None
    billing.print_document(books_id=company.books.id, invoice_id=invoice_id, actor=TESTER, at=NOW)
    post(company.books, Sourced("a", an_entry(5)), Sourced("b", an_entry(7, day=date(2026, 9, 30))))
    return company


def write(company: Company, out: Path) -> binder.Bound:
    return binder.write_binder(books_id=company.books.id, month=OCTOBER, out=out, actor=TESTER)


def unpacked(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return folder


def test_a_binder_verifies_with_nothing_but_python(company: Company, tmp_path: Path) -> None:
    bound = write(company, tmp_path / "october.zip")
    parts = {part: bound.rows[part] for part in ("deals", "contracts", "documents", "schedules", "releases")}
    assert parts == {"deals": 3, "contracts": 3, "documents": 3, "schedules": 3, "releases": 1}
    assert bound.files == 1
    folder = unpacked(bound.path, tmp_path / "unpacked")
    for arguments in ([str(bound.path)], []):
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(folder / "verify.py"), *arguments, "--json"],
            capture_output=True,
            text=True,
            check=False,
        )
        said = json.loads(done.stdout)
        assert (done.returncode, said["findings"]) == (0, [])
        assert said["documents"] == 3
        assert said["entries"] >= 4


def test_the_verifier_is_python_3_9(company: Company) -> None:
    ast.parse(Path(verify.__file__).read_text("utf-8"), feature_version=(3, 9))


def test_the_binder_of_a_closed_month_is_the_same_file_whenever_it_is_made(company: Company, tmp_path: Path) -> None:
    periods.close_period(books_id=company.books.id, month=OCTOBER, actor=TESTER)
    first = write(company, tmp_path / "first.zip")
    assert first.is_closed
    closing = binder.closing_event(company.books.id, OCTOBER)
    left = audit_reads.exported_heads(home() / "anchors")
    assert closing is not None
    assert left[0].head.sequence >= (audit_reads.sequence_of(closing) or 0), "the head left at the close"
    post(company.books, Sourced("later", an_entry(9, day=date(2026, 11, 2))))
    invoice_id = billing_reads.document_id(company.books.id, "2026-0001")
    assert invoice_id is not None
    billing.print_document(books_id=company.books.id, invoice_id=invoice_id, actor=TESTER, at=NOW)
    second = write(company, tmp_path / "second.zip")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert verify.verified(first.path)[2] == []


def test_a_month_in_which_nothing_happened_has_no_binder(company: Company, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        binder.write_binder(books_id=company.books.id, month=date(2020, 1, 1), out=tmp_path / "none.zip", actor=TESTER)
    assert refused.value.code == "no_such_period"
    assert list(tmp_path.iterdir()) == []


def test_every_altered_byte_of_the_packed_file_is_named(company: Company, tmp_path: Path) -> None:
    whole = write(company, tmp_path / "october.zip").path.read_bytes()
    chance = random.Random(20261121)
    altered = tmp_path / "altered.zip"
    with zipfile.ZipFile(tmp_path / "october.zip") as archive:
        members = [(info.filename, info.header_offset, info.file_size) for info in archive.infolist()]
    data_at = {name: offset + 30 + len(name) for name, offset, _ in members}
    places = [(name, chance.randrange(size)) for name, _, size in members for _ in range(25) if size]
    for name, place in places:
        at = data_at[name] + place
        is_ = whole[at] ^ chance.randrange(1, 256)
        altered.write_bytes(whole[:at] + bytes([is_]) + whole[at + 1 :])
        _, _, found = verify.verified(altered)
        named = [(one["member"], one["byte"]) for one in found if one["code"] == "byte"]
        assert named == [(name, place)], (name, place, found)
        if name.endswith(".jsonl"):
            assert found[0]["row"] == whole[data_at[name] : at].count(b"\n") + 1
            assert found[0]["field"] or whole[at : at + 1] in b'{}\n"[],', found


def test_every_altered_byte_around_the_members_is_named(company: Company, tmp_path: Path) -> None:
    whole = write(company, tmp_path / "october.zip").path.read_bytes()
    chance = random.Random(4)
    altered = tmp_path / "altered.zip"
    with zipfile.ZipFile(tmp_path / "october.zip") as archive:
        around = [at for info in archive.infolist() for at in range(info.header_offset, info.header_offset + 30)]
        around += list(range(archive.start_dir, len(whole)))
    for at in chance.sample(around, 150):
        altered.write_bytes(whole[:at] + bytes([whole[at] ^ chance.randrange(1, 256)]) + whole[at + 1 :])
        _, _, found = verify.verified(altered)
        assert [(one["code"], one["byte"]) for one in found] == [("container", at)], (at, found)


def test_many_altered_bytes_are_all_named(company: Company, tmp_path: Path) -> None:
    write(company, tmp_path / "october.zip")
    folder = unpacked(tmp_path / "october.zip", tmp_path / "unpacked")
    chance = random.Random(8)
    target = folder / "entries.jsonl"
    whole = target.read_bytes()
    wanted = sorted(chance.sample(range(0, len(whole), 40), 12))
    data = bytearray(whole)
    for at in wanted:
        data[at] ^= chance.randrange(1, 256)
    target.write_bytes(bytes(data))
    _, _, found = verify.verified(folder)
    assert [one["byte"] for one in found] == wanted
    assert all(one["member"] == "entries.jsonl" for one in found)


@pytest.mark.parametrize("change", ["more", "fewer", "gone", "foreign", "tail"])
def test_bytes_that_came_or_went_are_named(company: Company, tmp_path: Path, change: str) -> None:
    write(company, tmp_path / "october.zip")
    folder = unpacked(tmp_path / "october.zip", tmp_path / "unpacked")
    target = folder / "documents.jsonl"
    whole = target.read_bytes()
    match change:
        case "more":
            target.write_bytes(whole[:700] + b"x" + whole[700:])
        case "fewer":
            target.write_bytes(whole[:700] + whole[701:])
        case "gone":
            target.unlink()
        case "foreign":
            (folder / "note.txt").write_text("hello", "utf-8")
        case "tail":
            target.write_bytes(whole[:-1])
    _, _, found = verify.verified(folder)
    expected = {"gone": "missing", "foreign": "foreign"}.get(change, "length")
    assert found[0]["code"] == expected
    assert found[0]["member"] == ("note.txt" if change == "foreign" else "documents.jsonl")


def rebound(folder: Path) -> None:
    """Make manifest, seal and locator fit what lies in the folder now: a forger who knows the form."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    checks = b""
    for one in manifest["members"]:
        if one["name"] == verify.LOCATOR:
            (folder / verify.LOCATOR).write_bytes(checks)
        data = (folder / one["name"]).read_bytes()
        checks += verify.chunk_checks(data)
        one |= {
            "size": len(data),
            "sha256": verify.hashlib.sha256(data).hexdigest(),
            "crc32": verify.zlib.crc32(data),
        }
    data = json.dumps(manifest).encode("utf-8")
    (folder / "manifest.json").write_bytes(data)
    (folder / "manifest.seal").write_bytes(verify.seal_of(data))


@pytest.mark.parametrize(
    ("member", "old", "new", "code"),
    [
        ("entries.jsonl", '"memo":"a sale"', '"memo":"a gift"', "row"),
        ("documents.jsonl", '"term":"Net 30"', '"term":"Net 90"', "row"),
        ("documents.jsonl", '"no":2,', '"no":4,', "gap"),
        ("decisions.jsonl", '"inputs":{', '"inputs":{"a":1,', "row"),
        ("events.jsonl", '"actor":"system:', '"actor":"person:', "event"),
        ("series.jsonl", '"through":3', '"through":4', "gap"),
        ("deals.jsonl", '"po_number":"PO-77"', '"po_number":"PO-78"', "row"),
        ("contracts.jsonl", '"term":"Net 30"', '"term":"Net 90"', "row"),
        ("schedules.jsonl", '"over_time","', '"over_time","1', "row"),
        ("releases.jsonl", '"base_minor":', '"base_minor":1', "release"),
    ],
)
def test_a_forger_who_mends_the_manifest_is_found_by_the_record(
    company: Company, tmp_path: Path, member: str, old: str, new: str, code: str
) -> None:
    write(company, tmp_path / "october.zip")
    folder = unpacked(tmp_path / "october.zip", tmp_path / "unpacked")
    rebound(folder)
    assert verify.verified(folder)[2] == []
    target = folder / member
    text = target.read_text("utf-8")
    assert old in text
    target.write_text(text.replace(old, new, 1), "utf-8")
    rebound(folder)
    _, _, found = verify.verified(folder)
    assert found[0]["code"] == code
    assert found[0]["member"].replace("series", "documents") == member.replace("series", "documents")


def test_a_head_from_outside_is_compared(company: Company, tmp_path: Path) -> None:
    bound = write(company, tmp_path / "october.zip")
    assert verify.verified(bound.path, [verify.head_of(bound.head.short)])[2] == []
    other = verify.head_of(f"{'0' * 16} at {bound.head.sequence}")
    assert [one["code"] for one in verify.verified(bound.path, [other])[2]] == ["head"]


def test_no_single_change_of_a_byte_is_mistaken_for_another() -> None:
    assert len(verify._changes()) == verify.CHUNK * 255
