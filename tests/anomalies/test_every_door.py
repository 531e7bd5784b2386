"""Every seeded breach of an approval limit, split ones included, is stopped before posting through every door."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from counterfoil.billing import selectors as billing
from counterfoil.billing.domain import parsed_request
from counterfoil.connectors.embedded import EmbeddedAccounting
from counterfoil.crm import services as crm
from counterfoil.crm.domain import CustomerDraft, LineDraft, OpportunityDraft, ProductDraft, ProductKind
from counterfoil.flows.bill_due import bill_due
from counterfoil.flows.close_deals import DatedBy
from counterfoil.flows.enter_invoice import EnteredKind, enter_invoices
from counterfoil.flows.import_file import import_file
from counterfoil.flows.win_deal import enter_deal
from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.kernel.money import Money
from counterfoil.people import selectors as people
from counterfoil.people import services as people_services
from counterfoil.people.domain import Role
from counterfoil.policies.domain import ApprovalLimit, ApprovalMatrix, Kind
from counterfoil.web.addresses import deal_url
from tests.api.door import Door
from tests.builders import EUR, NOW, TESTER, eur
from tests.company import Company, a_company, a_won_deal
from tests.policies.people import in_force

pytestmark = pytest.mark.database
LIMIT = 20_000_00
MATRIX = ApprovalMatrix(
    (
        ApprovalLimit(Role.SALES, "", "", LIMIT, Decimal(10), Decimal(20), 45),
        ApprovalLimit(Role.CONTROLLER),
    )
)
CLOSE = date(2026, 11, 10)
KINDS = ("discount", "hidden_discount", "free_line", "minus_line", "amount", "term", "margin", "split")
SEEDS = range(3)


@dataclass(frozen=True, slots=True)
class Said:
    """A deal as any door can say it: quantity, unit price, discount and net of each line."""

    reference: str
    customer: str
    customer_id: int
    terms: str
    day: date
    lines: tuple[tuple[int, int, Decimal, int], ...]

    @property
    def net(self) -> int:
        return sum(line[3] for line in self.lines)


@pytest.fixture(autouse=True)
def _a_day() -> Iterator[None]:
    with world.using(World(clock=lambda: datetime(2026, 11, 15, 12, tzinfo=UTC))):
        yield


@pytest.fixture
def company() -> Company:
    company = a_company()
    crm.add_product(
        draft=ProductDraft("LIC", "Licence", ProductKind.LICENCE, price=eur(100_000), unit_cost=eur(50_000)),
        actor=TESTER,
        at=NOW,
    )
    return company


def seeded(kind: str, seed: int) -> list[Said]:
    """Return the deals of one breach, each of a customer of its own; parts of a split come one after another."""
    chance = random.Random(f"{kind}-{seed}")
    name = f"Buyer {kind} {seed}"
    customer_id = crm.add_customer(draft=CustomerDraft(name, "DE"), external_ids=(), actor=TESTER, at=NOW)
    terms = chance.choice(["Net 30", "Net 14", "EOM", "Due on receipt"])
    listed = 1000_00

    def deal(*lines: tuple[int, int, Decimal, int], no: int = 1, days: int = 0, terms: str = terms) -> Said:
        return Said(f"{kind}-{seed}-{no}", name, customer_id, terms, CLOSE - timedelta(days), lines)

    def line(quantity: int, price: int, percent: Decimal = Decimal(0)) -> tuple[int, int, Decimal, int]:
        return quantity, price, percent, int(quantity * price * (100 - percent) / 100)

    match kind:
        case "discount":
            return [deal(line(chance.randint(1, 10), listed, Decimal(chance.randint(11, 45))))]
        case "hidden_discount":
            return [deal(line(chance.randint(1, 10), listed * chance.randint(60, 89) // 100))]
        case "free_line":
            return [deal(line(5, listed), (1, 0, Decimal(0), 0))]
        case "minus_line":
            return [deal(line(10, listed), _taken_back(chance.randint(1_100_00, 3_000_00)))]
        case "amount":
            return [deal(line(chance.randint(21, 60), listed))]
        case "term":
            return [deal(line(2, listed), terms=chance.choice(["Net 46", "Net 60", "Net 90", "Net 30 EOM"]))]
        case "margin":
            return [deal(line(2, listed * chance.randint(55, 62) // 100))]
    parts = chance.randint(2, 4)
    each = chance.randint(20 // parts + 1, 19)
    return [deal(line(each, listed), no=no + 1, days=chance.randint(0, 13)) for no in range(parts)]


def _taken_back(minor: int) -> tuple[int, int, Decimal, int]:
    return 1, -minor, Decimal(0), -minor


def drafted(company: Company, said: Said) -> OpportunityDraft:
    lines = tuple(
        LineDraft("LIC", "Credit", amount=Money(price, EUR))
        if price < 0
        else LineDraft("LIC", "Licence", quantity * 10**6, Money(price, EUR), percent, Money(net or 0, EUR))
        for quantity, price, percent, net in said.lines
    )
    return a_won_deal(
        company,
        said.net,
        customer_id=said.customer_id,
        terms=said.terms,
        close_date=said.day,
        lines=lines,
        external_id=said.reference,
        name=said.reference,
        po_number=said.reference,
        delivered_on=said.day,
    )


def store(company: Company, said: Said) -> int:
    return enter_deal(books_id=company.books.id, draft=drafted(company, said), actor=TESTER, at=NOW)


def by_hand(company: Company, deals: list[Said], dated_by: DatedBy = DatedBy.TODAY) -> None:
    """Entered by hand and closed together."""
    for said in deals:
        store(company, said)
    company.closes(dated_by=dated_by)


def one_by_one(company: Company, deals: list[Said]) -> None:
    for said in deals:
        store(company, said)
        company.closes()


def historical(company: Company, deals: list[Said]) -> None:
    by_hand(company, deals, DatedBy.CLOSE)


def by_file(company: Company, deals: list[Said]) -> None:
    """A file says an amount, a discount and a quantity, and no price; one line a deal."""
    head = "external_id,name,account,amount,currency,stage,close_date,product_code,quantity,discount_pct,payment_terms,"
    rows = [head + "billing_type,owner_email,po_number"]
    for said in deals:
        quantity, _, percent, net = said.lines[0]
        rows.append(
            f"{said.reference},{said.reference},{said.customer},{net / 100:.2f},EUR,Closed Won,{said.day},LIC,"
            f"{quantity},{percent},{said.terms},up_front,boss@example.test,{said.reference}"
        )
    result = import_file(
        kind="deals",
        data="\n".join(rows).encode(),
        file_name="deals.csv",
        actor=TESTER,
        books_id=company.books.id,
        at=NOW,
    )
    assert (result.accepted, result.rejected) == (len(deals), 0), result.errors
    company.closes()


def by_api(company: Company, deals: list[Said]) -> None:
    door = Door(people_services.issue_token(user_id=user_of(company, Role.ACCOUNTANT), name="tests", actor=TESTER))
    for said in deals:
        store(company, said)
    assert door.post("/deals/close", {}).status_code == 200


def by_page(company: Company, deals: list[Said]) -> None:
    client = Client()
    user = people.user_by_email(email_of(company, Role.ACCOUNTANT))
    assert user is not None
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    for said in deals:
        id_ = store(company, said)
        assert client.post(f"{deal_url(id_)}/close").status_code in (200, 302, 422)


def as_invoice(company: Company, deals: list[Said]) -> None:
    for said in deals:
        day = said.day.isoformat()
        asked = parsed_request(
            {
                "customer": said.customer,
                "currency": "EUR",
                "issue_date": None,
                "terms": said.terms,
                "po_number": said.reference,
                "lines": [
                    {
                        "product_code": "LIC",
                        "quantity": str(quantity),
                        "unit_price": f"{price / 100:.2f}",
                        "discount_pct": f"{percent}",
                        "delivered_on": day,
                    }
                    for quantity, price, percent, _ in said.lines
                ],
            }
        )
        assert not isinstance(asked, list), asked
        from_hand = [
            type(asked)(**{**{name: getattr(asked, name) for name in asked.__slots__}, "source": said.reference})
        ]
        (entered,) = enter_invoices(books_id=company.books.id, requests=from_hand, actor=TESTER, at=NOW)
        assert entered.kind in (EnteredKind.DONE, EnteredKind.HELD), entered


def user_of(company: Company, role: Role) -> int:
    user = people.user_by_email(email_of(company, role))
    assert user is not None
    return int(user.pk)


def email_of(company: Company, role: Role) -> str:
    email = f"{role.value}@example.test"
    if people.user_by_email(email) is None:
        people_services.add_user(
            email=email, name=role.value, role=role, books_id=company.books.id, password=None, actor=TESTER
        )
    return email


def invoiced(company: Company, said: Said) -> int:
    rows = billing.document_summaries(company.books.id, customer_id=said.customer_id, limit=100)
    return sum(row.gross.minor * 100 // 119 for row in rows)


DOORS: dict[str, Callable[[Company, list[Said]], None]] = {
    "together": by_hand,
    "one by one": one_by_one,
    "historical": historical,
    "file": by_file,
    "api": by_api,
    "page": by_page,
    "invoice": as_invoice,
}


@pytest.mark.parametrize("door", DOORS)
def test_nothing_beyond_a_limit_is_posted(company: Company, door: str) -> None:
    in_force(company.books, Kind.APPROVAL_MATRIX, MATRIX)
    for kind in KINDS:
        if door == "file" and kind in ("free_line", "minus_line"):
            continue  # A row of a file has one line.
        for seed in SEEDS:
            deals = seeded(kind, seed)
            DOORS[door](company, deals)
            posted = invoiced(company, deals[0])
            if kind == "split":
                assert posted <= LIMIT, (kind, seed)
                assert posted < sum(said.net for said in deals)
            else:
                assert posted == 0, (kind, seed)


def test_what_keeps_every_limit_is_posted(company: Company) -> None:
    in_force(company.books, Kind.APPROVAL_MATRIX, MATRIX)
    said = Said(
        "fine", "Kestrel Water AG", company.customer_id, "Net 30", CLOSE, ((10, 1000_00, Decimal(10), 9000_00),)
    )
    by_hand(company, [said])
    assert invoiced(company, said) == 9000_00


@pytest.mark.parametrize("kind", ["discount", "amount", "term"])
def test_instalments_of_what_was_signed_before_the_limit_wait(company: Company, kind: str) -> None:
    for seed in SEEDS:
        (said,) = seeded(kind, seed)
        quantity, price, percent, net = said.lines[0]
        line = LineDraft("SUB", "Service", quantity * 10**6, Money(price, EUR), percent, None)
        draft = a_won_deal(
            company,
            net,
            customer_id=said.customer_id,
            terms=said.terms,
            close_date=CLOSE,
            lines=(line,),
            external_id=said.reference,
            billing_type="monthly",
        )
        enter_deal(books_id=company.books.id, draft=draft, actor=TESTER, at=NOW)
        assert company.closes().invoiced == 1
    in_force(company.books, Kind.APPROVAL_MATRIX, MATRIX)
    billed = bill_due(books_id=company.books.id, through=date(2026, 12, 31), sink=EmbeddedAccounting(), actor=TESTER)
    assert billed.invoiced == 0
    assert len({number for number, _ in billed.held}) == len(SEEDS)
