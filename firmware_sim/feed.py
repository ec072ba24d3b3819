"""What the simulator's page shows, gathered from the day as it goes."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from firmware_sim.actors.handset import Told
from firmware_sim.observer import Observer
from firmware_sim.push.service import Delivered
from firmware_sim.reader_bay import ReaderBay
from firmware_sim.town.day import Moment
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
    Way,
    ZoneEntered,
    ZoneLeft,
)
from firmware_sim.town.stage import Stage
from firmware_sim.town.world import STEP_MS

_KEPT: Final = 120

Shown = dict[str, object]


class Feed:
    """The page's live state; `frame` gives it with the lines of the list that came after a number."""

    def __init__(
        self, stage: Stage, bay: ReaderBay, observer: Observer | None, counts: Callable[[], Mapping[str, object]]
    ) -> None:
        self._stage, self._bay, self._observer, self._counts = stage, bay, observer, counts
        self._lines: deque[Shown] = deque(maxlen=_KEPT)
        self._notices: deque[Shown] = deque(maxlen=_KEPT // 10)
        self._number = 0
        self._spent = {zone.id: 0 for zone in stage.town.store.plan.zones}
        self._came_in = self._went_out = self._taps = self._opened = self._sales = 0
        self._coupons = self._pushes = 0
        self._flashes: dict[str, int] = {}

    def play(self, moment: Moment) -> None:
        """Take in one step of the day."""
        for shopper in moment.world.shoppers:
            for zone in shopper.zones:
                self._spent[zone] += STEP_MS
        for happening in moment.happenings:
            self._count(happening)

    def told(self, told: Told) -> None:
        """A phone lived through something."""
        self._pushes += told.kind == "push"
        self._coupons += told.words.startswith("claim 2")
        self._line(told.kind, told.shopper, told.words)

    def notice(self, delivered: Delivered) -> None:
        """A push message came to the visitor's phone."""
        shown = delivered.notification
        self._pushes += 1
        self._line("push", None, shown.title)
        told = {"title": shown.title, "body": shown.body, "navigate": shown.navigate, "wall": delivered.at_ms}
        self._notices.append({"n": self._number, "at": self._stage.at_ms, **told})

    def visitor(self, kind: str, words: str) -> None:
        """The person before the screen did something."""
        self._line(kind, None, words)

    def flash(self, place: str) -> None:
        """Let a tag or reader light up on the page."""
        self._flashes[place] = self._flashes.get(place, 0) + 1

    def frame(self, after: int) -> Shown:
        """Everything that moves, as JSON."""
        world, observer = self._stage.world, self._observer
        seen = observer.spent_s() if observer else {}
        return {
            "at": self._stage.at_ms,
            "phase": self._stage.phase,
            "people": [
                [s.number, s.at.x, s.at.y, s.facing.x, s.facing.y, int(s.visit.phone), int(s.reach > 0)]
                for s in world.shoppers
            ],
            "seen": [[spot.x, spot.y] for spot in observer.people()] if observer else None,
            "observing": bool(observer and observer.connected),
            "readers": {name: [self._bay.light(name), self._bay.tag(name) is not None] for name in self._bay.names},
            "zones": {zone: [spent / 1000, seen.get(zone)] for zone, spent in self._spent.items()},
            "numbers": {
                "in": self._came_in,
                "out": self._went_out,
                "taps": self._taps,
                "opened": self._opened,
                "sales": self._sales,
                "coupons": self._coupons,
                "pushes": self._pushes,
                "inside": len(world.shoppers),
            },
            "flashes": dict(self._flashes),
            "counts": self._counts(),
            "lines": _after(self._lines, after),
            "notices": _after(self._notices, after),
        }

    def _line(self, kind: str, shopper: int | None, words: str) -> None:
        self._number += 1
        self._lines.append({"n": self._number, "at": self._stage.at_ms, "kind": kind, "who": shopper, "what": words})

    def _count(self, happening: Happening) -> None:
        match happening:
            case Crossed(way=way, line=line, shopper=shopper):
                self._came_in += way is Way.IN
                self._went_out += way is Way.OUT
                self._line(way, shopper, line)
            case Put(reader=reader, thing=thing, shopper=shopper):
                self._taps += 1
                self.flash(reader)
                self._line("tap", shopper, f"{reader} · {thing.kind}")
            case TagOpened(tag=tag, shopper=shopper):
                self._opened += 1
                self.flash(tag)
                self._line("open", shopper, tag)
            case ProfileBegun(shopper=shopper):
                self._line("consent", shopper, "")
            case CardOffered(reader=reader, shopper=shopper):
                self._line("bind", shopper, reader)
            case Sold(lines=lines, shopper=shopper):
                self._sales += 1
                self._line("sale", shopper, f"₩{sum(line.amount for line in lines):,}")
            case TakenBack(regret=regret, shopper=shopper):
                self._line("sale", shopper, regret)
            case ZoneEntered() | ZoneLeft() | Stood() | Gone() | Done():
                pass


def _after(lines: Iterable[Shown], number: int) -> list[Shown]:
    return [line for line in lines if isinstance(line["n"], int) and line["n"] > number]
