"""What shoppers say of products: the newest words, and the stars of all, which stay when a writer is forgotten."""

import sqlite3
from dataclasses import dataclass

from cloud.shop.reviews import STARS, Draft
from cloud.store.owned import Owned
from cloud.store.shoppers import MEMBERS
from cloud.store.steps import Step

STEPS = (
    Step(
        name="reviews-1",
        statements=(
            # `profile` NULL: imported. `verified`: a sale of this product was the writer's by their own act.
            """CREATE TABLE reviews (
                 id INTEGER PRIMARY KEY AUTOINCREMENT, gtin TEXT NOT NULL,
                 profile INTEGER REFERENCES profiles (id) ON DELETE CASCADE,
                 stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5), name TEXT NOT NULL, body TEXT NOT NULL,
                 language TEXT NOT NULL, at_ms INTEGER NOT NULL, verified INTEGER NOT NULL, rewarded INTEGER NOT NULL,
                 UNIQUE (profile, gtin)
               ) STRICT""",
            "CREATE INDEX reviews_by_product ON reviews (gtin, at_ms)",
            # Counted by hand, never by a trigger: a forgotten writer's words go, the stars go on counting.
            """CREATE TABLE ratings (
                 gtin TEXT NOT NULL, stars INTEGER NOT NULL, times INTEGER NOT NULL, PRIMARY KEY (gtin, stars)
               ) STRICT, WITHOUT ROWID""",
            *(
                f"CREATE TRIGGER shown_reviews_{verb.lower()} AFTER {verb} ON reviews "  # noqa: S608 - only names of ours
                "BEGIN UPDATE shown SET stamp = stamp + 1; END"
                for verb in ("INSERT", "UPDATE", "DELETE")
            ),
        ),
    ),
)

OWNED = (
    Owned(
        table="reviews",
        key="id",
        columns=("gtin", "stars", "name", "body", "language", "at_ms", "verified", "rewarded"),
        words="You wrote this review and pressed “Publish”. It is shown with the name that you gave.",
        at="at_ms",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review as everybody sees it."""

    id: int
    stars: int
    name: str
    text: str
    language: str
    at_ms: int
    verified: bool
    rewarded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """How many gave 5, 4, 3, 2 and 1 stars."""

    times: tuple[int, int, int, int, int] = (0, 0, 0, 0, 0)

    @property
    def count(self) -> int:
        """How many in all."""
        return sum(self.times)

    @property
    def mean(self) -> float:
        """Stars on average, 0 where there are none."""
        return sum(s * n for s, n in zip(STARS, self.times, strict=True)) / self.count if self.count else 0.0


def rating(connection: sqlite3.Connection, gtin: str) -> Rating:
    """The stars of a product."""
    found = dict(connection.execute("SELECT stars, times FROM ratings WHERE gtin = ?", (gtin,)).fetchall())
    five, four, three, two, one = (int(found.get(stars, 0)) for stars in STARS)
    return Rating(times=(five, four, three, two, one))


_REVIEW = "id, stars, name, body, language, at_ms, verified, rewarded"


def newest(connection: sqlite3.Connection, gtin: str, *, most: int = 3, skip: int = 0) -> tuple[Review, ...]:
    """A product's reviews, the newest first."""
    rows = connection.execute(
        f"SELECT {_REVIEW} FROM reviews WHERE gtin = ? ORDER BY at_ms DESC, id DESC LIMIT ? OFFSET ?",  # noqa: S608 - only names of ours
        (gtin, most, skip),
    )
    return tuple(map(_review, rows))


def own(connection: sqlite3.Connection, person: int, gtin: str) -> Review | None:
    """What this person wrote of a product."""
    row = connection.execute(
        f"SELECT {_REVIEW} FROM reviews WHERE gtin = ? AND profile IN {MEMBERS} ORDER BY id DESC LIMIT 1",  # noqa: S608 - only names of ours
        (gtin, person),
    ).fetchone()
    return row and _review(row)


def put(
    connection: sqlite3.Connection,
    draft: Draft,
    *,
    gtin: str,
    profile: int,
    person: int,
    language: str,
    at_ms: int,
    verified: bool,
    rewarded: bool,
) -> int:
    """Keeps what a shopper says, in place of what this person said of the product before; returns its number.

    A reward that the earlier words had stays told: it was paid for this product.
    """
    before = own(connection, person, gtin)
    if before:
        remove(connection, person, gtin)
    return _add(
        connection,
        draft,
        gtin=gtin,
        profile=profile,
        language=language,
        at_ms=at_ms,
        verified=verified,
        rewarded=rewarded or bool(before and before.rewarded),
    )


def reward(connection: sqlite3.Connection, review_id: int) -> None:
    """Points were paid for it: everybody is told so."""
    connection.execute("UPDATE reviews SET rewarded = 1 WHERE id = ?", (review_id,))


def remove(connection: sqlite3.Connection, person: int, gtin: str) -> bool:
    """Takes back what this person said, with its stars; whether there was anything."""
    before = own(connection, person, gtin)
    if before is None:
        return False
    connection.execute("DELETE FROM reviews WHERE id = ?", (before.id,))
    connection.execute("UPDATE ratings SET times = times - 1 WHERE gtin = ? AND stars = ?", (gtin, before.stars))
    return True


def bring_in(
    connection: sqlite3.Connection,
    draft: Draft,
    *,
    gtin: str,
    language: str,
    at_ms: int,
    verified: bool,
    rewarded: bool,
) -> bool:
    """Keeps a review of an earlier system, once; whether it was new."""
    known = connection.execute(
        "SELECT 1 FROM reviews WHERE gtin = ? AND profile IS NULL AND at_ms = ? AND name = ? AND body = ?",
        (gtin, at_ms, draft.name, draft.text),
    ).fetchone()
    if known:
        return False
    _add(
        connection,
        draft,
        gtin=gtin,
        profile=None,
        language=language,
        at_ms=at_ms,
        verified=verified,
        rewarded=rewarded,
    )
    return True


def count_in(connection: sqlite3.Connection, person: int) -> None:
    """Counts the stars of a person who came with the file of another store: their rows are written uncounted."""
    connection.execute(
        f"""INSERT INTO ratings
            SELECT gtin, stars, count(*) FROM reviews WHERE profile IN {MEMBERS} GROUP BY gtin, stars
            ON CONFLICT DO UPDATE SET times = times + excluded.times""",  # noqa: S608 - only names of ours
        (person,),
    )


def _add(
    connection: sqlite3.Connection,
    draft: Draft,
    *,
    gtin: str,
    profile: int | None,
    language: str,
    at_ms: int,
    verified: bool,
    rewarded: bool,
) -> int:
    done = connection.execute(
        """INSERT INTO reviews (gtin, profile, stars, name, body, language, at_ms, verified, rewarded)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (gtin, profile, draft.stars, draft.name, draft.text, language, at_ms, int(verified), int(rewarded)),
    )
    connection.execute(
        "INSERT INTO ratings VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET times = times + 1", (gtin, draft.stars)
    )
    return int(done.lastrowid or 0)


def _review(row: tuple[int, int, str, str, str, int, int, int]) -> Review:
    number, stars, name, text, language, at_ms, verified, rewarded = row
    return Review(
        id=number,
        stars=stars,
        name=name,
        text=text,
        language=language,
        at_ms=at_ms,
        verified=bool(verified),
        rewarded=bool(rewarded),
    )
