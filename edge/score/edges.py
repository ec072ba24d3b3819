"""Boxes at the picture's edge: whole people, cut or not, or what shows of them."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from edge.score.motchallenge import Row
from edge.tracking.feet import RIM

MOST_BESIDE: Final = 0.02  # of the boxes: people who have just left are drawn on now and then


def reach_beyond(rows: Iterable[Row], *, width: int, height: int) -> bool:
    """Whether any box goes on beyond a picture of that size: drawn are whole people, as in MOT16 and MOT17.

    Else what shows of them was drawn. A box that ends within RIM of the edge was meant to end there.
    """
    across, down = RIM * width, RIM * height
    return any(
        row.left < -across
        or row.top < -down
        or row.left + row.width > width + across
        or row.top + row.height > height + down
        for row in rows
    )


def doubted(rows: Collection[Row], *, width: int, height: int) -> str | None:
    """What boxes say that no picture of that size shows; None for as few as may happen."""
    beside = len(rows) - len(within(rows, width=width, height=height))
    if beside <= MOST_BESIDE * len(rows):
        return None
    told = f"{beside} of the truth's {len(rows)} boxes lie beside the picture of {width}x{height} pixels"
    return f"{told}: is it the truth of pictures of another size?"


def within(rows: Iterable[Row], *, width: int, height: int) -> tuple[Row, ...]:
    """The parts of the boxes that a picture of that size shows; none of a box beside it."""
    shown = []
    for row in rows:
        left, top = max(row.left, 0.0), max(row.top, 0.0)
        right, bottom = min(row.left + row.width, float(width)), min(row.top + row.height, float(height))
        if left < right and top < bottom:
            shown.append(replace(row, left=left, top=top, width=right - left, height=bottom - top))
    return tuple(shown)
