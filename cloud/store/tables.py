"""The tables that a store may take home as files: what each holds, in which columns, read from the sums."""

import enum
import functools
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Final

from cloud.manage.concealing import beside, kinds_of, of_page
from cloud.manage.insight import MINUTE_MS, covered
from cloud.manage.period import beginning, day_of
from cloud.manage.shelves import shelves_of
from cloud.store import plans
from cloud.store.sums import HOUR_MS
from contract.plan import LineKind, Plan


class Kind(enum.StrEnum):
    """What a column holds."""

    WORDS = "words"
    COUNT = "count"  # a whole number
    MOMENT = "moment"  # ms since the Unix epoch
    DAY = "day"  # a date of the store's calendar, as Python's `date.toordinal`


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; `people`: it is a figure about people, and withheld with the others where they are too few.

    `of` are the columns that count whom the figure is of, where that is fewer than the whole row is about.
    """

    name: str
    kind: Kind
    people: bool = False
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table. `sql` takes :first and :end, in ms or (`by_day`) in days, and :span, an hour; it gives the columns.

    `about` is the column that says how many people, or acts of people, a row is about: where that is 1 to k − 1, or
    unknown, the row's figures about people are withheld. What one table withholds no other one may tell.
    `names` is the column that names a zone or a line: pages tell the sum over all shelves' zones, doors or streets.
    """

    key: str
    columns: tuple[Column, ...]
    sql: str
    by_day: bool = False
    about: str | None = None
    names: str | None = None


def _words(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=name, kind=Kind.WORDS) for name in names)


def _counts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=name, kind=Kind.COUNT) for name in names)


def _people(*names: str, of: tuple[str, ...] = ()) -> tuple[Column, ...]:
    return tuple(Column(name=name, kind=Kind.COUNT, people=True, of=of) for name in names)


_AT: Final = Column(name="at", kind=Kind.MOMENT)
_DAY: Final = Column(name="day", kind=Kind.DAY)

TABLES: Final[tuple[Table, ...]] = (
    Table(
        key="days",
        columns=(_DAY, *_counts("expected_ms"), *_people("receipts"), *_people("amount", of=("receipts",))),
        sql="SELECT day, expected_ms, receipts, amount FROM days WHERE day >= :first AND day < :end ORDER BY 1",
        by_day=True,
        about="receipts",
    ),
    Table(
        key="day-zones",
        columns=(
            _DAY,
            *_words("zone"),
            *_people("stays", "cut", "stayed_ms", "person_ms", "waiting_ms", "queue_peak", "served", "gone"),
            *_people("waited_ms", of=("served", "gone")),
            *_counts("covered_ms", "expected_ms"),
        ),
        sql="SELECT day, zone, stays, cut, stayed_ms, person_ms, waiting_ms, queue_peak, served, gone, waited_ms, "
        "covered_ms, expected_ms FROM day_zones JOIN days USING (day) WHERE day >= :first AND day < :end ORDER BY 1, 2",
        by_day=True,
        about="stays",
        names="zone",
    ),
    Table(
        key="day-lines",
        columns=(_DAY, *_words("line"), *_people("went_in", "went_out")),
        sql="SELECT day, line, went_in, went_out FROM day_lines WHERE day >= :first AND day < :end ORDER BY 1, 2",
        by_day=True,
        about="went_in",
        names="line",
    ),
    Table(
        key="day-funnels",
        columns=(
            _DAY,
            *_words("kind", "name"),
            *_people("passed", "stopped", "taps", "tapped", "sales", "bought"),
        ),
        sql="SELECT day, kind, name, passed, stopped, taps, tapped, sales, bought FROM day_chains "
        "WHERE day >= :first AND day < :end ORDER BY 1, 2, 3",
        by_day=True,
        about="passed",
        names="name",
    ),
    Table(
        key="day-cameras",
        columns=(_DAY, *_words("camera"), *_counts("covered_ms", "expected_ms")),
        sql="SELECT day, camera, covered_ms, expected_ms FROM day_cameras JOIN days USING (day) "
        "WHERE day >= :first AND day < :end ORDER BY 1, 2",
        by_day=True,
    ),
    Table(
        key="hour-lines",
        columns=(_AT, *_words("line"), *_people("went_in", "went_out")),
        sql="SELECT at_ms, line, went_in, went_out FROM crossing_sums "
        "WHERE span_ms = :span AND at_ms >= :first AND at_ms < :end ORDER BY 1, 2",
        about="went_in",
        names="line",
    ),
    Table(
        key="hour-zones",
        columns=(_AT, *_words("zone"), *_people("stays", "cut", "stayed_ms")),
        sql="SELECT at_ms, zone, stays, cut, stayed_ms FROM stay_sums "
        "WHERE span_ms = :span AND at_ms >= :first AND at_ms < :end ORDER BY 1, 2",
        about="stays",
        names="zone",
    ),
    Table(
        key="hour-coverage",
        columns=(_AT, *_words("zone"), *_counts("watched_ms", "covered_ms")),
        sql="SELECT at_ms, zone, watched_ms, covered_ms FROM occupancy_sums "
        "WHERE span_ms = :span AND at_ms >= :first AND at_ms < :end ORDER BY 1, 2",
    ),
    Table(
        key="hour-waits",
        columns=(_AT, *_words("zone"), *_people("waits", "served", "gone", "waited_ms")),
        sql="SELECT at_ms, zone, served + gone + cut, served, gone, waited_ms FROM wait_sums "
        "WHERE span_ms = :span AND at_ms >= :first AND at_ms < :end ORDER BY 1, 2",
        about="waits",
    ),
    Table(
        key="hour-taps",
        columns=(_AT, *_words("place", "name"), *_people("taps")),
        sql="SELECT at_ms, 'reader', reader, taps FROM tap_sums "
        "WHERE span_ms = :span AND at_ms >= :first AND at_ms < :end UNION ALL "
        "SELECT at_ms, 'tag', tag, signed + unsigned FROM phone_tap_sums "
        "WHERE span_ms = :span AND at_ms >= :first AND at_ms < :end ORDER BY 1, 2, 3",
        about="taps",
    ),
    Table(
        key="hour-sales",
        columns=(_AT, *_words("gtin"), *_people("quantity", "lines")),
        sql="SELECT at_ms, gtin, quantity, lines FROM sale_sums "
        "WHERE span_ms = :span AND at_ms >= :first AND at_ms < :end ORDER BY 1, 2",
        about="lines",
    ),
    Table(
        key="products",
        columns=(*_words("gtin", "name_ko", "name_en", "category"), *_counts("price", "stock", "shelf_stock")),
        sql="SELECT gtin, name_ko, name_en, category, price, store, shelf FROM products LEFT JOIN stock USING (gtin) "
        "WHERE :first <= :end ORDER BY 1",
    ),
    Table(
        key="campaigns",
        columns=(
            *_words("campaign"),
            *_counts("version"),
            *_words("standing"),
            *_people("shown", "coupons", "redeemed", "not_now", "opt_outs", "complaints"),
            *_people("won", of=("coupons",)),
        ),
        sql="SELECT id, version, standing, shown, coupons, redeemed, harm_not_now, harm_opt_outs, harm_complaints, won "
        "FROM campaign_heads WHERE :first <= :end ORDER BY 1",
        about="shown",
    ),
    Table(
        key="devices",
        columns=(_AT, *_words("device", "name"), *_counts("ok"), *_words("reason", "cause")),
        sql="SELECT at_ms, device, name, ok, reason, cause FROM device_changes "
        "WHERE at_ms >= :first AND at_ms < :end ORDER BY 1, 2, 3",
    ),
    Table(
        key="arrivals",
        columns=(_AT, *_words("node"), *_counts("stored", "late", "carried", "repeated", "quarantined", "missing")),
        sql="SELECT at_ms, name, stored, late, carried, repeated, quarantined, missing FROM arrival_sums "
        "JOIN nodes ON nodes.key = arrival_sums.node WHERE at_ms >= :first AND at_ms < :end ORDER BY 1, 2",
    ),
    Table(
        key="alerts",
        columns=(
            _AT,
            *_words("kind", "subject", "cause"),
            Column(name="ended", kind=Kind.MOMENT),
            Column(name="noted", kind=Kind.MOMENT),
        ),
        sql="SELECT since_ms, kind, subject, cause, ended_ms, noted_ms FROM alerts "
        "WHERE since_ms >= :first AND since_ms < :end ORDER BY 1, 2",
    ),
    Table(
        key="plans",
        columns=(
            *_counts("version"),
            Column(name="from", kind=Kind.MOMENT),
            Column(name="saved", kind=Kind.MOMENT),
            *_words("by", "note"),
        ),
        sql="SELECT version, from_ms, saved_ms, saved_by, note FROM plans WHERE :first <= :end ORDER BY 1",
    ),
)
"""In the order in which the page lists them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What is asked for: first ≤ … < end, in ms and in days."""

    first_ms: int
    end_ms: int
    first_day: int
    end_day: int


Cell = str | int | float | None


def rows(connection: sqlite3.Connection, table: Table, bounds: Bounds, *, k: int, zone: tzinfo) -> Iterator[list[Cell]]:
    """The rows of a table within the bounds, with nothing told about 1 to k - 1 people: neither how many they are, nor
    any other figure about people of a row that is about so few.

    Sums are told elsewhere: a day's of its hours (days by the store's clock, `zone`), a period's of its days, a day's
    of all shelves or doors, and an hour's of all doors. Where a withheld figure could be had from one, that of the
    next smallest row is withheld beside it, and so on until none can. Where that cannot help, as all hours of a day's
    five people had one each, every hour of the day stands there, withheld.
    """
    first, end = (bounds.first_day, bounds.end_day) if table.by_day else (bounds.first_ms, bounds.end_ms)
    # Of each day all hours are read, whichever of them are asked for.
    since, until = (first, end) if table.by_day else _whole_days(first, end, zone)
    told = [list(row) for row in connection.execute(table.sql, {"first": since, "end": until, "span": HOUR_MS})]
    figures = _figures(table)
    withheld = [{place for place, people in figures.items() if _few(row, place, people, k)} for row in told]
    plan_of = functools.cache(functools.partial(_plan_of, connection, zone))
    over_places = _over_places(table, told, zone, functools.cache(lambda day: kinds_of(plan_of(day))))
    pinned = _conceal(told, withheld, figures, _over_time(table, told, zone), over_places, k=k)
    if table.key == "day-funnels":
        _as_zones(table, told, withheld, plan_of)
    by_time = table.columns[0].kind is Kind.MOMENT
    if by_time and pinned:
        told, withheld = _with_whole_days(table, told, withheld, pinned, zone)
    for row, hidden in zip(told, withheld, strict=True):
        if not by_time or (isinstance(row[0], int) and first <= row[0] < end):
            yield [None if place in hidden else cell for place, cell in enumerate(row)]


def _conceal(
    told: Sequence[Sequence[Cell]],
    withheld: Sequence[set[int]],
    figures: Mapping[int, Sequence[list[int]]],
    over_time: Collection[list[int]],
    over_places: Collection[list[list[int]]],
    *,
    k: int,
) -> list[list[int]]:
    """Adds to what is withheld of each row whatever a sum and the others would tell it from.

    Returns the groups of rows over time in which that cannot help.
    """
    pinned: dict[int, list[int]] = {}
    days_of = {number: group for group in over_time for number in group}
    whole = [*over_time, *([number for group in day for number in group] for day in over_places)]
    sums = [*whole, *(group for day in over_places if len(day) > 1 for group in day)]
    for place, people in figures.items():
        counts = [sum(_known(row, people[-1])) for row in told]
        hidden = {number for number, places in enumerate(withheld) if place in places}
        secret = {number for number in hidden if 0 < counts[number] < k}
        for day in over_places:  # whatever else is withheld here
            secret |= of_page(counts, day, days_of, k)
        secret |= beside(counts, hidden | secret, secret, sums, k)
        for number in secret:
            withheld[number].add(place)
        for group in whole:
            about = [counts[number] for number in group if place in withheld[number]]
            if not secret.isdisjoint(group) and sum(about) >= k and not covered(about, k):
                pinned |= {days[0]: days for days in map(days_of.__getitem__, group)}
    return list(pinned.values())


def _with_whole_days(
    table: Table, told: list[list[Cell]], withheld: list[set[int]], groups: Sequence[list[int]], zone: tzinfo
) -> tuple[list[list[Cell]], list[set[int]]]:
    """The rows and what is withheld of each, with a row of nothing for each hour of these groups' days without one."""
    words = [place for place, column in enumerate(table.columns) if column.kind is Kind.WORDS]
    rows_of = {
        (row[0], *(row[place] for place in words)): (row, hidden) for row, hidden in zip(told, withheld, strict=True)
    }
    for group in groups:
        some = told[group[0]]
        assert isinstance(some[0], int)
        since, until = _whole_days(some[0], some[0] + 1, zone)
        for at_ms in range(since - since % HOUR_MS, until, HOUR_MS):
            key = (at_ms, *(some[place] for place in words))
            rows_of.setdefault(key, ([*key, *[None] * (len(some) - len(key))], set()))
    both = [rows_of[key] for key in sorted(rows_of, key=str)]
    return [row for row, _ in both], [hidden for _, hidden in both]


def _whole_days(first_ms: int, end_ms: int, zone: tzinfo) -> tuple[int, int]:
    """The bounds of the store's days in which these moments lie."""
    days = day_of(first_ms, zone), day_of(max(first_ms, end_ms - 1), zone) + timedelta(days=1)
    since, until = (beginning(day, zone) * MINUTE_MS for day in days)
    return since, until


def _figures(table: Table) -> dict[int, tuple[list[int], ...]]:
    """The places of a table's figures about people, each with the places of what counts them, the nearest last."""
    about = [[place] for place, column in enumerate(table.columns) if column.name == table.about]
    found: dict[int, tuple[list[int], ...]] = {}
    for place, column in enumerate(table.columns):
        if column.people:
            whose = [at for at, one in enumerate(table.columns) if one.name in column.of]
            own = [whose] if whose else [] if column.name.endswith("_ms") else [[place]]
            found[place] = (*about, *own)
    return found


def _over_time(table: Table, told: Sequence[Sequence[Cell]], zone: tzinfo) -> Collection[list[int]]:
    """The numbers of the rows that add up to a sum which is told elsewhere: of one thing, by day or all of them."""
    words = [place for place, column in enumerate(table.columns) if column.kind is Kind.WORDS]
    groups: dict[tuple[Cell | date, ...], list[int]] = {}
    for number, row in enumerate(told):
        match table.columns[0].kind, row[0]:
            case Kind.MOMENT, int(at_ms):
                groups.setdefault((day_of(at_ms, zone), *(row[place] for place in words)), []).append(number)
            case Kind.DAY, _:
                groups.setdefault(tuple(row[place] for place in words), []).append(number)
    return groups.values()


def _over_places(
    table: Table, told: Sequence[Sequence[Cell]], zone: tzinfo, kinds: Callable[[date], Mapping[str, str]]
) -> Collection[list[list[int]]]:
    """Likewise of each day: of all its shelves' zones, doors or streets, by the `kinds` of places on that day's plan,
    or of its hours where these are told. That is so of doors alone.
    """
    words = {column.name: place for place, column in enumerate(table.columns) if column.kind is Kind.WORDS}
    days: dict[tuple[Cell | date, ...], dict[Cell, list[int]]] = {}
    for number, row in enumerate(told if table.names else ()):
        at = int(row[0] or 0)
        day = date.fromordinal(at) if table.by_day else day_of(at, zone)
        others = (row[place] for name, place in words.items() if name != table.names)
        kind = kinds(day).get(str(row[words[table.names or ""]]))
        if kind is not None:
            hour = at if kind == LineKind.DOOR else None
            days.setdefault((day, kind, *others), {}).setdefault(hour, []).append(number)
    return [list(sums.values()) for sums in days.values()]


def _plan_of(connection: sqlite3.Connection, zone: tzinfo, day: date) -> Plan | None:
    """The plan that is valid at a day's end."""
    return plans.plan_at(connection, beginning(day + timedelta(days=1), zone) * MINUTE_MS - 1)


def _as_zones(
    table: Table, told: Sequence[Sequence[Cell]], withheld: Sequence[set[int]], plan_of: Callable[[date], Plan | None]
) -> None:
    """Withholds of a product who passed and stopped, its zones' people, where that is withheld of one of these."""
    at = {column.name: place for place, column in enumerate(table.columns)}
    rows_of = {(row[0], row[at["kind"]], row[at["name"]]): hidden for row, hidden in zip(told, withheld, strict=True)}
    products = functools.cache(lambda day: shelves_of(plan).products if (plan := plan_of(day)) else {})
    for (day, kind, name), hidden in rows_of.items():
        place = products(date.fromordinal(int(day or 0))).get(str(name)) if kind == "product" else None
        for zone in place.zones if place else ():
            hidden.update(rows_of.get((day, "zone", zone), set()) & {at["passed"], at["stopped"]})


def _few(row: Sequence[Cell], place: int, people: Sequence[list[int]], k: int) -> bool:
    """Whether a figure is about 1 to k - 1 people by anything that counts them, or nobody knows about how many."""
    if row[place] is None:
        return False
    counted = [(places, _known(row, places)) for places in people]
    return any(len(known) < len(places) or 0 < sum(known) < k for places, known in counted)


def _known(row: Sequence[Cell], places: Sequence[int]) -> list[int]:
    return [value for place in places if isinstance(value := row[place], int)]
