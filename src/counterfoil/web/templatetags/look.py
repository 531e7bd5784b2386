"""Template tags and filters of the house style. They write values; they neither read nor decide anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from counterfoil.kernel.money import Money
from counterfoil.web import reader, writing

register = template.Library()

UNKNOWN_CELL = format_html('<span title="{}">\u2013</span>', "Not known")


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw one icon of the sprite; it is decoration, so it is hidden from assistive technology."""
    return format_html(
        '<svg class="i" aria-hidden="true"><use href="{}#i-{}"/></svg>', static("counterfoil/icons.svg"), name
    )


@register.filter
def money(value: Money | None) -> str:
    """`1,029,659.50`; an en dash when the amount is unknown."""
    return UNKNOWN_CELL if value is None else writing.amount(value, reader.locale())


@register.filter
def change(value: Money | None) -> str:
    """`+14.00` or `−14.00`, where a change is meant."""
    return UNKNOWN_CELL if value is None else writing.amount(value, reader.locale(), plus=True)


@register.filter
def headline(value: Money | None) -> str:
    """Symbol, whole and small grey cents: `€1,284,310.22`."""
    if value is None:
        return UNKNOWN_CELL
    head, whole, cents = writing.amount_parts(value, reader.locale())
    return format_html('{}{}<span class="cents">{}</span>', head, whole, cents) if cents else head + whole


@register.filter
def coded(value: Money | None) -> str:
    """`USD 1,200.00`, for columns of mixed currencies."""
    return UNKNOWN_CELL if value is None else writing.with_code(value, reader.locale())


@register.filter
def symboled(value: Money | None) -> str:
    """`€1,800.00`, for sentences."""
    return UNKNOWN_CELL if value is None else writing.with_symbol(value, reader.locale())


@register.filter
def debit(value: Money) -> str:
    """The amount when it is a debit, nothing otherwise."""
    return writing.amount(value, reader.locale()) if value.minor > 0 else ""


@register.filter
def credit(value: Money) -> str:
    """The amount, unsigned, when it is a credit, nothing otherwise."""
    return writing.amount(abs(value), reader.locale()) if value.minor < 0 else ""


@register.filter
def counted(value: int | None) -> str:
    """`1,204`."""
    return UNKNOWN_CELL if value is None else writing.count(value, reader.locale())


@register.filter
def quantity(micro: int | None) -> str:
    """A quantity held in millionths: `40`, `2.5`."""
    return UNKNOWN_CELL if micro is None else writing.quantity(micro, reader.locale())


@register.filter
def percent(share: Decimal | None) -> str:
    """A share of one: `89.3 %`."""
    return UNKNOWN_CELL if share is None else writing.percent(share, reader.locale())


@register.filter
def day(value: date | None) -> str:
    """`14 Oct`, with the year when it is not the current one."""
    return UNKNOWN_CELL if value is None else writing.day(value, reader.locale(), reader.today().year)


@register.filter
def full_day(value: date | None) -> str:
    """`14 Oct 2026`."""
    return UNKNOWN_CELL if value is None else writing.full_day(value, reader.locale())


@register.filter
def long_day(value: date) -> str:
    """`Wednesday, 4 November`."""
    return writing.long_day(value, reader.locale())


@register.filter
def month(value: date) -> str:
    """`October 2026`."""
    return writing.month(value, reader.locale())


@register.filter
def moment(value: datetime | None) -> str:
    """`30 Oct, 16:42`, in the time zone in force."""
    return (
        UNKNOWN_CELL
        if value is None
        else writing.moment(timezone.localtime(value), reader.locale(), reader.today().year)
    )


@register.filter
def exact_moment(value: datetime) -> str:
    """`30 Oct, 16:42:07`, for the trail."""
    return writing.moment(timezone.localtime(value), reader.locale(), reader.today().year, seconds=True)


@register.filter
def initials(name: str) -> str:
    """`IM` for Ines Marchetti."""
    return writing.initials(name)


@register.filter
def item(values: Mapping[str, object], key: str) -> object:
    """The value under a key that is itself a value; nothing when there is none."""
    return values.get(key, "")
