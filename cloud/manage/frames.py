"""A day as frames of bytes: evened out until each shows enough people, coded as differences, packed into one file."""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cloud.manage.heat import UNSEEN
from cloud.manage.raster import TOP_LEVEL, WITHHELD, Bytes, Values, levels

Flags: TypeAlias = NDArray[np.bool_]

MAGIC: Final = b"AIF1"
FEW_ENTRIES: Final = 65_534
UNSEEN_ENTRIES: Final = 65_535
MOST_ENTRIES: Final = 65_533


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evened:
    """`values` [frames, cells] as they may be shown; `withheld` [cells]: fewer than k people in all frames together."""

    values: Values
    withheld: Flags


def evened(values: Values, people: Values, seen: Flags, k: int) -> Evened:
    """Frames [frames, cells] of which each shows about k people or more.

    The frames of a cell are cut into stretches, each the shortest in which `people` (who passed there, [frames,
    cells]) add up to k; what is left at the end belongs to the last. Every frame of a stretch in which somebody was
    there shows the mean of these, so the sum of a cell's frames stays what it was; where nobody was it shows zero.
    """
    frames, cells = values.shape
    number = np.zeros((frames, cells), np.int64)
    gathered, done = np.zeros(cells), np.zeros(cells, np.int64)
    for frame in range(frames):
        number[frame] = done
        gathered += people[frame]
        full = gathered >= k
        done += full
        gathered[full] = 0
    number = np.minimum(number, np.maximum(done - 1, 0))
    flat = (number * cells + np.arange(cells)).ravel()
    busy = seen & ((people > 0) | (values > 0))
    counts = np.bincount(flat, weights=busy.ravel(), minlength=frames * cells)
    sums = np.bincount(flat, weights=values.ravel(), minlength=frames * cells)
    means = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    somebody = (people.sum(axis=0) > 0) | (values.sum(axis=0) > 0)
    return Evened(values=np.where(busy, means[flat].reshape(frames, cells), 0.0), withheld=(done == 0) & somebody)


def coded(shown: Evened, seen: Flags, top: float) -> Bytes:
    """The frames' bytes, [frames, cells]: a level, WITHHELD or UNSEEN."""
    told = levels(shown.values, top, TOP_LEVEL)
    told[:, shown.withheld] = WITHHELD
    told[~seen] = UNSEEN
    return told


def deltas(frames: Bytes) -> Bytes:
    """The first frame as it is, each other as its difference to the one before, modulo 256."""
    changed = frames.copy()
    changed[1:] -= frames[:-1]
    return changed


def packed(header: Mapping[str, object], *, entries: NDArray[np.uint16], coverage: Bytes, frames: Bytes) -> bytes:
    """The file: header, entries [frames], percents [frames, cameras], and the frames [frames, cells] as differences."""
    words = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    words += b" " * (-len(words) % 8)
    parts = (struct.pack("<4sI", MAGIC, len(words)), words, entries.astype("<u2").tobytes())
    return b"".join((*parts, coverage.tobytes(), deltas(frames).tobytes()))


def runs(before: Bytes, after: Bytes) -> bytes:
    """What turns one frame [cells] into the other: for each run of changed cells varint skip, varint n, n differences.

    Up to two cells in a row that did not change stay in a run: that costs less than a new one. Varints are LEB128.
    """
    places = np.flatnonzero(before != after)
    if not len(places):
        return b""
    cut = np.flatnonzero(np.diff(places) > 3)
    firsts, lasts = places[np.concatenate(([0], cut + 1))], places[np.concatenate((cut, [len(places) - 1]))]
    change = after - before
    told, end = bytearray(), 0
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        told += _varint(first - end) + _varint(last + 1 - first) + change[first : last + 1].tobytes()
        end = last + 1
    return bytes(told)


def _varint(number: int) -> bytes:
    told = bytearray()
    while number >= 128:
        told.append(number & 127 | 128)
        number >>= 7
    return bytes((*told, number))
