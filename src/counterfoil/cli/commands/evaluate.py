"""counterfoil evaluate"""

from __future__ import annotations

import argparse
from dataclasses import asdict

from counterfoil import words
from counterfoil.billing import official
from counterfoil.cli.running import Answer, progress
from counterfoil.flows import evaluate_einvoices, evaluate_statements
from counterfoil.flows.evaluate_anomalies import MODELS, evaluate

WITHOUT_DATABASE = True


def run(args: argparse.Namespace) -> Answer:
    """Judge what was named on a folder of known cases."""
    return {"statements": _statements, "einvoices": _einvoices}.get(args.name, _anomalies)(args)


def _statements(args: argparse.Namespace) -> Answer:
    """Read every bank file of a folder and say what came of each."""
    result = evaluate_statements.evaluate(args.folder, progress("Files read"))
    by_format = result.by_format()
    data: dict[str, object] = {
        "formats": {name: asdict(one) for name, one in by_format.items()},
        "files": [
            {**asdict(one), "reason": words.sentence(one.code, one.facts) if one.code else ""} for one in result.files
        ],
    }
    names = ("files", "read", "sound", "refused", "transactions", "with_balances", "tied", "compared", "equal")
    lines = [f"{'format':<12}" + "".join(f"{name.replace('_', ' '):>15}" for name in names)]
    for format_, counts in by_format.items():
        lines.append(f"{format_:<12}" + "".join(f"{getattr(counts, name):>15,}" for name in names))
    lines.append("")
    for one in result.files:
        if one.code:
            lines.append(f"{one.path}: {words.sentence(one.code, one.facts)}")
        if one.difference:
            lines.append(f"{one.path}: differs from its reference: {one.difference}")
    return Answer(data, lines, is_refused=any(one.difference for one in result.files))


def _einvoices(args: argparse.Namespace) -> Answer:
    """Read every electronic invoice of a folder; say which were reproduced, and which refused with the right rule."""
    result = evaluate_einvoices.evaluate(args.folder, progress("Files read"), with_official=official.is_installed())
    counts = result.counts()
    data: dict[str, object] = {**counts, "official": result.is_official, "files": [asdict(one) for one in result.files]}
    lines = [
        (
            f"{counts['reproduced']} of {counts['valid']} valid ones reproduced, "
            f"{counts['refused_with_rule']} of {counts['invalid']} invalid ones refused with the right rule "
            f"({counts['fragments']} fragments)."
        ),
        f"{counts['validated']} of {counts['valid']} valid ones pass the official rules."
        if result.is_official
        else words.sentence(official.NoOfficialRules.code),
    ]
    wrong = [one for one in result.files if not one.is_right]
    lines += [f"{one.file}: {', '.join((*one.rules, *one.differences))}" for one in wrong]
    return Answer(data, lines, is_refused=bool(wrong))


def _anomalies(args: argparse.Namespace) -> Answer:
    """Judge the learned score of invoices, beside simple ones."""
    result = evaluate(args.folder, progress("Folders evaluated"))
    bars = result.bars()
    averages = {model: result.averages(model) for model in MODELS}
    data: dict[str, object] = {
        "folders": list(result.folders),
        "by_folder": {
            model: {name: asdict(measures) for name, measures in zip(result.folders, result.found[model], strict=True)}
            for model in MODELS
        },
        "mean": averages,
        "bars": [{"name": bar.name, "value": bar.value, "bar": bar.least, "holds": bar.holds} for bar in bars],
    }
    rows = {
        "average precision": [one.average_precision for one in result.found["learned"]],
        "precision at 1 % alerts": [one.precision_at_1 for one in result.found["learned"]],
        "recall at 5 % alerts": [one.recall_at_5 for one in result.found["learned"]],
    }
    for name in averages["learned"]:
        kind = name.removeprefix("recall of ")
        if kind != name:
            rows[name] = [one.recall_of.get(kind, 0.0) for one in result.found["learned"]]
    rows["split sets caught in time"] = [one.sets_caught for one in result.found["learned"]]
    least = {bar.name: bar for bar in bars}
    lines = [f"{'':<30}{''.join(f'{name:>9}' for name in result.folders)}{'mean':>9}  bar"]
    for name, values in rows.items():
        each = "".join(f"{value:>9.3f}" for value in values)
        bar = least.get(name)
        beside = f"  {bar.least:.2f} {'holds' if bar.holds else 'MISSED'}" if bar else ""
        lines.append(f"{name:<30}{each}{averages['learned'][name]:>9.3f}{beside}")
    lines += ["", f"{'mean of the folders':<30}{''.join(f'{model:>14}' for model in MODELS)}"]
    for name in rows:
        lines.append(f"{name:<30}" + "".join(f"{averages[model][name]:>14.3f}" for model in MODELS))
    return Answer(data, lines)
