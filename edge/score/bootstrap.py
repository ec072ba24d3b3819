"""How far a figure of one recording may be off by chance: intervals from resampled stretches of its time.

Frames that follow one another show the same people, so whole blocks of time are drawn, with replacement (H. R.
Künsch, "The jackknife and the bootstrap for general stationary observations", Annals of Statistics 17 (1989);
blocks that do not overlap: E. Carlstein, Annals of Statistics 14 (1986)); the interval lies between the percentiles
of the redrawn figures (B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

BLOCK_S: Final = 5.0  # people cross a picture in about so long: longer blocks would be fewer, shorter ones alike
DRAWS: Final = 1000
SEED: Final = 20260101  # the same recording gives the same interval
SURE: Final = 0.95
FEWEST: Final = 2  # blocks; of one nothing can be drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Where a figure lies with 95 % confidence, as far as this recording can tell."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blocks:
    """Time cut into blocks, and how often each of the draws took each block."""

    of_frame: NDArray[np.intp]  # [frames], the block of each
    draws: Array  # [DRAWS, blocks]
    first: float  # s, when the first block begins
    held: NDArray[np.intp]  # [blocks], how many lengths after that each begins, rising

    @property
    def number(self) -> int:
        """How many blocks there are."""
        return int(self.draws.shape[1])

    def at(self, times: Array) -> NDArray[np.intp]:
        """The blocks of moments (s), [n]; a moment in no block joins one beside it."""
        lengths = np.floor((times - self.first) / BLOCK_S)
        return np.clip(np.searchsorted(self.held, lengths), 0, self.number - 1)


def blocks(at: Array) -> Blocks:
    """The blocks of frames at these times (s, [frames], rising), drawn with a fixed seed."""
    first = float(at[0]) if len(at) else 0.0
    held, of_frame = np.unique(np.floor((at - first) / BLOCK_S).astype(np.intp), return_inverse=True)
    number = max(1, len(held))
    chance = np.random.default_rng(SEED)
    draws = chance.multinomial(number, np.full(number, 1 / number), size=DRAWS)
    return Blocks(of_frame=of_frame.reshape(-1), draws=draws.astype(np.float64), first=first, held=held)


def of_sums(cut: Blocks, block: NDArray[np.intp], tallies: Array, figure: Callable[[Array], Array]) -> Interval | None:
    """The interval of a figure of sums: each row of `tallies` [n, k] is of the block of `block` [n].

    `figure` takes sums [..., k]. None where there are too few blocks to draw from.
    """
    sums = np.zeros((cut.number, tallies.shape[1]))
    np.add.at(sums, block, tallies)
    return _between(cut, figure(cut.draws @ sums), float(figure(sums.sum(axis=0))))


def of_weights(cut: Blocks, figures: Callable[[Array], Array]) -> tuple[Interval | None, ...]:
    """The intervals of figures of weighted frames: `figures` takes how often each frame counts, [frames]."""
    points = figures(np.ones(len(cut.of_frame)))
    if cut.number < FEWEST:
        return (None,) * len(points)
    drawn = np.array([figures(draw[cut.of_frame]) for draw in cut.draws])
    return tuple(_between(cut, drawn[:, one], float(point)) for one, point in enumerate(points))


def of_values(
    cut: Blocks, block: NDArray[np.intp], values: Array, figure: Callable[[list[float]], float]
) -> Interval | None:
    """The interval of a figure of a list of values, each of its block."""
    drawn = [figure(np.repeat(values, draw[block].astype(np.intp)).tolist() or [np.nan]) for draw in cut.draws]
    return _between(cut, np.array(drawn), figure(values.tolist()))


def _between(cut: Blocks, drawn: Array, point: float) -> Interval | None:
    """Between the percentiles, widened to the figure itself where a small sample's bias would leave it out."""
    seen = drawn[np.isfinite(drawn)]
    if cut.number < FEWEST or not len(seen):
        return None
    low, high = np.quantile(seen, [(1 - SURE) / 2, (1 + SURE) / 2]).tolist()
    return Interval(low=min(low, point), high=max(high, point))
