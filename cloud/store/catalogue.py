"""What the store sells, what is left of it, its pictures and its tags."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cloud.shop.catalogue import Product, Tag, TagMode, Words
from cloud.store.steps import Step

STEPS = (
    Step(
        name="catalogue-1",
        statements=(
            """CREATE TABLE products (
                 gtin TEXT PRIMARY KEY,
                 name_ko TEXT NOT NULL, name_en TEXT NOT NULL, brand_ko TEXT NOT NULL, brand_en TEXT NOT NULL,
                 line_ko TEXT NOT NULL, line_en TEXT NOT NULL, facts_ko TEXT NOT NULL, facts_en TEXT NOT NULL,
                 unit_ko TEXT NOT NULL, unit_en TEXT NOT NULL, offer_ko TEXT NOT NULL, offer_en TEXT NOT NULL,
                 price INTEGER NOT NULL, unit_price INTEGER, goes_with TEXT NOT NULL, image TEXT NOT NULL,
                 retired INTEGER NOT NULL
               ) STRICT""",
            # May fall below zero where a count was wrong: that is worth knowing. NULL: nobody counts.
            "CREATE TABLE stock (gtin TEXT PRIMARY KEY, store INTEGER, shelf INTEGER) STRICT",
            "CREATE TABLE pictures (digest TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, body BLOB NOT NULL) STRICT",
            # `counter`: the highest that was accepted of this chip; -1 before the first.
            """CREATE TABLE tags (
                 id TEXT PRIMARY KEY, gtin TEXT NOT NULL, shelf TEXT, uid BLOB UNIQUE, mode TEXT NOT NULL,
                 counter INTEGER NOT NULL DEFAULT -1
               ) STRICT""",
            "CREATE TABLE plans (version INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT",
        ),
    ),
    Step(
        name="catalogue-2",
        statements=(
            "ALTER TABLE products ADD COLUMN list_price INTEGER",
            "ALTER TABLE products ADD COLUMN category TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE products ADD COLUMN variants TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE products ADD COLUMN size_ko TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE products ADD COLUMN size_en TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE products ADD COLUMN alternatives TEXT NOT NULL DEFAULT ''",
            "CREATE INDEX products_by_category ON products (category) WHERE category != ''",
            "CREATE INDEX products_by_variants ON products (variants) WHERE variants != ''",
            # Grows with whatever a page shows alike to everybody, by whichever program it was changed.
            "CREATE TABLE shown (one INTEGER PRIMARY KEY CHECK (one = 1), stamp INTEGER NOT NULL) STRICT",
            "INSERT INTO shown VALUES (1, 0)",
            *(
                f"CREATE TRIGGER shown_{table}_{verb.lower()} AFTER {verb} ON {table} "  # noqa: S608 - only names of ours
                "BEGIN UPDATE shown SET stamp = stamp + 1; END"
                for table, verb in (
                    ("products", "INSERT"),
                    ("products", "UPDATE"),
                    ("products", "DELETE"),
                    ("pictures", "INSERT"),
                    ("pictures", "DELETE"),
                    ("plans", "INSERT"),
                    ("stock", "INSERT"),
                )
            ),
            # Of a neighbour's stock a page shows the level alone.
            """CREATE TRIGGER shown_stock_update AFTER UPDATE ON stock
               WHEN min(max(OLD.store, 0), 5) IS NOT min(max(NEW.store, 0), 5)
               BEGIN UPDATE shown SET stamp = stamp + 1; END""",
        ),
    ),
)

LOW = 5
"""Fewer than this are few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What is left: in the store, and on the shelf where it is shown; None where nobody counts."""

    store: int | None = None
    shelf: int | None = None


_PRODUCT = (
    "gtin, name_ko, name_en, brand_ko, brand_en, line_ko, line_en, facts_ko, facts_en, unit_ko, unit_en, "
    "offer_ko, offer_en, size_ko, size_en, price, unit_price, goes_with, image, retired, "
    "list_price, category, variants, alternatives"
)
_MARKS = ",".join("?" * 24)


def put_products(connection: sqlite3.Connection, products: Iterable[Product]) -> int:
    """Adds or replaces products with the stock they tell; returns how many. Others stay as they are."""
    count = 0
    for p in products:
        words = [w for pair in (p.name, p.brand, p.line, p.facts, p.unit, p.offer, p.size) for w in (pair.ko, pair.en)]
        plain = (p.price, p.unit_price, " ".join(p.goes_with), p.image, int(p.retired))
        more = (p.list_price, p.category, p.group, " ".join(p.alternatives))
        values = (p.gtin, *words, *plain, *more)
        connection.execute(f"INSERT OR REPLACE INTO products ({_PRODUCT}) VALUES ({_MARKS})", values)  # noqa: S608 - only names of ours
        connection.execute("INSERT OR REPLACE INTO stock VALUES (?, ?, ?)", (p.gtin, p.stock, p.shelf_stock))
        count += 1
    return count


def product(connection: sqlite3.Connection, gtin: str) -> Product | None:
    """One product, its stock left out, or None."""
    row = connection.execute(f"SELECT {_PRODUCT} FROM products WHERE gtin = ?", (gtin,)).fetchone()  # noqa: S608 - only names of ours
    return row and _product(row)


def products(connection: sqlite3.Connection) -> tuple[Product, ...]:
    """All products on sale, by GTIN."""
    rows = connection.execute(f"SELECT {_PRODUCT} FROM products WHERE NOT retired ORDER BY gtin LIMIT 500")  # noqa: S608 - only names of ours
    return tuple(map(_product, rows))


def gtins(connection: sqlite3.Connection) -> frozenset[str]:
    """Every product's GTIN, on sale or not."""
    return frozenset(gtin for (gtin,) in connection.execute("SELECT gtin FROM products"))


def names(connection: sqlite3.Connection, gtins: Iterable[str]) -> dict[str, Words]:
    """What these products are called; one that is not known is left out."""
    rows = connection.execute(
        "SELECT gtin, name_ko, name_en FROM products WHERE gtin IN (SELECT value FROM json_each(?))",
        (json.dumps(list(gtins)),),
    )
    return {gtin: Words(ko=ko, en=en) for gtin, ko, en in rows}


def offered(connection: sqlite3.Connection) -> tuple[Product, ...]:
    """All products on sale with an offer of their own, by GTIN."""
    return _where(connection, "offer_ko || offer_en != ? AND NOT retired ORDER BY gtin", "")


def variants(connection: sqlite3.Connection, group: str) -> tuple[Product, ...]:
    """The sizes or variants of a group that are on sale, the cheapest first."""
    return _where(connection, "variants = ? AND variants != '' AND NOT retired ORDER BY price, gtin LIMIT 12", group)


def of_category(connection: sqlite3.Connection, category: str) -> tuple[Product, ...]:
    """What is on sale in a category, by GTIN."""
    return _where(connection, "category = ? AND category != '' AND NOT retired ORDER BY gtin LIMIT 60", category)


def _where(connection: sqlite3.Connection, condition: str, value: str) -> tuple[Product, ...]:
    rows = connection.execute(f"SELECT {_PRODUCT} FROM products WHERE {condition}", (value,))  # noqa: S608 - only conditions of ours
    return tuple(map(_product, rows))


def shelves_of(connection: sqlite3.Connection, gtins: Iterable[str]) -> dict[str, str]:
    """On which shelf a tag stands for each of these products; those without a tag are left out."""
    asked = tuple(gtins)
    rows = connection.execute(
        f"SELECT gtin, min(shelf) FROM tags WHERE shelf IS NOT NULL AND gtin IN ({','.join('?' * len(asked))})"  # noqa: S608 - marks alone
        " GROUP BY gtin",
        asked,
    )
    return dict(rows)


def stamp(connection: sqlite3.Connection) -> int:
    """Grows with whatever a product's page shows alike to everybody: prepared pages of an older one are stale."""
    (value,) = connection.execute("SELECT stamp FROM shown").fetchone()
    return int(value)


def _product(row: tuple[str | int | None, ...]) -> Product:
    gtin, *rest = row
    texts = [str(text) for text in rest[:14]]
    name, brand, line, facts, unit, offer, size = (Words(ko=texts[i], en=texts[i + 1]) for i in range(0, 14, 2))
    price, unit_price, goes_with, image, retired, list_price, category, group, alternatives = rest[14:]
    return Product(
        gtin=str(gtin),
        name=name,
        brand=brand,
        line=line,
        facts=facts,
        unit=unit,
        offer=offer,
        price=int(price or 0),
        unit_price=None if unit_price is None else int(unit_price),
        goes_with=tuple(str(goes_with).split()),
        image=str(image),
        retired=bool(retired),
        list_price=None if list_price is None else int(list_price),
        category=str(category),
        group=str(group),
        size=size,
        alternatives=tuple(str(alternatives).split()),
    )


def stock(connection: sqlite3.Connection, gtin: str) -> Stock:
    """What is left of a product."""
    row = connection.execute("SELECT store, shelf FROM stock WHERE gtin = ?", (gtin,)).fetchone()
    return Stock(store=row[0], shelf=row[1]) if row else Stock()


def stocks(connection: sqlite3.Connection, gtins: Iterable[str]) -> dict[str, Stock]:
    """What is left of each of these products; those that nobody knows are left out."""
    asked = tuple(gtins)
    rows = connection.execute(
        f"SELECT gtin, store, shelf FROM stock WHERE gtin IN ({','.join('?' * len(asked))})",  # noqa: S608 - marks alone
        asked,
    )
    return {gtin: Stock(store=store, shelf=shelf) for gtin, store, shelf in rows}


def take_stock(connection: sqlite3.Connection, gtin: str, quantity: int) -> None:
    """So many were sold; what nobody counts stays uncounted."""
    connection.execute(
        "UPDATE stock SET store = store - ?, shelf = shelf - ? WHERE gtin = ?", (quantity, quantity, gtin)
    )


def put_picture(connection: sqlite3.Connection, name: str, body: bytes) -> None:
    """Keeps a product's picture under its file's name, in place of an older one."""
    digest = hashlib.sha256(body).hexdigest()[:32]
    connection.execute("DELETE FROM pictures WHERE name = ? OR digest = ?", (name, digest))
    connection.execute("INSERT INTO pictures VALUES (?, ?, ?)", (digest, name, body))


def picture_digest(connection: sqlite3.Connection, name: str) -> str | None:
    """The digest under which a picture is served, or None where there is none."""
    row = connection.execute("SELECT digest FROM pictures WHERE name = ?", (name,)).fetchone()
    return row and str(row[0])


def picture(connection: sqlite3.Connection, digest: str) -> tuple[str, bytes] | None:
    """A picture's name and bytes, or None."""
    row = connection.execute("SELECT name, body FROM pictures WHERE digest = ?", (digest,)).fetchone()
    return row and (str(row[0]), bytes(row[1]))


def put_tags(connection: sqlite3.Connection, tags: Iterable[Tag]) -> int:
    """Adds or changes tags; a tag with the same chip keeps its counter. Returns how many.

    Raises sqlite3.IntegrityError where two tags claim one chip.
    """
    count = 0
    for tag in tags:
        connection.execute(
            """INSERT INTO tags (id, gtin, shelf, uid, mode) VALUES (?, ?, ?, ?, ?)
               ON CONFLICT (id) DO UPDATE SET gtin = excluded.gtin, shelf = excluded.shelf, mode = excluded.mode,
                 counter = CASE WHEN uid IS excluded.uid THEN counter ELSE -1 END, uid = excluded.uid""",
            (tag.id, tag.gtin, tag.shelf, tag.uid, tag.mode),
        )
        count += 1
    return count


def tag(connection: sqlite3.Connection, tag_id: str) -> Tag | None:
    """One tag, or None."""
    return next(_tags(connection, "WHERE id = ?", tag_id), None)


def tags(connection: sqlite3.Connection) -> tuple[Tag, ...]:
    """All tags, in the order of their ids."""
    return tuple(_tags(connection, "ORDER BY id"))


def _tags(connection: sqlite3.Connection, which: str, *values: str) -> Iterator[Tag]:
    for row in connection.execute(f"SELECT id, gtin, shelf, uid, mode FROM tags {which}", values):  # noqa: S608
        yield Tag(id=row[0], gtin=row[1], shelf=row[2], uid=row[3], mode=TagMode(row[4]))


def spend(connection: sqlite3.Connection, *, tag_id: str, uid: bytes, counter: int) -> bool:
    """Takes a counter as used: True for exactly one caller, False for a replay, an older one, or another chip."""
    done = connection.execute(
        "UPDATE tags SET counter = ? WHERE id = ? AND uid = ? AND counter < ?", (counter, tag_id, uid, counter)
    )
    return done.rowcount == 1
