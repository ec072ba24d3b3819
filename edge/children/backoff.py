"""How long to wait before something that failed is tried again."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Waits that double from `first` to `most` seconds."""

    first: float = 0.2
    most: float = 5.0


_DOUBLINGS: Final = 32  # keeps the power finite for a device that is gone for years


def wait(failures: int, backoff: Backoff, *, chance: float) -> float:
    """Seconds to wait after this many failures in a row (from 1); `chance` from [0, 1) spreads them over ±25 %.

    Never more than `most`, so that a promise to be back within some seconds can be kept.
    """
    doubled = backoff.first * 2.0 ** min(max(failures - 1, 0), _DOUBLINGS)
    return min(doubled * (0.75 + 0.5 * chance), backoff.most)
