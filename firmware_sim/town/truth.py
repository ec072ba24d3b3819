"""The truth of a day as JSON lines, byte for byte the same for the same seed, scenario and length."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from firmware_sim.town.geometry import Spot
from firmware_sim.town.happenings import (
    CardOffered,
    Crossed,
    Done,
    Gone,
    Happening,
    ProfileBegun,
    Put,
    Sold,
    Stood,
    TagOpened,
    TakenBack,
    ZoneEntered,
    ZoneLeft,
)
from firmware_sim.town.store import Store
from firmware_sim.town.visits import Kind, Line
from firmware_sim.town.world import STEP_MS

CELL_MM: Final = 250
MINUTE_MS: Final = 60_000
SHORTEST_STAY_MS: Final = 1_000
"""Who only passes through a zone in less than this does not stay there."""


@dataclass(slots=True)
class TruthBook:
    """Turns what happens into lines; `close` gives those that were still open."""

    store: Store
    seed: int
    _gtins: dict[str, str] = field(init=False)
    _inside: dict[tuple[int, str], int] = field(default_factory=dict)
    _cells: dict[Spot, int] = field(default_factory=dict)
    _minute: int = 0

    def __post_init__(self) -> None:
        self._gtins = {tag.id: tag.gtin for tag in self.store.plan.tags}

    def opening(self) -> bytes:
        """The first line: what this is the truth of."""
        plan, scenario = self.store.plan, self.store.scenario
        return _line(
            "day", 0, v=1, store=plan.store, plan=plan.version, scenario=scenario.name, seed=self.seed, step_ms=STEP_MS
        )

    def tell(self, happenings: tuple[Happening, ...]) -> bytes:
        """The lines of one step's happenings, in their order."""
        return b"".join(line for happening in happenings if (line := self._tell(happening)))

    def tag_opened(self, opened: TagOpened, *, by: str = "day") -> bytes:
        """A phone at a shelf's tag; `by` is the day's own shopper or the page's visitor."""
        gtin = self._gtins[opened.tag]
        return _line("phone-tap", opened.at, tag=opened.tag, gtin=gtin, shopper=opened.shopper, by=by)

    def close(self, at: int) -> bytes:
        """The last lines: stays that the day's end cut, the last minute's heat, the end."""
        cut = (
            self._stay(since, at, zone, shopper, cut=True)
            for (shopper, zone), since in sorted(self._inside.items(), key=lambda open_stay: open_stay[1:])
        )
        lines = b"".join(cut) + self._heat(at)
        self._inside.clear()
        return lines + _line("end", at)

    def _tell(self, happening: Happening) -> bytes:  # noqa: C901 - one case for each kind of happening
        match happening:
            case Crossed(at=at, line=line, way=way, shopper=shopper):
                return _line("crossing", at, line=line, direction=way, shopper=shopper)
            case ZoneEntered(at=at, zone=zone, shopper=shopper):
                self._inside[shopper, zone] = at
                return b""
            case ZoneLeft(at=at, zone=zone, shopper=shopper):
                return self._stay(self._inside.pop((shopper, zone)), at, zone, shopper, cut=False)
            case Put():
                return tap_line(happening)
            case TagOpened():
                return self.tag_opened(happening)
            case ProfileBegun(at=at, shopper=shopper, choices=choices):
                return _line("profile", at, choices=sorted(choices), shopper=shopper)
            case Done(at=at, deed=deed, shopper=shopper, stars=stars):
                return _line("deed", at, deed=deed, shopper=shopper, **({"stars": stars} if stars else {}))
            case TakenBack(at=at, sale=sale, regret=regret, shopper=shopper):
                return _line("taken-back", at, sale=sale, how=regret, shopper=shopper)
            case CardOffered(at=at, reader=reader, shopper=shopper):
                return _line("card-offered", at, reader=reader, shopper=shopper)
            case Sold():
                return _sale(happening)
            case Stood(at=at, spot=spot, span_ms=span_ms):
                return self._stood(at, spot, span_ms)
            case Gone():
                return b""

    def _stay(self, since: int, until: int, zone: str, shopper: int, *, cut: bool) -> bytes:
        if until - since < SHORTEST_STAY_MS:
            return b""
        return _line("stay", since, until=until, zone=zone, cut=cut, shopper=shopper)

    def _stood(self, at: int, spot: Spot, span_ms: int) -> bytes:
        # The step that ends at a full minute still belongs to the minute before.
        lines = self._heat(at - span_ms) if (at - span_ms) // MINUTE_MS > self._minute else b""
        cell = Spot(spot.x // CELL_MM, spot.y // CELL_MM)
        self._cells[cell] = self._cells.get(cell, 0) + span_ms
        return lines

    def _heat(self, until: int) -> bytes:
        """The heat since the minute began; what comes next belongs to the minute of `until`."""
        start = self._minute * MINUTE_MS
        cells = [[cell.x, cell.y, spent] for cell, spent in sorted(self._cells.items())]
        self._cells.clear()
        self._minute = until // MINUTE_MS
        span = min(MINUTE_MS, until - start)
        return _line("heat", start, span_ms=span, cell_mm=CELL_MM, cells=cells) if cells else b""


def tap_line(put: Put, *, by: str = "day") -> bytes:
    """A tap at a reader; `by` is the day's own shopper or the page's visitor. A phone has no lasting uid."""
    uid = None if put.thing.kind is Kind.PHONE else put.thing.uid
    return _line(
        "tap", put.at, until=put.until, reader=put.reader, thing=put.thing.kind, uid=uid, shopper=put.shopper, by=by
    )


def visitor_sale_line(at: int, sale: str, lines: Sequence[Line], *, refused: bool) -> bytes:
    """What the page's visitor put on the counter, whether it was sold or not."""
    return _line("visitor-sale", at, sale=sale, lines=_goods(lines), refused=refused)


def _goods(lines: Sequence[Line]) -> list[dict[str, object]]:
    return [{"gtin": line.gtin, "quantity": line.quantity, "amount": line.amount} for line in lines]


def _sale(sold: Sold) -> bytes:
    known = {"shows": sold.shows, "spends": sold.spends}
    return _line("sale", sold.at, sale=sold.sale, lines=_goods(sold.lines), **known, shopper=sold.shopper)


def _line(kind: str, at: int, **rest: Any) -> bytes:
    return json.dumps({"kind": kind, "at": at, **rest}, separators=(",", ":")).encode() + b"\n"
