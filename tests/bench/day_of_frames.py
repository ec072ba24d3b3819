"""A day of 288 frames as the store sends it, busy enough to cost what a real one costs."""

import json
import math
import struct

from tests.cloud.morning import MINUTE, NOON_MS

FRAMES = 288


def day_of_frames(*, columns: int, rows: int) -> bytes:
    """Three warm places wander over the grid; a corner is unseen, and another for a part of the day only."""
    head = {"metric": "stay", "date": "2026-11-21", "unit": "people·s/m²", "from_ms": NOON_MS - 12 * 60 * MINUTE}
    head |= {"frame_ms": 5 * MINUTE, "frames": FRAMES, "until": FRAMES, "columns": columns, "rows": rows}
    head |= {"cell_m": 0.25, "top": 40.0, "plan_version": 1, "cameras": ["cam-a"], "withheld": []}
    head |= {"k": 5, "closed": True, "entered": 900}
    text = json.dumps(head).encode()
    text += b" " * (-(len(text) + 8) % 8)
    before, cells = bytes(columns * rows), bytearray()
    for frame in range(FRAMES):
        now = _frame(frame, columns, rows)
        cells += bytes((one - other) % 256 for one, other in zip(now, before, strict=True))
        before = now
    entered = struct.pack(f"<{FRAMES}H", *(frame % 9 for frame in range(FRAMES)))
    return b"AIF1" + struct.pack("<I", len(text)) + text + entered + bytes([100] * FRAMES) + bytes(cells)


def _frame(frame: int, columns: int, rows: int) -> bytes:
    warm = [
        (columns * (0.5 + 0.4 * math.sin(frame / 23 + turn)), rows * (0.5 + 0.4 * math.cos(frame / 31 + 2 * turn)))
        for turn in range(3)
    ]
    told = bytearray()
    for cell in range(columns * rows):
        x, y = cell % columns, cell // columns
        if (x < 8 and y < 8) or (x > columns - 9 and y < 8 and frame > 200):
            told.append(255)
        else:
            told.append(min(253, int(sum(250 * math.exp(-((x - wx) ** 2 + (y - wy) ** 2) / 60) for wx, wy in warm))))
    return bytes(told)
