"""A camera that is lost hundreds of times leaves nothing behind, and one that hangs is given up in time."""

import contextlib
import os
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edge.camera.capture import Capture, CaptureError
from edge.camera.grabber import Grabber, Trouble
from edge.camera.settings import Settings
from edge.camera.slot import Slot
from edge.children.backoff import Backoff
from tests.edge.streams import jpeg
from tests.programs import eventually

LOSSES = 500
WARM_UP = 100  # losses in which caches and malloc's pools fill
TIMEOUT_S = 0.4
GIVEN_UP_S = 10.0  # on a busy machine, and far below OpenCV's own 30 s
AT_ONCE = Backoff(first=0.001, most=0.001)
# 20 KB for each loss: less than one connection's buffers, and more than malloc's pools grow after other tests.
MOST_GROWN_MB = 8.0

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"


def part(picture: bytes) -> bytes:
    return b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(picture), picture)


PICTURE = part(jpeg(1))
SHOWN = HEAD + b"".join(part(jpeg(seed)) for seed in range(5))

# What a camera says before it hangs up, one after the other.
DEATHS = (
    SHOWN,  # a reboot between two pictures
    SHOWN + PICTURE[:900],  # a cable pulled within one
    HEAD,  # up, and no picture yet
    b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    b"\x00\xff rubbish" * 300,
    b"",  # the port is open and nothing stands behind it
)


@dataclass(slots=True)
class Server:
    """A camera that says `says(n)` on its nth connection, then hangs up, or holds the line where `holds`."""

    says: Callable[[int], bytes]
    holds: bool = False
    url: str = ""
    opened: int = 0
    held: list[socket.socket] = field(default_factory=list)

    def serve(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            with contextlib.suppress(OSError):
                client.recv(4096)
                client.sendall(self.says(self.opened))
            self.opened += 1
            self.held.append(client)
            if not self.holds:
                self.held.pop().close()


@contextmanager
def camera(says: Callable[[int], bytes], *, holds: bool = False) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Server(says, holds=holds, url=f"http://127.0.0.1:{listening.getsockname()[1]}/camera.mjpg")
        thread = threading.Thread(target=server.serve, args=(listening,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            for client in server.held:
                client.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What this process holds."""

    descriptors: int
    threads: int
    mb: float

    @staticmethod
    def now() -> "Held":
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return Held(
            descriptors=len(list(Path("/proc/self/fd").iterdir())),
            threads=len(list(Path("/proc/self/task").iterdir())),
            mb=pages * os.sysconf("SC_PAGESIZE") / 1e6,
        )

    def leaked(self, before: "Held") -> list[str]:
        """What grew since `before`, in words; a descriptor or a thread may just be on its way out."""
        return [
            f"{name}: {was} before, {now} after"
            for name, was, now, spare in (
                ("descriptors", before.descriptors, self.descriptors, 3),
                ("threads", before.threads, self.threads, 2),
                ("MB", before.mb, self.mb, MOST_GROWN_MB),
            )
            if now > was + spare
        ]


def settings(url: str) -> Settings:
    return Settings(name="door", source=url, open_timeout_s=TIMEOUT_S, read_timeout_s=TIMEOUT_S)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_five_hundred_losses_leave_nothing_behind() -> None:
    with camera(lambda number: DEATHS[number % len(DEATHS)]) as server:
        slot = Slot()
        grabber = Grabber(settings(server.url), slot, again=AT_ONCE)
        grabber.start()
        before, told = Held.now(), []
        for loss in range(LOSSES):
            told.append(grabber.troubles.get(timeout=30).reason)
            if loss == WARM_UP:
                before = Held.now()
        assert Held.now().leaked(before) == []
        assert grabber.stop(timeout=10)
    assert slot.counts().put >= LOSSES // len(DEATHS)  # between the losses it did see
    assert any("stopped sending pictures" in each for each in told)
    assert any("does not answer" in each for each in told)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_a_source_that_is_never_let_go_would_be_noticed() -> None:
    with camera(lambda _: SHOWN, holds=True) as server:
        before = Held.now()
        kept = [Capture(settings(server.url)) for _ in range(10)]
        leaked = Held.now().leaked(before)
        for each in kept:
            each.close()
    assert any(each.startswith("descriptors") for each in leaked)


@pytest.mark.parametrize("scheme", ["http", "rtsp"])
@pytest.mark.parametrize("said", [b"", HEAD, SHOWN[:700]], ids=["nothing", "a head", "half a picture"])
def test_a_camera_that_accepts_and_falls_silent_is_given_up(said: bytes, scheme: str) -> None:
    with camera(lambda _: said, holds=True) as server:
        given_up: queue.SimpleQueue[str] = queue.SimpleQueue()

        def open_it() -> None:
            try:
                Capture(settings(server.url.replace("http", scheme))).close()
            except CaptureError as error:
                given_up.put(str(error))

        threading.Thread(target=open_it, daemon=True).start()
        assert "does not answer within 0.4 s" in given_up.get(timeout=GIVEN_UP_S)


def test_a_camera_that_stalls_within_a_picture_is_lost_and_found_again() -> None:
    with camera(lambda number: SHOWN + PICTURE[:900] if number == 0 else SHOWN, holds=True) as server:
        slot = Slot()
        grabber = Grabber(settings(server.url), slot, again=AT_ONCE)
        grabber.start()
        lost: Trouble = grabber.troubles.get(timeout=GIVEN_UP_S)
        seen = slot.counts().put
        eventually(lambda: slot.counts().put > seen)
        assert grabber.stop(timeout=10)
    assert lost.reason.endswith("stopped sending pictures")
    assert server.opened >= 2
