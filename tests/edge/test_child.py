import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from edge.children.child import Child, ChildCounts, Programme
from edge.inputs import DeviceState, ReaderChanged, TagGone
from edge.lines import Noticed
from tests.edge.listening import Listener, changed, is_gone, supervised, told
from tests.programs import eventually, program

# A child in the manner of a reader: says what its config tells it, then follows its input.
CHILD = """
import os, sys, time
sys.path.insert(0, {root!r})
from edge.inputs import Alive, TagGone
from edge.lines import encode

def say(message):
    os.write(1, encode(message))

def told(reader):
    say(TagGone(reader=reader, at=time.monotonic()))

told("config " + sys.stdin.readline().strip())
"""
ECHO = "for line in sys.stdin: told('heard ' + line.strip())\n"
ROOT = str(Path(__file__).parents[2])


def programme(script: str, *, deadline_s: float = 30.0, config: bytes = b"{}") -> Programme:
    command = (sys.executable, "-c", CHILD.format(root=ROOT) + script)
    return Programme(name="r1", command=command, config=config, deadline_s=deadline_s, start_s=30.0)


def test_a_child_gets_its_config_and_its_commands_and_is_heard() -> None:
    said = Listener()
    with supervised(programme(ECHO, config=b'{"device":"tty"}'), said) as child:
        said.until_told('config {"device":"tty"}')
        assert child.send(b'{"light":"kept"}')
        said.until_told('heard {"light":"kept"}')
        assert said.states() == [DeviceState.STARTING]
        assert child.counts == ChildCounts(starts=1, lines=2)


def test_a_heartbeat_is_for_the_supervisor_alone() -> None:
    said = Listener()
    with supervised(programme("say(Alive(name='r1', at=1.0))\n" + ECHO), said) as child:
        eventually(lambda: child.counts.lines == 2)
        assert [type(each) for each in said.said] == [ReaderChanged, TagGone]


def test_a_child_that_ends_is_started_again_and_its_last_words_are_the_reason() -> None:
    said = Listener()
    script = "sys.stderr.write('first words\\nno such device\\n'); sys.exit(3)\n"
    with supervised(programme(script), said) as child:
        said.until_told("config {}", times=3)
        assert child.counts.starts >= 3
    assert said.states()[:4] == [DeviceState.STARTING, DeviceState.LOST] * 2
    assert said.reasons()[0] == "its process ended with status 3: no such device"


def test_a_child_killed_from_outside_is_started_again() -> None:
    said = Listener()
    with supervised(programme(ECHO), said) as child:
        said.until_told("config {}")
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        said.until_told("config {}", times=2)
    assert said.reasons() == ["its process was ended by SIGKILL"]


def test_what_a_child_wrote_before_it_went_on_well_is_not_why_it_ended() -> None:
    said = Listener()
    script = "sys.stderr.write('began with the quicker model\\n'); sys.stderr.flush(); told('ready')\n"
    with supervised(
        programme(script + "for line in sys.stdin: say(Alive(name='r1', at=1.0)); told('well')\n"), said
    ) as child:
        said.until_told("ready")
        assert child.send(b"{}")
        said.until_told("well")
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        said.until(lambda _: bool(said.reasons()))
    assert said.reasons() == ["its process was ended by SIGKILL"]


def test_a_frozen_child_is_killed_and_started_again() -> None:
    said = Listener()
    beating = "while True: say(Alive(name='r1', at=1.0)); time.sleep(0.05)\n"
    with supervised(programme(beating, deadline_s=1.5), said) as child:
        eventually(lambda: child.counts.lines > 2)
        frozen = child.pid
        assert frozen is not None
        os.kill(frozen, signal.SIGSTOP)
        said.until_told("config {}", times=2)
        assert is_gone(frozen)
        assert child.counts.killed == 1
    assert said.reasons() == ["its process said nothing for 1.5 s and was killed"]


def test_a_child_that_never_speaks_is_killed_after_its_longer_start() -> None:
    silent = Programme(
        name="r1",
        command=(sys.executable, "-c", "import time; time.sleep(60)"),
        config=b"{}",
        deadline_s=30,
        start_s=0.5,
    )
    said = Listener()
    with supervised(silent, said):
        eventually(lambda: bool(said.reasons()))
    assert said.reasons()[0] == "its process said nothing for 0.5 s and was killed"


def test_babble_is_counted_and_is_no_sign_of_life() -> None:
    said = Listener()
    babble = 'while True: os.write(1, b\'{"kind":"Nonsense"}\\n\'); time.sleep(0.02)\n'
    with supervised(programme(babble, deadline_s=1.0), said) as child:
        eventually(lambda: child.counts.killed >= 1)
        assert child.counts.bad_lines > 1


def test_bad_lines_and_endless_ones_do_not_hide_the_good() -> None:
    said = Listener()
    script = "os.write(1, b'\\xff\\xfe\\n'); os.write(1, b'x' * 300_000 + b'\\n'); told('after')\n" + ECHO
    with supervised(programme(script), said) as child:
        said.until_told("after")
        assert child.send(b"still there")
        said.until_told("heard still there")
        child.stop(1.0)
        assert child.counts.bad_lines == 2


def test_a_command_that_cannot_be_run_is_said_with_its_name() -> None:
    said = Listener()
    missing = Programme(name="r1", command=("/no/such/reader",), config=b"{}")
    with supervised(missing, said):
        said.until(lambda said: len(said) >= 2)
    assert said.reasons()[0] == "its process ended with status 1: cannot run /no/such/reader: No such file or directory"


def test_sending_to_a_child_that_does_not_read_never_blocks_and_is_counted() -> None:
    said = Listener()
    with supervised(programme("told('deaf'); time.sleep(60)\n"), said) as child:
        said.until_told("deaf")
        answers = [child.send(b"x" * 1000) for _ in range(1000)]
        assert True in answers
        assert False in answers
        assert child.counts.refused == answers.count(False)


def test_a_command_for_a_child_that_is_not_there_is_refused() -> None:
    child = Child(
        programme(ECHO),
        say=Listener(),
        changed=changed,
        clock=time.monotonic,
        chance=random.Random(1),
        log=logging.getLogger("test.child"),
    )
    assert not child.send(b"early")
    assert child.counts.refused == 1


def test_stop_lets_a_child_end_itself() -> None:
    said = Listener()
    with supervised(programme(ECHO + "told('farewell')\n"), said) as child:
        said.until_told("config {}")
        child.stop(30.0)
        assert not child.running
    assert told(said.said[-1]) == "farewell"
    assert DeviceState.LOST not in said.states()


def test_stop_ends_a_stubborn_child_and_its_own_children_for_certain() -> None:
    said = Listener()
    stubborn = (
        "import signal, subprocess\n"
        "for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(each, signal.SIG_IGN)\n"
        "told(str(subprocess.Popen(['sleep', '300']).pid))\n"
        "while True: time.sleep(1)\n"
    )
    with supervised(programme(stubborn), said) as child:
        said.until(lambda said: bool(said) and told(said[-1]).isdigit())
        grandchild = int(told(said.said[-1]))
        pid = child.pid
        assert pid is not None
        child.stop(0.2)
    eventually(lambda: is_gone(pid) and is_gone(grandchild))


def test_a_child_that_waits_for_its_next_start_is_stopped_at_once() -> None:
    said = Listener()
    with supervised(programme("sys.exit(1)\n"), said) as child:
        eventually(lambda: child.counts.starts >= 4)  # by now it rests for seconds
        child.stop(30.0)
        assert not child.running


@pytest.mark.parametrize("frozen", [False, True], ids=["running", "frozen"])
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_children_do_not_outlive_a_parent_that_was_killed(frozen: bool, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        f"import subprocess, sys, time\nsys.path.insert(0, {ROOT!r})\n"
        "from tests.edge.listening import *\nfrom tests.edge.test_child import programme\n"
        "from edge.children.child import Child\n"
        "deaf = \"told('up')\\nwhile True: time.sleep(1)\\n\"\n"
        "said = Listener()\n"
        "with supervised(programme(deaf), said) as child:\n"
        "    said.until_told('up')\n"
        "    untied = subprocess.Popen(['sleep', '300'], stdout=subprocess.DEVNULL)\n"
        "    print(child.pid, untied.pid, flush=True)\n"
        "    time.sleep(300)\n"
    )
    with program(sys.executable, script, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child, untied = map(int, parent.stdout.readline().split())
        if frozen:
            os.kill(child, signal.SIGSTOP)
        assert not is_gone(child)
        parent.kill()
    eventually(lambda: is_gone(child))
    assert not is_gone(untied)  # what is not tied to its parent outlives it
    os.kill(untied, signal.SIGKILL)


def test_what_a_child_writes_to_stderr_is_logged_at_a_bounded_rate(caplog: pytest.LogCaptureFixture) -> None:
    said = Listener()
    script = "sys.stderr.write('a line\\n' * 5000); sys.stderr.flush(); told('wrote')\n" + ECHO
    with supervised(programme(script), said) as child:
        eventually(lambda: child.counts.unlogged + caplog.text.count("r1: a line") == 5000)
        assert child.counts.unlogged > 4000


def test_a_listener_that_raises_is_seen_and_leaves_no_child() -> None:
    pids: list[int] = []

    def refuse(message: Noticed) -> None:
        if isinstance(message, ReaderChanged):
            pids.append(int(message.reason.split()[2]))
        if told(message):
            raise RuntimeError("the mailbox is gone")

    raised: list[BaseException | None] = []
    before, threading.excepthook = threading.excepthook, lambda args: raised.append(args.exc_value)
    try:
        with supervised(programme(ECHO), refuse) as child:
            eventually(lambda: not child.running)
    finally:
        threading.excepthook = before
    assert [str(each) for each in raised] == ["the mailbox is gone"]
    assert is_gone(pids[0])
