"""A camera that speaks RTSP, as far as a test needs one: Motion JPEG or H.264 over RTP within the one TCP connection.

RTSP 1.0 with interleaved data (RFC 2326, sections 10 and 10.12); RTP (RFC 3550) with the payloads of JPEG (RFC 2435)
and of H.264 (RFC 6184).
"""

import base64
import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import cv2
import numpy as np

from tests.edge import h264

JPEG, H264, CLOCK_HZ = 26, 96, 90_000  # RTP's payload types and their clock
IN_BAND = 255  # the quantisation tables travel with the picture
MOST = 1_300  # bytes of a picture in one packet
PARTS = 28  # FU-A: one unit in several packets
DESCRIPTION = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=door\r\nt=0 0\r\nm=video 0 RTP/AVP {}\r\na=control:track1\r\n"
SETS = ",".join(base64.b64encode(each).decode() for each in (h264.SEQUENCE, h264.PICTURE))
H264_SAYS = f"a=rtpmap:{H264} H264/{CLOCK_HZ}\r\na=fmtp:{H264} packetization-mode=1;sprop-parameter-sets={SETS}\r\n"


@dataclass
class Camera:
    """What the camera does now; a test changes it while it runs."""

    fps: float = 20.0
    silent: bool = False  # connected, but sends nothing
    refusing: bool = False  # closes every connection
    jump_s: float = 0.0  # added to the pictures' own time
    keyed_s: float | None = None  # H.264, a key frame so late and then so often; None: Motion JPEG
    pictures: list[bytes] = field(default_factory=lambda: [picture(seed) for seed in range(10)])
    url: str = ""


def picture(seed: int, *, width: int = 160, height: int = 120) -> bytes:
    """A JPEG of noise, its colours at half the resolution, as RFC 2435's type 1 wants it."""
    noise = np.random.default_rng(seed).integers(100, 140, (height, width, 3), dtype=np.uint8)
    halved = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420]
    _, encoded = cv2.imencode(".jpg", noise, halved)
    return encoded.tobytes()


@contextmanager
def camera() -> Iterator[Camera]:
    """A camera on a free port of this machine."""
    told = Camera()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            try:
                _talk(self, told)
            except OSError:
                return

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    told.url = f"rtsp://user:secret@127.0.0.1:{server.server_address[1]}/door"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield told
    finally:
        told.refusing = True
        server.shutdown()
        server.server_close()


def _talk(handler: socketserver.StreamRequestHandler, told: Camera) -> None:
    while not told.refusing:
        method, headers = _request(handler)
        if not method:
            return
        says = DESCRIPTION.format(JPEG) if told.keyed_s is None else DESCRIPTION.format(H264) + H264_SAYS
        extra = {
            "OPTIONS": "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n",
            "DESCRIBE": f"Content-Type: application/sdp\r\nContent-Length: {len(says)}\r\n",
            "SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n",
        }.get(method, "Session: 1\r\n")
        body = says if method == "DESCRIBE" else ""
        handler.wfile.write(f"RTSP/1.0 200 OK\r\nCSeq: {headers['cseq']}\r\n{extra}\r\n{body}".encode())
        if method == "PLAY":
            _play(handler, told)
            return


def _request(handler: socketserver.StreamRequestHandler) -> tuple[str, dict[str, str]]:
    method = handler.rfile.readline().decode().split(" ")[0].strip()
    headers: dict[str, str] = {}
    while line := handler.rfile.readline().decode().strip():
        key, _, value = line.partition(":")
        headers[key.lower()] = value.strip()
    return method, headers


def _play(handler: socketserver.StreamRequestHandler, told: Camera) -> None:
    number = sequence = 0
    while not told.refusing:
        if not told.silent:
            stamp = round((number / told.fps + told.jump_s) * CLOCK_HZ)
            kind = JPEG if told.keyed_s is None else H264
            for payload, last in _payloads(told, number):
                head = struct.pack(
                    ">BBHII", 0x80, kind | (0x80 if last else 0), sequence & 0xFFFF, stamp & 0xFFFFFFFF, 7
                )
                packet = head + payload
                handler.wfile.write(struct.pack(">cBH", b"$", 0, len(packet)) + packet)
                sequence += 1
            number += 1
        time.sleep(1 / told.fps)


def _payloads(told: Camera, number: int) -> Iterator[tuple[bytes, bool]]:
    """A picture's packets without their RTP headers, and which is the last."""
    if told.keyed_s is None:
        return _of_jpeg(told.pictures[number % len(told.pictures)])
    since = (number + 1) % round(told.keyed_s * told.fps)
    return _of_unit(h264.same(since) if since else h264.key(number))


def _of_unit(unit: bytes) -> Iterator[tuple[bytes, bool]]:
    if len(unit) <= MOST:
        yield unit, True
        return
    head, rest = unit[0], unit[1:]
    for offset in range(0, len(rest), MOST):
        last = offset + MOST >= len(rest)
        first_and_last = (0x80 if offset == 0 else 0) | (0x40 if last else 0)
        yield bytes([head & 0xE0 | PARTS, first_and_last | head & 0x1F]) + rest[offset : offset + MOST], last


def _of_jpeg(encoded: bytes) -> Iterator[tuple[bytes, bool]]:
    tables, (width, height), scan = _parts(encoded)
    for offset in range(0, len(scan), MOST):
        head = (
            struct.pack(">B", 0) + offset.to_bytes(3, "big") + struct.pack(">BBBB", 1, IN_BAND, width // 8, height // 8)
        )
        if offset == 0:
            head += struct.pack(">BBH", 0, 0, len(tables)) + tables
        yield head + scan[offset : offset + MOST], offset + MOST >= len(scan)


def _parts(encoded: bytes) -> tuple[bytes, tuple[int, int], bytes]:
    """A JPEG's quantisation tables, its size, and its entropy-coded scan."""
    tables, size, at = b"", (0, 0), 2
    while True:
        marker, length = struct.unpack(">HH", encoded[at : at + 4])
        content = encoded[at + 4 : at + 2 + length]
        at += 2 + length
        if marker == 0xFFDB:  # one table or more, each behind a byte that names it
            tables += b"".join(content[k + 1 : k + 65] for k in range(0, len(content), 65))
        elif marker == 0xFFC0:
            height, width = struct.unpack(">HH", content[1:5])
            size = (width, height)
        elif marker == 0xFFDA:
            return tables, size, encoded[at : encoded.rindex(b"\xff\xd9")]
