"""Currencies: ISO 4217 codes and how many decimals each has.

The number of decimals is ISO's, not CLDR's display digits, which differ for 13 currencies (IQD has 3 here, 0 there).
"""

from __future__ import annotations

import dataclasses
from typing import Final

from counterfoil.kernel.errors import Refused


class UnknownCurrency(Refused):
    """The text is no active ISO 4217 code, or names none that money is counted in (gold, test codes)."""

    code = "unknown_currency"


@dataclasses.dataclass(frozen=True, slots=True)
class Currency:
    """A currency. Take one from `currency(code)` or a constant below; `exponent` is the number of decimals."""

    code: str
    exponent: int

    def __str__(self) -> str:
        return self.code


_DECIMALS: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
        CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
        IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
        MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP
        SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG
        YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
"""Active ISO 4217 codes by number of decimals. Codes without decimals of their own (XAU, XDR, XXX) are not money."""

CURRENCIES: Final = {code: Currency(code, places) for places, codes in _DECIMALS.items() for code in codes.split()}
"""Every currency by its code."""

EUR: Final = CURRENCIES["EUR"]
USD: Final = CURRENCIES["USD"]
GBP: Final = CURRENCIES["GBP"]
CHF: Final = CURRENCIES["CHF"]
JPY: Final = CURRENCIES["JPY"]
KWD: Final = CURRENCIES["KWD"]
CLF: Final = CURRENCIES["CLF"]


def currency(code: str) -> Currency:
    """Return the currency with this ISO 4217 code, in upper case and exactly.

    Raises:
        UnknownCurrency: there is none ("eur" and "EURO" are not guessed at).
    """
    found = CURRENCIES.get(code)
    if found is None:
        raise UnknownCurrency(currency=code[:20])
    return found
