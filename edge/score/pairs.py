"""A floor fitted to point pairs, as a node's own: with the lens, where it pays."""

from pathlib import Path

from edge.calibrate import reading
from edge.calibrate.arguments import Size
from edge.floor import calibrated, plane
from edge.floor.plane import Floor, FloorError, PointPair


def read(path: Path, *, width: int, height: int) -> Floor:
    """The floor of a picture of that size, of which a CSV's pixels are. FloorError says what is wrong."""
    told = reading.pairs(path, None if path.suffix == ".toml" else Size(width=width, height=height))
    pairs = [PointPair(pixel=(pair.u, pair.v), place=(pair.x, pair.y)) for pair in told.pairs]
    try:
        fit = calibrated.measured(pairs, width=told.width, height=told.height)
        return plane.at_size(fit.floor, width, height)
    except FloorError as wrong:
        raise FloorError(f"{path}: {wrong}") from wrong
