"""Whether the data can be trusted: what became of every event, node by node, and when no camera saw anything."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cloud.store.accounts import Account
from cloud.store.arrivals import NOTHING, Arrivals, Books

HOUR_MS: Final = 3_600_000
SKEW_MS: Final = 2_000
"""A node's clock that is so far off moves events into the wrong minute."""
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")
_UNKNOWN: Final = re.compile(r"(unknown field )`.*`")
_LONGEST: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeQuality:
    """One node in one span: how its events came, and its books. `skew_ms` None where it has not spoken.

    The books hold: *produced = stored + quarantined + pending + dropped + difference*, of the span as of each epoch.
    """

    node: str
    arrivals: Arrivals
    books: Account
    epochs: tuple[Books, ...]
    skew_ms: int | None

    @property
    def sound(self) -> bool:
        """Whether everything it produced is accounted for, and its clock is right."""
        skewed = self.skew_ms is not None and abs(self.skew_ms) > SKEW_MS
        return not (self.books.difference or self.books.dropped or self.arrivals.quarantined or skewed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One hour of one camera: the share of it that was really seen; None where nothing was told at all."""

    at_ms: int
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One camera's hours in order; `share` is that of the expected time, None where nothing was expected.

    `dark` are the hours, by their beginning, in which no camera of the store saw anything: it was closed, or all off.
    """

    camera: str
    cells: tuple[Cell, ...]
    share: float | None
    dark: frozenset[int]

    @property
    def gaps(self) -> tuple[tuple[int, int], ...]:
        """The times, from and to in ms, in which this camera saw nothing while others did."""
        found: list[tuple[int, int]] = []
        for cell in self.cells:
            if not cell.share and cell.at_ms not in self.dark:
                joins = found and found[-1][1] == cell.at_ms
                begun = found.pop()[0] if joins else cell.at_ms
                found.append((begun, cell.at_ms + HOUR_MS))
        return tuple(found)


def nodes(
    arrivals: Sequence[Arrivals], books: Sequence[Books], skews: Mapping[str, int | None]
) -> tuple[NodeQuality, ...]:
    """Every node of which anything is known in the span, by name."""
    came = {it.node: it for it in arrivals}
    names = sorted({*came, *skews, *(it.node for it in books)})
    return tuple(
        NodeQuality(
            node=name,
            arrivals=came.get(name) or _none(name),
            books=summed([it.change for it in books if it.node == name]),
            epochs=tuple(it for it in books if it.node == name),
            skew_ms=skews.get(name),
        )
        for name in names
    )


def summed(accounts: Sequence[Account]) -> Account:
    """The sum of some books; of none, nothing."""
    total = NOTHING
    for it in accounts:
        total = Account(
            produced=total.produced + it.produced,
            stored=total.stored + it.stored,
            quarantined=total.quarantined + it.quarantined,
            pending=total.pending + it.pending,
            dropped=total.dropped + it.dropped,
            missing=total.missing + it.missing,
            difference=total.difference + it.difference,
        )
    return total


def strips(
    shares: Mapping[str, float | None],
    covered: Mapping[tuple[str, int], int],
    *,
    from_ms: int,
    to_ms: int,
    now_ms: int,
) -> tuple[Strip, ...]:
    """Each camera's hours from `from_ms` to before `to_ms`; `covered` is what was seen of an hour, by its beginning.

    Of the running hour the part that is over counts; of hours to come there is no cell.
    """
    end_ms = min(to_ms, now_ms)
    hours = range(from_ms // HOUR_MS * HOUR_MS, end_ms, HOUR_MS)
    dark = frozenset(at_ms for at_ms in hours if not any(covered.get((camera, at_ms)) for camera in shares))
    return tuple(
        Strip(
            camera=camera,
            cells=tuple(_cell(at_ms, covered.get((camera, at_ms)), from_ms, end_ms) for at_ms in hours),
            share=share,
            dark=dark,
        )
        for camera, share in shares.items()
    )


def _cell(at_ms: int, seen: int | None, from_ms: int, end_ms: int) -> Cell:
    over_ms = min(at_ms + HOUR_MS, end_ms) - max(at_ms, from_ms)
    return Cell(at_ms=at_ms, share=None if seen is None else min(1.0, seen / max(1, over_ms)))


def without_content(reason: str) -> str:
    """Why something was not understood, without a word of what it said: the names and values of strangers are cut."""
    return _UNKNOWN.sub(r"\1…", _QUOTED.sub("…", reason))[:_LONGEST]


def _none(node: str) -> Arrivals:
    return Arrivals(node=node, stored=0, late=0, carried=0, repeated=0, quarantined=0, missing=0)
