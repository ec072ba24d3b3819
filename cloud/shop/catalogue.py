"""The goods of a store and the tags that stand for them, as its CSV files tell them."""

import csv
import enum
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from cloud.gs1 import is_gtin14

MAX_PRICE = 10**12
_ID = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}\.(svg|webp|png|jpg|jpeg|avif)")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Columns:
    """What the header line of a CSV file must name, and what it may; whatever else it names is left out."""

    needed: tuple[str, ...]
    wanted: tuple[str, ...]

    @property
    def known(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.needed, *self.wanted)

    def __str__(self) -> str:
        return f"{', '.join(self.needed)}; and where wanted {', '.join(self.wanted)}"


PRODUCTS = Columns(
    ("gtin", "name_ko", "name_en", "price_krw"),
    (
        *("list_price_krw", "unit_price_krw", "unit_ko", "unit_en", "brand_ko", "brand_en", "line_ko", "line_en"),
        *("facts_ko", "facts_en", "offer_ko", "offer_en", "image", "stock", "shelf_stock", "category"),
        *("variant_group", "size_ko", "size_en", "goes_with", "alternatives", "retired"),
    ),
)
TAGS = Columns(("tag", "gtin"), ("shelf", "uid", "mode"))


class CsvError(ValueError):
    """A file is not as it should be; the message names the line, the column, the value and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The same in both languages of the pages."""

    ko: str = ""
    en: str = ""

    def __getitem__(self, language: str) -> str:
        """In this language, or in the other where only that is known."""
        return (self.ko or self.en) if language == "ko" else (self.en or self.ko)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A trade item. Prices are whole won; facts are short sentences, parted by `|` in each language."""

    gtin: str
    name: Words
    brand: Words = field(default_factory=Words)
    line: Words = field(default_factory=Words)  # one sentence that sells it
    price: int
    unit_price: int | None = None
    unit: Words = field(default_factory=Words)  # such as "100 g당", "per 100 g"
    facts: Words = field(default_factory=Words)
    offer: Words = field(default_factory=Words)  # the store's offer on it, the same for everybody who qualifies
    goes_with: tuple[str, ...] = ()
    image: str = ""
    stock: int | None = None  # in the whole store; None where nobody counts
    shelf_stock: int | None = None
    retired: bool = False
    list_price: int | None = None  # the price before, where the shelf price is reduced for everybody
    category: str = ""
    group: str = ""  # products of one group are sizes or variants of each other
    size: Words = field(default_factory=Words)  # how this one differs from its group, such as "100 g"
    alternatives: tuple[str, ...] = ()

    @property
    def reduced(self) -> int:
        """By how many per cent the shelf price is below the list price; 0 where it is not."""
        return round(100 - 100 * self.price / self.list_price) if self.list_price else 0


class TagMode(enum.StrEnum):
    """What a tag can prove."""

    PLAIN = "plain"  # nothing: a sticker or a printed code
    AES = "aes"  # NTAG 424 DNA, SUN messages with AES
    LRP = "lrp"  # the same in LRP mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag on a shelf or a product, and the chip in it where it has one that signs."""

    id: str
    gtin: str
    shelf: str | None
    uid: bytes | None
    mode: TagMode


def parse_products(text: str) -> tuple[Product, ...]:
    """The products of a CSV file with a header line. Raises CsvError."""
    rows = rows_of(text, PRODUCTS)
    return _each_once(rows, _product, lambda product: product.gtin, "gtin")


def parse_tags(text: str) -> tuple[Tag, ...]:
    """The tags of a CSV file with a header line. Raises CsvError."""
    rows = rows_of(text, TAGS)
    return _each_once(rows, _tag, lambda tag: tag.id, "tag")


class Row:
    """One line of the file, whose cells are read by column."""

    def __init__(self, number: int, cells: dict[str, str]) -> None:
        self.number = number
        self._cells = cells

    def text(self, column: str, most: int = 300) -> str:
        """A cell's text, without the spaces round it."""
        value = self._cells[column].strip()
        if len(value) > most or not all(c.isprintable() for c in value):
            raise self.wrong(column, f"at most {most} printable characters")
        return value

    def words(self, column: str, most: int = 300) -> Words:
        """The cells of both languages."""
        return Words(ko=self.text(f"{column}_ko", most), en=self.text(f"{column}_en", most))

    def number_or_none(self, column: str) -> int | None:
        """A whole number, or None where the cell is empty."""
        value = self.text(column, 20)
        if not value:
            return None
        if not (value.isascii() and value.isdecimal() and int(value) <= MAX_PRICE):
            raise self.wrong(column, f"a whole number from 0 to {MAX_PRICE}")
        return int(value)

    def matching(self, column: str, allowed: Callable[[str], object], what: str, *, needed: bool = True) -> str:
        """A cell that is allowed; `what` says in words what is."""
        value = self.text(column)
        if (value or needed) and not allowed(value):
            raise self.wrong(column, what)
        return value

    def flag(self, column: str) -> bool:
        """1, or else 0 or nothing."""
        return self.matching(column, lambda v: v in ("", "0", "1"), "0 or 1") == "1"

    def wrong(self, column: str, allowed: str) -> CsvError:
        """The error that names the line, the column and what is allowed."""
        value = self._cells[column]
        return CsvError(f"line {self.number}, {column}: {value[:60]!r} is not allowed, it must be {allowed}")


GTIN = "a GTIN of 14 digits with the right check digit; a shorter barcode has zeros in front"
_SLUG = "a-z, 0-9 and inner hyphens, 32 at most"


def _product(row: Row) -> Product:
    name, price = row.words("name", 120), row.number_or_none("price_krw")
    if not name["en"]:
        raise row.wrong("name_ko", "a name, here or in name_en")
    if price is None:
        raise row.wrong("price_krw", "a price in whole won")
    return Product(
        gtin=row.matching("gtin", is_gtin14, GTIN),
        name=name,
        brand=row.words("brand", 80),
        line=row.words("line"),
        price=price,
        unit_price=row.number_or_none("unit_price_krw"),
        unit=row.words("unit", 40),
        facts=row.words("facts", 1_000),
        offer=row.words("offer"),
        goes_with=_gtins(row, "goes_with"),
        image=row.matching(
            "image", _IMAGE.fullmatch, "a file's name with .svg, .webp, .png, .jpg or .avif", needed=False
        ),
        stock=row.number_or_none("stock"),
        shelf_stock=row.number_or_none("shelf_stock"),
        retired=row.flag("retired"),
        list_price=_list_price(row, price),
        category=row.matching("category", _ID.fullmatch, _SLUG, needed=False),
        group=row.matching("variant_group", _ID.fullmatch, _SLUG, needed=False),
        size=row.words("size", 40),
        alternatives=_gtins(row, "alternatives"),
    )


def _list_price(row: Row, price: int) -> int | None:
    before = row.number_or_none("list_price_krw")
    if before is not None and before < price:
        raise row.wrong("list_price_krw", f"empty or at least the price of {price}")
    return None if before == price else before


def _gtins(row: Row, column: str) -> tuple[str, ...]:
    gtins = tuple(row.text(column).split())
    if not all(map(is_gtin14, gtins)):
        raise row.wrong(column, f"one or several, parted by spaces, each {GTIN}")
    return gtins


def _tag(row: Row) -> Tag:
    uid = row.matching("uid", re.compile(r"[0-9A-Fa-f]{14}").fullmatch, "14 hex digits", needed=False)
    mode = row.matching("mode", lambda v: v in ("", *TagMode), f"one of {', '.join(TagMode)}") or TagMode.PLAIN
    if (mode != TagMode.PLAIN) != bool(uid):
        raise row.wrong("uid", "there for a tag that signs (aes, lrp) and empty for a plain one")
    return Tag(
        id=row.matching("tag", _ID.fullmatch, _SLUG),
        gtin=row.matching("gtin", is_gtin14, GTIN),
        shelf=row.matching("shelf", _ID.fullmatch, "a shelf's id", needed=False) or None,
        uid=bytes.fromhex(uid) or None,
        mode=TagMode(mode),
    )


def rows_of(text: str, columns: Columns) -> tuple[Row, ...]:
    """The lines of a CSV file that has these columns and may have more. Raises CsvError."""
    return tuple(Row(number, cells) for number, cells in _rows(text, columns))


def left_out(text: str, columns: Columns) -> tuple[str, ...]:
    """The columns of a CSV file that nobody reads, as its header line names them. Raises CsvError."""
    try:
        return tuple(name for name in _reader(text).fieldnames or () if name not in columns.known)
    except csv.Error as error:
        raise CsvError(f"line 1: {error}") from None


def _rows(text: str, columns: Columns) -> Iterator[tuple[int, dict[str, str]]]:
    reader = _reader(text)
    try:
        missing = [column for column in columns.needed if column not in (reader.fieldnames or ())]
        if missing:
            raise CsvError(f"line 1: the columns {', '.join(missing)} are missing")
        for cells in reader:
            if None in cells:
                raise CsvError(f"line {reader.line_num}: there are more cells than columns")
            yield reader.line_num, {column: cells.get(column) or "" for column in columns.known}
    except csv.Error as error:
        raise CsvError(f"line {reader.line_num}: {error}") from None


def _reader(text: str) -> "csv.DictReader[str]":
    return csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)


def _each_once(rows: tuple[Row, ...], make: Callable[[Row], T], key: Callable[[T], str], column: str) -> tuple[T, ...]:
    seen: set[str] = set()
    made = []
    for row in rows:
        thing = make(row)
        if key(thing) in seen:
            raise row.wrong(column, "there only once")
        seen.add(key(thing))
        made.append(thing)
    return tuple(made)
