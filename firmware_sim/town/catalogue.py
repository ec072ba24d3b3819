"""The demo store's goods, as the till and the phones' tags know them."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path


class CatalogueError(ValueError):
    """The file is no list of goods; the message names the line, the key, the value and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What a shopper takes to the till."""

    gtin: str
    name_ko: str
    name_en: str
    price_krw: int


def check_digit_holds(gtin: str) -> bool:
    """Whether 14 digits end in their GS1 check digit (GS1 General Specifications, section 7.9)."""
    weighted = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(gtin[:-1]))
    return (10 - weighted % 10) % 10 == int(gtin[-1])


def read_catalogue(path: Path) -> tuple[Product, ...]:
    """The products of a CSV file. Raises CatalogueError; a file that is not there raises OSError."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        lost = {"gtin", "name_ko", "name_en", "price_krw"} - set(rows.fieldnames or ())
        if lost:
            raise CatalogueError(f"{path}: the column {min(lost)!r} is missing")
        products = tuple(_product(path, rows.line_num, row) for row in rows)
    if not products:
        raise CatalogueError(f"{path}: no product; at least one is needed")
    return products


def _product(path: Path, line: int, row: dict[str, str]) -> Product:
    gtin, price = row["gtin"] or "", row["price_krw"] or ""
    if not re.fullmatch(r"[0-9]{14}", gtin) or not check_digit_holds(gtin):
        raise CatalogueError(f"{path}:{line}: gtin = {gtin!r}; a GTIN-14 with its check digit is allowed")
    if not re.fullmatch(r"[0-9]{1,9}", price):
        raise CatalogueError(f"{path}:{line}: price_krw = {price!r}; whole won are allowed")
    return Product(gtin=gtin, name_ko=row["name_ko"], name_en=row["name_en"], price_krw=int(price))
