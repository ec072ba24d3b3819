"""Each shopper's part in comparing a campaign with its hold-out, and what remains of it: four numbers a campaign."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from cloud.offers.campaigns import Campaign
from cloud.store.owned import Owned
from cloud.store.shoppers import MEMBERS
from cloud.store.steps import Step

WINDOW_MS: Final = 7 * 24 * 3_600_000
"""For so long after a campaign was shown a purchase counts; longer where its coupon lasts longer."""

STEPS = (
    Step(
        name="trials-1",
        statements=(
            # A row a person and campaign, from the first moment on. `goods`: what counts as bought; '' is anything.
            # `counted`: it is in the sums below, which name nobody.
            """CREATE TABLE trials (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 profile INTEGER NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
                 campaign TEXT NOT NULL, held INTEGER NOT NULL, at_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,
                 goods TEXT NOT NULL, counted INTEGER NOT NULL DEFAULT 0
               ) STRICT""",
            "CREATE INDEX trials_by_profile ON trials (profile)",
            "CREATE INDEX trials_open ON trials (until_ms) WHERE NOT counted",
            """CREATE TABLE trial_sums (
                 campaign TEXT NOT NULL, held INTEGER NOT NULL, people INTEGER NOT NULL, buyers INTEGER NOT NULL,
                 PRIMARY KEY (campaign, held)
               ) STRICT, WITHOUT ROWID""",
        ),
    ),
)

OWNED = (
    Owned(
        table="trials",
        key="id",
        columns=("campaign", "held", "at_ms", "until_ms", "goods"),
        withheld={"counted": 1},  # whoever brings it back was counted when they left
        words="To see whether an offer helps anybody we compare those who see it with those who do not; you were one.",
        at="at_ms",
        purpose="offers",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """A campaign's two groups: those whose time to buy is over, how many of them bought, and who still has time."""

    shown: int = 0
    shown_buyers: int = 0
    held: int = 0
    held_buyers: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """A shopper takes part from now on."""

    profile: int
    held: bool
    now_ms: int


def begin(connection: sqlite3.Connection, campaign: Campaign, beginning: Beginning) -> None:
    """Writes a person's part down, the first time alone: what group they are of never changes."""
    coupon = campaign.coupon
    goods = " ".join(sorted({*campaign.gtins, *(coupon.gtins if coupon else ())}))
    lasts_ms = max(WINDOW_MS, coupon.valid_days * 24 * 3_600_000 if coupon else 0)
    connection.execute(
        """INSERT INTO trials (profile, campaign, held, at_ms, until_ms, goods) SELECT ?1, ?2, ?3, ?4, ?5, ?6
           WHERE NOT EXISTS (SELECT 1 FROM trials AS t JOIN profiles AS p ON p.id = t.profile
             WHERE t.campaign = ?2 AND p.person = (SELECT person FROM profiles WHERE id = ?1))""",
        (
            beginning.profile,
            campaign.id,
            int(beginning.held),
            beginning.now_ms,
            beginning.now_ms + lasts_ms,
            goods,
        ),
    )


def any_over(connection: sqlite3.Connection, now_ms: int) -> bool:
    """Whether somebody's time to buy is over and not counted yet; reads only."""
    row = connection.execute("SELECT 1 FROM trials WHERE NOT counted AND until_ms <= ? LIMIT 1", (now_ms,)).fetchone()
    return row is not None


def count_over(connection: sqlite3.Connection, now_ms: int) -> int:
    """Counts those whose time to buy is over; returns how many."""
    return _count(connection, "until_ms <= ?", now_ms)


def leave(connection: sqlite3.Connection, person: int) -> int:
    """A person goes: they are counted with what they bought so far, and their rows are deleted; returns how many."""
    _count(connection, f"profile IN {MEMBERS}", person)
    return connection.execute(f"DELETE FROM trials WHERE profile IN {MEMBERS}", (person,)).rowcount  # noqa: S608 - only names of ours


def forget(connection: sqlite3.Connection, before_ms: int) -> int:
    """Deletes what was counted, is older, and is of campaigns that run no more; returns how many."""
    return connection.execute(
        """DELETE FROM trials WHERE counted AND at_ms < ? AND campaign NOT IN
             (SELECT id FROM campaign_heads WHERE standing = 'running')""",
        (before_ms,),
    ).rowcount


def groups(connection: sqlite3.Connection) -> Mapping[str, Groups]:
    """Every campaign's groups, by its name; those that compare nobody are left out."""
    sums = {
        (campaign, bool(held)): (people, buyers)
        for campaign, held, people, buyers in connection.execute(
            "SELECT campaign, held, people, buyers FROM trial_sums"
        )
    }
    waiting = dict(connection.execute("SELECT campaign, count(*) FROM trials WHERE NOT counted GROUP BY campaign"))
    found = {}
    for campaign in {name for name, _ in sums} | set(waiting):
        shown, held = sums.get((campaign, False), (0, 0)), sums.get((campaign, True), (0, 0))
        found[campaign] = Groups(
            shown=shown[0],
            shown_buyers=shown[1],
            held=held[0],
            held_buyers=held[1],
            waiting=waiting.get(campaign, 0),
        )
    return found


_BOUGHT = """EXISTS (SELECT 1 FROM sale_links AS k JOIN sale_lines AS l ON l.sale = k.sale
    JOIN profiles AS p ON p.id = k.profile
    WHERE p.person = (SELECT person FROM profiles WHERE id = t.profile)
      AND k.at_ms >= t.at_ms AND k.at_ms < t.until_ms
      AND (t.goods = '' OR instr(' ' || t.goods || ' ', ' ' || l.gtin || ' '))
      AND l.quantity > (SELECT coalesce(sum(r.quantity), 0) FROM returns JOIN return_lines AS r ON r.back = returns.id
                        WHERE returns.sale = l.sale AND r.line = l.line))"""
"""Whether somebody bought in their time and kept a piece, by what they themselves showed at the till."""


def _count(connection: sqlite3.Connection, which: str, value: int) -> int:
    rows = connection.execute(
        f"SELECT t.id, t.campaign, t.held, {_BOUGHT} FROM trials AS t WHERE NOT t.counted AND {which}",  # noqa: S608 - only names of ours
        (value,),
    ).fetchall()
    _add(connection, ((campaign, held, bought) for _, campaign, held, bought in rows))
    connection.executemany("UPDATE trials SET counted = 1 WHERE id = ?", ((number,) for number, *_ in rows))
    return len(rows)


def _add(connection: sqlite3.Connection, counted: Iterable[tuple[str, int, int]]) -> None:
    connection.executemany(
        """INSERT INTO trial_sums VALUES (?, ?, 1, ?) ON CONFLICT DO UPDATE SET
             people = people + 1, buyers = buyers + excluded.buyers""",
        counted,
    )
