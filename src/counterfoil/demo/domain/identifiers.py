"""Numbers that look right and belong to nobody: VAT ids with check digits, IBANs of a bank that is none."""

from __future__ import annotations

from random import Random
from typing import Final

from stdnum.eu import vat

_TRIES: Final = 20_000
_VAT_FORM: Final = {"NL": "#########B##", "DE": "#########", "BE": "0#########"}
_IBAN_FORM: Final = {"DE": "00000000##########", "BE": "000#########", "NO": "0000#######", "GB": "000000########"}
"""The part after country and check digits; bank codes of zeros are given to no bank."""


def vat_id(country: str, rng: Random) -> str:
    """Return a VAT id valid in form; empty for countries outside the European Union.

    Raises:
        ValueError: none was found, because the form of that country is not known here.
    """
    form = _VAT_FORM.get(country)
    if form is None:
        return ""
    for _ in range(_TRIES):
        text = country + _digits(form, rng)
        if vat.is_valid(text):
            return text
    raise ValueError(f"no VAT id of {country} in {_TRIES} tries")


def iban(country: str, bank_code: str, rng: Random) -> str:
    """Return an IBAN with right check digits; Dutch ones for countries that have none (ISO 13616)."""
    form = _IBAN_FORM.get(country, f"{bank_code}00########")
    own = country if country in _IBAN_FORM else "NL"
    for _ in range(_TRIES):
        if own == "GB":
            body = bank_code + _digits(form, rng)
        elif own == "BE":
            body = _belgian(_digits(form, rng))
        elif own == "NO":
            body = _norwegian(_digits(form, rng))
        else:
            body = _digits(form, rng)
        if body:
            return f"{own}{98 - int(_as_digits(f'{body}{own}00')) % 97:02d}{body}"
    raise ValueError(f"no IBAN of {country} in {_TRIES} tries")


def _digits(form: str, rng: Random) -> str:
    return "".join(str(rng.randrange(10)) if sign == "#" else sign for sign in form)


def _as_digits(text: str) -> str:
    return "".join(str(int(sign, 36)) for sign in text)


def _belgian(body: str) -> str:
    """Two national check digits, the rest modulo 97."""
    first = body[:10]
    return f"{first}{int(first) % 97 or 97:02d}"


def _norwegian(body: str) -> str:
    """One national check digit, modulo 11; the one body in eleven that has none is refused by an empty answer."""
    first = body[:10]
    check = -sum(int(sign) * weight for sign, weight in zip(first, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=True)) % 11
    return "" if check == 10 else f"{first}{check}"
