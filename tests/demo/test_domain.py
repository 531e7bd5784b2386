"""The invented company: same seed, same company; numbers of the right form; habits that show."""

from __future__ import annotations

import csv
import io
import itertools
from collections import Counter
from datetime import date

import pytest
import schwifty
from stdnum.eu import vat

from counterfoil.crm.domain import Stage
from counterfoil.demo.domain import activities, bank, cast, company, exports, paying, rates
from counterfoil.demo.domain.calendar import Story, friday_from, working_day, working_day_before
from counterfoil.demo.domain.cast import Pays
from counterfoil.demo.domain.customers import Customer, customers
from counterfoil.demo.domain.paying import Due, Way
from counterfoil.demo.domain.sales import Flaw, Outcome, Sale, sales
from counterfoil.infra import xml
from counterfoil.kernel.spans import Span
from counterfoil.kernel.terms import Term
from counterfoil.people.domain import Role
from counterfoil.receivables.domain.formats import camt
from counterfoil.receivables.domain.statements import insist_sound

SEED = 20261104
TODAYS = (date(2026, 11, 4), date(2026, 7, 31), date(2027, 3, 1), date(2026, 8, 2))


def the_story(today: date = TODAYS[0], months: int = 18) -> Story:
    return Story(today, months, company.TIME_ZONE)


def told(story: Story, seed: int = SEED) -> tuple[tuple[Customer, ...], tuple[Sale, ...]]:
    people = customers(story, seed)
    return people, sales(story, people, seed)


def test_the_same_seed_gives_the_same_company_and_another_seed_another_one() -> None:
    assert told(the_story()) == told(the_story())
    assert told(the_story()) != told(the_story(), seed=1)


def test_the_cast_has_every_habit_and_terms_that_can_be_read() -> None:
    assert {one.pays for one in cast.CAST} == set(Pays)
    assert len({one.name for one in cast.CAST}) == len(cast.CAST) >= 40
    for one in cast.CAST:
        Term.parse(one.terms)


def test_numbers_are_valid_in_form() -> None:
    for customer in customers(the_story(), SEED):
        schwifty.IBAN(customer.iban)
        assert not customer.vat_id or vat.is_valid(customer.vat_id)
    schwifty.IBAN(bank.own_iban(SEED))


def test_one_person_signs_in_for_each_role() -> None:
    assert set(company.PEOPLE) == set(Role)
    assert company.SALES_OPS.email == "noor.dewit@tidewater.example"


@pytest.mark.parametrize("today", TODAYS)
def test_a_story_ends_today_and_its_deals_lie_within_it(today: date) -> None:
    story = the_story(today)
    _, told_sales = told(story)
    won = [sale for sale in told_sales if sale.outcome is Outcome.WON]
    assert story.month(17).last == today
    assert all(story.start <= sale.closes <= today for sale in won)
    assert all(sale.created <= sale.closes for sale in told_sales)
    assert 170 <= len(won) <= 230
    assert len([sale for sale in told_sales if sale.outcome is Outcome.OPEN]) == 26
    held = Counter(sale.flaw for sale in won if sale.flaw and sale.mended_on is None)
    assert set(held) == set(Flaw)
    assert 12 <= held.total() <= 16


@pytest.mark.parametrize("today", TODAYS)
def test_the_last_statement_covers_two_weeks_or_more(today: date) -> None:
    spans = the_story(today).statements()
    assert spans[-1].days >= 14
    assert spans[-1].last == today
    assert all(before.end == after.start for before, after in itertools.pairwise(spans))


def test_a_mended_flaw_is_seen_and_then_gone() -> None:
    _, told_sales = told(the_story())
    sale = next(one for one in told_sales if one.flaw is Flaw.NO_ORDER_NUMBER and one.mended_on)
    assert sale.mended_on
    assert not sale.seen(sale.closes).po_number
    assert sale.seen(sale.mended_on).po_number
    assert sale.stage(sale.created) is not Stage.WON


def test_files_hold_a_row_for_each_opportunity_of_one_line() -> None:
    story = the_story()
    people, told_sales = told(story)
    plain = [sale for sale in told_sales if not sale.is_by_hand]
    rows = list(csv.DictReader(io.StringIO(exports.deals_csv(plain, story.today).decode())))
    assert [row["external_id"] for row in rows] == [sale.reference for sale in plain]
    assert {row["stage"] for row in rows} == {"Prospecting", "Qualified", "Proposal", "Closed Won", "Closed Lost"}
    logged = list(activities.activities(story, told_sales, {one.external_id: one for one in people}, SEED))
    assert len(logged) > 300
    assert all(one.happened_at <= story.at(story.today, 18) for one in logged)


def test_days_move_to_working_days() -> None:
    saturday = date(2026, 11, 7)
    assert working_day(saturday) == date(2026, 11, 9)
    assert working_day_before(saturday) == date(2026, 11, 6)
    assert working_day(date(2026, 11, 6)) == date(2026, 11, 6) == friday_from(date(2026, 11, 2))


def a_due(customer: Customer, minor: int = 121_00, number: str = "2026-0042", currency: str = "EUR") -> Due:
    issued, due = date(2026, 6, 1), date(2026, 7, 1)
    return Due(number, "RF84" + number.replace("-", ""), customer.external_id, issued, due, minor, currency)


def the_payer(pays: Pays, currency: str = "EUR") -> Customer:
    return next(
        one for one in customers(the_story(), SEED) if one.character.pays is pays and one.character.currency == currency
    )


def test_customers_pay_as_their_habit_is() -> None:
    people = {one.external_id: one for one in customers(the_story(), SEED)}
    summer = Span(date(2026, 6, 1), date(2026, 10, 1))
    start = the_story().start
    expected = {
        Pays.PROMPT: (Way.EXACT, 0),
        Pays.FRIDAYS: (Way.EXACT, 0),
        Pays.SHORT: (Way.SHORT, -paying.CHARGE_MINOR),
        Pays.ROUND: (Way.ROUND, 9_00),
        Pays.WORDLESS: (Way.WORDLESS, 0),
    }
    for pays, (way, more) in expected.items():
        due = a_due(the_payer(pays), 1_121_00)
        (transfer,) = paying.transfers([due], people, summer, start, {}, SEED)
        assert (transfer.way, transfer.amount_minor) == (way, due.open_minor + more)
        assert transfer.on.weekday() == 4 or pays is not Pays.FRIDAYS
    (early,) = paying.transfers([a_due(the_payer(Pays.EARLY), 1_000_00)], people, summer, start, {}, SEED)
    assert (early.way, early.amount_minor) == (Way.DISCOUNTED, 980_00)
    assert early.on <= date(2026, 6, 11)
    assert not paying.transfers([a_due(the_payer(Pays.NEVER))], people, summer, start, {}, SEED)


def test_one_transfer_pays_several_invoices_and_names_them_all() -> None:
    payer = the_payer(Pays.TOGETHER)
    dues = [a_due(payer, 100_00, "2026-0001"), a_due(payer, 50_00, "2026-0002")]
    summer = Span(date(2026, 6, 1), date(2026, 9, 1))
    (transfer,) = paying.transfers(dues, {payer.external_id: payer}, summer, the_story().start, {}, SEED)
    assert transfer.amount_minor == 150_00
    assert transfer.pays == (("2026-0001", 100_00), ("2026-0002", 50_00))
    assert "2026-0001 2026-0002" in transfer.text


def test_a_transfer_from_abroad_is_worth_a_little_less_than_the_rate_says() -> None:
    payer = the_payer(Pays.PROMPT, "GBP")
    due = a_due(payer, 1_000_00, currency="GBP")
    summer = Span(date(2026, 6, 1), date(2026, 9, 1))
    people = {payer.external_id: payer}
    (transfer,) = paying.transfers([due], people, summer, the_story().start, {"GBP": (116, 100)}, SEED)
    assert transfer.way is Way.FOREIGN
    assert 1_150_00 < transfer.amount_minor < 1_160_00


def test_rates_are_there_for_each_month() -> None:
    found = rates.exchange_rates(the_story(), SEED)
    assert list(found) == [span.start for span in the_story().spans()]
    assert all(set(month) == {"GBP", "USD"} for month in found.values())


def test_a_statement_is_one_that_the_reader_takes() -> None:
    story = the_story()
    period = story.statements()[0]
    spent = list(bank.spending(period, SEED, is_first=True))
    data = bank.camt(bank.own_iban(SEED), 1, period, 0, spent, made_on=period.end)
    (statement,) = camt.statements(xml.parse(data, max_bytes=1 << 20))
    insist_sound(statement)
    assert statement.closing is not None
    assert statement.closing.minor == sum(one.amount_minor for one in spent)
    assert {line.bank_tx_id for line in statement.lines} == {one.id for one in spent}
    assert len(spent) == 7
