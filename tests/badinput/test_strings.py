"""The corpus' naughty strings, s-strings-001: 258 names through an import and back (third-party, read from outside)."""

from __future__ import annotations

import csv
import io
import unicodedata
from pathlib import Path

import pytest

from counterfoil.crm import selectors as crm_reads
from tests.badinput.crm_world import the_world

pytestmark = pytest.mark.database


def test_every_string_comes_back_as_it_went_in(corpora: Path) -> None:
    world = the_world()
    data = (corpora / "badinput" / "strings" / "naughty_names.csv").read_bytes()
    result = world.feeds("contacts", data, "naughty_names.csv")
    sent = list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))
    assert result.read == len(sent) == 258
    assert {error.code for error in result.errors} <= {"malformed_text"}
    refused = {error.row for error in result.errors}
    assert len(refused) <= 3, "only strings with control characters"
    known = crm_reads.objects_of("contact", "counterfoil", [row["external_id"] for row in sent])
    for number, row in enumerate(sent, start=2):
        if number in refused:
            assert row["external_id"] not in known
            continue
        contact = crm_reads.contact(known[row["external_id"]])
        assert contact.first_name == unicodedata.normalize("NFC", row["first_name"])
        assert contact.notes == unicodedata.normalize("NFC", row["notes"])
    again = world.feeds("contacts", data, "naughty_names.csv")
    assert (again.accepted, again.unchanged) == (0, result.accepted)
