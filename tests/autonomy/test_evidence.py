"""Documents of the system that was really used, evidence, promotion with two signatures, and stepping down."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from counterfoil.audit import services as audit
from counterfoil.audit.domain import person
from counterfoil.autonomy import selectors, services
from counterfoil.autonomy.domain.levels import Change, NeedsPromotion
from counterfoil.autonomy.models import Answer, Document, LevelChange
from counterfoil.connectors.embedded import EmbeddedAccounting, EmbeddedCrm
from counterfoil.contracts import selectors as contracts
from counterfoil.crm import services as crm
from counterfoil.crm.domain import CustomerDraft
from counterfoil.crm.models import Opportunity as OpportunityRow
from counterfoil.decisions.domain import Mode
from counterfoil.flows import autonomy, close_deals, quality, undo
from counterfoil.flows.import_file import ImportResult
from counterfoil.flows.import_invoices import import_invoices
from counterfoil.flows.win_deal import enter_deal
from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.ledger.models import Entry
from tests.autonomy.tables import changed, fingerprints
from tests.builders import NOW, TESTER
from tests.company import Company, a_company, a_won_deal

pytestmark = pytest.mark.database
HEADER = "deal,number,date,due_date,terms,currency,net,tax,total"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with world.using(World(clock=lambda: NOW)):
        yield


@pytest.fixture
def company() -> Company:
    company = a_company()
    services.set_level(
        books_id=company.books.id,
        kind=close_deals.KIND,
        version=EmbeddedCrm().rule_version,
        mode=Mode.OBSERVE,
        actor=TESTER,
        at=NOW,
    )
    return company


def observed(company: Company, count: int) -> list[int]:
    """Enter deals of 1,000.00, 1,001.00 ... and let them be observed."""
    deals = [
        enter_deal(books_id=company.books.id, draft=a_won_deal(company, 100_000 + 100 * at), actor=TESTER, at=NOW)
        for at in range(count)
    ]
    assert company.closes().observed == count
    return deals


def rows_of(deals: list[int], *, wrong: int = 0) -> list[str]:
    """Return what another system invoiced for deals; the last `wrong` with other terms."""
    rows = []
    for at, deal in enumerate(deals):
        net, tax = 100_000 + 100 * at, 19_000 + 19 * at
        terms = "Net 60" if at >= len(deals) - wrong else "Net 30"
        amounts = ",".join(f"{minor // 100}.{minor % 100:02}" for minor in (net, tax, net + tax))
        rows.append(f"D-{deal},R-{deal},2026-10-20,,{terms},EUR,{amounts}")
    return rows


def brings_in(company: Company, rows: list[str], *, at: datetime = NOW, dry_run: bool = False) -> ImportResult:
    data = "\n".join([HEADER, *rows]).encode() + b"\n"
    return import_invoices(
        books_id=company.books.id, data=data, file_name="theirs.csv", dry_run=dry_run, actor=TESTER, at=at
    )


def found(company: Company, at: datetime = NOW) -> autonomy.Evidence:
    return autonomy.evidence(company.books.id, close_deals.KIND, at)


# ------------------------------------------------------------------------------------ documents


def test_invoices_of_another_system_are_kept_and_never_posted(company: Company) -> None:
    deals = observed(company, 3)
    before = fingerprints()
    done = brings_in(company, rows_of(deals))
    assert (done.accepted, done.unchanged, done.rejected) == (3, 0, 0)
    assert changed(before) <= {
        "autonomy_document",
        "crm_importbatch",
        "crm_import_batch",
        "audit_event",
        "audit_pending",
        "sqlite_sequence",
    }
    assert not Entry.objects.exists()
    assert audit.verify().ok


def test_the_same_file_again_is_unchanged_and_a_dry_run_writes_nothing(company: Company) -> None:
    rows = rows_of(observed(company, 3))
    before = fingerprints()
    assert brings_in(company, rows, dry_run=True).accepted == 3
    assert changed(before) == set()
    first = brings_in(company, rows)
    before = fingerprints()
    again = brings_in(company, rows)
    assert (again.accepted, again.unchanged, again.batch) == (0, 3, first.batch)
    assert changed(before) == set()


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        ("D-999999,R-0,2026-10-20,2026-11-19,,EUR,100.00,19.00,119.00", "deal", "document_unknown_deal"),
        ("{deal},R-1,2026-10-20,2026-11-19,,EUR,100.00,19.00,120.00", "total", "document_total_differs"),
        ("{deal},R-1,2026-10-20,2026-10-19,,EUR,100.00,19.00,119.00", "due_date", "document_due_before_issued"),
        ("{deal},R-1,20.10.2026,2026-11-19,,EUR,100.00,19.00,119.00", "date", "ambiguous_date"),
        ('{deal},R-1,2026-10-20,2026-11-19,,EUR,"1.00,00",19.00,119.00', "net", "ambiguous_number"),
        ("{deal},R-1,2026-10-20,2026-11-19,,EUR,-100.00,-19.00,-119.00", "total", "document_not_an_invoice"),
        ("{deal},R-1,2026-10-20,,,EUR,100.00,19.00,119.00", "due_date", "missing_value"),
        ("{deal},,2026-10-20,2026-11-19,,EUR,100.00,19.00,119.00", "number", "missing_value"),
        ("{deal},R-1,2026-10-20,,whenever,EUR,100.00,19.00,119.00", "terms", "unknown_term"),
        ("{deal},R-1,2026-10-20,2026-11-19,,XXQ,100.00,19.00,119.00", "currency", "unknown_currency"),
    ],
)
def test_a_bad_row_is_refused_by_its_field_and_the_others_stand(
    company: Company, row: str, field: str, code: str
) -> None:
    deals = observed(company, 1)
    done = brings_in(company, [*rows_of(deals), row.format(deal=f"D-{deals[0]}")])
    assert [(error.row, error.field, error.code) for error in done.errors] == [(3, field, code)]
    assert (done.accepted, done.rejected) == (1, 1)


def test_a_number_with_other_content_is_refused_within_and_across_files(company: Company) -> None:
    (row,) = rows_of(observed(company, 1))
    other = row.replace("Net 30", "Net 60")
    assert [error.code for error in brings_in(company, [row, row, other]).errors] == ["document_number_twice"]
    assert [error.code for error in brings_in(company, [other]).errors] == ["document_changed"]


def test_undoing_an_import_leaves_nothing_to_compare(company: Company) -> None:
    deals = observed(company, 3)
    done = brings_in(company, rows_of(deals))
    assert found(company).card.paired == 3
    undo.undo(
        books_id=company.books.id,
        target=f"import:{done.batch}",
        on=NOW.date(),
        reason="wrong file",
        actor=TESTER,
        at=NOW,
    )
    assert found(company).card.paired == 0
    assert Document.objects.exclude(withdrawn_at=None).count() == 3
    assert brings_in(company, rows_of(deals)).accepted == 3


def test_a_deal_that_was_invoiced_elsewhere_is_not_invoiced_twice() -> None:
    company = a_company()
    deal = enter_deal(books_id=company.books.id, draft=a_won_deal(company, 100_000), actor=TESTER, at=NOW)
    brings_in(company, rows_of([deal]))
    closed = company.closes()
    assert (closed.invoiced, closed.held) == (0, 1)
    assert [finding.code for finding in closed.findings[0]] == ["invoiced_elsewhere"]


# ------------------------------------------------------------------------------------ evidence


def test_the_scorecard_follows_from_the_raw_log(company: Company) -> None:
    deals = observed(company, 40)
    brings_in(company, rows_of(deals[:38], wrong=2))
    card = found(company).card
    assert (card.n, card.paired, card.missed, card.agreed, card.blind) == (38, 38, 0, 36, 38)
    assert card.differences == {"other_term": 2}
    assert card.kappa is not None
    assert found(company).card == card
    late = found(company, NOW + timedelta(days=31)).card
    assert (late.n, late.missed) == (40, 2)
    assert sum(one.n for one in late.by_segment["product"].values()) == 40


def test_a_deal_that_the_machine_never_judged_was_missed_by_it(company: Company) -> None:
    observed(company, 2)
    unknown = enter_deal(books_id=company.books.id, draft=a_won_deal(company, 100_000), actor=TESTER, at=NOW)
    brings_in(company, rows_of([unknown]), at=NOW + timedelta(hours=1))
    late = found(company, NOW + timedelta(days=40)).card
    assert late.differences == {"no_human_answer": 2, "no_machine_answer": 1}


# ------------------------------------------------------------------------------------ up and down


def audited(company: Company) -> None:
    """Complete the customer, and let the data of the last weeks be looked at."""
    crm.update_customer(
        customer_id=company.customer_id,
        draft=CustomerDraft("Kestrel Water AG", "DE", terms="Net 30", street="Deich 1", city="Husum"),
        actor=TESTER,
        at=NOW,
    )
    for week in range(6):
        day = NOW.date() - timedelta(weeks=week)
        quality.audit_data(books_id=company.books.id, week=day, today=NOW.date(), actor=TESTER, at=NOW)


def proven(company: Company, count: int = 220) -> None:
    brings_in(company, rows_of(observed(company, count)))


def test_nothing_rises_on_data_that_nobody_audited(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by configuration either: no variable, file or setting is read on the way to the gate."""
    proven(company)
    for name in ("QUALITY", "COUNTERFOIL_QUALITY", "COUNTERFOIL_MIN_QUALITY", "AUTONOMY_GATE"):
        monkeypatch.setenv(name, "0")
    with pytest.raises(autonomy.NotReady) as refused:
        autonomy.propose(books_id=company.books.id, kind=close_deals.KIND, actor=TESTER, at=NOW)
    assert refused.value.facts["codes"] == ["quality_over_gate"]


def test_the_way_to_the_gate_reads_no_configuration() -> None:
    source = Path(autonomy.__file__).parents[1]
    files = [source / "flows" / "autonomy.py", source / "flows" / "quality.py", source / "standards" / "quality.py"]
    for path in [*(source / "autonomy").rglob("*.py"), *files]:
        tree = ast.parse(path.read_text("utf-8"))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not (names | attributes) & {"environ", "getenv", "settings", "read_text", "open"}, path


def test_a_promotion_takes_evidence_and_two_people(company: Company) -> None:
    proven(company)
    audited(company)
    books_id = company.books.id
    kind, version = close_deals.KIND, EmbeddedCrm().rule_version
    with pytest.raises(NeedsPromotion):
        services.set_level(books_id=books_id, kind=kind, version=version, mode=Mode.SUGGEST, actor=TESTER, at=NOW)
    number = autonomy.propose(books_id=books_id, kind=close_deals.KIND, actor=TESTER, at=NOW)
    with pytest.raises(services.PromotionIsOpen):
        autonomy.propose(books_id=books_id, kind=close_deals.KIND, actor=TESTER, at=NOW)
    row = selectors.open_promotion(books_id, close_deals.KIND)
    assert row is not None

    def signs(email: str, hash_: str = row.evidence_hash) -> bool:
        return autonomy.sign(
            books_id=books_id, promotion_id=number, evidence_hash=hash_, signer=email, actor=person(email), at=NOW
        )

    with pytest.raises(services.EvidenceChanged):
        signs("helen@example.test", "0" * 64)
    assert not signs("helen@example.test")
    with pytest.raises(services.SignedAlready):
        signs("helen@example.test")
    assert selectors.mode(books_id, kind, version) is Mode.OBSERVE
    assert signs("omar@example.test")
    assert selectors.mode(books_id, kind, version) is Mode.SUGGEST
    last = LevelChange.objects.latest("id")
    assert (last.change, last.mode) == (Change.PROMOTED.value, "suggest")
    assert audit.verify().ok


def test_evidence_that_fell_since_stops_the_second_signature(company: Company) -> None:
    deals = observed(company, 240)
    brings_in(company, rows_of(deals[:210]))
    audited(company)
    books_id = company.books.id
    number = autonomy.propose(books_id=books_id, kind=close_deals.KIND, actor=TESTER, at=NOW)
    row = selectors.open_promotion(books_id, close_deals.KIND)
    assert row is not None
    brings_in(company, rows_of(deals, wrong=30)[210:])
    with pytest.raises(autonomy.NotReady):
        autonomy.sign(
            books_id=books_id,
            promotion_id=number,
            evidence_hash=row.evidence_hash,
            signer="helen@example.test",
            actor=TESTER,
            at=NOW,
        )


def test_a_breach_steps_down_by_itself_and_says_why(company: Company) -> None:
    books_id, version = company.books.id, EmbeddedCrm().rule_version
    LevelChange.objects.create(
        books_id=books_id,
        kind=close_deals.KIND,
        version=version,
        change=Change.PROMOTED.value,
        mode=Mode.OBSERVE.value,
        actor="person:helen",
        at=NOW,
        event_id=1,
    )
    deals = observed(company, 220)
    LevelChange.objects.create(
        books_id=books_id,
        kind=close_deals.KIND,
        version=version,
        change=Change.PROMOTED.value,
        mode=Mode.ACT_WITH_SAMPLE.value,
        actor="person:helen",
        at=NOW,
        event_id=1,
    )
    brings_in(company, rows_of(deals, wrong=20))
    (breach,) = autonomy.check_all(books_id=books_id, at=NOW)
    assert (breach.code, breach.to_mode) == ("agreement_fell", Mode.SUGGEST)
    assert selectors.mode(books_id, close_deals.KIND, version) is Mode.SUGGEST
    (line, *_) = selectors.history(books_id, close_deals.KIND)
    assert (line.entry.change, line.entry.actor) == (Change.DEMOTED, "system:autonomy")
    assert line.facts["need_micro"] == 950_000


def test_a_new_version_starts_at_observe_with_no_evidence(company: Company) -> None:
    proven(company, 40)
    assert selectors.mode(company.books.id, close_deals.KIND, "standards-other") is Mode.OBSERVE
    other = autonomy.evidence(company.books.id, close_deals.KIND, NOW, version="standards-other")
    assert other.card.n == 0


class EarlierCrm(EmbeddedCrm):
    """Our CRM, judged by a standard that went by another name."""

    rule_version = "standards-earlier"


def test_a_new_version_may_decide_the_log_again(company: Company) -> None:
    for at in range(40):
        enter_deal(books_id=company.books.id, draft=a_won_deal(company, 100_000 + at), actor=TESTER, at=NOW)
    closed = close_deals.close_deals(
        books_id=company.books.id,
        source=EarlierCrm(),
        sink=EmbeddedAccounting(),
        time_zone=company.books.time_zone,
        actor=TESTER,
    )
    assert closed.observed == 40
    books_id, kind, later = company.books.id, close_deals.KIND, NOW + timedelta(days=31)
    assert found(company, later).card.n == 0
    count = autonomy.replay_log(books_id=books_id, kind=kind, earlier="standards-earlier", actor=TESTER, at=NOW)
    assert count == 40
    before = autonomy.evidence(books_id, kind, later, version="standards-earlier")
    assert found(company, later).card == before.card
    assert autonomy.replay_log(books_id=books_id, kind=kind, earlier="standards-earlier", actor=TESTER, at=NOW) == 0
    assert selectors.mode(books_id, kind, EmbeddedCrm().rule_version) is Mode.OBSERVE
    with pytest.raises(autonomy.NothingToReplay):
        autonomy.replay_log(books_id=books_id, kind=kind, earlier="none", actor=TESTER, at=NOW)


def test_a_person_who_turns_a_suggestion_down_is_counted(company: Company) -> None:
    deals = observed(company, 3)
    count = autonomy.note_answer(
        books_id=company.books.id,
        kind=close_deals.KIND,
        subject=f"opportunity:{deals[0]}",
        is_agreed=False,
        reason="wrong customer",
        actor=TESTER,
        at=datetime(2026, 11, 20, tzinfo=UTC),
    )
    assert count == 1
    card = found(company, datetime(2026, 11, 21, tzinfo=UTC)).card
    assert card.differences == {"machine_invoiced_person_rejected": 1}


# ------------------------------------------------------------------------------------ acts by hand, and the board


def takes_back(company: Company, deal: int) -> None:
    contract = contracts.contracts_by_opportunity(company.books.id, [deal])[deal]
    undo.undo(
        books_id=company.books.id,
        target=f"contract:{contract.id}",
        reason="never ordered",
        with_dependents=True,
        actor=person("helen@example.test"),
        at=NOW,
    )


def test_what_people_take_back_counts_and_steps_a_kind_down_at_once(company: Company) -> None:
    deals = observed(company, 40)
    assert company.closes(is_confirmed=True).invoiced == 40
    assert (found(company).card.agreed, found(company).card.blind) == (40, 40)
    books_id, version = company.books.id, EmbeddedCrm().rule_version
    LevelChange.objects.create(
        books_id=books_id,
        kind=close_deals.KIND,
        version=version,
        change=Change.PROMOTED.value,
        mode=Mode.ACT_WITH_SAMPLE.value,
        actor="person:helen",
        at=NOW,
        event_id=1,
    )
    takes_back(company, deals[0])
    assert selectors.mode(books_id, close_deals.KIND, version) is Mode.SUGGEST
    (line, *_) = selectors.history(books_id, close_deals.KIND)
    assert (line.entry.change, line.entry.reason) == (Change.DEMOTED, "money_error_rose")
    assert found(company).card.differences == {"machine_invoiced_person_undone": 1}
    assert Answer.objects.filter(source="undo", reason="never ordered").count() == 1
    assert audit.verify().ok


def test_the_board_counts_what_was_done_alone_and_stands() -> None:
    company = a_company()
    for at in range(4):
        enter_deal(books_id=company.books.id, draft=a_won_deal(company, 100_000 + at), actor=TESTER, at=NOW)
    first, *rest = sorted(OpportunityRow.objects.values_list("id", flat=True))
    assert company.closes(only=[first], is_confirmed=True).invoiced == 1
    assert company.closes().invoiced == 3
    later = NOW + timedelta(hours=1)
    board = autonomy.board(company.books.id, later)
    assert (board.acted, board.minutes, board.unknown, board.risk_minor) == (3, 15, 3, 0)
    takes_back(company, rest[0])
    board = autonomy.board(company.books.id, later)
    assert (board.acted, board.minutes, board.unknown) == (2, 10, 2)


def test_money_at_risk_is_what_was_acted_on_times_the_highest_likely_error() -> None:
    company = a_company()
    books_id = company.books.id
    deals = [enter_deal(books_id=books_id, draft=a_won_deal(company, 100_000), actor=TESTER, at=NOW) for _ in range(2)]
    with world.using(World(clock=lambda: NOW, random_bytes=bytes)):  # All of it is drawn.
        services.set_level(
            books_id=books_id,
            kind=close_deals.KIND,
            version=EmbeddedCrm().rule_version,
            mode=Mode.ACT_WITH_SAMPLE,
            actor=TESTER,
            at=NOW,
        )
        company.closes()
    for deal, is_agreed in zip(deals, (True, False), strict=True):
        autonomy.note_answer(
            books_id=books_id,
            kind=close_deals.KIND,
            subject=f"opportunity:{deal}",
            is_agreed=is_agreed,
            actor=TESTER,
            at=NOW,
        )
    board = autonomy.board(books_id, NOW + timedelta(hours=1))
    wrong = board.evidence[0].card.money_error
    assert wrong is not None
    assert (wrong.micro, wrong.high_micro) == (500_000, 1_000_000)
    assert (board.acted, board.unknown, board.risk_minor) == (2, 0, 200_000)
