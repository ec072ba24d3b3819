"""The numbers of a homography, with or without a lens, that agree best with point pairs, and how sure they are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from edge.floor import lens as lenses
from edge.floor import plane
from edge.floor.lens import MOST_BARREL, MOST_PINCUSHION, Lens
from edge.floor.plane import FloorError, PointPair

Array: TypeAlias = NDArray[np.float64]

# What is believed of a pair before it was fitted, as standard deviations.
CLICK: Final = 0.0025  # of half the picture's diagonal: 1 px in 640x480, 2.8 px in 1920x1080
TAPE: Final = 0.02  # m, of a point measured on the floor
BELIEF: Final = 4.0  # pairs' numbers that this belief counts as much as
# The ratio of the spreads of the points across and along their main direction: below it they are one line.
THINNEST: Final = 0.02
# The last but one singular value of the equations over the first: below it four points do not fix the eight unknowns.
WEAKEST: Final = 1e-4
_ROUNDS: Final = 3  # the pairs' weights follow the floor found in the round before
_STEPS: Final = 12
_DONE: Final = 1e-7  # a step that short, in the normalised numbers, is none


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Points:
    """Point pairs as arrays, and the picture that they are of."""

    pixels: Array  # [n, 2]
    places: Array  # [n, 2], m
    width: int
    height: int

    def __len__(self) -> int:
        return len(self.pixels)

    def without(self, rows: NDArray[np.bool_]) -> "Points":
        """All but these rows."""
        return replace(self, pixels=self.pixels[~rows], places=self.places[~rows])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solution:
    """A homography from straight pixels to metres, its lens, and how well the pairs agree."""

    matrix: Array  # [3, 3]
    lens: Lens | None
    misfit: float  # the sum of squares of the pairs' errors, each in units of what is believed of it
    spare: int  # numbers of the pairs beyond those needed
    cov: Array  # [10, 10]: of the nine numbers and the strength, if pairs are as good as believed

    @property
    def scatter(self) -> float:
        """By what to multiply `cov`: how much worse (or better) the pairs are than believed; the belief counts too."""
        return (BELIEF + self.misfit) / (BELIEF + self.spare)

    @property
    def doubt(self) -> Array:
        """`cov` as the pairs' own agreement has it."""
        return self.cov * self.scatter


def points(pairs: Sequence[PointPair], *, width: int, height: int) -> Points:
    """The arrays of at least 4 pairs. FloorError when they are too few, not finite or on one line."""
    if len(pairs) < 4:
        raise FloorError(f"a floor needs at least 4 point pairs, here are {len(pairs)}")
    pixels = np.array([pair.pixel for pair in pairs], dtype=np.float64)
    places = np.array([pair.place for pair in pairs], dtype=np.float64)
    if not (np.isfinite(pixels).all() and np.isfinite(places).all()):
        raise FloorError("a point pair holds a number that is not finite")
    _check_spread("pixels", pixels)
    _check_spread("floor points", places)
    return Points(pixels=pixels, places=places, width=width, height=height)


def direct(given: Points) -> Array:
    """The homography of at least 4 pairs by the normalised direct linear transform, pairs on the side w > 0.

    R. Hartley, "In defense of the eight-point algorithm", PAMI 19 (1997); Hartley and Zisserman, "Multiple
    View Geometry", algorithm 4.2. FloorError when the pairs do not fix a floor or fold it.
    """
    from_pixels, from_places = _normaliser(given.pixels), _normaliser(given.places)
    source = _homogeneous(given.pixels) @ from_pixels.T
    target = _homogeneous(given.places) @ from_places.T
    zeros = np.zeros_like(source)
    equations = np.vstack(
        [
            np.hstack([source, zeros, -target[:, :1] * source]),
            np.hstack([zeros, source, -target[:, 1:2] * source]),
        ]
    )
    _, strengths, directions = np.linalg.svd(equations)
    if strengths[7] / strengths[0] < WEAKEST:
        raise FloorError("three of the four points lie on one line; move one or give a fifth pair")
    matrix: Array = np.linalg.inv(from_places) @ directions[8].reshape(3, 3) @ from_pixels
    sides = matrix[2] @ _homogeneous(given.pixels).T
    if not ((sides > 0).all() or (sides < 0).all()):
        raise FloorError("these pairs fold the floor: some lie beyond its horizon")
    facing: Array = matrix * np.sign(sides[0])
    return facing


def solve(given: Points, start: Array, lens: Lens | None = None) -> Solution:
    """The numbers nearest to `start` at which the pairs' errors, weighed by their noise, are least.

    Gauss and Newton's steps with Levenberg and Marquardt's damping; errors on the floor, each weighed by the
    noise of its click carried there and of the tape (the gold standard of Hartley and Zisserman, section 4.2,
    to first order). With a lens its strength is sought too, from the one given.
    """
    frame = _Frame.of(given)
    at = _State(numbers=frame.into(start), strength=0.0 if lens is None else lens.strength)
    for _ in range(_ROUNDS):
        weights = frame.weights(at)
        before = at
        at = _least(frame, at, weights, bends=lens is not None)
        if np.abs(at.numbers - before.numbers).max() + abs(at.strength - before.strength) < _DONE:
            break
    weights = frame.weights(at)
    errors, slopes = frame.linear(at, weights, bends=lens is not None)
    unknown = 8 if lens is None else 9
    spread: Array = np.linalg.pinv(slopes.T @ slopes).astype(np.float64, copy=False)
    matrix, cov = frame.out_of(at, spread, bends=lens is not None)
    return Solution(
        matrix=matrix,
        lens=None if lens is None else replace(lens, strength=at.strength),
        misfit=float(errors @ errors),
        spare=2 * len(given) - unknown,
        cov=cov,
    )


def noise(given: Points, slopes: Array) -> Array:
    """The believed covariance [n, 2, 2], m², of pairs at whose pixels the floor has `slopes` [n, 2, 2], m/px."""
    click = CLICK * float(np.hypot(given.width, given.height)) / 2
    cov: Array = click**2 * slopes @ slopes.transpose(0, 2, 1) + TAPE**2 * np.eye(2)
    return cov


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _State:
    numbers: Array  # [9] of the normalised homography, of length 1
    strength: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Frame:
    """The pairs in units in which all numbers are about 1."""

    given: Points
    from_pixels: Array
    from_places: Array

    @classmethod
    def of(cls, given: Points) -> "_Frame":
        half = float(np.hypot(given.width, given.height)) / 2
        centred = np.array([[1 / half, 0, -given.width / 2 / half], [0, 1 / half, -given.height / 2 / half], [0, 0, 1]])
        return cls(given=given, from_pixels=centred, from_places=_normaliser(given.places))

    def into(self, matrix: Array) -> Array:
        inside = self.from_places @ matrix @ np.linalg.inv(self.from_pixels)
        numbers: Array = inside.ravel() / np.linalg.norm(inside)
        return numbers

    def matrix(self, state: _State) -> Array:
        matrix: Array = np.linalg.inv(self.from_places) @ state.numbers.reshape(3, 3) @ self.from_pixels
        return matrix

    def lens(self, state: _State) -> Lens:
        return lenses.of_picture(state.strength, width=self.given.width, height=self.given.height)

    def weights(self, state: _State) -> Array:
        """[n, 2, 2]: what turns an error in metres into one in units of its noise."""
        matrix, lens = self.matrix(state), self.lens(state)
        straight = lenses.straighten(lens, self.given.pixels)
        slopes = plane.slopes(matrix, straight) @ lenses.slopes(lens, self.given.pixels)
        weights: Array = np.linalg.inv(np.linalg.cholesky(noise(self.given, slopes)))
        return weights

    def errors(self, state: _State, weights: Array) -> Array | None:
        """[2n], in units of noise; None where a pair falls beyond the horizon."""
        straight = lenses.straighten(self.lens(state), self.given.pixels)
        mapped = _homogeneous(straight) @ self.matrix(state).T
        if not (mapped[:, 2] > 0).all():
            return None
        away = mapped[:, :2] / mapped[:, 2:] - self.given.places
        errors: Array = (weights @ away[:, :, None]).ravel()
        return errors

    def linear(self, state: _State, weights: Array, *, bends: bool) -> tuple[Array, Array]:
        """The errors and how they move, [2n, 8 or 9], with steps across the normalised numbers (and the strength)."""
        matrix, lens = self.matrix(state), self.lens(state)
        straight = lenses.straighten(lens, self.given.pixels)
        turn = np.kron(np.linalg.inv(self.from_places), self.from_pixels.T)
        slopes = plane.by_numbers(matrix, straight) @ turn @ _across(state.numbers)
        if bends:
            moved = lenses.by_strength(lens, self.given.pixels)
            slopes = np.concatenate([slopes, plane.slopes(matrix, straight) @ moved[:, :, None]], axis=2)
        errors = self.errors(state, weights)
        assert errors is not None
        return errors, (weights @ slopes).reshape(len(errors), -1)

    def out_of(self, state: _State, cov: Array, *, bends: bool) -> tuple[Array, Array]:
        """The matrix in pixels and metres, and the covariance of its numbers and the strength, [10, 10]."""
        turn = np.zeros((10, 9 if bends else 8))
        turn[:9, :8] = np.kron(np.linalg.inv(self.from_places), self.from_pixels.T) @ _across(state.numbers)
        if bends:
            turn[9, 8] = 1.0
        return self.matrix(state), turn @ cov @ turn.T


def _least(frame: _Frame, at: _State, weights: Array, *, bends: bool) -> _State:
    damping = 1e-3
    errors, slopes = frame.linear(at, weights, bends=bends)
    for _ in range(_STEPS):
        pull, push = slopes.T @ errors, slopes.T @ slopes
        damped = push + damping * np.diag(np.diag(push))
        step: Array = np.linalg.lstsq(damped, -pull, rcond=None)[0].astype(np.float64, copy=False)
        tried = _moved(at, step, bends=bends)
        found = frame.errors(tried, weights)
        if found is not None and found @ found <= errors @ errors:
            short = np.abs(step).max() < _DONE
            at, damping = tried, damping / 10
            if short:
                break
            errors, slopes = frame.linear(at, weights, bends=bends)
        else:
            damping *= 10
    return at


def _moved(at: _State, step: Array, *, bends: bool) -> _State:
    numbers = at.numbers + _across(at.numbers) @ step[:8]
    strength = min(max(at.strength + float(step[8]), MOST_BARREL), MOST_PINCUSHION) if bends else at.strength
    return _State(numbers=numbers / np.linalg.norm(numbers), strength=strength)


def _across(numbers: Array) -> Array:
    """[9, 8]: the directions in which a homography changes; along its own numbers it stays the same."""
    across: Array = np.linalg.svd(numbers[None])[2][1:].T
    return across


def _homogeneous(given: Array) -> Array:
    return np.column_stack([given, np.ones(len(given))])


def _check_spread(what: str, given: Array) -> None:
    spread = np.linalg.svd(given - given.mean(axis=0), compute_uv=False)
    if spread[0] == 0 or spread[1] / spread[0] < THINNEST:
        raise FloorError(f"the {what} lie on one line; choose points that span the floor both ways")


def _normaliser(given: Array) -> Array:
    """The similarity that centres the points and brings them to a mean distance of √2."""
    centre = given.mean(axis=0)
    scale = np.sqrt(2) / np.hypot(*(given - centre).T).mean()
    return np.array([[scale, 0, -scale * centre[0]], [0, scale, -scale * centre[1]], [0, 0, 1]])
