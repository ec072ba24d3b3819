"""What a camera's process is told of the plan: where not to look, and how tall people will show."""

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from contract.plan import Camera
from edge.camera.mask import Mask, Polygon
from edge.camera.scale import Expected
from edge.camera.settings import Job, Settings
from edge.floor import plane, shapes
from edge.floor.plane import Floor

STATURE: Final = 1.65  # m, of people in a shop, shoes on
ACROSS: Final = 8  # places of the picture at which somebody is imagined
DOWN: Final = 16
SLOW: Final = 2.0  # looks a second of a camera that counts nothing: a still needs two pictures that are not far apart
EDGE: Final = 0.01  # of the picture: the outermost places lie so near to its border


def job(settings: Settings, camera: Camera, floor: Floor) -> Job:
    """The operator's `settings` of a camera with what the plan says of its picture, calibrated as `floor`."""
    hidden = masks(camera)
    expected = people(camera, floor, Mask(polygons=hidden))
    return Job(**msgspec.structs.asdict(settings), masks=hidden, people=expected, calibration=calibration(camera))


def uncalibrated(settings: Settings, camera: Camera) -> Job:
    """A camera whose floor is not known: it looks now and then, so that it can tell how it is and be calibrated."""
    slow = {"detections_per_second": min(SLOW, settings.detections_per_second), "least_per_second": None}
    return Job(**(msgspec.structs.asdict(settings) | slow), masks=masks(camera), calibration=calibration(camera))


def calibration(camera: Camera) -> str:
    """What tells one calibration of a camera from another one: of the same pairs it is the same."""
    tied = msgspec.json.encode((camera.width, camera.height, camera.pairs), enc_hook=float)
    return hashlib.sha256(tied).hexdigest()[:16]


def masks(camera: Camera) -> tuple[Polygon, ...]:
    """The masks in shares of the picture, those parts of them that lie in it."""
    return tuple(
        tuple((min(1.0, corner.u / camera.width), min(1.0, corner.v / camera.height)) for corner in mask)
        for mask in camera.masks
    )


def people(camera: Camera, floor: Floor, mask: Mask) -> tuple[Expected, ...]:
    """Somebody at each place of the picture that shows the floor which the camera sees by the plan, as they would show.

    None when the calibration tells no upright.
    """
    if floor.rise is None:
        return ()
    across, down = np.linspace(EDGE, 1 - EDGE, ACROSS), np.linspace(EDGE, 1 - EDGE, DOWN)
    shares = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)
    pixels = shares * (floor.width, floor.height)
    places = plane.project(floor, pixels)
    seen = np.isfinite(places).all(axis=1) & ~mask.covers(shares)
    seen[seen] = shapes.inside(np.array([(corner.x, corner.y) for corner in camera.sees]), places[seen])
    tall = _shown(floor, pixels[seen], places[seen])
    return tuple(
        Expected(x=round(x, 3), y=round(y, 3), tall=round(height, 3))
        for (x, y), height in zip(shares[seen].tolist(), tall.tolist(), strict=True)
        if round(height, 3) > 0
    )


def upright(people: Sequence[Expected], floor: Floor) -> tuple[Expected, ...]:
    """Of `people` seen in the picture those who stand on the floor, as tall as people show there.

    The floor must know its upright.
    """
    if not people:
        return ()
    feet = np.array([(one.x, one.y) for one in people]) * (floor.width, floor.height)
    tall = _shown(floor, feet, plane.project(floor, feet))
    return tuple(
        Expected(x=one.x, y=one.y, tall=round(height, 4))
        for one, height in zip(people, tall.tolist(), strict=True)
        if round(height, 4) > 0
    )


def _shown(floor: Floor, feet: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """How tall people show who stand at `places` [n, 2], seen at pixels `feet` [n, 2]; shares of the picture's height.

    A head above the picture is cut off; 0 where none shows.
    """
    heads = plane.heads(floor, places, np.full(len(places), STATURE))
    shown = (feet[:, 1] - heads[:, 1].clip(min=0)) / floor.height
    finite: NDArray[np.float64] = np.nan_to_num(shown.clip(min=0))
    return finite
