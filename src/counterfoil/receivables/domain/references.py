"""References that name an invoice: structured creditor references, invoice numbers in free text, IBANs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from stdnum import iso11649

SHORTEST_NUMBER: Final = 4
"""A number with fewer letters and digits is never taken from free text: "17" stands for too many things."""
_MOST_RUNS: Final = 6
_LONGEST_KEY: Final = 35
_RUN: Final = re.compile(r"[0-9A-Z]+")
_RF: Final = re.compile(r"RF[0-9]{2}[0-9A-Z]{1,21}")
_QR: Final = re.compile(r"[0-9]{27}")
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{10,30}")
_CARRIES: Final = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)


def runs(text: str) -> list[str]:
    """Return the unbroken runs of letters and digits in a text, in upper case and in their order."""
    return _RUN.findall(text.upper())


def number_key(number: str) -> str:
    """Return a document's number without anything but its letters and digits: "INV-2026-000017" is INV2026000017."""
    return "".join(runs(number))


def text_keys(text: str) -> frozenset[str]:
    """Return every key that whole neighbouring runs of a text make: what a number must equal to be named in it.

    "RETURN INV-2026-000017" makes INV2026000017, and never 26000017: a number is found as whole runs or not at all.
    """
    return frozenset(key for key, _ in _keys(runs(text)))


def names(text_runs: list[str], number: str) -> bool:
    """Tell whether a text, as its runs, holds a number: written as it is printed, or without any separator.

    "INV 2026 000017" and "INV2026000017" name INV-2026-000017; "INV 20 26000017" does not.
    """
    wanted = runs(number)
    key = "".join(wanted)
    if key in text_runs:
        return True
    width = len(wanted)
    return any(text_runs[at : at + width] == wanted for at in range(len(text_runs) - width + 1))


def written(text: str, number: str) -> str:
    """Return the words of a text that name a number, as they stand there; empty where it is not named.

    "Rechnung INV 2026 000017, danke" names INV-2026-000017 by "INV 2026 000017".
    """
    wanted = runs(number)
    found = list(_RUN.finditer(_upper(text)))
    texts = [one.group() for one in found]
    key = "".join(wanted)
    for at in range(len(texts)):
        if texts[at] == key:
            return text[found[at].start() : found[at].end()]
        if texts[at : at + len(wanted)] == wanted:
            return text[found[at].start() : found[at + len(wanted) - 1].end()]
    return ""


def written_reference(text: str) -> str:
    """Return the structured reference that stands in a text, as it is printed there; empty where there is none."""
    found = list(_RUN.finditer(_upper(text)))
    for at, first in enumerate(found):
        key, end = "", 0
        for run in found[at : at + 8]:
            key += run.group()
            if is_creditor_reference(key) or is_qr_reference(key):
                end = run.end()
        if end:
            return text[first.start() : end]
    return ""


def _upper(text: str) -> str:
    """Return a text in upper case, character by character: one that would become two stays as it is."""
    return "".join([one if len(one.upper()) != 1 else one.upper() for one in text])


def _keys(text_runs: list[str]) -> Iterator[tuple[str, int]]:
    """Yield each key of a text with how many runs it joins; a key has at least one digit and four characters."""
    for at, first in enumerate(text_runs):
        key = ""
        for width, run in enumerate(text_runs[at : at + _MOST_RUNS], 1):
            key += run
            if len(key) > _LONGEST_KEY:
                break
            if len(key) >= SHORTEST_NUMBER and not key.isalpha():
                yield key, width
        if first.startswith("RF") and (reference := _spaced_reference(text_runs[at:])):
            yield reference, 0


def _spaced_reference(text_runs: list[str]) -> str:
    """Return the creditor reference that begins a text and is printed in groups of four; empty when there is none."""
    key = ""
    found = ""
    for run in text_runs[:8]:
        key += run
        if is_creditor_reference(key):
            found = key
        if len(run) != 4:
            break
    return found


def clean_reference(text: str) -> str:
    """Return a structured reference in upper case without blanks, at most 35 characters."""
    return "".join(text.upper().split())[:_LONGEST_KEY]


def is_creditor_reference(text: str) -> bool:
    """Tell whether the text is an ISO 11649 reference: RF, two check digits, 1 to 21 letters or digits."""
    return bool(_RF.fullmatch(text)) and iso11649.is_valid(text)


def is_qr_reference(text: str) -> bool:
    """Tell whether the text is a Swiss QR reference: 27 digits, the last a recursive modulo 10 check digit."""
    if not _QR.fullmatch(text):
        return False
    carry = 0
    for digit in text[:-1]:
        carry = _CARRIES[(carry + int(digit)) % 10]
    return (10 - carry) % 10 == int(text[-1])


def clean_account(text: str) -> str:
    """Return an account number in upper case without blanks, at most 64 characters."""
    return "".join(text.upper().split())[:64]


def known_as(number: str, ibans: Collection[str]) -> str:
    """Return which of our accounts a bank means by its own number, else the number as it is.

    37040044/0532013000 is DE89370400440532013000, and 417164300 is NL91ABNA0417164300: code and number are the IBAN
    without its country and check digits, or without the bank's letters too, the number filled up with zeros. All of it
    must fit, for one account alone; nothing is guessed.
    """
    if number in ibans:
        return number
    code, slash, rest = number.partition("/")
    parts = ["".join(runs(part)) for part in ((code, rest) if slash else (number,))]
    found = [iban for iban in ibans if _IBAN.fullmatch(iban) and _is_national(parts, iban[4:])]
    return found[0] if len(found) == 1 else number


def _is_national(parts: list[str], national: str) -> bool:
    head, tail = "".join(parts[:-1]), parts[-1]
    wholes = {national, national.lstrip(_LETTERS)}
    return bool(tail) and any(whole == head + tail.rjust(len(whole) - len(head), "0") for whole in wholes)


def is_bad_iban(account: str) -> bool:
    """Tell whether an account number looks like an IBAN and is none: wrong check digits, length or structure.

    National check digits are not looked at: BE68539007547034 is an IBAN although no Belgian bank has its code. What
    does not look like an IBAN (123456789) is another kind of account number, and not bad.
    """
    if not _IBAN.fullmatch(account):
        return False
    import schwifty

    try:
        schwifty.IBAN(account)
    except schwifty.exceptions.SchwiftyException:
        return True
    return False
