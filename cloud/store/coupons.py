"""Coupons: claimed once by a person, redeemed once by a sale, and given back to the budget when they lapse."""

import enum
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cloud.offers.campaigns import Campaign
from cloud.offers.caps import DAY_MS
from cloud.offers.codes import KEY_BYTES, new_code, read_code
from cloud.store.owned import Owned
from cloud.store.shoppers import MEMBERS
from cloud.store.steps import Step


class State(enum.StrEnum):
    """Where one coupon is."""

    OPEN = "open"  # claimed, to be redeemed
    REDEEMED = "redeemed"  # a sale used it; where that sale is voided it is open again
    EXPIRED = "expired"  # its time is over; the budget has it back


_RELEASE = "UPDATE campaign_heads SET coupons = coupons - 1, won = won - OLD.won WHERE id = OLD.campaign"

STEPS = (
    Step(
        name="coupons-1",
        statements=(
            # Whoever knows it can make codes of this store. It never leaves the database.
            "CREATE TABLE coupon_keys (one INTEGER PRIMARY KEY CHECK (one = 1), key BLOB NOT NULL) STRICT",
            # `gtins`: what must be bought, parted by spaces. `sale`: the number of `sales` that used it.
            """CREATE TABLE coupons (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 profile INTEGER NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
                 campaign TEXT NOT NULL, version INTEGER NOT NULL, code TEXT NOT NULL UNIQUE,
                 won INTEGER NOT NULL, gtins TEXT NOT NULL, claimed_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,
                 state TEXT NOT NULL, sale INTEGER, redeemed_ms INTEGER,
                 UNIQUE (profile, campaign), CHECK ((state = 'redeemed') = (sale IS NOT NULL))
               ) STRICT""",
            "CREATE INDEX coupons_by_sale ON coupons (sale) WHERE sale IS NOT NULL",
            "CREATE INDEX coupons_open ON coupons (expires_ms) WHERE state = 'open'",
            # A forgotten shopper's coupon cannot be redeemed any more: the budget has it back.
            f"""CREATE TRIGGER coupons_of_the_forgotten BEFORE DELETE ON coupons WHEN OLD.state = 'open'
                BEGIN {_RELEASE}; END""",
        ),
    ),
)

OWNED = (
    Owned(
        table="coupons",
        columns=("campaign", "version", "won", "gtins", "claimed_ms", "expires_ms", "redeemed_ms"),
        # Another store's till knows none of these codes.
        withheld={"code": "", "state": State.EXPIRED, "sale": None},
        key="id",
        words="You took this coupon.",
        at="claimed_ms",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """One person's coupon."""

    id: int
    campaign: str
    version: int
    code: str
    won: int
    gtins: tuple[str, ...]  # all of these must be bought; the same one twice: two of it
    claimed_ms: int
    expires_ms: int  # from here on it is over
    state: State


class Unclaimed(enum.StrEnum):
    """Why somebody gets no coupon."""

    GONE = "gone"  # the budget is spent: others were quicker
    OVER = "over"  # the campaign does not run any more


class Reason(enum.StrEnum):
    """Why a till may not take a coupon."""

    FORGED = "forged"  # it is no code of this store, or was misread
    UNKNOWN = "unknown"  # it was genuine, and its owner has been forgotten
    USED = "used"  # another sale has used it
    EXPIRED = "expired"  # its time is over
    BASKET = "basket"  # what it asks for is not all in this sale
    STACKED = "stacked"  # another coupon of the same campaign is in this sale already


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeemed:
    """The till takes so much off. Told again for a sale that is sent again."""

    coupon: int
    campaign: str
    won: int
    gtins: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The till takes nothing off, and says why."""

    reason: Reason


_COUPON = "id, campaign, version, code, won, gtins, claimed_ms, expires_ms, state"


def claim(
    connection: sqlite3.Connection,
    *,
    profile_id: int,
    person: int,
    campaign: Campaign,
    version: int,
    ends_ms: int,
    now_ms: int,
    random: Callable[[int], bytes],
) -> Coupon | Unclaimed:
    """The person's coupon of this campaign: the one that they have, or a new one where the budget allows it.

    `ends_ms` is the campaign's own end. Call inside the transaction of the claim: of those who race for the last one
    exactly one gets it.
    """
    terms = campaign.coupon
    if terms is None or now_ms >= ends_ms:
        return Unclaimed.OVER
    if known := of_campaign(connection, person, campaign.id):
        return known
    if not _reserve(connection, campaign, terms.won):
        return Unclaimed.GONE
    done = connection.execute(
        """INSERT INTO coupons (profile, campaign, version, code, won, gtins, claimed_ms, expires_ms, state)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        (
            profile_id,
            campaign.id,
            version,
            new_code(_key(connection, random), random),
            terms.won,
            " ".join(terms.gtins),
            now_ms,
            now_ms + terms.valid_days * DAY_MS,
            State.OPEN,
        ),
    )
    row = connection.execute(f"SELECT {_COUPON} FROM coupons WHERE id = ?", (done.lastrowid,)).fetchone()  # noqa: S608 - only names of ours
    return _coupon(row)


def of_campaign(connection: sqlite3.Connection, person: int, campaign_id: str) -> Coupon | None:
    """A person's coupon of a campaign, in whatever state, or None where they never took one."""
    row = connection.execute(
        f"SELECT {_COUPON} FROM coupons WHERE campaign = ? AND profile IN {MEMBERS} ORDER BY id",  # noqa: S608 - only names of ours
        (campaign_id, person),
    ).fetchone()
    return row and _coupon(row)


def campaigns_of(connection: sqlite3.Connection, person: int) -> frozenset[str]:
    """The campaigns of which a person has, or had, a coupon."""
    rows = connection.execute(f"SELECT campaign FROM coupons WHERE profile IN {MEMBERS}", (person,))  # noqa: S608 - only names of ours
    return frozenset(campaign for (campaign,) in rows)


def of_person(connection: sqlite3.Connection, person: int, now_ms: int, most: int = 20) -> tuple[Coupon, ...]:
    """A person's coupons that can be redeemed now, what lapses soonest first."""
    rows = connection.execute(
        f"""SELECT {_COUPON} FROM coupons WHERE profile IN {MEMBERS} AND state = '{State.OPEN}' AND expires_ms > ?
            ORDER BY expires_ms, id LIMIT ?""",  # noqa: S608 - only names of ours
        (person, now_ms, most),
    )
    return tuple(map(_coupon, rows))


def redeem(
    connection: sqlite3.Connection, *, code: str, sale: int, gtins: Iterable[str], now_ms: int
) -> Redeemed | Refused:
    """Uses a coupon in a sale, once: of tills that race for it exactly one gets it. Call inside the sale's transaction.

    `sale` is the number of the sale's row; the same sale may ask again and gets the same answer. `gtins` are what was
    bought, each as often as there are pieces of it.
    """
    stored = read_code(_known_key(connection), code)
    if stored is None:
        return Refused(reason=Reason.FORGED)
    row = connection.execute(f"SELECT {_COUPON}, sale FROM coupons WHERE code = ?", (stored,)).fetchone()  # noqa: S608 - only names of ours
    if row is None:
        return Refused(reason=Reason.UNKNOWN)
    coupon, used_by = _coupon(row[:-1]), row[-1]
    if used_by != sale and (refused := _unfit(connection, coupon, sale, gtins, now_ms)):
        return Refused(reason=refused)
    if used_by != sale:
        connection.execute(
            "UPDATE coupons SET state = ?, sale = ?, redeemed_ms = ? WHERE id = ?",
            (State.REDEEMED, sale, now_ms, coupon.id),
        )
        connection.execute("UPDATE campaign_heads SET redeemed = redeemed + 1 WHERE id = ?", (coupon.campaign,))
    return Redeemed(coupon=coupon.id, campaign=coupon.campaign, won=coupon.won, gtins=coupon.gtins)


def unredeem(connection: sqlite3.Connection, *, sale: int, now_ms: int) -> int:
    """Gives back the coupons of a voided sale, to be used again where their time is not over; returns how many."""
    rows = connection.execute(f"SELECT {_COUPON} FROM coupons WHERE sale = ?", (sale,)).fetchall()  # noqa: S608 - only names of ours
    for coupon in map(_coupon, rows):
        connection.execute(
            "UPDATE coupons SET state = ?, sale = NULL, redeemed_ms = NULL WHERE id = ?", (State.OPEN, coupon.id)
        )
        connection.execute("UPDATE campaign_heads SET redeemed = redeemed - 1 WHERE id = ?", (coupon.campaign,))
    expire(connection, now_ms)
    return len(rows)


def expire(connection: sqlite3.Connection, now_ms: int) -> int:
    """Ends the coupons whose time is over and gives their campaigns' budgets back what they held; returns how many."""
    rows = connection.execute(
        "SELECT id, campaign, won FROM coupons WHERE state = ? AND expires_ms <= ?", (State.OPEN, now_ms)
    ).fetchall()
    for number, campaign, won in rows:
        connection.execute("UPDATE coupons SET state = ? WHERE id = ?", (State.EXPIRED, number))
        connection.execute(
            "UPDATE campaign_heads SET coupons = coupons - 1, won = won - ? WHERE id = ?", (won, campaign)
        )
    return len(rows)


def any_lapsed(connection: sqlite3.Connection, now_ms: int) -> bool:
    """Whether `expire` would end one; reads only."""
    row = connection.execute(
        f"SELECT 1 FROM coupons WHERE state = '{State.OPEN}' AND expires_ms <= ? LIMIT 1",  # noqa: S608 - only names of ours
        (now_ms,),
    ).fetchone()
    return row is not None


def _unfit(
    connection: sqlite3.Connection, coupon: Coupon, sale: int, gtins: Iterable[str], now_ms: int
) -> Reason | None:
    if coupon.state is State.REDEEMED:
        return Reason.USED
    if coupon.state is State.EXPIRED or now_ms >= coupon.expires_ms:
        return Reason.EXPIRED
    if Counter(coupon.gtins) - Counter(gtins):
        return Reason.BASKET
    stacked = connection.execute(
        "SELECT 1 FROM coupons WHERE sale = ? AND campaign = ?", (sale, coupon.campaign)
    ).fetchone()
    return Reason.STACKED if stacked else None


def _reserve(connection: sqlite3.Connection, campaign: Campaign, won: int) -> bool:
    """Takes one coupon out of the budget; False where there is none left."""
    budget = campaign.budget
    done = connection.execute(
        """UPDATE campaign_heads SET coupons = coupons + 1, won = won + :won
           WHERE id = :id AND standing = 'running' AND coupons < coalesce(:coupons, coupons + 1)
             AND won + :won <= coalesce(:most, won + :won)""",
        {"won": won, "id": campaign.id, "coupons": budget.coupons, "most": budget.won},
    )
    return done.rowcount == 1


def _key(connection: sqlite3.Connection, random: Callable[[int], bytes]) -> bytes:
    if not _known_key(connection):
        connection.execute("INSERT INTO coupon_keys VALUES (1, ?)", (random(KEY_BYTES),))
    return _known_key(connection)


def _known_key(connection: sqlite3.Connection) -> bytes:
    """The store's key; empty, under which nothing is redeemed, before the first coupon."""
    row = connection.execute("SELECT key FROM coupon_keys").fetchone()
    return bytes(row[0]) if row else b""


def _coupon(row: tuple[int, str, int, str, int, str, int, int, str]) -> Coupon:
    number, campaign, version, code, won, gtins, claimed_ms, expires_ms, state = row
    return Coupon(
        id=number,
        campaign=campaign,
        version=version,
        code=code,
        won=won,
        gtins=tuple(gtins.split()),
        claimed_ms=claimed_ms,
        expires_ms=expires_ms,
        state=State(state),
    )
