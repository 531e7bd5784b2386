"""The printed form of a document: PDF by typst, from its canonical content alone, the same bytes each time.

The engine is given one template and one string of data. It has no network, is rooted in an empty folder of its own,
and knows only the fonts that come with it, so that a machine's files and fonts change nothing. Text in the data is
text: it is never read as markup.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from counterfoil.billing import facturx
from counterfoil.kernel.errors import Fact, Refused

if TYPE_CHECKING:
    from typst import Fonts

_TEMPLATE = Path(__file__).with_name("document.typ")
_ARCHIVE_ERROR = "PDF/A-3b error: "
_ATTACHED = b"""
#pdf.attach(
  "factur-x.xml",
  bytes(sys.inputs.einvoice),
  relationship: "alternative",
  mime-type: "text/xml",
  description: "Factur-X",
)
"""


class NotArchivable(Refused):
    """The document has a sign that none of the fonts shows, and PDF/A must show all; UBL and CII carry it."""

    code = "not_archivable"


def rendered(
    content: Mapping[str, Fact], *, head: str, pay_to: Mapping[str, str] | None = None, einvoice: bytes | None = None
) -> bytes:
    """Return the document as PDF, or as PDF/A-3 that carries its electronic invoice (Factur-X).

    Args:
        content: the canonical content of an issued document.
        head: the head of the record, as it is printed in the foot.
        pay_to: `name` and `iban` of the account to pay to, where it is known.
        einvoice: the CII file of the same document.

    Raises:
        NotArchivable: PDF/A-3 was wanted, and the document cannot be one.
    """
    import typst

    issued = date.fromisoformat(str(content["issue_date"]))
    data = json.dumps({"document": content, "head": head, "pay_to": pay_to}, ensure_ascii=False, sort_keys=True)
    with tempfile.TemporaryDirectory() as empty:
        compiler = typst.Compiler(
            _template() if einvoice is None else _template() + _ATTACHED,
            root=empty,
            font_paths=fonts(),
            sys_inputs={"data": data} if einvoice is None else {"data": data, "einvoice": einvoice.decode("utf-8")},
            package_path=empty,
            package_cache_path=empty,
        )
        try:
            made = compiler.compile(
                format="pdf",
                timestamp=int(datetime(issued.year, issued.month, issued.day, tzinfo=UTC).timestamp()),
                pdf_standards=[] if einvoice is None else ["a-3b"],
            )
        except typst.TypstError as error:
            if einvoice is None:
                raise
            raise NotArchivable(number=content["number"], reason=error.message.removeprefix(_ARCHIVE_ERROR)) from None
    if not isinstance(made, bytes):
        raise TypeError("one document is one file")
    return made if einvoice is None else facturx.declared(made)


@cache
def _template() -> bytes:
    return _TEMPLATE.read_bytes()


@cache
def fonts() -> Fonts:
    """The fonts that come with the engine, looked up once: they hold Latin, Greek, Cyrillic, Hebrew and Arabic."""
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
