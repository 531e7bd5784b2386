"""What an MT940 says of an entry in words: subfields of German banks, codewords of Dutch banks, :NS:, or plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from counterfoil.receivables.domain.formats.reading import joined, lines
from counterfoil.receivables.domain.references import clean_reference, is_creditor_reference, is_qr_reference

_SUBFIELDS: Final = re.compile(r"\s*(?:[0-9]{3})?([?~>@<|^+])(?=[0-9]{2})")
_SEPA: Final = re.compile(r"\b(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|RREF)\+")
_CODEWORD: Final = re.compile(
    r"/(EREF|KREF|PREF|MARF|CSID|IBAN|BIC|NAME|REMI|ORDP|BENM|CNTP|ISDT|RTRN|TRTP|TRCD|PURP|ULTC|ULTD|ULTB|ADDR|OCMT|"
    r"CHGS|EXCH|BAI|ACNO|ID|USTD|NARR|SUM|SVCL|OPRP|RREF)/"
)
_KIND_OF_REMITTANCE: Final = re.compile(r"\A(?:USTD/+|STRD/(?:CUR|ISO)/+)")
_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_SUBFIELD_WIDTH: Final = 27
_LINE_WIDTH: Final = 65
_NO_REFERENCE: Final = frozenset({"", "NONREF", "NOTPROVIDED", "KREF+", "EREF+", "STARTUMS"})


@dataclass(frozen=True, slots=True)
class Told:
    """Who, from which account, for what."""

    name: str = ""
    account: str = ""
    text: str = ""
    reference: str = ""
    end_to_end: str = ""


def of(details: Sequence[str], national: Sequence[str], supplement: Sequence[str]) -> Told:
    """Read what belongs to one entry.

    Args:
        details: its :86: fields, lines unjoined.
        national: its :NS: fields.
        supplement: the reference in :61: and the lines below it.
    """
    whole = "\n".join(details).strip()
    if found := _SUBFIELDS.match(whole):
        told = _subfields(whole[found.start(1) :].replace("\n", ""), found[1])
    elif whole.lstrip().startswith("/") and _CODEWORD.match(flat := _flat(whole)):
        told = _codewords(flat)
    else:
        told = Told(text=_flat(whole))
    if national:
        told = _national(national, told)
    reference, *below = supplement
    if _IBAN.fullmatch(reference) and not told.account:  # ASN and SNS: the other account stands as the reference.
        told = Told(told.name or " ".join(below).strip(), reference, told.text, told.reference, told.end_to_end)
    end_to_end = next((one for one in (told.end_to_end, reference) if one.upper() not in _NO_REFERENCE), "")
    text = told.text or " ".join(part.strip() for part in below).strip()
    return Told(told.name, told.account, text, told.reference or _structured(text), end_to_end)


def _structured(text: str) -> str:
    """Return the text where it is a structured reference and nothing else."""
    reference = clean_reference(text)
    return reference if is_creditor_reference(reference) or is_qr_reference(reference) else ""


def _flat(text: str) -> str:
    """Join lines that were cut at 65 characters."""
    return joined([line.rstrip("\r") for line in lines(text)], _LINE_WIDTH)


def _subfields(text: str, mark: str) -> Told:
    """Read `?20purpose?32name?31account`."""
    pieces = [(part[:2], part[2:]) for part in text.split(mark)[1:]]
    known: dict[str, list[str]] = {}
    for number, value in pieces:
        if number.isdecimal():
            known.setdefault(number, []).append(value)
        elif known:  # The mark stands in the text itself.
            known[list(known)[-1]][-1] += mark + number + value
    purposes = [one for number in (*_PURPOSES, *_MORE_PURPOSES) for one in known.get(number, [])]
    text = joined(purposes, _SUBFIELD_WIDTH)
    name = joined([one for number in ("32", "33") for one in known.get(number, [])], _SUBFIELD_WIDTH)
    account = "".join(known.get("31", []) or known.get("38", []))
    tagged = _SEPA.split(text)
    end_to_end = reference = ""
    if len(tagged) > 1:
        parts = dict(zip(tagged[1::2], (one.strip() for one in tagged[2::2]), strict=True))
        end_to_end = parts.get("EREF", "")
        said = " ".join(one for one in (tagged[0].strip(), parts.get("SVWZ", "")) if one)
        reference = _structured(parts.get("SVWZ", ""))
        text = said or text
    return Told(name, account, text or joined(known.get("00", []), _SUBFIELD_WIDTH), reference, end_to_end)


_PURPOSES: Final = tuple(str(number) for number in range(20, 30))
_MORE_PURPOSES: Final = ("60", "61", "62", "63")


def _codewords(text: str) -> Told:
    """Read `/EREF/x/BENM//NAME/y/REMI/USTD//z`."""
    pieces = _CODEWORD.split(text)
    known: dict[str, str] = {}
    for word, value in zip(pieces[1::2], pieces[2::2], strict=True):
        known.setdefault(word, value.strip().strip("/").strip())
    counterparty = known.get("CNTP", "").split("/")
    name = known.get("NAME") or known.get("ORDP") or known.get("BENM") or "".join(counterparty[2:3])
    account = known.get("IBAN") or known.get("ACNO") or counterparty[0]
    remittance = _KIND_OF_REMITTANCE.sub("", known.get("USTD") or known.get("REMI", ""))
    return Told(name, account, remittance or text, _structured(remittance), known.get("EREF", ""))


def _national(fields: Sequence[str], told: Told) -> Told:
    """Read :NS: - 01 to 14 are the purpose, 15 and 16 the name, as the German banks number them."""
    numbered = [(row[:2], row[2:].strip()) for value in fields for row in lines(value)]
    purposes = [value for number, value in numbered if number.isdecimal() and 1 <= int(number) <= 14]
    names = [value for number, value in numbered if number in {"15", "16"}]
    text = " ".join([*(one for one in purposes if one), told.text]).strip()
    return Told(told.name or " ".join(names), told.account, text, told.reference, told.end_to_end)
