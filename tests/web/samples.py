"""Invented pages of an invented company (Tidewater Metering BV), to draw every template without a database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from counterfoil.kernel.currency import EUR
from counterfoil.kernel.money import Money
from counterfoil.web import charts
from counterfoil.web.pages import (
    auditing,
    bank,
    contracts,
    customers,
    deals,
    findings,
    gate,
    imports,
    invoices,
    invoicing,
    ledger,
    letterhead,
    people,
    products,
    search,
    shell,
    today,
    trust,
    undoing,
    waiting,
)
from counterfoil.web.parts import (
    Banner,
    Chip,
    Choice,
    Dot,
    Empty,
    EntryCard,
    Fact,
    Field,
    Figure,
    FormPage,
    Happened,
    Link,
    Pager,
    Pill,
    PostingLine,
    Said,
    Share,
    Step,
    Tone,
    Undo,
    View,
    Why,
)

NOW = datetime(2026, 11, 4, 9, 15, tzinfo=UTC)


def eur(text: str) -> Money:
    whole, _, cents = text.replace(",", "").partition(".")
    return Money(int(whole + cents.ljust(2, "0")), EUR)


PAID = Pill("Paid", Tone.GOOD)
PART = Pill("Part paid", Tone.INFO, Dot.HALF)
OVERDUE = Pill("Overdue 12 days", Tone.BAD)
HELD = Pill("Held", Tone.BAD)
WON = Pill("Invoiced", Tone.INFO, Dot.HALF)
OPEN = Pill("Open", Tone.PLAIN, Dot.RING)
KESTREL = Link("Kestrel Logistics", "/customers/kestrel")
NEVER = Pager(0)

SHELL = shell.Shell(
    organisation="Tidewater Metering BV",
    currency="EUR",
    me=shell.Me("Ines Marchetti", "ines@tidewater.example", "Controller"),
    groups=(
        shell.NavGroup("", "", (shell.NavItem("today", "Today", "/", "home", keys="g t"),)),
        shell.NavGroup(
            "sell",
            "Sell",
            (
                shell.NavItem("deals", "Deals", "/deals", "deal", keys="g d"),
                shell.NavItem("held", "Held deals", "/deals/held", "review", 3, is_hot=True, keys="g r"),
                shell.NavItem("customers", "Customers", "/customers", "people", keys="g c"),
            ),
        ),
        shell.NavGroup(
            "bill",
            "Bill",
            (
                shell.NavItem("contracts", "Contracts", "/contracts", "contract"),
                shell.NavItem("invoices", "Invoices", "/invoices", "invoice", keys="g i"),
            ),
        ),
        shell.NavGroup(
            "collect", "Collect", (shell.NavItem("bank", "Bank matching", "/bank", "bank", 23, keys="g b"),)
        ),
        shell.NavGroup(
            "books",
            "Books",
            (
                shell.NavItem("ledger", "Ledger and reports", "/ledger", "ledger"),
                shell.NavItem("periods", "Periods", "/periods", "close", keys="g l"),
            ),
        ),
        shell.NavGroup("trust", "Trust", (shell.NavItem("audit", "Audit trail", "/audit", "chain", keys="g a"),)),
        shell.NavGroup(
            "setup",
            "Set up",
            (
                shell.NavItem("imports", "Imports", "/imports", "import"),
                shell.NavItem("products", "Products", "/products", "product"),
                shell.NavItem("people", "People and tokens", "/people", "key"),
            ),
        ),
    ),
    tabs=(
        shell.NavItem("today", "Today", "/", "home"),
        shell.NavItem("held", "Held", "/deals/held", "review", 3, is_hot=True),
        shell.NavItem("deals", "Deals", "/deals", "deal"),
        shell.NavItem("bank", "Bank", "/bank", "bank"),
        shell.NavItem("invoices", "Invoices", "/invoices", "invoice"),
    ),
    state=Pill("November open", Tone.GOOD),
    is_demo=True,
)

AGES = (
    Share("Not due", eur("742180.40"), "14 invoices", "k-act", "/invoices?view=open"),
    Share("1 to 30 days", eur("151370.00"), "6 invoices", "k-soft"),
    Share("31 to 60 days", eur("74209.10"), "4 invoices", "k-warn"),
    Share("61 to 90 days", eur("41900.00"), "2 invoices", "k-bad"),
    Share("Over 90 days", eur("20000.00"), "1 invoice", "k-bad2"),
)
RIVER = (
    Share("In the bank", eur("148260.00"), "9 deals · 23.1 %", "k-ink"),
    Share("Invoiced, not yet paid", eur("352140.00"), "16 deals · 54.8 %", "k-act", "/invoices?view=open"),
    Share("To be invoiced later", eur("84000.00"), "3 deals · 13.1 %", "k-soft"),
    Share("Held", eur("58400.00"), "3 deals · 9.1 %", "held", "/deals/held"),
)
MONTHS = ("Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov")


def _strip(parts: Sequence[Share], label: str) -> charts.SafeString | None:
    return charts.strip([charts.Part(part.amount.minor, part.kind) for part in parts], label)


def _revenue() -> charts.SafeString | None:
    sizes = (9800, 10400, 10100, 11900, 12400, 12100, 13800, 14100, 13300, 15600, 16900, 2400)
    last = len(sizes) - 2
    values = [
        charts.Bar(month, size * 100, f"{size:,}" if place in (0, last) else "", "k-act" if place <= last else "k-soft")
        for place, (month, size) in enumerate(zip(MONTHS, sizes, strict=True))
    ]
    return charts.bars(values, "Revenue by month rose from 9,800 to 16,900 euros", every=1)


def _cash() -> charts.SafeString | None:
    sizes = (1200, 1140, 1090, 1180, 1160, 1230, 1190, 1284)
    points = [charts.Point(place * 7, size * 100_000) for place, size in enumerate(sizes)]
    ticks = [(size, f"{size / 100_000_000:.1f} m") for size in charts.even_ticks(109_000_000, 128_400_000)]
    return charts.line(points, "Bank balance of the past eight weeks, 1.28 million euros now", ticks=ticks)


TODAY = today.TodayPage(
    today=date(2026, 11, 4),
    sentence="Three won deals are held, 23 bank lines wait, and 27 invoices are overdue.",
    primary=Link("Work the held deals", "/deals/held"),
    secondary=Link("Match the bank", "/bank"),
    river_title="October: where the won money is",
    river_note="31 deals won, €642,800.00. Each deal is in exactly one place.",
    river=RIVER,
    river_chart=_strip(RIVER, "23.1 % in the bank, 54.8 % invoiced, 13.1 % later, 9.1 % held"),
    figures=(
        Figure("Cash in bank", eur("1284310.22"), note="2 accounts, statement of 3 Nov", url="/bank"),
        Figure("Open receivables", eur("1029659.50"), note="27 invoices", alarm="€287,479.10 overdue", url="/ledger"),
        Figure("Held deals", eur("58400.00"), note="3 deals", url="/deals/held"),
        Figure("Unmatched bank lines", text="23", note="€146,178.80 to settle", url="/bank"),
    ),
    needs=(
        today.Need(
            "Product is not in the price list",
            "Bluepeak Software",
            "“GTXPro” is unknown. Did you mean GTX Pro?",
            eur("24000.00"),
            "/deals/D-1187",
        ),
        today.Need(
            "Purchase order is missing",
            "Elbe Pharma",
            "This customer’s invoices need an order number.",
            eur("18900.00"),
            "/deals/D-1188",
        ),
        today.Need(
            "Two invoices fit one payment",
            "Dunmore Freight",
            "Both are open with 48,612.50. Choose one.",
            eur("48612.50"),
            "/bank",
        ),
    ),
    needs_note="26 open · €357,903.50 at stake",
    needs_url="/deals/held",
    done=(
        today.Done(
            "Issued 11 invoices, €84,310.00. All 11 met the standards.",
            "CF-871",
            "/decisions/CF-871",
            Undo("/undo", "Undo", (("decision", "CF-871"),)),
        ),
        today.Done(
            "Matched 27 payments, €119,204.66, on invoice number and equal amount.", "CF-882", "/decisions/CF-882"
        ),
    ),
    done_title="Done for you since yesterday",
    aging=AGES,
    aging_chart=_strip(AGES, "72.1 % of open receivables is not due, 5.9 % is older than 60 days"),
    aging_note="€1,029,659.50 in 27 invoices, today.",
    revenue_chart=_revenue(),
    revenue_note="EUR, released to profit and loss. November so far.",
    cash_chart=_cash(),
    cash_note="Account 1000, end of day.",
)
EMPTY_TODAY = today.TodayPage(
    today=date(2026, 11, 4),
    sentence="The books are open and empty. Two ways to begin:",
    primary=None,
    secondary=None,
    river_title="",
    river_note="",
    river=(),
    river_chart=None,
    figures=(),
    needs=(),
    needs_note="",
    needs_url="",
    done=(),
    done_title="",
    aging=(),
    aging_chart=None,
    aging_note="",
    revenue_chart=None,
    revenue_note="",
    cash_chart=None,
    cash_note="",
    start=(
        Empty(
            "import",
            "Bring in what your CRM has",
            "Customers, products and deals as CSV files.",
            Link("Import a file", "/imports"),
            Link("Try it first", "/imports"),
        ),
        Empty(
            "invoice", "Or begin by hand", "Enter a customer, then an invoice.", Link("New customer", "/customers/new")
        ),
    ),
)

ROWS = (
    deals.DealRow(
        "D-1187",
        "/deals/D-1187",
        "Platform renewal 2027",
        Link("Bluepeak Software", "/customers/bluepeak"),
        "Won",
        HELD,
        eur("24000.00"),
        "signed",
        date(2026, 10, 30),
        "Sam Whitlock",
    ),
    deals.DealRow(
        "D-1166",
        "/deals/D-1166",
        "Platform 2026/27",
        KESTREL,
        "Won",
        WON,
        eur("25100.00"),
        "signed",
        date(2026, 10, 12),
        "Sam Whitlock",
    ),
    deals.DealRow("D-1190", "/deals/D-1190", "Depot add-on", KESTREL, "Negotiation", OPEN, None, "estimated", None, ""),
)
DEALS = deals.DealsPage(
    sentence="€553,800.00 open in 11 deals; 31 won this month.",
    views=(
        View("All", "/deals", 212, is_current=True),
        View("Open", "/deals?view=open", 11),
        View("Held", "/deals?view=held", 3),
    ),
    filters=(Chip("Owner: Sam", "/deals"),),
    query="",
    view="",
    rows=ROWS,
    totals=(eur("49100.00"),),
    pager=Pager(3, 212, "/deals?before=9"),
    can_close=14,
    can_import=True,
)
OFFER = deals.AliasOffer(
    "product", "GTXPro", "GTX Pro", "GTX Pro", 519, (Choice("GTX Pro", "GTX Pro"), Choice("GTX Basic", "GTX Basic"))
)
UNKNOWN = Said(
    "“GTXPro” is not in the price list",
    "Finance needs the product to know the tax and when revenue is earned.",
    "Would pass: a product of the price list, or a name that someone confirmed for it.",
)
STEPS = (
    Step("Deal, won 12 Oct", Link("D-1166", "/deals/D-1166"), amount=eur("25100.00")),
    Step("Contract, signed", Link("C-0412", "/contracts/C-0412"), amount=eur("25100.00")),
    Step("Obligations", Link("2 of 2", "/contracts/C-0412"), "21,600.00 + 3,500.00"),
    Step("Invoice, VAT 5,271.00", Link("2026-1043", "/invoices/2026-1043"), amount=eur("30371.00"), is_current=True),
    Step("Journal entry", Link("J-33871", "/ledger/entries/J-33871"), "balances, 3 lines"),
    Step("Allocation, 28 Oct", Link("A-9120", "/bank"), amount=eur("10000.00")),
    Step("Bank line", Link(""), waits="not paid yet"),
)
WHYS = (
    Why("Product SRV-ONB, no renewal, delivered once.", "CF-19866", "Onboarding is one-time"),
    Why("Dutch customer, services, 21 %.", "CF-19868", "VAT 21 %"),
    Why("All 12 fields that finance needs passed.", "CF-19871", "Issued without review"),
)
HAPPENED = (
    Happened(
        datetime(2026, 10, 30, 16, 42, tzinfo=UTC),
        "Held before posting: product not in the price list.",
        "stub",
        Link("CF-742", "/decisions/CF-742"),
        is_automatic=True,
    ),
    Happened(
        date(2026, 10, 29), "Mail from Karin Holt, procurement", "collect", quote="“Happy to sign for another year.”"
    ),
    Happened(date(2026, 10, 28), "Paid", "bank", amount=eur("10000.00")),
)
LINES = (
    deals.DealLine("GTXPro", "", "", 40_000_000, eur("540.00"), "10.0 %", eur("21600.00"), UNKNOWN),
    deals.DealLine("Admin training", "SRV-TRN", "One-time service", 2_500_000, eur("1200.00"), "", eur("2400.00")),
)
DEAL = deals.DealPage(
    opportunity_id=1187,
    number="D-1187",
    name="Bluepeak Software: platform renewal 2027",
    url="/deals/D-1187",
    customer=Link("Bluepeak Software", "/customers/bluepeak"),
    sentence="won 30 Oct by Sam Whitlock.",
    state=Pill("Won, held", Tone.BAD),
    is_held=True,
    banner=Banner(
        Tone.BAD, "stop", "Finance cannot invoice this deal yet", "One field does not pass. Nothing was posted."
    ),
    problems=(deals.Problem("product", "Product, line 1", UNKNOWN, OFFER),),
    fields=(
        deals.FieldState("Customer", "Bluepeak Software"),
        deals.FieldState("Product", "GTXPro", UNKNOWN),
        deals.FieldState("Payment term", "Net 30"),
        deals.FieldState("Amount", "signed"),
    ),
    lines=LINES,
    total=eur("24000.00"),
    currency="EUR",
    steps=(STEPS[0], Step("Contract", Link(""), waits="waits for the product")),
    whys=WHYS[:1],
    happened=HAPPENED,
    facts=(Fact("From", "hubspot 88412"), Fact("Read", "4 Nov, 09:13")),
    diff=(deals.VersionDiff("Amount", "24,000.00", "21,000.00"),),
    may_close=True,
    may_alias=True,
)
HELD_PAGE = deals.HeldPage(
    sentence="519 won deals wait, €2,498,642.00. One reason holds them all.",
    reasons=(
        deals.HeldReason(
            "unknown_product",
            "Product not in the price list",
            519,
            eur("2498642.00"),
            "/deals/held?reason=unknown_product",
        ),
    ),
    offers=(OFFER,),
    rows=tuple(ROWS[:2]),
    total=eur("2498642.00"),
    pager=Pager(2, 519, "/deals/held?before=4"),
    currency="EUR",
    may_alias=True,
    may_close=True,
)
CUSTOMERS = customers.CustomersPage(
    "41 customers; 12 owe €1,029,659.50.",
    "",
    (
        customers.CustomerRow(
            "/customers/kestrel", "Kestrel Logistics BV", "Utrecht, NL", "Net 30", (eur("27631.00"),), ()
        ),
        customers.CustomerRow(
            "/customers/lindqvist",
            "Lindqvist Marine",
            "Gothenburg, SE",
            "Net 45",
            (eur("32155.00"),),
            (eur("32155.00"),),
        ),
    ),
    Pager(2, 41, "/customers?after=2"),
    may_add=True,
)
INVOICE_ROWS = (
    invoices.InvoiceRow(
        "2026-1061",
        "/invoices/2026-1061",
        KESTREL,
        date(2026, 11, 3),
        date(2026, 12, 3),
        Pill("Due 3 Dec", Tone.INFO, Dot.RING),
        eur("7260.00"),
        eur("7260.00"),
    ),
    invoices.InvoiceRow(
        "2026-1043",
        "/invoices/2026-1043",
        KESTREL,
        date(2026, 10, 14),
        date(2026, 11, 13),
        PART,
        eur("30371.00"),
        eur("20371.00"),
    ),
    invoices.InvoiceRow(
        "CN-2026-0007",
        "/invoices/CN-2026-0007",
        KESTREL,
        date(2026, 9, 1),
        None,
        Pill("Credit note"),
        eur("1210.00"),
        None,
        "credits 2026-0901",
    ),
)
CUSTOMER = customers.CustomerPage(
    key="kestrel",
    name="Kestrel Logistics BV",
    url="/customers/kestrel",
    sentence="Utrecht. Customer since March 2022. Net 30.",
    state=OVERDUE,
    figures=(
        Figure("Open", eur("27631.00"), note="2 invoices, none overdue"),
        Figure("Invoiced in 12 months", eur("84620.00"), note="11 invoices"),
        Figure("Usually pays", text="7 days late", note="last 24 invoices"),
    ),
    facts=(Fact("Payment term", "Net 30"), Fact("VAT number", "NL8134.02.775.B01"), Fact("Currency", "EUR")),
    contacts=(
        customers.ContactRow("Aoife Byrne", "aoife@kestrel.example", "+31 30 555 01 02", "payables"),
        customers.ContactRow("", "", "", is_erased=True),
    ),
    deals=ROWS,
    invoices=INVOICE_ROWS,
    payments=(customers.PaymentRow("P-7731", "", date(2026, 10, 28), eur("10000.00"), eur("0.00"), "2026-1043"),),
    contracts=(Link("C-0412", "/contracts/C-0412"),),
    happened=HAPPENED,
    external=(Fact("hubspot", "88412"),),
    currency="EUR",
    may_invoice=True,
    may_pay=True,
)
FORM = FormPage(
    title="New customer",
    sentence="For a customer that no CRM knows.",
    action="/customers/new",
    fields=(
        Field("name", "Name", "Kestrel", is_required=True),
        Field(
            "country",
            "Country",
            "NL",
            kind="select",
            choices=(Choice("NL", "Netherlands"), Choice("DE", "Germany")),
            is_required=True,
        ),
        Field(
            "term",
            "Payment term",
            "Net 9O",
            refusal=Said(
                "“Net 9O” is no payment term", passes="Would pass: Net 30, 2/10 Net 30, EOM.", suggestion="Net 90"
            ),
            is_required=True,
        ),
        Field("vat_id", "VAT number", hint="With the country’s two letters"),
        Field("note", "Note", kind="textarea"),
    ),
    button="Add the customer",
    back=Link("Back", "/customers"),
    once="k1",
    refused=1,
)
INVOICES = invoices.InvoicesPage(
    "27 open invoices, €1,029,659.50; €287,479.10 of it is overdue.",
    (
        View("Open", "/invoices?view=open", 27, is_current=True),
        View("Overdue", "/invoices?view=overdue", 13),
        View("All", "/invoices?view=all", 212),
    ),
    (),
    "",
    "open",
    INVOICE_ROWS,
    (eur("27631.00"),),
    Pager(3, 27),
    "EUR",
    may_add=True,
)
ENTRY = EntryCard(
    number="J-33871",
    entry_date=date(2026, 10, 14),
    period="2026-10",
    memo="Invoice 2026-1043",
    postings=(
        PostingLine(Link("1100 Receivables", "/ledger/accounts/1100"), eur("30371.00"), eur("30371.00")),
        PostingLine(
            Link("2200 Contract position", "/ledger/accounts/2200"), eur("-25100.00"), eur("-25100.00"), "C-0412"
        ),
        PostingLine(Link("2400 VAT payable", "/ledger/accounts/2400"), eur("-5271.00"), eur("-5271.00")),
    ),
    url="/ledger/entries/J-33871",
    total=eur("30371.00"),
)
DOCUMENT = invoices.Document(
    kind="Invoice",
    number="2026-1043",
    seller="Tidewater Metering BV",
    seller_lines=("Havenkade 12, Rotterdam", "VAT NL8612.44.317.B01"),
    buyer="Kestrel Logistics BV",
    buyer_lines=("Accounts payable", "Kade 4, Utrecht", "VAT NL8134.02.775.B01"),
    facts=(
        Fact("Issued", "14 Oct 2026"),
        Fact("Due", "13 Nov 2026"),
        Fact("Your order", "KL-7719"),
        Fact("Reference", "RF18 2026 1043"),
    ),
    lines=(
        invoices.DocumentLine(
            "Platform subscription", "1 Oct 2026 to 30 Sep 2027, less 10 %", 40_000_000, eur("540.00"), eur("21600.00")
        ),
        invoices.DocumentLine("Onboarding service", "Delivered 22 Oct 2026", 1_000_000, eur("3500.00"), eur("3500.00")),
    ),
    net=eur("25100.00"),
    taxes=(invoices.TaxLine("VAT 21 %", eur("5271.00")),),
    total=eur("30371.00"),
    total_label="To pay",
    note="Please pay to NL20 INGB 0001 2345 67 and quote RF18 2026 1043.",
    currency="EUR",
    audit_head="Audit head 48,213 · b274f7cfaaf92af9",
)
INVOICE = invoices.InvoicePage(
    number="2026-1043",
    url="/invoices/2026-1043",
    kind="Invoice",
    customer=KESTREL,
    sentence="issued 14 Oct by rule, due 13 Nov. Cannot be changed; corrections are credit notes.",
    state=PART,
    steps=STEPS,
    document=DOCUMENT,
    balance=(
        Fact("Invoiced", amount=eur("30371.00")),
        Fact("Paid 28 Oct", amount=eur("-10000.00")),
        Fact("Open, EUR", amount=eur("20371.00"), is_sum=True),
    ),
    entries=(ENTRY,),
    whys=WHYS,
    happened=HAPPENED,
    currency="EUR",
    pdf_url="/invoices/2026-1043/pdf",
    credit_url="/invoices/2026-1043/credit",
    pay_url="/payments/new?invoice=2026-1043",
    earned="Earned so far: 5,334.52 of 25,100.00.",
    contract=Link("C-0412", "/contracts/C-0412"),
)


def _line(number: int | str, refusal: Said | None = None) -> invoicing.LineInput:
    at = f"-{number}"
    return invoicing.LineInput(
        str(number),
        Field(
            f"product{at}",
            "Product",
            kind="select",
            choices=(Choice("", "–"), Choice("PLT", "Platform")),
            is_required=True,
        ),
        Field(f"text{at}", "Text", "Seats, October"),
        Field(f"quantity{at}", "Quantity", "1", is_required=True, is_numeric=True),
        Field(f"price{at}", "Price", "1.234,5O", refusal=refusal, is_required=True, is_numeric=True),
        Field(f"tax{at}", "Tax", kind="select", choices=(Choice("", "By product"),)),
    )


INVOICE_FORM = invoicing.InvoiceFormPage(
    fields=(
        Field(
            "customer",
            "Customer",
            kind="select",
            choices=(Choice("kestrel", "Kestrel Logistics BV"),),
            is_required=True,
        ),
        Field("issue_date", "Invoice date", "2026-11-04", kind="date", is_required=True, hint="Period 2026-11, open"),
        Field("term", "Payment term", "Net 30"),
        Field("po", "Purchase order"),
    ),
    lines=(_line(1, Said("Not a number: “5O” ends in the letter O", suggestion="1234.50")), _line(2)),
    products=(),
    currency="EUR",
    once="k2",
    blank=_line("__n__"),
    refused=1,
)
CREDIT = invoicing.CreditPage(
    Link("2026-1043", "/invoices/2026-1043"),
    "Kestrel Logistics BV",
    eur("30371.00"),
    (
        "A credit note takes back 30,371.00 with 5,271.00 VAT.",
        "Revenue of 5,334.52 that was earned so far is reversed.",
        "The rest of the schedule ends.",
    ),
    Field("date", "Date", "2026-11-04", kind="date", is_required=True),
    Field("reason", "Reason", is_required=True),
    "k3",
)
CONTRACTS = contracts.ContractsPage(
    "34 contracts, €612,400.00 still to earn.",
    (),
    "",
    "",
    (
        contracts.ContractRow(
            "C-0412",
            "/contracts/C-0412",
            KESTREL,
            date(2026, 10, 12),
            "1 Oct 2026 to 30 Sep 2027",
            eur("25100.00"),
            eur("5334.52"),
            Pill("Running", Tone.INFO, Dot.HALF),
        ),
    ),
    (),
    Pager(1, 34),
    "EUR",
)
CONTRACT = contracts.ContractPage(
    number="C-0412",
    customer=KESTREL,
    sentence="signed 12 Oct, order KL-7719.",
    state=Pill("Running", Tone.INFO, Dot.HALF),
    figures=(
        Figure("Price", eur("25100.00")),
        Figure("Invoiced", eur("25100.00"), note="1 of 1 bills"),
        Figure("Earned", eur("5334.52"), note="to 31 Oct"),
        Figure("Contract liability", eur("19765.48"), note="invoiced before it is earned"),
    ),
    steps=STEPS,
    facts=(Fact("Signed", "12 Oct 2026"), Fact("Order", "KL-7719"), Fact("Term", "Net 30")),
    obligations=(
        contracts.ObligationRow(
            "Platform subscription",
            "Subscription",
            "By day",
            "1 Oct 2026 to 30 Sep 2027",
            40_000_000,
            eur("21600.00"),
            eur("1834.52"),
            eur("19765.48"),
        ),
        contracts.ObligationRow(
            "Onboarding service",
            "One-time service",
            "On delivery",
            "22 Oct 2026",
            1_000_000,
            eur("3500.00"),
            eur("3500.00"),
            eur("0.00"),
        ),
    ),
    bills=(
        contracts.BillRow(1, date(2026, 10, 14), eur("25100.00"), WON, is_invoiced=True),
        contracts.BillRow(2, date(2027, 10, 14), eur("25100.00"), Pill("Planned", Tone.PLAIN, Dot.RING)),
    ),
    invoices=INVOICE_ROWS[:1],
    months=(
        contracts.MonthRow(
            date(2026, 10, 1), eur("5334.52"), is_posted=True, entry=Link("J-33902", "/ledger/entries/J-33902")
        ),
        contracts.MonthRow(date(2026, 11, 1), eur("1775.34"), is_posted=False),
    ),
    chart=_revenue(),
    whys=WHYS,
    currency="EUR",
    total=eur("25100.00"),
    earned=eur("5334.52"),
    left=eur("19765.48"),
    deliver_on=date(2026, 11, 4),
)
LINE = bank.LineCard(
    key="17",
    who="DUNMORE FREIGHT LTD",
    text="INV 1021 1027 1033 LESS CHG",
    booked_on=date(2026, 11, 3),
    amount=eur("48612.50"),
    state=Pill("Choose", Tone.WARN, Dot.HALF),
    facts=(("Text", "INV 1021 1027 1033 LESS CHG"), ("Account", "GB29 NWBK 6016 1331 9268 19")),
    why=Why("Three numbers in the text exist and are open for this payer.", "CF-951"),
    candidates=(
        bank.Candidate(
            "i1",
            "2026-1021",
            "/invoices/2026-1021",
            "Dunmore Freight",
            date(2026, 10, 18),
            eur("18150.00"),
            eur("18150.00"),
            is_proposed=True,
            why="number in the text",
        ),
        bank.Candidate(
            "i2",
            "2026-1027",
            "/invoices/2026-1027",
            "Dunmore Freight",
            date(2026, 10, 24),
            eur("12402.50"),
            eur("12402.50"),
            is_proposed=True,
        ),
        bank.Candidate(
            "i3",
            "2026-1050",
            "/invoices/2026-1050",
            "Dunmore Freight",
            date(2026, 11, 12),
            eur("18101.00"),
            eur("18101.00"),
        ),
    ),
    settled=(),
    entry=None,
    accounts=(Choice("6000", "6000 Bank charges"),),
    customers=("Kestrel Logistics BV",),
    settles=eur("30552.50"),
    left=eur("18060.00"),
    undo=None,
    may_match=True,
)
BANK = bank.BankPage(
    title="Bank matching",
    sentence="ING current account, 2 to 4 November. 61 lines: 38 matched on their own, 23 need you.",
    figures=(
        Figure("Statement, 4 Nov", eur("1102455.91")),
        Figure("Ledger 1000", eur("956277.11"), url="/ledger/accounts/1000"),
        Figure("In the 23 lines below", eur("146178.80")),
        Figure("Unexplained", eur("0.00"), tone=Tone.GOOD),
    ),
    views=(View("To do", "/bank", 23, is_current=True), View("All", "/bank?view=all", 61)),
    accounts=(),
    rows=(
        bank.BankLineRow(
            "b17",
            "/bank?line=b17",
            date(2026, 11, 3),
            "DUNMORE FREIGHT LTD",
            "INV 1021 1027 1033 LESS CHG",
            eur("48612.50"),
            Pill("Choose", Tone.WARN, Dot.HALF),
            is_current=True,
        ),
        bank.BankLineRow(
            "b18",
            "/bank?line=b18",
            date(2026, 11, 3),
            "J HARROW",
            "thanks",
            eur("1815.00"),
            Pill("No match", Tone.PLAIN, Dot.RING),
        ),
        bank.BankLineRow(
            "b19",
            "/bank?line=b19",
            date(2026, 11, 2),
            "ING charges",
            "October",
            eur("-38.40"),
            Pill("By rule", Tone.AUTO),
        ),
    ),
    pager=Pager(3, 23, "/bank?before=19"),
    line=LINE,
    currency="EUR",
    ready=16,
    may_match=True,
    may_import=True,
)
REPORTS = (
    View("Trial balance", "/ledger/reports/trial-balance", is_current=True),
    View("Balance sheet", "/ledger/reports/balance-sheet"),
    View("Profit and loss", "/ledger/reports/profit-and-loss"),
    View("Aged receivables", "/ledger/reports/aged-receivables"),
)
REPORT = ledger.ReportPage(
    name="trial-balance",
    title="Trial balance",
    sentence="As of 4 Nov 2026. Debits equal credits, 1,314,681.50.",
    reports=REPORTS,
    columns=("Debit, EUR", "Credit, EUR"),
    rows=(
        ledger.ReportRow("Assets", is_heading=True),
        ledger.ReportRow(
            "Bank",
            (ledger.Cell(eur("1284310.50"), "/ledger/accounts/1000"), ledger.Cell()),
            "1000",
            "/ledger/accounts/1000",
            1,
        ),
        ledger.ReportRow(
            "Receivables",
            (ledger.Cell(eur("30371.00"), "/ledger/accounts/1100"), ledger.Cell()),
            "1100",
            "/ledger/accounts/1100",
            1,
        ),
        ledger.ReportRow("Assets", (ledger.Cell(eur("1314681.50")), ledger.Cell()), is_total=True),
        ledger.ReportRow("Income", is_heading=True),
        ledger.ReportRow(
            "Revenue",
            (ledger.Cell(), ledger.Cell(eur("1314681.50"), "/ledger/accounts/4000")),
            "4000",
            "/ledger/accounts/4000",
            1,
        ),
    ),
    totals=(ledger.ReportRow("Total", (ledger.Cell(eur("1314681.50")), ledger.Cell(eur("1314681.50")))),),
    currency="EUR",
    label="Account",
    as_of=date(2026, 11, 4),
    state=Pill("Balances", Tone.GOOD),
    downloads=(Link("CSV", "/ledger/reports/trial-balance.csv"),),
)
ACCOUNT = ledger.AccountPage(
    code="1100",
    name="Receivables",
    kind="asset",
    sentence="2 postings from 1 Oct to 4 Nov 2026.",
    crumbs=(Link("Trial balance", "/ledger"), Link("1100 Receivables", "")),
    start=date(2026, 10, 1),
    end=date(2026, 11, 4),
    opening=eur("0.00"),
    closing=eur("20371.00"),
    debits=eur("30371.00"),
    credits=eur("10000.00"),
    lines=(
        ledger.AccountLine(
            date(2026, 10, 14),
            Link("J-33871", "/ledger/entries/J-33871"),
            "Invoice 2026-1043",
            "Kestrel Logistics BV",
            eur("30371.00"),
            None,
            eur("30371.00"),
        ),
        ledger.AccountLine(
            date(2026, 10, 28),
            Link("J-33899", "/ledger/entries/J-33899"),
            "Payment",
            "Kestrel Logistics BV",
            None,
            eur("10000.00"),
            eur("20371.00"),
        ),
    ),
    pager=Pager(2),
    currency="EUR",
    url="/ledger/accounts/1100",
)
ENTRY_PAGE = ledger.EntryPage(
    card=ENTRY,
    sentence="Invoice 2026-1043 to Kestrel Logistics, posted 14 Oct, 16:42.",
    state=Pill("Posted", Tone.GOOD),
    crumbs=(Link("Trial balance", "/ledger"), Link("1100 Receivables", "/ledger/accounts/1100"), Link("J-33871", "")),
    steps=STEPS,
    facts=(
        Fact("Document", link=Link("2026-1043", "/invoices/2026-1043")),
        Fact("Posted", "14 Oct, 16:42"),
        Fact("In the record", link=Link("48,207", "/audit?event=48207")),
    ),
    whys=WHYS[:1],
    currency="EUR",
)
WAITING = waiting.WaitingPage(
    "1 invoice is held, 1 draft waits. They have no number and are not in the books.",
    (View("Open", "/invoices?view=open"), View("Waiting", "/invoices/waiting", 2, is_current=True)),
    held=(
        waiting.Waiting(
            "H-4",
            Link("Kestrel Logistics BV", "/customers/1"),
            eur("1200.00"),
            date(2027, 6, 1),
            Said("Dated 2027-06-01, more than 30 days ahead", passes="Would pass: 2026-12-21 or earlier."),
            date(2026, 11, 21),
            "/invoices/waiting/H-4/enter",
            "/invoices/waiting/H-4/discard",
        ),
    ),
    drafts=(
        waiting.Waiting(
            "Draft 9",
            Link("Greyfriars Press", "/customers/2"),
            eur("90.00"),
            date(2026, 11, 21),
            None,
            date(2026, 11, 21),
            "/invoices/waiting/9/issue",
            "/invoices/waiting/9/discard",
        ),
    ),
    refusals=(Said("Dated 2027-06-01, more than 30 days ahead"),),
)
PERIODS = ledger.PeriodsPage(
    "October is the oldest open month.",
    (
        ledger.PeriodRow(
            date(2026, 11, 1), "2026-11", Pill("Open", Tone.GOOD), "", "/ledger/reports/trial-balance?as-of=2026-11-30"
        ),
        ledger.PeriodRow(
            date(2026, 10, 1),
            "2026-10",
            Pill("Open", Tone.GOOD),
            "",
            "/ledger/reports/trial-balance?as-of=2026-10-31",
            Undo("/periods/2026-10/close", "Close October"),
        ),
        ledger.PeriodRow(
            date(2026, 9, 1),
            "2026-09",
            Pill("Closed"),
            "Ines Marchetti, 7 Oct",
            "/ledger/reports/trial-balance?as-of=2026-09-30",
            Undo("/periods/2026-09/reopen", "Reopen"),
            needs_reason=True,
        ),
    ),
    "EUR",
    may_close=True,
)
AUDIT = trust.AuditPage(
    sentence="48,213 events in one chain. Nothing here can be edited, by anyone.",
    banner=Banner(
        Tone.GOOD,
        "shield",
        "48,213 events verified, 0 altered, 0 missing",
        "Counted, linked and compared with 16,137 rows.",
        "b274f7cfaaf92af969cf78c2e467afd2",
    ),
    rows=(
        trust.EventRow(
            48213,
            NOW,
            "Jonas Okafor",
            is_automatic=False,
            title="Matched",
            text="Payment P-7731 to 2026-1040, 4,310.00",
            decision="CF-950",
            hash="b274f7cfaa",
            url="/audit?event=48213",
        ),
        trust.EventRow(
            48212,
            NOW,
            "Counterfoil, close deals",
            is_automatic=True,
            title="Issued",
            text="11 invoices",
            decision="CF-951",
            hash="8c2465d3fb",
            url="/audit?event=48212",
            is_current=True,
        ),
    ),
    pager=Pager(2, 48213, "/audit?before=48212"),
    card=trust.EventCard(
        48212,
        "11 invoices issued",
        "",
        "a39a6b01bb",
        "8c2465d3fb",
        "b274f7cfaa",
        (Fact("By", "close_deals"), Fact("Items", "11")),
        '{"count": 11}',
    ),
    kinds=(),
    head=(Fact("Sequence", "48,213"), Fact("Hash", "b274f7cfaaf92af969cf78c2e467afd2")),
    verify_url="/audit/verify",
    head_url="/audit/head",
    side=auditing.Side(
        stores=(
            auditing.StoreRow("Notary mailbox", "4 Nov, 09:00, 48,200", is_good=True),
            auditing.StoreRow("Vault", "nothing yet", is_good=False, problem="The store could not be reached."),
        ),
        months=(Choice("2026-11", "November 2026, open"), Choice("2026-10", "October 2026")),
        month="2026-10",
        binder=auditing.BinderCard("October 2026", "done", "October 2026, 9.4 MB", "/audit/binder/2026-10", ""),
        rate="2 %",
        rates=(("match", "5 %"),),
        rate_value="2",
        rate_policy="sampling-3",
        rate_kinds=(Choice("match", "Match"),),
        may_set_rate=True,
        relaxed=(auditing.Relaxed("3 Nov, 15:10", "ines", "four_eyes-0", Link("D-1166", "/deals/D-1166")),),
        overrides=(auditing.Relaxed("3 Nov, 15:10", "mira", "held became passed: they called", Link("D-1187")),),
        seed="b274f7cf",
    ),
)
PRIVACY = auditing.PrivacyPage(
    rows=(auditing.RetentionRow("Documents", 10, 1_061, 0, "31 Dec 2036", "Books are kept."),),
    policy="retention-0",
    query="17",
    refusal="",
    card=auditing.PersonCard(
        "17",
        "Ana Silva",
        (auditing.HeldRow("Email", "ana@example.test"), auditing.HeldRow("Document", "2026-1043", "31 Dec 2036")),
        is_erased=False,
        may_erase=True,
        report=(auditing.HeldRow("Values erased", "7"),),
    ),
)
DECISION = trust.DecisionPage(
    number="CF-951",
    title="Deals closed",
    heading="11 won deals invoiced",
    verdict="All fields that finance needs passed, and none was invoiced before.",
    stub=(
        Fact("Decided", "11 done"),
        Fact("When", "30 Oct, 16:42"),
        Fact("By", "Rule close_deal 1"),
        Fact("Level", "Acts"),
        Fact("Effects", "11 invoices"),
        Fact("In chain", link=Link("47,655", "/audit?event=47655")),
    ),
    items=(
        trust.DecisionItemRow(1, Link("D-1166", "/deals/D-1166"), Pill("Done", Tone.GOOD), "All 12 fields passed."),
        trust.DecisionItemRow(2, Link("D-1187", "/deals/D-1187"), HELD, "“GTXPro” is not in the price list."),
    ),
    inputs=(Fact("Customer", "Kestrel Logistics BV"),),
    effects=(Link("2026-1043", "/invoices/2026-1043"),),
    total=2,
    pager=Pager(2),
    state=Pill("By rule", Tone.AUTO),
    raw='{"count": 11}',
)
IMPORTS = imports.ImportsPage(
    "2 files were brought in. Each can be taken back as a whole.",
    (),
    (),
    (
        Field(
            "kind",
            "What the file holds",
            "deals",
            kind="select",
            choices=(Choice("deals", "Deals"), Choice("bank", "Bank statement")),
            is_required=True,
        ),
        Field("file", "File", kind="file", is_required=True, hint="CSV or CAMT.053; encoding and delimiter are found."),
        Field(
            "profile",
            "Profile",
            kind="select",
            choices=(Choice("", "Our own columns"), Choice("maven-crm", "maven-crm 1")),
        ),
    ),
    (
        imports.ImportRow(
            "B-12",
            "/imports/B-12",
            "Deals",
            "sales_pipeline.csv",
            NOW,
            "Priya Nair",
            5846,
            0,
            0,
            Pill("Done", Tone.GOOD),
        ),
        imports.ImportRow(
            "B-11",
            "/imports/B-11",
            "Customers",
            "accounts.csv",
            NOW,
            "Priya Nair",
            85,
            0,
            2,
            Pill("Undone", Tone.PLAIN),
        ),
    ),
    Pager(2),
)
IMPORT = imports.ImportPage(
    number="B-13",
    title="deals-october.csv",
    sentence="5,846 rows read: 5,844 accepted, 2 refused.",
    state=Pill("Tried", Tone.AUTO, Dot.HALF),
    is_dry_run=True,
    facts=(Fact("Encoding", "UTF-8"), Fact("Delimiter", ","), Fact("Profile", "maven-crm 1")),
    figures=(
        Figure("Read", text="5,846"),
        Figure("Accepted", text="5,844"),
        Figure("Refused", text="2", tone=Tone.BAD),
    ),
    errors=(
        imports.RowError(
            17,
            "close_value",
            "1.234,5O",
            "“1.234,5O” is not an amount. Use digits with a decimal point, as 1234.50.",
            "bad_number",
        ),
        imports.RowError(None, "", "", "The file ends in the middle of a row.", "malformed"),
    ),
    error_file="/imports/B-13/errors.csv",
    pager=Pager(2),
    undo=Undo("/imports/B-13/undo", "Undo the import, 5,844 rows"),
    go_on=Link("See the deals", "/deals"),
    token="0123",
    mapping=(Fact("Currency", "USD"), Fact("Tax", "none"), Fact("Payment term", "Net 30")),
)
PRODUCTS = products.ProductsPage(
    "7 products.",
    "",
    (
        products.ProductRow(
            "GTXPRO", "", "GTX Pro", "Good", "standard", eur("4821.00"), Pill("Active", Tone.GOOD), (Link("GTXPro"),)
        ),
        products.ProductRow(
            "MG", "", "MG Special", "Good", "standard", eur("55.00"), Pill("Retired", Tone.PLAIN, Dot.RING)
        ),
    ),
    Pager(2),
    may_add=True,
)
LETTERHEAD = letterhead.LetterheadPage(
    name="Tidewater Metering GmbH",
    country="DE",
    fields=(Field("address", "Address", kind="textarea", is_required=False), Field("vat_id", "VAT number")),
)
PEOPLE = people.PeoplePage(
    "3 people, 1 token.",
    (
        people.PersonRow("1", "Ines Marchetti", "ines@tidewater.example", "Controller", is_me=True),
        people.PersonRow("2", "Sam Whitlock", "sam@tidewater.example", "Sales"),
    ),
    (
        people.TokenRow(
            "1", "Warehouse", "ines@tidewater.example", "4 Nov", Pill("In force", Tone.GOOD), may_revoke=True
        ),
    ),
    (Field("name", "Name", is_required=True), Field("email", "E-mail", kind="email", is_required=True)),
    (Field("token_name", "What it is for", is_required=True),),
    (),
    secret="cf_0123456789abcdef0123456789abcdef0123456789abcdef",
)
SEARCH = search.SearchPage(
    "kestrel",
    (
        search.HitGroup(
            "Go to",
            (
                search.Hit(
                    "invoice", "Invoice 2026-1043 · Kestrel Logistics", "€20,371.00 open", "/invoices/2026-1043"
                ),
                search.Hit("people", "Kestrel Logistics", "Customer", "/customers/kestrel"),
            ),
        ),
        search.HitGroup("Do", (search.Hit("plus", "New invoice", "Action", "/invoices/new"),)),
    ),
)
SIGN_IN = gate.SignInPage(
    (
        gate.DemoPerson("sam", "Sam Whitlock", "Sales", "Deals, and what finance needs for them"),
        gate.DemoPerson("priya", "Priya Nair", "Sales ops", "Imports, names to confirm, held deals"),
        gate.DemoPerson("jonas", "Jonas Okafor", "Accountant", "Invoices, bank matching"),
        gate.DemoPerson("ines", "Ines Marchetti", "Controller", "Reports, periods, approvals"),
        gate.DemoPerson("tomasz", "Tomasz Zieliński", "Auditor", "Trail and verification. Read only"),
        gate.DemoPerson("ada", "Ada Brandt", "Administrator", "People, tokens, imports"),
    ),
    "Tidewater Metering BV, 41 customers, 18 months",
    (
        Field("email", "E-mail", kind="email", autocomplete="username", is_required=True),
        Field("password", "Password", kind="password", autocomplete="current-password", is_required=True),
    ),
    "/",
    Said(
        "That e-mail address and password do not belong together",
        passes="Ten wrong tries lock the address for 15 minutes.",
    ),
)
SET_UP = gate.SetUpPage(
    (
        Field("name", "Organisation", is_required=True),
        Field("currency", "Base currency", "EUR", is_required=True, hint="Cannot be changed once something is posted"),
        Field("time_zone", "Time zone", "Europe/Amsterdam", is_required=True),
        Field("email", "Your e-mail", kind="email", is_required=True, autocomplete="username"),
        Field(
            "password",
            "Password",
            kind="password",
            is_required=True,
            autocomplete="new-password",
            hint="Ten characters or more",
        ),
    )
)

UNDO_PAGE = undoing.UndoPage(
    title="Undo CF-871",
    sentence="As of 21 November 2026. 1 other act stands on it and is undone with it.",
    target="decision:871",
    thing=Link("CF-871", "/decisions/CF-871"),
    on=date(2026, 11, 21),
    steps=(
        undoing.StepRow("Credit note for 2026-1040", Link("2026-1040", "/invoices/2026-1040"), None, eur("4310.00")),
    ),
    dependents=(
        undoing.StepRow(
            "Money comes off 2026-1040 and becomes unapplied cash", Link("allocation 9"), None, eur("4310.00")
        ),
    ),
    more=0,
    stays=("2026-1040 was issued and stays; a credit note with its own number takes it back.",),
    refusals=(),
    parts=(undoing.PartChoice("opportunity:12", Link("D-12", "/deals/D-12"), is_meant=True),),
    only=(),
    is_nothing=False,
    button="Undo CF-871, 4,310.00 €",
    seen="a" * 64,
    date_field=Field("on", "Date of the reversal", "2026-11-21", kind="date"),
    reason_field=Field("reason", "Reason"),
)
FINDINGS = findings.FindingsPage(
    sentence="2 findings. Most often: Term against habit 1, Learned score 1.",
    rules=(Choice("", "Every rule"), Choice("term_against_habit", "Term against habit")),
    rule="term_against_habit",
    whats=(Choice("", "Held or noted"), Choice("held", "Stopped a posting")),
    what="",
    customer="Kestrel Water AG",
    since="2026-11-01",
    until="",
    rows=(
        findings.FindingRow(
            NOW,
            Pill("Held", Tone.WARN),
            "Term against habit",
            "Net 90, while 47 of 47 invoices of this customer since 2021-03-01 had Net 30",
            "48,000.00 EUR arrive 60 days later",
            Link("Kestrel Water AG", "/customers/7"),
            Link("D-12", "/deals/D-12"),
            Link("CF-871", "/decisions/CF-871/3"),
            eur("48000.00"),
        ),
        findings.FindingRow(
            NOW,
            Pill("Noted", Tone.PLAIN, Dot.RING),
            "Learned score",
            "61 % likely that something is wrong",
            "",
            Link("Kestrel Water AG", "/customers/7"),
            Link("D-13", "/deals/D-13"),
            None,
            eur("1200.00"),
        ),
    ),
    pager=Pager(2, 120, older_url="/findings?after=9"),
    file_url="/findings.csv?rule=term_against_habit",
)
PAGES: dict[str, tuple[str, object]] = {
    "findings": ("web/findings.html", FINDINGS),
    "today": ("web/today.html", TODAY),
    "today-empty": ("web/today.html", EMPTY_TODAY),
    "undo": ("web/undo.html", UNDO_PAGE),
    "undo-refused": (
        "web/undo.html",
        replace(UNDO_PAGE, refusals=(Said("It is a credit note that was sent."),), refusal=Said("Look again.")),
    ),
    "undo-nothing": ("web/undo.html", replace(UNDO_PAGE, is_nothing=True, steps=(), dependents=(), stays=())),
    "deals": ("web/deals.html", DEALS),
    "deal": ("web/deal.html", DEAL),
    "held": ("web/held.html", HELD_PAGE),
    "customers": ("web/customers.html", CUSTOMERS),
    "customer": ("web/customer.html", CUSTOMER),
    "form": ("web/form.html", FORM),
    "invoices": ("web/invoices.html", INVOICES),
    "invoice": ("web/invoice.html", INVOICE),
    "invoice-form": ("web/invoice_form.html", INVOICE_FORM),
    "credit": ("web/credit.html", CREDIT),
    "waiting": ("web/waiting.html", WAITING),
    "contracts": ("web/contracts.html", CONTRACTS),
    "contract": ("web/contract.html", CONTRACT),
    "bank": ("web/bank.html", BANK),
    "report": ("web/report.html", REPORT),
    "account": ("web/account.html", ACCOUNT),
    "entry": ("web/entry.html", ENTRY_PAGE),
    "periods": ("web/periods.html", PERIODS),
    "audit": ("web/audit.html", AUDIT),
    "privacy": ("web/privacy.html", PRIVACY),
    "decision": ("web/decision.html", DECISION),
    "imports": ("web/imports.html", IMPORTS),
    "import": ("web/import.html", IMPORT),
    "products": ("web/products.html", PRODUCTS),
    "letterhead": ("web/letterhead.html", LETTERHEAD),
    "people": ("web/people.html", PEOPLE),
    "search": ("web/search.html", SEARCH),
    "sign-in": ("web/sign_in.html", SIGN_IN),
    "set-up": ("web/set_up.html", SET_UP),
}
"""Every page by a name: its template and its invented values."""
