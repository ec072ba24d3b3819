"""Chance that falls the same on every machine: only exactly rounded arithmetic between the generator and the answer."""

import decimal
import random
from collections.abc import Sequence
from typing import Final, TypeVar

T = TypeVar("T")

# Decimal's exp and ln are correctly rounded by its specification; the C library's are not the same everywhere.
_EXACT: Final = decimal.Context(prec=12)


class Dice:
    """A stream of chances of its own for each name: `Dice(7, "arrivals")` never disturbs `Dice(7, "shopper", 3)`."""

    def __init__(self, seed: int, *name: str | int) -> None:
        # A string seeds Mersenne Twister through SHA-512, whatever PYTHONHASHSEED is.
        self._random = random.Random("/".join(map(str, (seed, *name))))

    def happens(self, chance: float) -> bool:
        """True with this chance, 0–1."""
        return self._random.random() < chance

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        return choices[self.whole(0, len(choices) - 1)]

    def weighted(self, choices: Sequence[tuple[T, int]]) -> T:
        """One of the choices, by whole weights of which at least one is above 0."""
        at = self.whole(1, sum(weight for _, weight in choices))
        for choice, weight in choices:
            at -= weight
            if at <= 0:
                return choice
        raise ValueError("no weight is above 0")

    def gap(self, mean_ms: int) -> int:
        """Milliseconds to the next arrival of a Poisson process."""
        share = decimal.Decimal(1) - decimal.Decimal(repr(self._random.random()))
        return int(-_EXACT.ln(share) * mean_ms)

    def log_normal(self, median_ms: int, spread: float) -> int:
        """Milliseconds: their logarithm is normal around the median's, `spread` its deviation, cut at ±2.5 of it."""
        # The sum of twelve uniforms is normal enough for how long people look at tea.
        normal = sum(self._random.random() for _ in range(12)) - 6
        bounded = min(2.5, max(-2.5, normal))
        return int(_EXACT.exp(decimal.Decimal(repr(bounded * spread))) * median_ms)

    def data(self, length: int) -> bytes:
        """Bytes."""
        return bytes(self.whole(0, 255) for _ in range(length))
