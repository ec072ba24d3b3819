"""People who walk on a floor as a pinhole camera and an imperfect detector would show them; the truth is known."""

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge.floor import plane
from edge.floor.plane import Floor
from edge.inputs import Box, Sighting
from edge.tracking.motion import Spread

Stop = tuple[float, float, float]  # at (s), x, y (m)
SHOE = 0.15  # m that the nearer shoe reaches towards the camera
MARGIN = 0.025  # of a box's height below the shoe, as detectors draw it


def even(metres: float) -> Spread:
    """A place that is so unsure in every direction, as a standard deviation."""
    return Spread(xx=metres * metres, xy=0.0, yy=metres * metres)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinhole:
    """A camera at `x`, `y`, `up` metres that looks along `heading` and `tilt` radians down."""

    width: int = 960
    height: int = 540
    focus: float = 800.0  # px
    x: float = 0.0
    y: float = -4.0
    up: float = 3.0
    heading: float = math.pi / 2  # along +y
    tilt: float = math.radians(22)

    def pixel(self, x: float, y: float, z: float) -> tuple[float, float]:
        u, v, w = self.matrix() @ np.array([x, y, z, 1.0])
        assert w > 0, "behind the camera"
        return float(u / w), float(v / w)

    def matrix(self) -> np.ndarray:
        """The 3x4 projection of a right-handed world with z up."""
        ahead = np.array(
            [
                math.cos(self.heading) * math.cos(self.tilt),
                math.sin(self.heading) * math.cos(self.tilt),
                -math.sin(self.tilt),
            ]
        )
        right = np.array([math.sin(self.heading), -math.cos(self.heading), 0.0])
        turned = np.stack([right, np.cross(ahead, right), ahead])
        lens = np.array([[self.focus, 0, self.width / 2], [0, self.focus, self.height / 2], [0, 0, 1]])
        moved = np.column_stack([turned, -turned @ np.array([self.x, self.y, self.up])])
        projection: np.ndarray = lens @ moved
        return projection

    def floor(self) -> Floor:
        return plane.from_matrix(np.linalg.inv(self.matrix()[:, [0, 1, 3]]), width=self.width, height=self.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walker:
    """Somebody who goes straight and evenly from stop to stop, and is there from the first to the last."""

    stops: Sequence[Stop]
    tall: float = 1.7
    hidden: Sequence[tuple[float, float]] = ()  # from, to (s): out of sight

    def at(self, time: float) -> tuple[float, float] | None:
        if not self.stops[0][0] <= time <= self.stops[-1][0]:
            return None
        after = min(bisect.bisect_right(self.stops, time, key=lambda stop: stop[0]), len(self.stops) - 1)
        (t0, x0, y0), (t1, x1, y1) = self.stops[after - 1], self.stops[after]
        share = (time - t0) / (t1 - t0) if t1 > t0 else 1.0
        return x0 + share * (x1 - x0), y0 + share * (y1 - y0)

    def seen(self, time: float) -> bool:
        return self.at(time) is not None and not any(a <= time <= b for a, b in self.hidden)


@dataclass(frozen=True, slots=True, kw_only=True)
class Eye:
    """How badly the detector sees."""

    blur: float = 0.0  # standard deviation of each edge, as a share of the box's height
    missed: float = 0.0  # share of boxes
    false: float = 0.0  # boxes a frame that show nobody
    score: float = 0.7


def box(camera: Pinhole, x: float, y: float, tall: float = 1.7, score: float = 0.7) -> Box:
    """What a perfect detector tells of somebody at (x, y)."""
    away = math.hypot(x - camera.x, y - camera.y)
    nearer = 1 - SHOE / away  # the lowest thing that shows is the shoe nearer to the camera
    foot = camera.pixel(camera.x + nearer * (x - camera.x), camera.y + nearer * (y - camera.y), 0.0)
    head = camera.pixel(x, y, tall)
    bottom = head[1] + (foot[1] - head[1]) * (1 + MARGIN)
    half = 0.15 * (foot[1] - head[1])
    middle = (foot[0] + head[0]) / 2
    return Box(x1=middle - half, y1=head[1], x2=middle + half, y2=bottom, score=score)


def upper(whole: Box, shown: float) -> Box:
    """So much of a box, from its top."""
    return Box(x1=whole.x1, y1=whole.y1, x2=whole.x2, y2=whole.y1 + shown * (whole.y2 - whole.y1), score=whole.score)


def sightings(
    walkers: Sequence[Walker],
    *,
    seconds: float,
    rate: float,
    camera: Pinhole | None = None,
    eye: Eye | None = None,
    seed: int = 0,
    begin: float = 0.0,
) -> list[Sighting]:
    """`rate` sightings a second from `begin` for `seconds`."""
    camera, eye, random = camera or Pinhole(), eye or Eye(), np.random.default_rng(seed)
    frames = []
    for number in range(round(seconds * rate) + 1):
        at = begin + number / rate
        boxes = []
        for walker in walkers:
            place = walker.at(at)
            if place is None or not walker.seen(at) or random.random() < eye.missed:
                continue
            boxes.append(_blurred(box(camera, *place, tall=walker.tall, score=eye.score), eye.blur, camera, random))
        boxes += [_ghost(camera, random) for _ in range(random.poisson(eye.false))]
        frames.append(Sighting(camera="cam", at=at, width=camera.width, height=camera.height, boxes=tuple(boxes)))
    return frames


def _blurred(seen: Box, blur: float, camera: Pinhole, random: np.random.Generator) -> Box:
    edges = random.normal(0, blur * (seen.y2 - seen.y1), 4) if blur else np.zeros(4)
    x1, y1, x2, y2 = (np.array([seen.x1, seen.y1, seen.x2, seen.y2]) + edges).tolist()
    y1, y2 = max(y1, 0.0), min(y2, float(camera.height))
    return Box(x1=x1, y1=y1, x2=x2, y2=y2, score=seen.score)


def _ghost(camera: Pinhole, random: np.random.Generator) -> Box:
    return box(camera, random.uniform(-2, 2), random.uniform(0, 6), score=float(random.uniform(0.3, 0.5)))
