"""Judge the reader and the exact check of electronic invoices on a folder of known ones.

The folder holds `valid/` and `invalid/`, and where somebody computed the totals apart from us, `expected.json` with
them. An invalid file may be a test set of fragments, each with the rule that it must pass or break.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from counterfoil.billing import einvoice, official
from counterfoil.billing.domain.einvoice import EInvoice, Format, check, einvoice_of_tree, refused
from counterfoil.billing.domain.einvoice.model import exact_sum
from counterfoil.infra import xml
from counterfoil.kernel import strict_json
from counterfoil.kernel.errors import Refused

SUMS: Final = frozenset({"BR-CO-10", "BR-CO-13", "BR-CO-14", "BR-CO-15", "BR-CO-16", "BR-CO-17"})
"""The rules of which `expected.json` knows whether a file breaks them."""
_TEST_SET: Final = "testSet"
_MOST_KEYS: Final = 100_000


class NoEInvoiceFolder(Refused):
    """The folder has no files to judge."""

    code = "no_einvoice_folder"


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one file.

    Args:
        is_right: a valid file was read, its totals reproduced and no rule found broken; an invalid one was refused
            with exactly the rules that it breaks.
        rules: the rules found broken, `remarks` those that refuse nothing.
        official: the official rules found broken, None where they were not run.
        differences: what was expected and not found.
    """

    file: str
    is_valid: bool
    is_right: bool
    rules: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    official: tuple[str, ...] | None = None
    fragments: int = 0
    differences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of a folder."""

    files: tuple[Judged, ...]
    is_official: bool

    def counts(self) -> dict[str, int]:
        """How many there are and how many are right, valid and invalid, whole files and fragments of test sets."""
        valid = [one for one in self.files if one.is_valid]
        invalid = [one for one in self.files if not one.is_valid]
        return {
            "valid": len(valid),
            "reproduced": sum(one.is_right for one in valid),
            "validated": sum(one.official == () for one in valid),
            "invalid": len(invalid),
            "refused_with_rule": sum(one.is_right for one in invalid),
            "fragments": sum(one.fragments for one in invalid),
        }


def evaluate(folder: Path, progress: Callable[[int, int], None], *, with_official: bool = False) -> Evaluation:
    """Judge every XML file of a folder.

    Raises:
        NoEInvoiceFolder: there is none.
        NoOfficialRules: the official rules were asked for and are not installed.
    """
    files = sorted([*folder.glob("valid/*.xml"), *folder.glob("invalid/*.xml")])
    if not files:
        raise NoEInvoiceFolder(folder=str(folder))
    known = _expected(folder / "expected.json")
    judged = []
    for position, path in enumerate(files, 1):
        name = f"{path.parent.name}/{path.name}"
        judged.append(_judged(name, path.read_bytes(), known.get(name), with_official=with_official))
        progress(position, len(files))
    return Evaluation(tuple(judged), with_official)


def _expected(path: Path) -> dict[str, Mapping[str, strict_json.Json]]:
    """What is known of each file, by its name within the folder."""
    if not path.is_file():
        return {}
    read = strict_json.loads(path.read_bytes(), max_bytes=16 << 20, max_keys=_MOST_KEYS)
    groups = read.values() if isinstance(read, dict) else ()
    entries = [one for group in groups if isinstance(group, dict) for one in group.values() if isinstance(one, dict)]
    return {str(one["file"]): one for one in entries if "file" in one}


def _judged(name: str, data: bytes, known: Mapping[str, strict_json.Json] | None, *, with_official: bool) -> Judged:
    is_valid = name.startswith("valid/")
    try:
        root = xml.parse(data, max_bytes=einvoice.LARGEST)
        if root.tag.rpartition("}")[2] == _TEST_SET:
            return _test_set(name, root)
        invoice = einvoice_of_tree(root)
    except Refused as reason:
        return Judged(name, is_valid, not is_valid and known is None, differences=(reason.code,))
    breaches = check(invoice)
    rules = tuple([breach.rule for breach in refused(breaches)])
    remarks = tuple([breach.rule for breach in breaches if breach.is_remark])
    differences = [*_against(known, invoice, rules), *(_written_again(invoice) if is_valid else [])]
    if known is None and is_valid is bool(rules):
        differences.append("refused" if rules else "not refused")
    found = official.broken(data) if with_official else None
    return Judged(
        name,
        is_valid,
        not differences and (is_valid is not bool(rules)),
        rules,
        remarks,
        found,
        differences=tuple(differences),
    )


def _against(known: Mapping[str, strict_json.Json] | None, invoice: EInvoice, rules: tuple[str, ...]) -> list[str]:
    """Hold an invoice against what somebody else computed of it."""
    if known is None:
        return []
    wanted_totals, wanted_vat, fails = known.get("totals"), known.get("vat"), known.get("fails")
    pairs: list[tuple[str, object, object]] = [
        ("type", invoice.type_code, known.get("type")),
        ("currency", invoice.currency, known.get("currency")),
        ("lines", len(invoice.lines), _whole(known.get("lines"))),
        ("rules", SUMS & set(rules), set(fails) if isinstance(fails, list) else set()),
    ]
    if isinstance(wanted_totals, dict):
        stated = {term.replace("-", ""): amount for term, amount in invoice.totals.by_term().items()}
        pairs += [(term, stated.get(term), _decimal(text)) for term, text in wanted_totals.items()]
    if isinstance(wanted_vat, list):
        wanted = [
            (str(one["cat"]), _decimal(one["rate"]), _decimal(one["basis"]), _decimal(one["tax"]))
            for one in wanted_vat
            if isinstance(one, dict)
        ]
        pairs.append(("vat", [(part.category, part.rate, part.base, part.tax) for part in invoice.vat], wanted))
    return [f"{what}: {found} for {wanted}" for what, found, wanted in pairs if found != wanted]


def _whole(value: strict_json.Json) -> int | None:
    return int(value) if isinstance(value, int | Decimal) else None


def _decimal(value: strict_json.Json) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _written_again(invoice: EInvoice) -> list[str]:
    """Compute a valid invoice's totals again, and write it in both syntaxes: the amounts must come back."""
    differences = []
    if exact_sum(line.net for line in invoice.lines) != exact_sum([invoice.totals.lines]):
        differences.append("the lines do not come to their total")
    for format_ in (Format.UBL, Format.CII):
        again = einvoice.read(einvoice.WRITERS[format_](invoice))
        if (again.totals, again.vat, again.lines, again.adjustments) != (
            invoice.totals,
            invoice.vat,
            invoice.lines,
            invoice.adjustments,
        ):
            differences.append(f"written as {format_} it says something else")
    return differences


def _test_set(name: str, root: Element) -> Judged:
    """Judge each fragment by the one rule that it is about."""
    differences = []
    fragments = root.findall("{*}test")
    broken = set()
    for position, fragment in enumerate(fragments, 1):
        said = [one for one in fragment.iterfind("{*}assert/*") if one.tag.rpartition("}")[2] in ("success", "error")]
        bodies = [one for one in fragment if one.tag.rpartition("}")[2] != "assert"]
        if not said or not bodies:
            continue
        rule, must_break = (said[0].text or "").strip(), said[0].tag.endswith("error")
        rules = {breach.rule for breach in refused(check(einvoice_of_tree(bodies[0])))}
        if must_break:
            broken.add(rule)
        if (rule in rules) is not must_break:
            differences.append(f"fragment {position}: {rule} {'not found' if must_break else 'found'}")
    return Judged(
        name,
        is_valid=False,
        is_right=not differences and bool(fragments),
        rules=tuple(sorted(broken)),
        fragments=len(fragments),
        differences=tuple(differences),
    )
