"""What the store sells, what is left of it, its pictures, its tags and its plan."""

import functools
import hashlib
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from cloud.shop.catalogue import Product, Tag, TagMode, Words
from cloud.store.steps import Step
from contract.plan import Plan, decode_plan, encode_plan

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
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What is left: in the store, and on the shelf where it is shown; None where nobody counts."""

    store: int | None = None
    shelf: int | None = None


_PRODUCT = (
    "gtin, name_ko, name_en, brand_ko, brand_en, line_ko, line_en, facts_ko, facts_en, unit_ko, unit_en, "
    "offer_ko, offer_en, price, unit_price, goes_with, image, retired"
)


def put_products(connection: sqlite3.Connection, products: Iterable[Product]) -> int:
    """Adds or replaces products with the stock they tell; returns how many. Others stay as they are."""
    count = 0
    for p in products:
        words = [w for pair in (p.name, p.brand, p.line, p.facts, p.unit, p.offer) for w in (pair.ko, pair.en)]
        values = (p.gtin, *words, p.price, p.unit_price, " ".join(p.goes_with), p.image, int(p.retired))
        connection.execute(f"INSERT OR REPLACE INTO products ({_PRODUCT}) VALUES (?{',?' * 17})", values)  # noqa: S608 - only names of ours
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


def _product(row: tuple[str | int | None, ...]) -> Product:
    gtin, *rest = row
    texts = [str(text) for text in rest[:12]]
    name, brand, line, facts, unit, offer = (Words(ko=texts[i], en=texts[i + 1]) for i in range(0, 12, 2))
    price, unit_price, goes_with, image, retired = rest[12:]
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
    )


def stock(connection: sqlite3.Connection, gtin: str) -> Stock:
    """What is left of a product."""
    row = connection.execute("SELECT store, shelf FROM stock WHERE gtin = ?", (gtin,)).fetchone()
    return Stock(store=row[0], shelf=row[1]) if row else Stock()


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


def picture_digests(connection: sqlite3.Connection) -> dict[str, str]:
    """All pictures' digests by name."""
    return dict(connection.execute("SELECT name, digest FROM pictures"))


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
    row = connection.execute("SELECT id, gtin, shelf, uid, mode FROM tags WHERE id = ?", (tag_id,)).fetchone()
    return row and Tag(id=row[0], gtin=row[1], shelf=row[2], uid=row[3], mode=TagMode(row[4]))


def spend(connection: sqlite3.Connection, *, tag_id: str, uid: bytes, counter: int) -> bool:
    """Takes a counter as used: True for exactly one caller, False for a replay, an older one, or another chip."""
    done = connection.execute(
        "UPDATE tags SET counter = ? WHERE id = ? AND uid = ? AND counter < ?", (counter, tag_id, uid, counter)
    )
    return done.rowcount == 1


def put_plan(connection: sqlite3.Connection, plan: Plan) -> None:
    """Keeps a version of the plan, in place of the same version."""
    connection.execute("INSERT OR REPLACE INTO plans VALUES (?, ?)", (plan.version, encode_plan(plan).decode()))


def plan(connection: sqlite3.Connection) -> Plan | None:
    """The newest plan, or None."""
    row = connection.execute("SELECT body FROM plans ORDER BY version DESC LIMIT 1").fetchone()
    return row and _decoded(row[0])


@functools.lru_cache(maxsize=8)
def _decoded(body: str) -> Plan:
    """Every page reads the plan; its text changes with its version only."""
    return decode_plan(body.encode())
