"""A camera on the network, as far as a test needs one: MJPEG over HTTP that can be made to fail."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cv2
import numpy as np


def jpeg(seed: int, *, level: int = 120, size: tuple[int, int] = (160, 120)) -> bytes:
    """A picture of noise round `level`, `size` wide and high, another one for each seed."""
    noise = np.random.default_rng(seed).integers(-20, 20, (size[1], size[0], 3))
    _, encoded = cv2.imencode(".jpg", np.clip(level + noise, 0, 255).astype(np.uint8))
    return encoded.tobytes()


class Stream:
    """What the camera does now; a test changes it while the camera runs."""

    def __init__(self) -> None:
        self.silent = False  # connected, but sends nothing
        self.refusing = False  # closes every connection
        self.frozen = False  # the same picture again and again
        self.black = False
        self.spoil: Callable[[bytes], bytes] | None = None  # what becomes of each picture on its way
        self.page: bytes | None = None  # answers with this page of HTML instead
        self.noise = False  # sends bytes without end that are no video
        self.pictures = [jpeg(seed) for seed in range(20)]
        self.dark = [jpeg(0, level=-50)]
        self.opened = 0
        self.url = ""

    def next(self, number: int) -> bytes:
        if self.black:
            return self.dark[0]
        picture = self.pictures[0 if self.frozen else number % len(self.pictures)]
        return picture if self.spoil is None else self.spoil(picture)


@contextmanager
def camera(*, fps: float = 20.0) -> Iterator[Stream]:
    """A camera on a free port of this machine."""
    stream = Stream()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Quiet."""

        def do_GET(self) -> None:
            if stream.refusing:
                return
            stream.opened += 1
            self.send_response(200)
            if stream.page is not None:
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(stream.page)
                return
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            number = 0
            try:
                while not stream.refusing:
                    if stream.noise:
                        self.wfile.write(np.random.default_rng(number).bytes(20_000))
                    elif not stream.silent:
                        number += 1
                        picture = stream.next(number)
                        head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
                        self.wfile.write(head.encode() + picture + b"\r\n")
                    time.sleep(1 / fps)
            except OSError:
                return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stream.url = f"http://user:secret@127.0.0.1:{server.server_port}/camera.mjpg?token=hidden"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield stream
    finally:
        stream.refusing = True
        server.shutdown()
        server.server_close()
