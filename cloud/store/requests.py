"""What shoppers asked of the staff, who took it, and how long they waited."""

import sqlite3
from dataclasses import dataclass

from cloud.manage.answer_times import Answered
from cloud.shop.requests import OPEN_MOST, Kind, State
from cloud.store.owned import Gone, Owned
from cloud.store.shoppers import MEMBERS
from cloud.store.steps import Step

STEPS = (
    Step(
        name="requests-1",
        statements=(
            # `digest`: of the token that opens its status page. `visit` or `profile`: who may have how many open.
            # `owner`: the manager's account that took it, and nobody else can. `number`: short, of its day.
            """CREATE TABLE requests (
                 id INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT NOT NULL UNIQUE,
                 number INTEGER NOT NULL, day INTEGER NOT NULL,
                 kind TEXT NOT NULL, gtin TEXT, shelf TEXT,
                 profile INTEGER REFERENCES profiles (id) ON DELETE SET NULL, visit INTEGER,
                 at_ms INTEGER NOT NULL, state TEXT NOT NULL, owner TEXT, taken_ms INTEGER, ended_ms INTEGER
               ) STRICT""",
            "CREATE INDEX requests_by_state ON requests (state, at_ms)",
            "CREATE INDEX requests_by_day ON requests (day, number)",
            "CREATE INDEX requests_by_profile ON requests (profile) WHERE profile IS NOT NULL",
            # The products of a shown list, as they were when it was shown.
            """CREATE TABLE request_goods (
                 request INTEGER NOT NULL REFERENCES requests (id) ON DELETE CASCADE,
                 place INTEGER NOT NULL, gtin TEXT NOT NULL, PRIMARY KEY (request, place)
               ) STRICT, WITHOUT ROWID""",
        ),
    ),
)

OWNED = (
    Owned(
        table="requests",
        key="id",
        columns=("number", "day", "kind", "gtin", "shelf", "at_ms", "state", "taken_ms", "ended_ms"),
        withheld={"digest": "", "visit": None, "owner": None},
        cleared=("digest", "visit"),
        words="You asked our staff for this. When you are forgotten it stays as a number, nobody's.",
        at="at_ms",
        place="shelf",
        gone=Gone.UNLINKED,
    ),
    Owned(
        table="request_goods",
        parent="requests",
        columns=("place", "gtin"),
        refers={"request": "requests"},
        words="You showed our staff your list; this product was on it.",
        gone=Gone.UNLINKED,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it stands; times are the cloud's clock in ms."""

    id: int
    number: int
    kind: Kind
    gtin: str | None
    shelf: str | None
    profile: int | None
    at_ms: int
    state: State
    owner: str | None
    taken_ms: int | None
    ended_ms: int | None


_ASKED = "id, number, kind, gtin, shelf, profile, at_ms, state, owner, taken_ms, ended_ms"


def ask(
    connection: sqlite3.Connection,
    *,
    digest: str,
    kind: Kind,
    gtin: str | None,
    shelf: str | None,
    profile: int | None,
    visit: int | None,
    now_ms: int,
    day: int,
    goods: tuple[str, ...] = (),
) -> Asked | None:
    """Keeps a request under the next number of its day; None where its shopper has too many open."""
    if _open_count(connection, profile, visit) >= OPEN_MOST:
        return None
    (number,) = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM requests WHERE day = ?", (day,)).fetchone()
    done = connection.execute(
        """INSERT INTO requests (digest, number, day, kind, gtin, shelf, profile, visit, at_ms, state)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (digest, number, day, kind, gtin, shelf, profile, visit, now_ms, State.WAITING),
    )
    request_id = int(done.lastrowid or 0)
    connection.executemany(
        "INSERT INTO request_goods VALUES (?, ?, ?)", [(request_id, place, gtin) for place, gtin in enumerate(goods)]
    )
    return by_id(connection, request_id)


def _open_count(connection: sqlite3.Connection, profile: int | None, visit: int | None) -> int:
    (count,) = connection.execute(
        """SELECT count(*) FROM requests WHERE state IN ('waiting', 'taken') AND (visit = ?
            OR profile IN (SELECT id FROM profiles WHERE person = (SELECT person FROM profiles WHERE id = ?)))""",
        (visit, profile),
    ).fetchone()
    return int(count)


def by_id(connection: sqlite3.Connection, request_id: int) -> Asked | None:
    """One request, or None."""
    row = connection.execute(f"SELECT {_ASKED} FROM requests WHERE id = ?", (request_id,)).fetchone()  # noqa: S608 - only names of ours
    return row and _asked(row)


def by_digest(connection: sqlite3.Connection, digest: str, since_ms: int) -> Asked | None:
    """The request that a token opens, if it is not older than that."""
    row = connection.execute(
        f"SELECT {_ASKED} FROM requests WHERE digest = ? AND at_ms >= ?",  # noqa: S608 - only names of ours
        (digest, since_ms),
    ).fetchone()
    return row and _asked(row)


def of_person(connection: sqlite3.Connection, person: int, most: int = 20) -> tuple[Asked, ...]:
    """What a person asked for, the newest first."""
    rows = connection.execute(
        f"SELECT {_ASKED} FROM requests WHERE profile IN {MEMBERS} ORDER BY id DESC LIMIT ?",  # noqa: S608 - only names of ours
        (person, most),
    )
    return tuple(map(_asked, rows))


def goods(connection: sqlite3.Connection, request_id: int) -> tuple[str, ...]:
    """The products of a list that was shown."""
    rows = connection.execute("SELECT gtin FROM request_goods WHERE request = ? ORDER BY place", (request_id,))
    return tuple(gtin for (gtin,) in rows)


def take(connection: sqlite3.Connection, request_id: int, *, owner: str, now_ms: int) -> bool:
    """One of the staff takes a waiting request; False where another was first, or it is over."""
    done = connection.execute(
        "UPDATE requests SET state = 'taken', owner = ?, taken_ms = ? WHERE id = ? AND state = 'waiting'",
        (owner, now_ms, request_id),
    )
    return done.rowcount == 1


def finish(connection: sqlite3.Connection, request_id: int, *, owner: str, now_ms: int) -> bool:
    """The one who took it has done it; False for anybody else."""
    done = connection.execute(
        "UPDATE requests SET state = 'done', ended_ms = ? WHERE id = ? AND state = 'taken' AND owner = ?",
        (now_ms, request_id, owner),
    )
    return done.rowcount == 1


def give_back(connection: sqlite3.Connection, request_id: int, *, owner: str) -> bool:
    """The one who took it cannot do it: it waits for anybody again, as long as it has; False for anybody else."""
    done = connection.execute(
        "UPDATE requests SET state = 'waiting', owner = NULL, taken_ms = NULL"
        " WHERE id = ? AND state = 'taken' AND owner = ?",
        (request_id, owner),
    )
    return done.rowcount == 1


def hand_over(connection: sqlite3.Connection, request_id: int, *, owner: str, to: str) -> bool:
    """The one who took it hands it to another of the staff; False for anybody else."""
    done = connection.execute(
        "UPDATE requests SET owner = ? WHERE id = ? AND state = 'taken' AND owner = ?", (to, request_id, owner)
    )
    return done.rowcount == 1


def cancel(connection: sqlite3.Connection, request_id: int, now_ms: int) -> bool:
    """The shopper does not need it any more; False where it is over already."""
    done = connection.execute(
        "UPDATE requests SET state = 'cancelled', ended_ms = ? WHERE id = ? AND state IN ('waiting', 'taken')",
        (now_ms, request_id),
    )
    return done.rowcount == 1


def waiting(connection: sqlite3.Connection, most: int = 200) -> tuple[Asked, ...]:
    """All that are open, those that nobody took first, each by age."""
    rows = connection.execute(
        f"SELECT {_ASKED} FROM requests WHERE state IN ('waiting', 'taken') ORDER BY state DESC, at_ms LIMIT ?",  # noqa: S608 - only names of ours
        (most,),
    )
    return tuple(map(_asked, rows))


def ended(connection: sqlite3.Connection, since_ms: int, most: int = 50) -> tuple[Asked, ...]:
    """Those that were done or taken back since, the newest first."""
    rows = connection.execute(
        f"""SELECT {_ASKED} FROM requests WHERE state IN ('done', 'cancelled') AND ended_ms >= ?
            ORDER BY ended_ms DESC LIMIT ?""",  # noqa: S608 - only names of ours
        (since_ms, most),
    )
    return tuple(map(_asked, rows))


def answered(connection: sqlite3.Connection, from_ms: int, to_ms: int) -> tuple[Answered, ...]:
    """Those that were asked in a time and taken since: by whoever has them now, after how long."""
    rows = connection.execute(
        "SELECT at_ms, taken_ms - at_ms FROM requests WHERE at_ms >= ? AND at_ms < ? AND taken_ms IS NOT NULL",
        (from_ms, to_ms),
    )
    return tuple(Answered(at_ms=at_ms, waited_ms=max(0, waited)) for at_ms, waited in rows)


def missed(connection: sqlite3.Connection, from_ms: int, to_ms: int) -> int:
    """How many that were asked in a time were taken back before anybody took them."""
    (count,) = connection.execute(
        "SELECT count(*) FROM requests WHERE at_ms >= ? AND at_ms < ? AND state = 'cancelled' AND taken_ms IS NULL",
        (from_ms, to_ms),
    ).fetchone()
    return int(count)


def _asked(row: tuple[int, int, str, str | None, str | None, int | None, int, str, str | None, int, int]) -> Asked:
    number, short, kind, gtin, shelf, profile, at_ms, state, owner, taken_ms, ended_ms = row
    return Asked(
        id=number,
        number=short,
        kind=Kind(kind),
        gtin=gtin,
        shelf=shelf,
        profile=profile,
        at_ms=at_ms,
        state=State(state),
        owner=owner,
        taken_ms=taken_ms,
        ended_ms=ended_ms,
    )
