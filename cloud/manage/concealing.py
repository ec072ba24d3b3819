"""Which rows of a table to withhold beside those about few people, where sums of rows are told elsewhere."""

from collections.abc import Collection, Mapping, Sequence

from cloud.manage.insight import concealed
from contract.plan import Plan, ZoneKind


def of_page(counts: Sequence[int], day: Sequence[list[int]], days_of: Mapping[int, list[int]], k: int) -> set[int]:
    """The rows that a day's page withholds of each sum that it tells (`day`), those of a sum that it withholds, and at
    least one of a place of which it withholds the day. `days_of`: the rows of the same place, by each of them.
    """
    found: set[int] = set()
    places: dict[int, list[int]] = {}
    for group in day:
        found.update(group[at] for at in _with_few([counts[number] for number in group], k))
        for number in group:
            places.setdefault(days_of[number][0], []).append(number)
    for at in _with_few([sum(counts[number] for number in group) for group in day], k):
        found.update(number for number in day[at] if counts[number])
    of_places = list(places.values())
    for at in _with_few([sum(counts[number] for number in rows) for rows in of_places], k):
        if found.isdisjoint(of_places[at]):
            found.add(min(of_places[at], key=lambda number: (not counts[number], counts[number])))
    return found


def _with_few(counts: Sequence[int], k: int) -> frozenset[int]:
    return concealed(counts, {at for at, count in enumerate(counts) if 0 < count < k}, k)


def beside(
    counts: Sequence[int], hidden: Collection[int], secret: Collection[int], sums: Collection[list[int]], k: int
) -> set[int]:
    """The rows to withhold beside the `hidden` ones, so that of these neither the `secret` ones nor themselves can be
    had from one of the `sums` of rows.
    """
    found: set[int] = set()
    before = -1
    while before != len(found):
        before = len(found)
        for group in sums:
            few = {at for at, number in enumerate(group) if number in hidden or number in found}
            if any(group[at] in secret or group[at] in found for at in few):
                found.update(group[at] for at in concealed([counts[number] for number in group], few, k) - few)
    return found


def kinds_of(plan: Plan | None) -> Mapping[str, str]:
    """What each zone and line of a plan is; only those whose sum is told."""
    if plan is None:
        return {}
    shelves = {each.id: each.kind.value for each in plan.zones if each.kind is ZoneKind.SHELF}
    return shelves | {line.id: line.kind.value for line in plan.lines}
