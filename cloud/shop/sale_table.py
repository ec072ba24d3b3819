"""Sales as a CSV file tells them: one line for each line of a receipt, the lines of one receipt one after the other."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from cloud.gs1 import is_gtin14
from cloud.shop.catalogue import GTIN, Columns, CsvError
from cloud.shop.sales import Sale, SaleError, SaleLine, decode_sale, encode_sale

SALES = Columns(("sale", "at", "gtin", "quantity", "amount"), ("currency", "discount"))
_MOST = 10**12
_YEAR_2248_MS = 2**43


@dataclass(frozen=True, slots=True, kw_only=True)
class TabledSale:
    """A sale, and the line of the file where it begins."""

    line: int
    sale: Sale


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    number: int
    cells: dict[str, str]

    def wrong(self, column: str, allowed: str) -> CsvError:
        value = self.cells[column]
        return CsvError(f"line {self.number}, {column}: {value[:60]!r} is not allowed, it must be {allowed}")

    def whole(self, column: str, least: int, most: int) -> int:
        text = self.cells[column]
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) < 20 and least <= int(text) <= most):
            raise self.wrong(column, f"a whole number from {least} to {most}")
        return int(text)


def parse_sales(text: str) -> tuple[TabledSale, ...]:
    """The sales of a CSV file with a header line: sale, at, gtin, quantity, amount, and where wanted currency and
    discount. `at` is ms since 1970, or a time with its difference to UTC as ISO 8601 writes it. Raises CsvError naming
    the line, the column, the value and what is allowed.
    """
    found: list[TabledSale] = []
    begun: dict[str, int] = {}
    for name, group in groupby(_rows(text), lambda row: row.cells["sale"]):
        rows = tuple(group)
        if name in begun:
            raise rows[0].wrong("sale", f"beside its other lines, which begin at line {begun[name]}")
        begun[name] = rows[0].number
        found.append(TabledSale(line=rows[0].number, sale=_sale(rows)))
    return tuple(found)


def _sale(rows: tuple[_Row, ...]) -> Sale:
    first = rows[0]
    for column in ("at", "currency"):
        for row in rows[1:]:
            if row.cells[column] != first.cells[column]:
                raise row.wrong(column, f"{first.cells[column]!r} as in the sale's first line")
    if first.cells["currency"] not in ("", "KRW"):
        raise first.wrong("currency", "KRW")
    sale = Sale(sale=first.cells["sale"], at=_moment(first), currency="KRW", lines=tuple(map(_line, rows)))
    try:
        return decode_sale(encode_sale(sale))
    except SaleError as error:
        raise CsvError(f"line {first.number}: {error}") from None


def _line(row: _Row) -> SaleLine:
    if not is_gtin14(row.cells["gtin"]):
        raise row.wrong("gtin", GTIN)
    amount = row.whole("amount", -_MOST, _MOST)
    return SaleLine(
        gtin=row.cells["gtin"],
        quantity=row.whole("quantity", 1, 10_000),
        amount=amount,
        discount=row.whole("discount", 0, max(0, amount)) if row.cells["discount"] else 0,
    )


def _moment(row: _Row) -> int:
    text = row.cells["at"]
    if text.isascii() and text.isdecimal():
        return row.whole("at", 0, _YEAR_2248_MS)
    allowed = "ms since 1970, or a time such as 2026-11-22T12:00:00+09:00"
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise row.wrong("at", allowed) from None
    if at.tzinfo is None:
        raise row.wrong("at", allowed)
    at_ms = round(at.timestamp() * 1000)
    if not 0 <= at_ms <= _YEAR_2248_MS:
        raise row.wrong("at", allowed)
    return at_ms


def _rows(text: str) -> Iterator[_Row]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        columns = reader.fieldnames or ()
        if missing := [column for column in SALES.needed if column not in columns]:
            raise CsvError(f"line 1: the columns {', '.join(missing)} are missing")
        if strange := [column for column in columns if column not in SALES.known]:
            raise CsvError(f"line 1: the column {strange[0][:60]!r} is not known; {', '.join(SALES.known)} are")
        for cells in reader:
            if None in cells:
                raise CsvError(f"line {reader.line_num}: there are more cells than columns")
            yield _Row(
                number=reader.line_num, cells={column: (cells.get(column) or "").strip() for column in SALES.known}
            )
    except csv.Error as error:
        # The inner reader's count: the outer one counts a line only once it is read whole.
        raise CsvError(f"line {reader.reader.line_num}: {error}") from None
