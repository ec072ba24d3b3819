"""A video file whose pictures carry any times a test likes: Motion JPEG in Matroska (RFC 9559), as little as needed."""

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

EBML = 0x1A45DFA3
SEGMENT = 0x18538067
INFO, TICK_NS = 0x1549A966, 0x2AD7B1
TRACKS, TRACK, NUMBER, UID, KIND, CODEC, VIDEO, WIDTH, HEIGHT = (
    0x1654AE6B,
    0xAE,
    0xD7,
    0x73C5,
    0x83,
    0x86,
    0xE0,
    0xB0,
    0xBA,
)
CLUSTER, CLUSTER_AT, BLOCK = 0x1F43B675, 0xE7, 0xA3


def element(name: int, content: bytes) -> bytes:
    """One EBML element with a length of eight bytes."""
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + struct.pack(">Q", len(content) | 1 << 56) + content


def number(name: int, value: int) -> bytes:
    return element(name, value.to_bytes(8, "big"))


def written(path: Path, pictures: Iterable[bytes], times: Sequence[float], *, size: tuple[int, int]) -> Path:
    """A file of JPEG `pictures`, each shown at its time in s; times may go anywhere, also back."""
    head = element(
        EBML,
        number(0x4286, 1)
        + number(0x42F7, 1)
        + number(0x42F2, 4)
        + number(0x42F3, 8)
        + element(0x4282, b"matroska")
        + number(0x4287, 4)
        + number(0x4285, 2),
    )
    video = element(VIDEO, number(WIDTH, size[0]) + number(HEIGHT, size[1]))
    track = element(TRACK, number(NUMBER, 1) + number(UID, 1) + number(KIND, 1) + element(CODEC, b"V_MJPEG") + video)
    clusters = b"".join(
        element(CLUSTER, number(CLUSTER_AT, round(at * 1000)) + element(BLOCK, b"\x81\x00\x00\x80" + picture))
        for picture, at in zip(pictures, times, strict=True)
    )
    info = element(INFO, number(TICK_NS, 1_000_000))
    path.write_bytes(head + element(SEGMENT, info + element(TRACKS, track) + clusters))
    return path
