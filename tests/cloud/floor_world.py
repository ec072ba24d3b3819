"""A store whose cameras told of known walks, to ask for its floor."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np

from contract.events import Cell, Event, Heat, Run
from tests.cloud.entered import cookie, session
from tests.cloud.floor_file import Bytes, DayFile, day_file
from tests.cloud.morning import MINUTE, Site, Town, serving

DAY = 24 * 60


def walked(
    at: int,
    cells: Mapping[tuple[int, int], tuple[int, int]],
    *,
    covered_ms: int = MINUTE,
) -> Heat:
    """A minute's report: (ms, tracks) by cell; the camera answers for 16 × 16 cells."""
    return Heat(
        camera="cam-a",
        at=at,
        span_ms=MINUTE,
        covered_ms=covered_ms,
        cell_mm=250,
        cells=tuple(Cell(x, y, ms) for (x, y), (ms, _) in cells.items()),
        seen=tuple(Run(0, y, 16, covered_ms) for y in range(16)),
        tracks=tuple(tracks for _, tracks in cells.values()),
    )


def row(ms: int, tracks: int, *, y: int = 8, columns: range = range(2, 14)) -> dict[tuple[int, int], tuple[int, int]]:
    """The same in each cell of a row."""
    return {(x, y): (ms, tracks) for x in columns}


@dataclass(frozen=True, kw_only=True)
class Page:
    """Somebody signed in."""

    site: Site
    cookie: Mapping[str, str]

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.site.url + path, headers={**self.cookie, **headers}, timeout=20)

    def heat(self, **asked: str) -> dict[str, Any]:
        answer = httpx.get(f"{self.site.url}/v1/insight/heat", params=asked, headers=dict(self.cookie), timeout=20)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def day(self, date: str, metric: str = "stay") -> DayFile:
        answer = self.get(f"/v1/insight/day?metric={metric}&date={date}")
        assert answer.status_code == 200, answer.text
        return day_file(answer.content)


@contextmanager
def looking(place: Town, header: Mapping[str, str] | None = None) -> Iterator[Page]:
    """Somebody who looks at the store, with the session that they have or a new one."""
    with serving(place) as site:
        yield Page(site=site, cookie=header or cookie(session(site, place.password)))


def shaped(told: Mapping[str, Any], size: Mapping[str, Any], name: str) -> Bytes:
    return np.frombuffer(base64.b64decode(told[name]), np.uint8).reshape(size["rows"], size["columns"])


def tell(place: Town, events: Sequence[Event], node: str = "left") -> None:
    place.node(node).tell(events)
