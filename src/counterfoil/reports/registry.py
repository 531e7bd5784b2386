"""The catalogue of reports, found by looking in its folder."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from counterfoil.reports import catalog
from counterfoil.reports.report import Asked, Maker, Report, UnknownReport


@cache
def makers() -> dict[str, Maker]:
    """Return every report's maker by its name."""
    found = {}
    for module in pkgutil.iter_modules(catalog.__path__):
        report = importlib.import_module(f"{catalog.__name__}.{module.name}")
        found[report.NAME] = report.make
    return dict(sorted(found.items()))


def titles() -> dict[str, str]:
    """Return the first line of what each report says of itself, by its name."""
    return {name: (maker.__doc__ or "").split("\n")[0] for name, maker in makers().items()}


def make(name: str, asked: Asked) -> Report:
    """Fill a report.

    Raises:
        UnknownReport: with the names there are.
    """
    maker = makers().get(name)
    if maker is None:
        raise UnknownReport(field="name", name=name, known=", ".join(makers()))
    return maker(asked)
