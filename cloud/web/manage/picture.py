"""The heat map as it goes to a page: levels and what was seen, without the cameras that saw fewer than k people."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cloud.manage.heat import CELL_M, UNSEEN, Grid, levels, seen_by
from cloud.manage.insight import MINUTE_MS, Window
from cloud.store.insight import LineMinute, StayMinute
from contract.plan import Plan

WITHHELD = 254
"""In `Picture.seen`: a camera saw this cell, but fewer than k people in the whole period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """People·seconds per m² in the period, on a grid over the floor, row by row from its upper left corner.

    `levels`: base64, a byte a cell: value = byte / 255 × `top`, 255 is `top` or more. `seen`: base64, a byte a cell:
    the share of the period in percent that was seen; 255 no camera saw it, 254 withheld. `watching` are the cameras
    in the picture, `withheld` those whose zones and doors counted fewer than `k` people.
    """

    period: str
    from_ms: int
    now_ms: int
    unit: str
    columns: int
    rows: int
    cell_m: float
    top: float
    levels: str
    seen: str
    watching: tuple[str, ...]
    withheld: tuple[str, ...]
    k: int

    def values_of(self) -> list[float | None]:
        """The cells' values as their bytes tell them; None where nothing is told."""
        cells = zip(base64.b64decode(self.levels), base64.b64decode(self.seen), strict=True)
        return [None if share in (UNSEEN, WITHHELD) else level / 255 * self.top for level, share in cells]


def people_of(plan: Plan, stays: Iterable[StayMinute], flows: Iterable[LineMinute], span: Window) -> dict[str, int]:
    """How many people each camera counted: stays in its zones, or entrances at its doors where those are more.

    A camera with neither zone nor door stands on what all cameras counted.
    """
    zones = {zone.id: zone.camera for zone in plan.zones}
    lines = {line.id: line.camera for line in plan.lines}
    stayed: dict[str, int] = {}
    for stay in stays:
        stayed[zones[stay.zone]] = stayed.get(zones[stay.zone], 0) + stay.stays
    entered: dict[str, int] = {}
    for one in flows:
        if span.first <= one.flow.minute < span.end:
            entered[lines[one.line]] = entered.get(lines[one.line], 0) + one.flow.entered
    everybody = max(sum(stayed.values()), sum(entered.values()))
    own = {*zones.values(), *lines.values()}
    return {
        camera.id: max(stayed.get(camera.id, 0), entered.get(camera.id, 0)) if camera.id in own else everybody
        for camera in plan.cameras
    }


def shown_of(plan: Plan, coverage: Mapping[str, float], people: Mapping[str, int], k: int) -> tuple[str, ...]:
    """The cameras that saw something of the period, and at least k people in it."""
    return tuple(one.id for one in plan.cameras if coverage.get(one.id) and people.get(one.id, 0) >= k)


def picture(
    plan: Plan,
    grid: Grid,
    *,
    coverage: Mapping[str, float],
    shown: tuple[str, ...],
    top: float,
    period: str,
    span: Window,
    now_ms: int,
    k: int,
) -> Picture:
    """The period's picture. `coverage` by camera, 0 to 1; `grid` holds the `shown` cameras alone."""
    withheld = tuple(one.id for one in plan.cameras if coverage.get(one.id) and one.id not in shown)
    hidden = seen_by(plan, {name: coverage[name] for name in withheld})
    seen = bytes(
        WITHHELD if share == UNSEEN and other != UNSEEN else share
        for share, other in zip(grid.seen, hidden, strict=True)
    )
    told = bytes(
        level if share not in (UNSEEN, WITHHELD) else 0
        for level, share in zip(levels(grid.values, top), seen, strict=True)
    )
    return Picture(
        period=period,
        from_ms=span.first * MINUTE_MS,
        now_ms=now_ms,
        unit="people·s/m²",
        columns=grid.columns,
        rows=grid.rows,
        cell_m=CELL_M,
        top=top,
        levels=base64.b64encode(told).decode(),
        seen=base64.b64encode(seen).decode(),
        watching=shown,
        withheld=withheld,
        k=k,
    )
