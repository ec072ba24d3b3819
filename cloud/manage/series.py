"""The points of the sparklines: each about at least k people, and none below that to be had from their sum."""

from collections.abc import Callable, Sequence

from cloud.manage.insight import Flow, State, parts, tally
from cloud.manage.sides import Side
from cloud.manage.totals import Bucket


def shares(side: Side | None, people: Callable[[Bucket], tuple[int, int]], k: int) -> tuple[float | None, ...]:
    """The points of a sparkline of shares: the first of `people` of the second."""

    def point(bucket: Bucket) -> float | None:
        part, whole = people(bucket)
        return part / whole if 0 < whole >= part else None

    return series(side, people, point, k)


def series(
    side: Side | None,
    people: Callable[[Bucket], tuple[int, ...]],
    point: Callable[[Bucket], float | None],
    k: int,
) -> tuple[float | None, ...]:
    """The points of a sparkline; the last one is left out while less than half of its time is over.

    `people`: the counts that a point tells of. It is withheld where one of them is, so that beside their sums over
    the whole span none of 1 to k - 1 can be had.
    """
    buckets = side.totals.buckets if side else ()
    counts = zip(*(people(bucket) for bucket in buckets), strict=True)
    told = [
        parts([count if one.seen or count else None for one, count in zip(buckets, some, strict=True)], k=k)
        for some in counts
    ]
    points = [
        point(bucket) if all(whole.figures[place].state is State.SHOWN for whole in told) else None
        for place, bucket in enumerate(buckets)
    ]
    if side and len(buckets) > 1:
        step = buckets[1].first - buckets[0].first
        if 2 * (side.totals.span.end - buckets[-1].first) < step:
            points.pop()
    return tuple(points)


def levels(flows: Sequence[Flow], k: int) -> tuple[float | None, ...]:
    """People inside at the end of each half hour that something moved in, or before it."""
    if not flows:
        return ()
    ordered = sorted(flows, key=lambda flow: flow.minute)
    first, people, inside = ordered[0].minute // 30, 0, {}
    for flow in ordered:
        people = max(0, people + flow.entered - flow.left)
        inside[flow.minute // 30 - first] = people
    points: list[float | None] = []
    for place in range(max(inside) + 1):
        inside[place] = inside.get(place, inside.get(place - 1, 0))
        points.append(tally(inside[place], k=k).value)
    return tuple(points)
