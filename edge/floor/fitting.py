"""From point pairs to a floor: which model the pairs ask for, how wrong each is, and how far to trust it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.floor import exchange, lens, plane, solving
from edge.floor.plane import Floor, FloorError, PointPair
from edge.floor.solving import Points, Solution

Array: TypeAlias = NDArray[np.float64]

FEWEST_CHECKED: Final = 5  # pairs from which an error can be seen: four fit any floor
FEWEST_BLAMED: Final = 6  # pairs from which it can be told whose error it is
FEWEST_BENT: Final = 6  # pairs from which a lens may be asked for
MOST_REFITS: Final = 40  # more pairs than that are left out in so many groups
# A lens is taken when it foretells pairs that it was not fitted to this much better, by more than their scatter,
# and its strength is so many times its own uncertainty.
PAYS: Final = 0.85  # of the root mean square of the errors, in units of noise
BEYOND_NOISE: Final = 1.0  # standard errors of the mean gain
CERTAIN: Final = 3.0
# An error of a left out pair, squared and in units of what was to be expected: beyond it the pair is suspicious.
SUSPICIOUS: Final = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LensChoice:
    """Why the floor has a lens or none."""

    taken: bool
    strength: float | None  # as fitted; None where it could not be
    without_m: float | None  # the typical error of a left out pair without a lens, m; None where nobody knows
    with_m: float | None  # and with one
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """A floor fitted to point pairs; what is told of each pair is in their order."""

    floor: Floor
    errors: tuple[float, ...]  # m between the floor and the pair, which the floor was bent to
    # m between a floor fitted to the other pairs and the pair: what the pair proves. None with four pairs.
    held_out: tuple[float, ...] | None
    # m, root mean square of the other pairs' `errors` when the floor is fitted without this one. None likewise.
    without: tuple[float, ...] | None
    worst: int | None  # the pair that agrees least with the others; None with fewer than six: nobody can tell
    suspicious: bool  # the worst pair errs far more than the others let expect
    lens: LensChoice


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _LeftOut:
    errors: Array  # [n, 2], m
    noise: Array  # [n]: squared, in units of what is believed of the pair
    surprise: Array  # [n]: squared, in units of what the other pairs let expect
    without: Array  # [n]


def fit(pairs: Sequence[PointPair], *, width: int, height: int, plan: bool = False) -> Fit:
    """The floor of at least 4 pairs, for a picture of that size; FloorError when they fix none or fold it.

    With `plan` the floor's x runs to the right and its y down, as plans are drawn: then no camera sees it mirrored.

    The direct linear transform, refined to the least geometric error; from 6 pairs on with radial distortion
    where that foretells left out pairs better. M. Stone, "Cross-validatory choice and assessment of statistical
    predictions", JRSS B 36 (1974).
    """
    given = solving.points(pairs, width=width, height=height)
    try:
        plain = solving.solve(given, solving.direct(given))
        floor = as_floor(plain, given)
    except FloorError as wrong:
        raise FloorError(f"{wrong}{exchange.told(given, plan=plan)}") from wrong
    exchange.refuse(given, plain)
    if plan and not floor_upright(floor):
        raise FloorError(
            "these pairs show the floor as in a mirror; on the plan x runs to the right and y down"
            + exchange.told(given, plan=True)
        )
    left_out = _left_out(given, plain) if len(given) >= FEWEST_CHECKED else None
    choice, bent, bent_left_out = _choose(given, plain, left_out)
    if bent is not None and bent_left_out is not None:
        floor, left_out = as_floor(bent, given), bent_left_out
    errors = np.hypot(*(plane.project(floor, given.pixels) - given.places).T)
    blamed = left_out if left_out is not None and len(given) >= FEWEST_BLAMED else None
    return Fit(
        floor=floor,
        errors=tuple(errors.tolist()),
        held_out=None if left_out is None else tuple(np.hypot(*left_out.errors.T).tolist()),
        without=None if left_out is None else tuple(left_out.without.tolist()),
        worst=None if blamed is None else int(np.argmax(blamed.surprise)),
        suspicious=blamed is not None and bool(blamed.surprise.max() > SUSPICIOUS),
        lens=choice,
    )


def floor_upright(floor: Floor) -> bool:
    """Whether a floor with x to the right and y down is seen from above, not as in a mirror."""
    middle = np.array([[floor.width / 2, floor.height]])
    return bool(np.linalg.det(plane.jacobian(floor, middle)[0]) > 0)


def as_floor(found: Solution, given: Points) -> Floor:
    """A solution as a floor, with its doubt. FloorError where it is none."""
    return plane.from_matrix(found.matrix, width=given.width, height=given.height, lens=found.lens, doubt=found.doubt)


def _left_out(given: Points, whole: Solution) -> _LeftOut:
    """Every pair against floors fitted without it; a pair that the others cannot place is infinitely wrong."""
    count = len(given)
    errors, noise, surprise, without = np.full((count, 2), np.inf), *np.full((3, count), np.inf)
    groups = min(count, MOST_REFITS)
    for group in range(groups):
        out = np.arange(count) % groups == group
        try:
            rest = given.without(out)
            floor = as_floor(found := solving.solve(rest, whole.matrix, whole.lens), given)
        except FloorError:
            continue
        away = plane.project(floor, given.pixels[out]) - given.places[out]
        if not np.isfinite(away).all():
            continue
        believed = solving.noise(given, plane.jacobian(floor, given.pixels[out]))
        errors[out] = away
        noise[out] = _squared(away, believed)
        expected = plane.calibration_cov(floor, plane.project(floor, given.pixels[out])) + believed * found.scatter
        surprise[out] = _squared(away, expected)
        kept = plane.project(floor, rest.pixels) - rest.places
        without[out] = np.sqrt((kept**2).sum(axis=1).mean())
    return _LeftOut(errors=errors, noise=noise, surprise=surprise, without=without)


def _squared(errors: Array, cov: Array) -> Array:
    squared: Array = (errors * np.linalg.solve(cov, errors[:, :, None])[:, :, 0]).sum(axis=1)
    return squared


def _choose(
    given: Points, plain: Solution, left_out: _LeftOut | None
) -> tuple[LensChoice, Solution | None, _LeftOut | None]:
    if left_out is None or len(given) < FEWEST_BENT:
        reason = f"{len(given)} pairs cannot tell a bent lens from a straight one, {FEWEST_BENT} can"
        return _no_lens(reason, None, None, None), None, None
    before = _typical(left_out)
    bent = solving.solve(given, plain.matrix, lens.of_picture(0.0, width=given.width, height=given.height))
    assert bent.lens is not None
    strength, sigma = bent.lens.strength, float(np.sqrt(bent.doubt[9, 9]))
    if abs(strength) < CERTAIN * sigma:
        reason = f"the strength that fits best, {strength:.2f}, is as uncertain as ±{sigma:.2f}"
        return _no_lens(reason, strength, before, None), None, None
    try:
        as_floor(bent, given)
    except FloorError as wrong:
        return _no_lens(str(wrong), strength, before, None), None, None
    bent_left_out = _left_out(given, bent)
    after = _typical(bent_left_out)
    reason = f"left out pairs err by {100 * before:.1f} cm without it and by {100 * after:.1f} cm with it"
    if not _pays(left_out, bent_left_out):
        return _no_lens(f"{reason}: no gain beyond noise", strength, before, after), None, None
    choice = LensChoice(taken=True, strength=strength, without_m=before, with_m=after, reason=reason)
    return choice, bent, bent_left_out


def _no_lens(reason: str, strength: float | None, before: float | None, after: float | None) -> LensChoice:
    return LensChoice(taken=False, strength=strength, without_m=before, with_m=after, reason=reason)


def _pays(plain: _LeftOut, bent: _LeftOut) -> bool:
    """Whether a lens foretells left out pairs better than none, by more than the pairs' scatter."""
    if not (np.isfinite(plain.noise).all() and np.isfinite(bent.noise).all()):
        return False
    gains = plain.noise - bent.noise
    better = bool(np.sqrt(bent.noise.mean()) < PAYS * np.sqrt(plain.noise.mean()))
    return better and bool(gains.mean() > BEYOND_NOISE * gains.std(ddof=1) / np.sqrt(len(gains)))


def _typical(left_out: _LeftOut) -> float:
    return float(np.sqrt((left_out.errors**2).sum(axis=1).mean()))
