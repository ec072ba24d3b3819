"""The supervisor hears of a node that turns, and nothing of one that hangs: a real socket stands in systemd's place."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.notify import Notify, beating
from tests.edge.world import World
from tests.programs import eventually

WATCHDOG_US = 300_000


class Supervisor:
    """systemd's end of the socket, and the environment that it gives to a service."""

    def __init__(self, name: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name.startswith("@") else name)
        self.socket.setblocking(False)
        self.environment = {
            "NOTIFY_SOCKET": name,
            "WATCHDOG_USEC": str(WATCHDOG_US),
            "WATCHDOG_PID": str(os.getpid()),
        }

    def heard(self) -> list[str]:
        """What was said since the last time."""
        told = []
        while True:
            try:
                told.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return told

    def hears_a_beat(self) -> bool:
        return "WATCHDOG=1" in self.heard()


@pytest.fixture(name="supervisor")
def a_supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(str(tmp_path / "notify"))
    yield supervisor
    supervisor.socket.close()


def test_a_node_that_turns_beats_and_one_whose_loop_hangs_does_not(supervisor: Supervisor, tmp_path: Path) -> None:
    hangs, in_it, goes_on, ends = (threading.Event() for _ in range(4))
    notify = Notify(supervisor.environment)

    class Hanging(World):
        def tell(self, told: list[bytes], payload: bytes) -> bool:
            if hangs.is_set():
                in_it.set()
                assert goes_on.wait(30)
            return super().tell(told, payload)

    world = Hanging(tmp_path)

    def run() -> None:
        world.node.run(beating(notify, ended=ends.is_set, clock=time.monotonic))

    loop = threading.Thread(target=run, daemon=True)
    loop.start()
    eventually(supervisor.hears_a_beat)
    hangs.set()
    world.now += 100.0  # health is due: the loop steps into what hangs
    assert in_it.wait(10)
    supervisor.heard()
    until = time.monotonic() + WATCHDOG_US / 1e6
    eventually(lambda: time.monotonic() > until)  # systemd's patience ends here, while the process's threads live
    assert supervisor.heard() == []
    assert loop.is_alive()
    goes_on.set()
    eventually(supervisor.hears_a_beat)
    ends.set()
    loop.join(10)
    assert not loop.is_alive()


def test_beats_come_well_within_the_watchdogs_time_and_no_oftener(supervisor: Supervisor) -> None:
    notify = Notify(supervisor.environment)
    beats = 0
    for millisecond in range(3000):
        notify.beat(1000.0 + millisecond / 1000)
        beats += len(supervisor.heard())
    assert 28 <= beats <= 31


def test_up_and_ending_are_told_and_a_status_is_one_line(supervisor: Supervisor) -> None:
    notify = Notify(supervisor.environment)
    notify.ready("n1 runs\nMAINPID=1")
    notify.stopping()
    assert supervisor.heard() == ["READY=1\nSTATUS=n1 runs MAINPID=1", "STOPPING=1"]


def test_an_abstract_socket_is_reached_too() -> None:
    supervisor = Supervisor(f"@aisle-test-{os.getpid()}")
    with supervisor.socket:
        Notify(supervisor.environment).ready("up")
        assert supervisor.heard() == ["READY=1\nSTATUS=up"]


@pytest.mark.parametrize(
    "watched", [{}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "9", "WATCHDOG_PID": "1"}]
)
def test_nobody_who_is_not_watched_beats(supervisor: Supervisor, watched: dict[str, str]) -> None:
    notify = Notify({"NOTIFY_SOCKET": supervisor.environment["NOTIFY_SOCKET"], **watched})
    notify.beat(1.0)
    assert supervisor.heard() == []


def test_a_supervisor_that_is_gone_or_deaf_holds_nobody_up(supervisor: Supervisor) -> None:
    Notify({}).ready("nobody listens")
    notify = Notify(supervisor.environment)
    for second in range(5000):  # many more than the socket's queue takes
        notify.beat(float(second))
    supervisor.socket.close()
    notify.beat(1e6)


@given(status=st.text(max_size=400))
@settings(max_examples=100, deadline=None)
def test_no_status_can_say_more_than_a_status(status: str) -> None:
    supervisor = Supervisor(f"@aisle-status-{os.getpid()}")
    with supervisor.socket:
        Notify(supervisor.environment).ready(status)
        (told,) = supervisor.heard()
    assert told.startswith("READY=1\nSTATUS=")
    assert told.count("\n") == 1
