"""What may be done alone, why something was decided, and disputes of it, from the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from counterfoil.infra import world
from counterfoil.infra.world import World
from counterfoil.people.domain import Role
from tests.autonomy.test_evidence import audited, company, observed, proven
from tests.builders import NOW
from tests.cli.conftest import Run
from tests.company import Company
from tests.policies.people import somebody

__all__ = ["company"]
pytestmark = pytest.mark.commit


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with world.using(World(clock=lambda: NOW)):
        yield


def test_a_kind_of_decision_rises_by_two_signatures_and_is_lowered_and_stopped(run: Run, company: Company) -> None:
    proven(company, 210)
    sam, helen, omar = (
        somebody(company.books, role, name).email
        for role, name in ((Role.SALES, "sam"), (Role.CONTROLLER, "helen"), (Role.ADMIN, "omar"))
    )
    promote = ("autonomy", "promote", "close_deal", "--as")
    assert run(*promote, sam)[1]["code"] == "may_not_promote"
    assert run(*promote, helen)[1]["code"] == "promotion_not_ready"
    audited(company)
    code, made = run(*promote, helen)
    assert (code, made["promotion"]["to"], made["promotion"]["signers"]) == (0, "suggest", [])
    sign = ("autonomy", "sign", "close_deal", "--as")
    assert run(*sign, helen, "--hash", "0" * 64)[1]["code"] == "promotion_evidence_changed"
    assert run(*sign, helen)[1]["is_in_force"] is False
    assert run(*sign, helen)[1]["code"] == "promotion_signed_already"
    assert run("autonomy", "list")[1]["kinds"][0]["promotion"]["signers"] == [helen]
    assert run(*sign, omar)[1]["is_in_force"] is True
    assert run("autonomy", "list")[1]["kinds"][0]["level"] == "suggest"
    assert run("autonomy", "check", "close_deal")[1]["breach"] is None
    assert (
        run("autonomy", "demote", "close_deal", "observe", "--reason", "new terms")[1]["kinds"][0]["mode"] == "observe"
    )
    assert run("autonomy", "stop", "match", "--reason", "new bank")[1]["kinds"][2]["stopped_by"]
    assert run("autonomy", "stop", "match")[1]["code"] == "already_stopped"
    assert run("autonomy", "start", "match")[1]["kinds"][2]["stopped_by"] == ""
    changes = [line["change"] for line in run("autonomy", "history", "close_deal")[1]["history"]]
    assert changes == ["set", "promoted", "set"]
    assert run("autonomy", "promote", "nothing", "--as", helen)[1]["code"] == "unknown_decision_kind"
    assert run("verify")[1]["ok"] is True


def test_why_says_what_was_decided_and_a_dispute_of_it_waits_in_the_queue(run: Run, company: Company) -> None:
    (deal,) = observed_and_invoiced(company)
    code, why = run("why", f"D-{deal}")
    (one,) = why["decisions"]
    assert (code, one["outcome"], one["mode"], one["kind"]) == (0, "invoiced", "suggest", "close_deal")
    assert one["message"]
    assert run("why", one["number"])[1]["decisions"] == [one]
    place = f"{one['number']}/{one['place']}"
    assert run("why", place)[1]["decisions"] == [one]
    assert run("why", "CF-999")[1]["code"] == "no_such_decision"
    assert run("why", "D-999") == (1, {"subject": "D-999", "decisions": []})

    assert run("dispute", f"D-{deal}", "--reason", "wrong")[1]["code"] == "no_such_decision"
    assert run("dispute", place, "--reason", " ")[1]["code"] == "dispute_needs_reason"
    code, raised = run("dispute", place, "--reason", "They never signed")
    assert (code, raised["decision"]) == (0, place)
    assert run("dispute", place, "--reason", "They never signed")[1] == raised
    (case,) = [row for row in run("review", "list")[1]["cases"] if row["kind"] == "dispute"]
    assert case["code"] == "decision_disputed"


def test_the_rate_of_the_control_sample_is_the_auditors(run: Run, company: Company) -> None:
    helen = somebody(company.books, Role.CONTROLLER, "helen").email
    edith = somebody(company.books, Role.AUDITOR, "edith").email
    assert run("sampling-rate")[1] == {"rate_percent": "2", "kinds": {}, "policy": "review-0"}
    assert run("sampling-rate", "5", "--as", helen, "--reason", "x")[1]["code"] == "not_the_auditor"
    assert run("sampling-rate", "101", "--as", edith, "--reason", "x")[1]["code"] == "bad_sample_rate"
    assert run("sampling-rate", "5", "--as", edith)[1]["code"] == "policy_needs_owner"
    code, now = run("sampling-rate", "5", "--as", edith, "--reason", "New system")
    assert (code, now) == (0, {"rate_percent": "5", "kinds": {}, "policy": "sampling-1"})
    _, now = run("sampling-rate", "12.5", "--kind", "match", "--as", edith, "--reason", "New bank")
    assert now == {"rate_percent": "5", "kinds": {"match": "12.5"}, "policy": "sampling-2"}


def observed_and_invoiced(company: Company) -> list[int]:
    """Let one deal be observed, and invoice it as a person."""
    deals = observed(company, 1)
    assert company.closes(only=deals, is_confirmed=True).invoiced == 1
    return deals
