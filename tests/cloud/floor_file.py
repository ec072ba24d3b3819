"""The floor's bytes as a page reads them: written from the words of cloud/web/manage/floor, not from its code."""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class DayFile:
    header: Mapping[str, Any]
    entries: list[int]
    coverage: Bytes  # [frames, cameras]
    frames: Bytes  # [frames, rows, columns]

    @property
    def values(self) -> NDArray[np.float64]:
        """What the bytes say, 0 where they say nothing."""
        told = self.frames <= 253
        return np.where(told, self.frames / 253 * self.header["top"], 0.0)


def day_file(data: bytes) -> DayFile:
    magic, length = struct.unpack_from("<4sI", data)
    assert magic == b"AIF1"
    assert (8 + length) % 8 == 0
    header = json.loads(data[8 : 8 + length])
    count, cameras, cells = header["frames"], len(header["cameras"]), header["columns"] * header["rows"]
    at = 8 + length
    entries = np.frombuffer(data, "<u2", count, at)
    coverage = np.frombuffer(data, np.uint8, count * cameras, at := at + 2 * count)
    changes = np.frombuffer(data, np.uint8, count * cells, at := at + count * cameras)
    assert at + count * cells == len(data)
    frames = np.cumsum(changes.reshape(count, cells), axis=0, dtype=np.uint8)
    return DayFile(
        header=header,
        entries=entries.tolist(),
        coverage=coverage.reshape(count, cameras),
        frames=frames.reshape(count, header["rows"], header["columns"]),
    )


def applied(cells: Bytes, delta: bytes) -> Bytes:
    """The cells after a delta of the stream."""
    after, at, place = cells.copy(), 0, 0
    while at < len(delta):
        skip, at = _varint(delta, at)
        count, at = _varint(delta, at)
        place += skip
        after[place : place + count] += np.frombuffer(delta, np.uint8, count, at)
        place, at = place + count, at + count
    return after


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 127) << shift
        shift, at = shift + 7, at + 1
        if byte < 128:
            return number, at
