"""What the detector takes for a person and never moves: a mannequin, a poster, a coat on a stand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from edge.inputs import Box
from edge.tracking.overlap import area

# s: a thing is what was still for so long. Of the people of PETS09-S2L1 nobody's box was so even for longer than 7 s,
# of the drawn store's, who stand as pictures do, 20 s; somebody who sits and reads keeps even for minutes, but stirs.
STILL_S: Final = 600.0
# How far each edge may be from its mean: of the height, and px. Boxes of things jump by a third of that.
EVEN: Final = 0.04
PIXELS: Final = 1.5
OFTEN: Final = 0.75  # of the looks in which anything was there: people pass before a thing
# Of the looks in which nobody overlapped it: the picture takes some seconds to come to rest behind who has passed.
# Somebody who breathes, reads or waits stirs some pixel in most.
QUIET: Final = 0.5
ALONE: Final = 60  # looks that it takes to judge
BESIDE: Final = 0.3  # IoU of a box that shows somebody there, but not as before
# s: what is not a thing yet and was not seen for as long as it was known, or for so long, begins anew.
BRIEF_S: Final = 2.5
LAPSE_S: Final = 15.0
GONE_S: Final = 1800.0  # and a thing that was not seen for so long was carried away


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A box that came again and again; times are CLOCK_MONOTONIC in s."""

    box: Box  # its edges are the means so far
    since: float
    seen: float
    hits: int = 1  # looks in which it was there,
    alone: int = 0  # of these, in which nobody overlapped it,
    still: int = 0  # and of those, in which nothing had moved in it
    other: int = 0  # looks in which something else was there
    is_thing: bool = False  # it was still for too long to be somebody, and is a thing for good

    @property
    def patience(self) -> float:
        """For how many seconds it may be out of sight."""
        return GONE_S if self.is_thing else min(max(self.seen - self.since, BRIEF_S), LAPSE_S)


Things = tuple[Spot, ...]


def learn(things: Things, boxes: Sequence[Box], at: float, *, stirred: Callable[[Box], bool]) -> Things:
    """What is still after a look at `at` that found `boxes`, in some of which the picture `stirred`; begins as ()."""
    known: list[Spot] = []
    left = list(boxes)
    for spot in things:
        if at - spot.seen > spot.patience:
            continue
        same = next((box for box in left if _is_same(spot.box, box)), None)
        if same is not None:
            left.remove(same)
            alone = not any(_overlap(same, box) for box in boxes if box is not same)
            known.append(_again(spot, same, at, alone=alone, still=alone and not stirred(same)))
        else:
            known.append(replace(spot, other=spot.other + any(_is_beside(spot.box, box) for box in boxes)))
    return (*known, *(_first(box, at) for box in left))


def spare(things: Things, boxes: Sequence[Box]) -> tuple[Box, ...]:
    """The boxes that are no things, in their order."""
    still = [spot for spot in things if spot.is_thing]
    return tuple(box for box in boxes if not any(_is_same(spot.box, box) for spot in still))


def _is_same(mean: Box, box: Box) -> bool:
    most = EVEN * (mean.y2 - mean.y1) + PIXELS
    return (
        abs(box.x1 - mean.x1) <= most
        and abs(box.y1 - mean.y1) <= most
        and abs(box.x2 - mean.x2) <= most
        and abs(box.y2 - mean.y2) <= most
    )


def _is_beside(mean: Box, box: Box) -> bool:
    if not _overlap(mean, box):
        return False
    both = (min(box.x2, mean.x2) - max(box.x1, mean.x1)) * (min(box.y2, mean.y2) - max(box.y1, mean.y1))
    return both > BESIDE * (area(box) + area(mean) - both)


def _overlap(one: Box, other: Box) -> bool:
    return one.x1 < other.x2 and other.x1 < one.x2 and one.y1 < other.y2 and other.y1 < one.y2


def _first(box: Box, at: float) -> Spot:
    return Spot(box=box, since=at, seen=at)


def _again(spot: Spot, box: Box, at: float, *, alone: bool, still: bool) -> Spot:
    mean, hits = spot.box, spot.hits + 1
    after = replace(
        spot,
        box=Box(
            x1=mean.x1 + (box.x1 - mean.x1) / hits,
            y1=mean.y1 + (box.y1 - mean.y1) / hits,
            x2=mean.x2 + (box.x2 - mean.x2) / hits,
            y2=mean.y2 + (box.y2 - mean.y2) / hits,
            score=box.score,
        ),
        hits=hits,
        alone=spot.alone + alone,
        still=spot.still + still,
        seen=at,
    )
    return replace(after, is_thing=spot.is_thing or _is_still(after))


def _is_still(spot: Spot) -> bool:
    even = spot.hits >= OFTEN * (spot.hits + spot.other)
    quiet = spot.alone >= ALONE and spot.still >= QUIET * spot.alone
    return spot.seen - spot.since >= STILL_S and even and quiet
