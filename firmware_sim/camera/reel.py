"""A film and its truth as files in one folder, as any recording with a known truth is scored.

video.avi, gt.txt (boxes as MOTChallenge has them), places.csv (everybody's place on the floor, exact),
homography.txt (pixels to metres), floor.toml (what is counted).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from contract.plan import Point
from firmware_sim.camera.brush import Image
from firmware_sim.camera.encoding import Film
from firmware_sim.camera.lens import Floats, plane_to_pixels
from firmware_sim.camera.optics import Optics
from firmware_sim.camera.painter import Seen
from firmware_sim.town.geometry import Spot

_LEAST_SHOWN: Final = 0.15
"""Who shows less than this of themselves is set aside: whether they are found or not weighs nothing."""
_LEAST_PX: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is counted on the floor, in the store's metres."""

    lines: tuple[tuple[str, Point, Point], ...]  # name, from, to; from its left to its right is "in"
    zones: tuple[tuple[str, tuple[Point, ...]], ...]  # name, corners


class Reel:
    """Writes one camera's film. Raises OSError; `close` writes what is left."""

    def __init__(self, folder: Path, optics: Optics, ground: Ground, fps: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._optics, self.frames = folder, optics, 0
        self._boxes, self._places = list[str](), ["frame,id,x,y\n"]
        (folder / "homography.txt").write_text(_matrix_text(to_floor(optics)), encoding="ascii")
        (folder / "floor.toml").write_text(_ground_text(ground), encoding="utf-8")
        self._film = Film(folder / "video.avi", optics.width, optics.height, fps)

    def add(self, image: Image, seen: Sequence[tuple[int, Seen]], places: Sequence[tuple[int, Spot]]) -> None:
        """The next frame: who is seen in it where, and where on the floor (mm) everybody is, seen or not."""
        self.frames += 1
        self._film.add(image)
        self._boxes += [line for number, one in seen if (line := self._box(number, one))]
        self._places += [f"{self.frames},{number},{at.x / 1000:.3f},{at.y / 1000:.3f}\n" for number, at in places]

    def close(self) -> None:
        """Finish the files."""
        self._film.close()
        (self._folder / "gt.txt").write_text("".join(self._boxes), encoding="ascii")
        (self._folder / "places.csv").write_text("".join(self._places), encoding="ascii")

    def _box(self, number: int, seen: Seen) -> str:
        """A line of MOTChallenge (A. Milan et al., "MOT16", 2016, table 5): the box within the picture."""
        left, top = max(0.0, seen.left), max(0.0, seen.top)
        right, bottom = min(float(self._optics.width), seen.right), min(float(self._optics.height), seen.bottom)
        if right - left < _LEAST_PX or bottom - top < _LEAST_PX or not seen.visible:
            return ""
        counts = int(seen.visible >= _LEAST_SHOWN)
        return (
            f"{self.frames},{number},{left:.1f},{top:.1f},{right - left:.1f},{bottom - top:.1f},"
            f"{counts},1,{seen.visible:.2f}\n"
        )


def to_floor(optics: Optics) -> Floats:
    """The homography (3, 3) from pixels to metres of the floor."""
    x, y = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    matrix = np.linalg.inv(plane_to_pixels(optics, np.zeros(3), x, y))
    return np.asarray(matrix / matrix[2, 2], np.float64)


def _matrix_text(matrix: Floats) -> str:
    return "".join(" ".join(f"{value:.12g}" for value in row) + "\n" for row in matrix)


def _ground_text(ground: Ground) -> str:
    def at(point: Point) -> str:
        return f"[{point.x:g}, {point.y:g}]"

    lines = (f'[[line]]\nid = "{name}"\na = {at(a)}\nb = {at(b)}\n' for name, a, b in ground.lines)
    zones = (f'[[zone]]\nid = "{name}"\npolygon = [{", ".join(map(at, shape))}]\n' for name, shape in ground.zones)
    return "\n".join((*lines, *zones))
