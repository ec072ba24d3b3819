"""Which two point pairs were exchanged: the slip of the hand that costs a calibration most often."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from edge.floor import plane, solving
from edge.floor.plane import FloorError
from edge.floor.solving import Points, Solution

MOST_TRIED: Final = 24  # pairs: two of so many can be exchanged in 276 ways, half a second's work
# Pairs that disagree so much more than believed (squared) may be exchanged, if putting two back ends nearly all of it.
BAD: Final = 25.0
ENDS: Final = 0.05


def refuse(given: Points, found: Solution) -> None:
    """FloorError naming two pairs whose floor points change places, if that explains why the pairs disagree."""
    if found.spare == 0 or found.misfit < BAD * found.spare:
        return
    better = [(one.misfit, one.a, one.b) for one in _put_back(given) if one.misfit < ENDS * found.misfit]
    if better:
        _, a, b = min(better)
        raise FloorError(f"pairs {a + 1} and {b + 1} are exchanged: with their floor points swapped all pairs agree")


def told(given: Points, *, plan: bool) -> str:
    """The end of a message: the two pairs that were probably exchanged, as far as one can tell.

    On a `plan` only floors that are not seen as in a mirror are believed.
    """
    sound = [(one.misfit, not one.real, one.a, one.b) for one in _put_back(given) if one.upright or not plan]
    if not sound:
        return ""
    spare = 2 * len(given) - 8
    if spare:
        misfit, _, a, b = min(sound)
        return f"; pairs {a + 1} and {b + 1} are probably exchanged" if misfit < BAD * spare else ""
    likely = [(a, b) for _, tilted, a, b in sound if not tilted] or [(a, b) for _, _, a, b in sound]
    return "; probably exchanged are pairs " + " or ".join(f"{a + 1} and {b + 1}" for a, b in likely)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PutBack:
    """Two pairs whose floor points changed places, and the floor that came of it."""

    a: int
    b: int
    misfit: float  # as `Solution.misfit`
    real: bool  # some real camera sees a floor so
    upright: bool  # not as in a mirror


def _put_back(given: Points) -> Iterator[_PutBack]:
    """Each two pairs exchanged that then make a floor."""
    if len(given) > MOST_TRIED:
        return
    for a, b in itertools.combinations(range(len(given)), 2):
        order = np.arange(len(given))
        order[[a, b]] = b, a
        tried = replace(given, places=given.places[order])
        try:
            matrix = solving.direct(tried)
            floor = plane.from_matrix(matrix, width=given.width, height=given.height)
        except FloorError:
            continue
        away = plane.project(floor, tried.pixels) - tried.places
        cov = solving.noise(tried, plane.jacobian(floor, tried.pixels))
        misfit = float((away * np.linalg.solve(cov, away[:, :, None])[:, :, 0]).sum())
        middle = np.array([[given.width / 2, given.height]])
        upright = bool(np.linalg.det(plane.jacobian(floor, middle)[0]) > 0)
        yield _PutBack(a=a, b=b, misfit=misfit, real=floor.rise is not None, upright=upright)
