"""Numbers as people type them behind a command."""

import math


def number(text: str) -> float:
    """The number; NaN, which lies in no range, where it is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
