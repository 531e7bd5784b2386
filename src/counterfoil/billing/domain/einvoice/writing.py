"""Writing an electronic invoice in the syntax that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from counterfoil.billing.domain.einvoice import cii, ubl
from counterfoil.billing.domain.einvoice.model import EInvoice


class Format(StrEnum):
    """How an electronic invoice is handed out. Factur-X is a PDF that carries the CII file."""

    UBL = "ubl"
    CII = "cii"
    FACTURX = "facturx"


WRITERS: Final[Mapping[Format, Callable[[EInvoice], bytes]]] = {Format.UBL: ubl.write, Format.CII: cii.write}
"""What writes the XML of each syntax."""
