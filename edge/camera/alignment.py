"""Whether a picture shows its scene where the scene was: how far, and how turned, its edges lie from learnt ones.

Orientation correlation (A. Fitch, A. Kadyrov, W. Christmas and J. Kittler, BMVC 2002), tile by tile, with doubled
angles: an edge counts by its direction, not by its contrast nor by which of its sides is the brighter one, so that
light may change. Tiles whose shifts agree on one shift, turn and scale of the whole picture outvote those that show
people. What is learnt is the mean of edge directions, in memory alone.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Real: TypeAlias = NDArray[np.float32]
Field: TypeAlias = NDArray[np.complex64]
Flags: TypeAlias = NDArray[np.bool_]

TILE: Final = 48  # px of the small picture
ACROSS: Final = 6  # tiles in a row, overlapping
FAINT: Final = 5.0  # levels a pixel: an edge so faint counts half
TEXTURED: Final = 8.0  # squared weights of edges that a tile needs so that its place can be told
FEWEST: Final = 4  # textured tiles of a scene whose place can be told
SHOWN: Final = 0.02  # of a tile's learnt edges: at a seventh of its light a scene shows more, a plain cover less
ALIKE: Final = 0.5  # correlation of a tile's edges with those of a second ago, if nobody moved in it
SAME: Final = 1.2  # px between a tile's shift and the shift that the whole picture's move would give it
MOST_TURN: Final = 0.15  # of a move: scale and turn, as a share of 1; about 9 degrees


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tiles:
    """Windows of a picture, and how they transform."""

    corners: tuple[tuple[int, int], ...]  # row, column of each upper left
    middles: NDArray[np.complex128]  # [n], px from the picture's middle, across + i down
    window: Real  # [TILE, TILE]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alignment:
    """How a picture lies on the learnt scene."""

    textured: int  # tiles of the learnt scene that have edges enough to be found again
    still: int  # of those, tiles whose edges are where they were
    hidden: Flags  # [tiles], the others of those
    agreeing: int  # of those, tiles that one move of the whole picture explains
    moved: float  # px of the small picture: how far that move takes the textured tiles, root mean square
    edges: float  # edges of the picture over those of the learnt scene


def tiles(shape: tuple[int, int]) -> Tiles:
    """The windows of a picture of that height and width; none where it is smaller than a tile."""
    height, width = shape
    if height < TILE or width < TILE:
        return Tiles(corners=(), middles=np.zeros(0, np.complex128), window=np.zeros((TILE, TILE), np.float32))
    down = max(2, round(ACROSS * height / width))
    rows = np.unique(np.linspace(0, height - TILE, down).round().astype(int))
    columns = np.unique(np.linspace(0, width - TILE, ACROSS).round().astype(int))
    corners = tuple((int(row), int(column)) for row in rows for column in columns)
    middles = np.array([column + TILE / 2 - width / 2 + 1j * (row + TILE / 2 - height / 2) for row, column in corners])
    hann = np.hanning(TILE + 2)[1:-1]
    return Tiles(corners=corners, middles=middles, window=np.sqrt(np.outer(hann, hann)).astype(np.float32))


def field(picture: Real) -> Field:
    """The directions of the edges of a small grey picture [h, w], doubled; 0 where there is none, 1 long at most."""
    across, down = np.zeros_like(picture), np.zeros_like(picture)
    across[:, 1:-1] = (picture[:, 2:] - picture[:, :-2]) / 2
    down[1:-1] = (picture[2:] - picture[:-2]) / 2
    gradient = across + 1j * down
    square = np.abs(gradient) ** 2
    doubled: Field = (gradient**2 / (square + FAINT**2)).astype(np.complex64)
    return doubled


def compare(learnt: Field, seen: Field, cut: Tiles) -> Alignment:
    """How `seen` lies on `learnt`, both [h, w], cut by the tiles of their shape."""
    before, now = _windows(learnt, cut), _windows(seen, cut)
    had, has = _energy(before), _energy(now)
    textured = had >= TEXTURED
    edges = float(has.sum() / max(float(had.sum()), 1e-6))
    hidden = np.zeros(len(cut.corners), np.bool_)
    if textured.sum() < FEWEST:
        return Alignment(textured=int(textured.sum()), still=0, hidden=hidden, agreeing=0, moved=0.0, edges=edges)
    shifts, shown = _shifts(before[textured], now[textured])
    middles = cut.middles[textured]
    agreeing, moved = _consensus(middles, shifts)
    still = (np.abs(shifts) < SAME) & (shown >= SHOWN * had[textured])
    hidden[textured] = ~still
    return Alignment(
        textured=len(shifts), still=int(still.sum()), hidden=hidden, agreeing=agreeing, moved=moved, edges=edges
    )


def moving(before: Field, now: Field, cut: Tiles) -> Flags:
    """Which tiles [tiles] show edges enough to be found again that are not where those of `before` were."""
    had, has = _windows(before, cut), _windows(now, cut)
    energy = _energy(has)
    common = (np.conj(had) * has).real.sum(axis=(1, 2))
    flags: Flags = (energy >= TEXTURED) & (common < ALIKE * np.sqrt(energy * _energy(had)))
    return flags


def _windows(whole: Field, cut: Tiles) -> Field:
    if not cut.corners:
        return np.zeros((0, TILE, TILE), np.complex64)
    return np.stack([whole[row : row + TILE, column : column + TILE] for row, column in cut.corners]) * cut.window


def _energy(windows: Field) -> NDArray[np.float64]:
    energy: NDArray[np.float64] = (np.abs(windows) ** 2).sum(axis=(1, 2)).astype(np.float64)
    return energy


def _shifts(before: Field, now: Field) -> tuple[NDArray[np.complex128], Real]:
    """By how much each tile's edges lie further right + i further down than before, px, to a fraction of one.

    With it the squared weights of what both show there.
    """
    spectrum = np.conj(np.fft.fft2(before)) * np.fft.fft2(now)
    surfaces = np.fft.ifft2(spectrum).real
    flat = surfaces.reshape(len(surfaces), -1)
    rows, columns = np.divmod(flat.argmax(axis=1), TILE)
    tile = np.arange(len(surfaces))
    down = rows + _between(*(surfaces[tile, (rows + step) % TILE, columns] for step in (-1, 0, 1)))
    right = columns + _between(*(surfaces[tile, rows, (columns + step) % TILE] for step in (-1, 0, 1)))
    shifts: NDArray[np.complex128] = _signed(right) + 1j * _signed(down)
    return shifts, flat.max(axis=1)


def _between(left: Real, middle: Real, right: Real) -> NDArray[np.float64]:
    """Where the parabola through three values has its top, from the middle one."""
    bend = left - 2 * middle + right
    top = np.divide(left - right, 2 * bend, out=np.zeros(len(middle)), where=bend < 0)
    bounded: NDArray[np.float64] = np.clip(top, -0.5, 0.5)
    return bounded


def _signed(shift: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(shift > TILE / 2, shift - TILE, shift)


def _consensus(middles: NDArray[np.complex128], shifts: NDArray[np.complex128]) -> tuple[int, float]:
    """How many tiles the best move z → z + turn · z + shift explains, and how far it takes them all.

    Every two tiles propose a move (M. Fischler and R. Bolles, "Random sample consensus", CACM 24, 1981, but of all
    pairs); standing still is proposed first and wins a tie.
    """
    first, second = np.triu_indices(len(middles), 1)
    apart = middles[first] - middles[second]
    turns = (shifts[first] - shifts[second]) / np.where(apart == 0, 1, apart)
    bases = shifts[first] - turns * middles[first]
    real = (np.abs(turns) < MOST_TURN) & (apart != 0)
    turns, bases = np.append(0j, turns[real]), np.append(0j, bases[real])
    told = turns[:, None] * middles + bases[:, None]
    votes = (np.abs(told - shifts) < SAME).sum(axis=1)
    best = int(np.argmax(votes))
    return int(votes[best]), float(np.sqrt((np.abs(told[best]) ** 2).mean()))
