"""Reading the columns of a file: texts in, typed records and refusals out. Nothing is looked up, nothing is guessed.

A profile says which column holds which field, how numbers and dates are written, what its words mean, and what it
fills in where files of its kind are silent. Values are read column by column and remembered, because an import
repeats the same few currencies, dates and terms a great many times.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeAlias

from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.luhn import is_valid as is_luhn

from counterfoil.crm.domain import (
    HAND,
    ActivityKind,
    AmountState,
    ProductKind,
    ProductStatus,
    Said,
    SaidLine,
    Stage,
    TaxClass,
    key_of,
)
from counterfoil.kernel import text as texts
from counterfoil.kernel.currency import EUR, Currency, currency
from counterfoil.kernel.errors import Fact, Refusal, Refused
from counterfoil.kernel.money import OutOfRange
from counterfoil.kernel.terms import Term


class MissingValue(Refused):
    """The row lacks what nothing can be stored without."""

    code = "missing_value"


class UnknownStage(Refused):
    """The profile maps no such stage. Stages are never guessed: "closed won" is not "Closed Won"."""

    code = "unknown_stage"


class UnknownWord(Refused):
    """Not one of the words that this field may hold."""

    code = "unknown_word"


class UnknownCountry(Refused):
    """Neither an ISO 3166-1 code of two letters nor a name that the profile knows."""

    code = "unknown_country"


class BadEmail(Refused):
    """Not an e-mail address that can be written to, or one made to do harm: line breaks, quotes, formula signs."""

    code = "bad_email"


class UnknownColumns(Refused):
    """The profile has no columns for this kind of file."""

    code = "unknown_kind"


MAX_REMEMBERED: Final = 50_000
"""Readings kept for each column; beyond this many they are forgotten, so that memory stays flat."""
_NOTES: Final = 64 << 10

# ------------------------------------------------------------------------------------ profiles


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one kind of file: our field to the file's column, what is filled in, and what words mean."""

    kind: str
    columns: Mapping[str, str]
    required: tuple[str, ...]
    fill: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def column(self, name: str) -> str:
        """What the file calls one of our fields; a field that it lacks keeps our name."""
        return self.columns.get(name, name)


@dataclass(frozen=True, slots=True)
class Profile:
    """How files of one origin are read. `is_external_crm`: they mirror a CRM whose rules are not ours to hold."""

    name: str
    version: int
    title: str
    system: str
    is_external_crm: bool
    numbers: str
    dates: str
    encoding: str | None
    delimiter: str | None
    layouts: Mapping[str, Layout]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Profile:
        """Read a profile from the tables of its TOML file.

        Raises:
            ValueError: it names a field that this kind does not have.
        """
        layouts = {}
        for kind, table in data["kinds"].items():
            columns, fill = table["columns"], table.get("fill", {})
            if unknown := {*columns, *fill} - FIELDS[kind].keys():
                raise ValueError(f"{data['name']}: {kind} has no fields {sorted(unknown)}")
            required = tuple(columns[name] for name in table["required"])
            layouts[kind] = Layout(kind, columns, required, fill, table.get("words", {}))
        return cls(
            name=data["name"],
            version=data["version"],
            title=data["title"],
            system=data["system"],
            is_external_crm=data["is_external_crm"],
            numbers=data["numbers"],
            dates=data["dates"],
            encoding=data.get("encoding"),
            delimiter=data.get("delimiter"),
            layouts=layouts,
        )

    def layout(self, kind: str) -> Layout:
        """Return the columns of one kind of file.

        Raises:
            UnknownColumns: the profile has none for it.
        """
        if kind not in self.layouts:
            raise UnknownColumns(kind=kind, profile=self.name, known=sorted(self.layouts))
        return self.layouts[kind]

    def fills(self, kind: str, books_currency: str) -> dict[str, str]:
        """What is filled in where a file is silent, to be shown before an import runs."""
        fill = self.layout(kind).fill
        return {name: books_currency if value == BOOKS_CURRENCY else value for name, value in fill.items()}


BOOKS_CURRENCY: Final = "{books.currency}"
_PLACE: Final = re.compile(r"\{([a-z_]+)\}")

# ------------------------------------------------------------------------------------ one value


@dataclass(frozen=True, slots=True)
class _Context:
    """What the meaning of a value depends on."""

    profile: Profile
    words: Mapping[str, str]
    books_currency: str


ReadOne: TypeAlias = Callable[[str, _Context], object]


@dataclass(frozen=True, slots=True)
class _Text:
    """Text of at most so many characters."""

    longest: int

    def __call__(self, value: str, context: _Context) -> str:
        return texts.clean_text(value, self.longest)


def _as_it_is(value: str, context: _Context) -> str:
    """An amount, which is read when its currency is known."""
    return value


def _day(value: str, context: _Context) -> date | None:
    plain = texts.clean_text(value)
    return texts.parse_date(plain, context.profile.dates) if plain else None


def _first_day_after(value: str, context: _Context) -> date | None:
    """Files name the last day of a service; we keep the first day after it."""
    last = _day(value, context)
    return None if last is None else last + timedelta(days=1)


def _instant(value: str, context: _Context) -> datetime | None:
    """A day of the profile's form (midnight UTC), or an ISO instant with its zone."""
    plain = texts.clean_text(value)
    if not plain:
        return None
    if "T" in plain and context.profile.dates == "iso":
        try:
            instant = datetime.fromisoformat(plain)
        except ValueError:
            raise texts.BadDate(text=plain[:40], profile="iso") from None
        if instant.tzinfo is None:
            raise texts.BadDate(text=plain[:40], profile="iso", reason="no_zone")
        texts.parse_date(instant.date().isoformat())
        return instant.astimezone(UTC)
    return datetime.combine(texts.parse_date(plain, context.profile.dates), time(), UTC)


def _currency(value: str, context: _Context) -> Currency | None:
    plain = texts.clean_text(value)
    return currency(plain) if plain else None


def _quantity(value: str, context: _Context) -> int | None:
    plain = texts.clean_text(value)
    return texts.parse_quantity(plain, context.profile.numbers) if plain else None


def _percent(value: str, context: _Context) -> Decimal | None:
    plain = texts.clean_text(value)
    if not plain:
        return None
    percent = texts.parse_decimal(plain, 6, context.profile.numbers)
    if not 0 <= percent <= 100:
        raise OutOfRange(text=plain[:40], least="0", most="100")
    return percent


def _whole(most: int) -> ReadOne:
    def read(value: str, context: _Context) -> int | None:
        plain = texts.clean_text(value)
        if not plain:
            return None
        number = int(texts.parse_decimal(plain, 0, context.profile.numbers))
        if not 0 < number <= most:
            raise OutOfRange(text=plain[:40], least="1", most=str(most))
        return number

    return read


def _stage(value: str, context: _Context) -> tuple[str, str] | None:
    """Our stage and the CRM's word for it."""
    plain = texts.clean_text(value, 60)
    if not plain:
        return None
    if plain not in context.words:
        raise UnknownStage(text=plain[:40], known=list(context.words))
    return context.words[plain], plain


def _word(known: Iterable[str]) -> ReadOne:
    ours = {word: word for word in known}

    def read(value: str, context: _Context) -> str:
        plain = texts.clean_text(value, 60)
        if not plain:
            return ""
        found = context.words.get(plain) or ours.get(plain.casefold())
        if found is None:
            raise UnknownWord(text=plain[:40], known=[*ours, *context.words])
        return found

    return read


def _yes(value: str, context: _Context) -> bool:
    plain = texts.clean_text(value).casefold()
    if plain not in _YES_OR_NO:
        raise UnknownWord(text=plain[:40], known=["yes", "no"])
    return _YES_OR_NO[plain]


_YES_OR_NO: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}


def _country(value: str, context: _Context) -> str:
    plain = texts.clean_text(value, 60)
    found = context.words.get(plain, plain)
    if found and found not in COUNTRIES:
        raise UnknownCountry(text=plain[:40])
    return found


def _term(value: str, context: _Context) -> str:
    plain = texts.clean_text(value, 80)
    return Term.parse(plain).text if plain else ""


def _email(value: str, context: _Context) -> str:
    plain = texts.clean_text(value, 254)
    if plain and not _EMAIL.fullmatch(plain):
        raise BadEmail
    return plain


_EMAIL: Final = re.compile(
    r"[A-Za-z0-9_][A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)

_NAME, _LONG = _Text(255), _Text(254)
FIELDS: Final[Mapping[str, Mapping[str, ReadOne]]] = {
    "deals": {
        "external_id": _Text(120),
        "name": _NAME,
        "customer": _NAME,
        "amount": _as_it_is,
        "currency": _currency,
        "amount_state": _word(state.value for state in AmountState),
        "stage": _stage,
        "close_date": _day,
        "product": _NAME,
        "description": _NAME,
        "quantity": _quantity,
        "discount": _percent,
        "terms": _Text(80),
        "billing_type": _Text(40),
        "owner": _LONG,
        "po_number": _Text(60),
        "service_start": _day,
        "service_end": _first_day_after,
        "delivered_on": _day,
        "cancellable_until": _day,
    },
    "customers": {
        "external_id": _NAME,
        "name": _NAME,
        "country": _country,
        "vat_id": _Text(32),
        "currency": _currency,
        "terms": _term,
        "email": _email,
        "street": _NAME,
        "postal_code": _Text(20),
        "city": _Text(120),
        "is_po_required": _yes,
        "is_blocked": _yes,
        "segment": _Text(60),
    },
    "products": {
        "code": _Text(60),
        "name": _NAME,
        "kind": _word(kind.value for kind in ProductKind),
        "tax_class": _word(tax_class.value for tax_class in TaxClass),
        "price": _as_it_is,
        "unit_cost": _as_it_is,
        "currency": _currency,
        "status": _word(status.value for status in ProductStatus),
        "term_months": _whole(120),
    },
    "contacts": {
        "external_id": _NAME,
        "first_name": _NAME,
        "last_name": _NAME,
        "email": _email,
        "phone": _Text(60),
        "customer": _NAME,
        "country": _country,
        "vat_id": _Text(32),
        "notes": _Text(_NOTES),
    },
    "activities": {
        "external_id": _Text(120),
        "kind": _word(kind.value for kind in ActivityKind),
        "happened_at": _instant,
        "deal": _Text(120),
        "customer": _NAME,
        "contact": _NAME,
        "owner": _LONG,
        "subject": _NAME,
        "text": _Text(_NOTES),
    },
}
"""Every field of each kind of file, and how one value of it is read."""

KEYS: Final = {
    "deals": "external_id",
    "customers": "external_id",
    "products": "code",
    "contacts": "external_id",
    "activities": "external_id",
}
"""By which field the rows of a kind are told apart."""
LIMITS: Final = {"name": 255, "text": _NOTES, "notes": _NOTES}
PERSONAL_KINDS: Final = frozenset({"contacts", "activities"})
"""Their refusals say what is wrong without repeating what was in the row."""
_NOTHING_WITHOUT: Final[Mapping[str, tuple[str, ...]]] = {
    "deals": ("external_id", "stage"),
    "customers": ("external_id", "name"),
    "products": ("code", "kind"),
    "contacts": ("external_id",),
    "activities": ("external_id", "kind", "happened_at"),
}
_SAFE_FACTS: Final = frozenset({"limit", "length", "character", "position", "known", "profile", "reason", "columns"})


def by_hand(kind: str, name: str, value: str) -> Any:
    """Read one value that a person entered, as our own columns are read.

    Raises:
        Refused: with the field's name; as the field's reader raises it.
    """
    try:
        return FIELDS[kind][name](value, _BY_HAND)
    except Refused as refused:
        raise refused.at(name) from None


_BY_HAND: Final = _Context(Profile(HAND, 1, "", HAND, False, "en-US", "iso", None, None, {}), {}, "")

# ------------------------------------------------------------------------------------ many rows


class RowRefusal(NamedTuple):
    """Why a row is refused: its physical number in the file, the file's column that is to blame, code and facts."""

    row: int
    field: str
    code: str
    facts: Mapping[str, Fact]


class DealRow(NamedTuple):
    """A row of a file of deals, as it is stored when nothing stands against it."""

    row: int
    said: Said
    stage_text: str
    owner: str


class PlainRow(NamedTuple):
    """A row of another kind: our fields and their values."""

    row: int
    values: Mapping[str, Any]


NumberedTexts: TypeAlias = "tuple[int, list[str]]"


_PLAIN: Final = re.compile("[!-~](?:[ -~]*[!-~])?").fullmatch
"""Tells ASCII text that is already as we keep it, faster than the reader that would return it unchanged."""


class _Remembering(dict[str, object]):
    """Reads one column. Each text is read once and remembered, unless the first chunk shows that they hardly repeat.

    A refused text is remembered as its refusal; `refused` counts those.
    """

    def __init__(self, read: ReadOne, context: _Context) -> None:
        super().__init__()
        self.read = read
        self.context = context
        self.refused = 0
        self.does_repeat: bool | None = None

    def column(self, cells: Sequence[str]) -> list[object]:
        """Read the cells of one chunk."""
        if self.does_repeat is False:
            return self._one_by_one(cells)
        found = list(map(self.__getitem__, cells))
        if self.does_repeat is None:
            self.does_repeat = len(self) * 2 < len(cells) or len(cells) < 100
        if len(self) > MAX_REMEMBERED or not self.does_repeat:
            self.clear()
        return found

    def _one_by_one(self, cells: Sequence[str]) -> list[object]:
        if self.read is _as_it_is:
            return list(cells)
        read = self.__missing__
        if isinstance(self.read, _Text):
            longest = self.read.longest
            found = [cell if _PLAIN(cell) and len(cell) <= longest else read(cell) for cell in cells]
        else:
            found = list(map(read, cells))
        self.clear()
        return found

    def __missing__(self, value: str) -> object:
        try:
            result = self.read(value, self.context)
        except Refused as refused:
            result = refused.refusal
            self.refused += 1
        self[value] = result
        return result


def key_form(kind: str) -> Callable[[list[str]], Iterable[str]]:
    """Return what brings the keys of rows into the form in which they are stored: blank where that cannot be."""

    def one(value: str) -> str:
        try:
            key = texts.clean_text(value)
        except Refused:
            return ""
        return key_of(key) if kind == "products" else key

    def form(values: list[str]) -> Iterable[str]:
        joined = "".join(values)
        is_plain = joined.isascii() and joined.isprintable() and " " not in joined and kind != "products"
        return values if is_plain else map(one, values)

    return form


class Reader:
    """Reads the rows of one file, chunk after chunk, and remembers what it has read."""

    def __init__(self, profile: Profile, kind: str, header: Sequence[str], books_currency: str) -> None:
        self.layout = profile.layout(kind)
        self.kind = kind
        self.system = profile.system
        self._profile = profile
        self._fills = profile.fills(kind, books_currency)
        self._places = {name: header.index(column) for name, column in self.layout.columns.items() if column in header}
        self._key_place = self._places[KEYS[kind]]
        self._key_form = key_form(kind)
        self._written: dict[tuple[str, ...], str] = {}
        self._width = len(header)
        self._readers = {
            name: _Remembering(read, _Context(profile, self.layout.words.get(name, {}), books_currency))
            for name, read in FIELDS[kind].items()
        }
        self.given = frozenset({*self._places, *self._fills})
        """The fields that the file or its profile states; what an import does not state it does not change."""

    def key_of(self, values: Sequence[str]) -> str:
        """The text by which a row is told apart from others, in the form in which it is stored; blank if unreadable."""
        (key,) = self._key_form([values[self._key_place]])
        return key

    def values(self, rows: Sequence[NumberedTexts]) -> tuple[dict[str, Sequence[Any]], list[int], list[RowRefusal]]:
        """Read rows into columns.

        Returns:
            The columns of the rows that could be read, the numbers of those rows, and what stands against the others.
        """
        refused: dict[int, list[RowRefusal]] = {}
        columns = list(zip(*[values for _, values in rows], strict=True)) or [()] * self._width
        read: dict[str, Sequence[Any]] = {}
        for name, reader in self._readers.items():
            if self._is_constant(name):
                found = [reader[self._fills.get(name, "")]] * len(rows)
            else:
                found = reader.column(self._texts(name, columns, len(rows)))
            if reader.refused:
                for position, value in enumerate(found):
                    if type(value) is Refusal:
                        self._refuse(refused, position, rows[position][0], name, value)
            read[name] = found
        for name in _NOTHING_WITHOUT[self.kind]:
            if not all(read[name]):
                for position, value in enumerate(read[name]):
                    if not value:
                        self._refuse(refused, position, rows[position][0], name, MissingValue().refusal)
        for name in ("amount", "price", "unit_cost"):
            if name in read:
                read[name] = self._money(name, read[name], read["currency"], rows, refused)
        numbers = [number for number, _ in rows]
        if refused:
            kept = [position for position in range(len(rows)) if position not in refused]
            read = {name: [column[position] for position in kept] for name, column in read.items()}
            numbers = [numbers[position] for position in kept]
        return read, numbers, [refusal for position in sorted(refused) for refusal in refused[position]]

    def _is_constant(self, name: str) -> bool:
        """Whether every row has the same value: the file has no such column."""
        return name not in self._places and not _PLACE.search(self._fills.get(name, ""))

    def _texts(self, name: str, columns: Sequence[Sequence[str]], count: int) -> Sequence[str]:
        """The texts of one field: the file's column, with what the profile fills in where it is blank."""
        place, fill = self._places.get(name), self._fills.get(name)
        if fill is None:
            return [""] * count if place is None else columns[place]
        filled = self._filled(fill, columns, count)
        if place is None:
            return filled
        return [value if value.strip() else other for value, other in zip(columns[place], filled, strict=True)]

    def _filled(self, fill: str, columns: Sequence[Sequence[str]], count: int) -> list[str]:
        """What the profile fills in: a word, or other fields of the row in braces."""
        names = _PLACE.findall(fill)
        if not names:
            return [fill] * count
        if fill == f"{{{names[0]}}}":
            return list(self._texts(names[0], columns, count))
        written, known = [], self._written
        for values in zip(*(self._texts(name, columns, count) for name in names), strict=True):
            text = known.get(values)
            if text is None:
                parts = (value.strip() or "–" for value in values)
                text = known[values] = fill.format_map(dict(zip(names, parts, strict=True)))
            written.append(text)
        if len(known) > MAX_REMEMBERED:
            known.clear()
        return written

    def _money(
        self,
        name: str,
        amounts: Sequence[str],
        currencies: Sequence[object],
        rows: Sequence[NumberedTexts],
        refused: dict[int, list[RowRefusal]],
    ) -> list[object]:
        """Read amounts, each with as many decimals as its currency has."""
        numbers = self._profile.numbers
        read: list[object] = []
        for position, (written, unit) in enumerate(zip(amounts, currencies, strict=True)):
            minor: int | None = None
            if written and not written.isspace():
                try:
                    # Without a currency two decimals are read; the row cannot be won without one.
                    minor = texts.parse_minor(written, unit if type(unit) is Currency else EUR, numbers)
                except Refused as refusal:
                    self._refuse(refused, position, rows[position][0], name, refusal.refusal)
            read.append(minor)
        return read

    def _refuse(
        self, refused: dict[int, list[RowRefusal]], position: int, row: int, name: str, refusal: Refusal
    ) -> None:
        facts = refusal.facts
        if self.kind in PERSONAL_KINDS:
            facts = {fact: value for fact, value in facts.items() if fact in _SAFE_FACTS}
        column = self.layout.column(name)
        refused.setdefault(position, []).append(RowRefusal(row, column, refusal.code, facts))

    def unreadable(self, row: int, refusal: Refusal) -> RowRefusal:
        """Say why a row could not even be parted into values; a value that is too long is told its field's limit."""
        name = next((ours for ours, column in self.layout.columns.items() if column == refusal.field), None)
        facts = {fact: value for fact, value in refusal.facts.items() if fact != "text"}
        if refusal.code == "limit" and name:
            return RowRefusal(row, refusal.field or "", "too_long", facts | {"limit": LIMITS.get(name, 255)})
        return RowRefusal(row, refusal.field or "", refusal.code, facts)


def deals(reader: Reader, rows: Sequence[NumberedTexts]) -> tuple[list[DealRow], list[RowRefusal]]:
    """Read rows of deals. A row is one opportunity with one line; its amount is that line's, after discount."""
    read, numbers, refused = reader.values(rows)
    lines = map(
        SaidLine._make,
        zip(
            read["product"], read["description"], read["quantity"], itertools.repeat(None), read["discount"],
            read["amount"],
        ),
    )  # fmt: skip
    stages = [stage for stage, _ in read["stage"]]
    said = map(
        Said._make,
        zip(
            itertools.repeat(reader.system), read["external_id"], read["name"], read["customer"], read["amount"],
            [unit.code if unit else "" for unit in read["currency"]],
            [state or STATE_OF_STAGE[stage] for state, stage in zip(read["amount_state"], stages, strict=True)],
            stages, read["close_date"], read["terms"], read["billing_type"], read["po_number"], read["service_start"],
            read["service_end"], read["delivered_on"], read["cancellable_until"], zip(lines),
        ),
    )  # fmt: skip
    words = [word for _, word in read["stage"]]
    return list(map(DealRow._make, zip(numbers, said, words, read["owner"], strict=True))), refused


STATE_OF_STAGE: Final = {
    Stage.PROSPECTING.value: AmountState.ESTIMATED.value,
    Stage.ENGAGING.value: AmountState.ESTIMATED.value,
    Stage.PROPOSAL.value: AmountState.QUOTED.value,
    Stage.WON.value: AmountState.SIGNED.value,
    Stage.LOST.value: AmountState.ESTIMATED.value,
}
"""How final an amount is taken to be where the file does not say."""


def plain(reader: Reader, rows: Sequence[NumberedTexts]) -> tuple[list[PlainRow], list[RowRefusal]]:
    """Read rows of customers, products, contacts or activities."""
    read, numbers, refused = reader.values(rows)
    records = (dict(zip(read, values, strict=True)) for values in zip(*read.values(), strict=True))
    return [PlainRow(number, values) for number, values in zip(numbers, records, strict=True)], refused


# ------------------------------------------------------------------------------------ what is odd, not wrong

_DIGITS: Final = re.compile(r"(?<![0-9])(?:[0-9][ -]?){12,18}[0-9](?![0-9])")


def flags_of_text(text: str) -> list[str]:
    """Name what should not stand in a note: `card_number`."""
    numbers = (re.sub("[ -]", "", found) for found in _DIGITS.findall(text))
    return ["card_number"] if any(is_luhn(number) for number in numbers) else []


def flags_of_vat(vat_id: str) -> list[str]:
    """Name a VAT number of the European Union whose form or checksum is wrong: `bad_vat_id`."""
    if vat_id[:2].upper() not in _VAT_PREFIXES.split():
        return []
    try:
        vat.validate(vat_id)
    except ValidationError:
        return ["bad_vat_id"]
    return []


_VAT_PREFIXES: Final = "AT BE BG CY CZ DE DK EE EL ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI"
_COUNTRY_CODES: Final = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
    CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA
    GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
    KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS
    MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS
    RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW
    TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
"""
COUNTRIES: Final = frozenset(_COUNTRY_CODES.split())
"""ISO 3166-1 alpha-2, and XK."""
