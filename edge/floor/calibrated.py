"""The floor of a camera of the plan: the plan says which way round its floor is, and how large its pictures are."""

from typing import Final

import numpy as np

from contract.plan import Camera
from edge.floor import fitting
from edge.floor.fitting import Fit
from edge.floor.plane import Floor, FloorError, PointPair

EDGE: Final = 0.5  # px beyond the picture that a click on its edge may lie
LOWEST: Final = 0.3  # m, of a camera that looks at people
HIGHEST: Final = 40.0
WIDEST: Final = 100.0  # m, of the floor that one camera counts people on


def of_camera(camera: Camera) -> Fit:
    """The floor of the plan's camera by its pairs. FloorError, which names the camera, when they fix none."""
    pairs = [PointPair(pixel=(pair.u, pair.v), place=(pair.x, pair.y)) for pair in camera.pairs]
    try:
        return on_plan(pairs, width=camera.width, height=camera.height)
    except FloorError as wrong:
        raise FloorError(f"camera {camera.id!r}: {wrong}") from wrong


def on_plan(pairs: list[PointPair], *, width: int, height: int) -> Fit:
    """`measured` of pairs on a plan, x to the right and y down as it is drawn: FloorError for a floor in a mirror."""
    return measured(pairs, width=width, height=height, plan=True)


def measured(pairs: list[PointPair], *, width: int, height: int, plan: bool = False) -> Fit:
    """`fitting.fit` of pairs; FloorError for none, as there.

    And for a pixel outside the picture, pairs too far apart, or a camera that would hang where none does.
    """
    for number, pair in enumerate(pairs, start=1):
        u, v = pair.pixel
        if not (-EDGE <= u <= width + EDGE and -EDGE <= v <= height + EDGE):
            raise FloorError(
                f"pair {number}: pixel ({u:g}, {v:g}) is outside the picture of {width}x{height}; "
                "was the point set on a picture of another size?"
            )
    across = float(np.hypot(*np.ptp([pair.place for pair in pairs], axis=0))) if pairs else 0.0
    if across > WIDEST:
        raise FloorError(
            f"the floor points lie up to {across:.0f} m apart, allowed are {WIDEST:.0f}; are they in metres?"
        )
    fit = fitting.fit(pairs, width=width, height=height, plan=plan)
    check_height(fit.floor)
    return fit


def check_height(floor: Floor) -> None:
    """FloorError for a floor whose camera would hang where none does."""
    up = mount_height(floor)
    if up is not None and not LOWEST <= up <= HIGHEST:
        raise FloorError(
            f"the camera would hang {up:.3g} m above the floor, "
            f"allowed are {LOWEST} to {HIGHEST:g}; are the floor points in metres?"
        )


def mount_height(floor: Floor) -> float | None:
    """How high above the floor the camera hangs, in m; None where the floor does not know its upright.

    The camera's centre C is where the 3x4 projection with columns r1, r2, rise and t vanishes.
    """
    centre = mount(floor)
    return None if centre is None else abs(centre[2])


def mount(floor: Floor) -> tuple[float, float, float] | None:
    """Where the camera hangs, x, y and height in floor metres; None where the floor does not know its upright."""
    if floor.rise is None:
        return None
    axes = np.column_stack([floor.inverse[:, 0], floor.inverse[:, 1], floor.rise])
    x, y, up = np.linalg.solve(axes, -floor.inverse[:, 2]).tolist()
    return x, y, up
