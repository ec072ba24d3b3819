"""The command `aisle-edge calibrate`: a table for people, one JSON object for programs."""

import argparse
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from contract.calibration import Calibration, Reach, Request, State
from contract.plan import Pair
from edge.calibrate import reading
from edge.calibrate.calls import calibrated
from edge.floor.plane import FloorError

TOLD_CM: Final = 0.5  # a smaller error is no error


class Outcome(Struct, frozen=True, kw_only=True):
    """The last line: the calibration, and the pairs as a plan's camera holds them."""

    width: int
    height: int
    pairs: tuple[Pair, ...]
    calibration: Calibration


def run(arguments: argparse.Namespace) -> int:
    """Print the table and the object. FloorError when the pairs cannot be read or make no floor."""
    request = reading.request(arguments)
    found = calibrated(request)
    if found.state is not State.FITTED:
        raise FloorError(f"{arguments.plan or arguments.pairs}: {found.refusal}")
    for line in _table(request, found):
        print(line)
    warp = None if found.warp is None else replace(found.warp, grid=())  # it is for drawing
    calibration = replace(found, warp=warp)
    outcome = Outcome(width=request.width, height=request.height, pairs=request.pairs, calibration=calibration)
    print(msgspec.json.encode(outcome).decode())
    return 0


def _table(request: Request, found: Calibration) -> Iterator[str]:
    yield "pair        pixel (u, v)       floor (x, y)   error   without it   of the fit"
    for point, pair in zip(found.points, request.pairs, strict=True):
        mark = "  <- worst" if point.number == found.worst and (point.error_cm or 0) >= TOLD_CM else ""
        yield (
            f"{point.number:4}  {pair.u:8.1f} {pair.v:8.1f}  {pair.x:8.2f} {pair.y:8.2f}  {_cm(point.error_cm):>8}"
            f"  {_cm(point.without_cm):>10}  {_cm(point.fit_cm):>10}{mark}"
        )
    yield ""
    typical = "not known" if found.error_cm is None else f"{found.error_cm:.1f} cm"
    yield f"typical error of a point: {typical} (each point against a floor fitted to the others)"
    if found.lens is not None:
        yield f"lens: {'corrected' if found.lens.corrected else 'taken as straight'}; {found.lens.reason}"
    for name, reach in (("near", found.near), ("far", found.far)):
        if reach is not None:
            yield _reach(name, reach)
    if found.mount is not None:
        x, y, up = found.mount
        yield f"by its pairs the camera hangs at ({x:g}, {y:g}), {up:g} m high"
    for warning in found.warnings:
        yield f"! {warning}"


def _reach(name: str, reach: Reach) -> str:
    return (
        f"{name} floor, at ({reach.x:g}, {reach.y:g}): unsure by {reach.calibration_cm:.1f} cm; "
        f"somebody there is off by {reach.person_cm:.0f} cm in one look"
    )


def _cm(value: float | None) -> str:
    return "not known" if value is None else f"{value:.1f} cm"
