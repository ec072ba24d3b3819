"""What somebody who calibrates ought to hear, though the floor can be used."""

import math
from typing import Final

from contract.calibration import Reach
from contract.plan import Point
from edge.floor.fitting import FEWEST_BLAMED, FEWEST_CHECKED, Fit

# How far from the plan a camera may hang by its pairs: the focal length is a guess from the floor alone.
ASTRAY: Final = 1.0  # m
ASTRAY_SHARE: Final = 0.35  # of the height
UNSURE_CM: Final = 30.0  # a step: beyond it a calibration says little about who stands where


def told(
    fit: Fit, far: Reach | None, mount: tuple[float, float, float] | None, *, at: Point | None, height_m: float | None
) -> tuple[str, ...]:
    """One sentence each; `mount` is where the camera hangs by the pairs, `at` and `height_m` what the plan says."""
    found: list[str] = []
    count = len(fit.errors)
    if count < FEWEST_CHECKED:
        found.append(f"{count} pairs fit any floor: their error is not known, a fifth pair shows it")
    elif count < FEWEST_BLAMED:
        found.append(f"with {count} pairs an error shows, but not whose it is: a sixth pair tells")
    if fit.suspicious and fit.worst is not None and fit.without is not None:
        without = 100 * fit.without[fit.worst]
        found.append(f"pair {fit.worst + 1} is most likely wrong: without it the others err by {without:.1f} cm")
    if far is None:
        found.append("nothing of the floor that this camera is to see is in its picture, or near enough")
    elif far.calibration_cm > UNSURE_CM:
        found.append(
            f"at ({far.x:g}, {far.y:g}) the calibration is unsure by {far.calibration_cm:.0f} cm: add pairs near there"
        )
    if mount is not None and at is not None and height_m is not None:
        x, y, up = mount
        if math.dist((x, y), (at.x, at.y)) > ASTRAY or abs(up - height_m) > ASTRAY_SHARE * height_m:
            found.append(
                f"by its pairs the camera hangs at ({x:g}, {y:g}), {up:g} m high; "
                f"the plan says ({at.x:g}, {at.y:g}), {height_m:g} m"
            )
    return tuple(found)
