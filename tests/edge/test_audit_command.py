import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from contract.events import Crossing, Direction
from contract.messages import encode_event
from contract.plan import Line, Point, encode_plan
from edge.audit import moments
from edge.audit.program import Passing
from edge.delivery.log import Log
from edge.delivery.tail import Tail
from tests.edge import node_files
from tests.programs import program

SECONDS = 60.0
COMMAND = [sys.executable, "-c", "from edge.cli import main; main()", "audit"]
AT = 1_790_000_000


def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL
    )


def crossing(at: float, line: str = "door") -> bytes:
    return encode_event(Crossing(at=round(1000 * at), line=line, direction=Direction.IN))


@pytest.mark.parametrize("option", ["--within", "--minutes"])
def test_a_word_where_a_number_is_wanted_is_told_with_what_is_allowed(option: str) -> None:
    done = run(option, "long")
    assert done.returncode == 2
    assert f"argument {option}: long: allowed are " in done.stderr


def test_two_files_are_compared(tmp_path: Path) -> None:
    clicks, events = tmp_path / "clicks.csv", tmp_path / "events.jsonl"
    clicks.write_text("".join(f"{AT + at},in\n" for at in (0, 10, 20, 30)), "utf-8")
    events.write_bytes(b"\n".join(crossing(AT + at) for at in (1, 11, 21, 400)))

    outcome = run("--clicks", clicks, "--events", events, "--to", AT + 900)

    assert outcome.returncode == 0, outcome.stderr
    total = json.loads(outcome.stdout.splitlines()[-1])["total"]
    assert [total[key] for key in ("counted", "clicked", "matched", "missed", "invented")] == [4, 4, 3, 1, 1]
    assert "4 clicks: the share found is known to ±" in outcome.stderr
    assert "15.0 minutes watched" in outcome.stderr


@pytest.mark.parametrize(
    ("late", "direction", "told"),
    [
        (0.0, "out", "0 of 12 clicks match; 12 would with in and out exchanged: is the line drawn from the other end"),
        (7.0, "in", "12 would some 7 s earlier: is one of the clocks off?"),
        (-40.0, "in", "12 would some 40 s later: is one of the clocks off?"),
        (0.5, "in", None),
    ],
)
def test_clicks_of_the_other_side_or_of_another_clock_are_asked_about(
    tmp_path: Path, late: float, direction: str, told: str | None
) -> None:
    clicks, events = tmp_path / "clicks.csv", tmp_path / "events.jsonl"
    moments = [AT + at * at * 5 for at in range(12)]
    clicks.write_text("".join(f"{at + late},{direction}\n" for at in moments), "utf-8")
    events.write_bytes(b"\n".join(map(crossing, moments)))

    outcome = run("--clicks", clicks, "--events", events, "--from", AT - 60, "--to", AT + 900)

    assert outcome.returncode == 0, outcome.stderr
    asked = [line for line in outcome.stderr.splitlines() if line.startswith("!")]
    assert [told in line for line in asked] == [True] if told else not asked


@pytest.mark.parametrize(
    ("events", "more", "told"),
    [
        (b"", [], "it has no crossing at all"),
        (crossing(AT), ["--line", "till"], "it has no crossing of the line 'till'; it has door"),
        (
            crossing(AT + 3600),
            [],
            "to 2026-09-21T15:13:20.000+00:00, and none of the time that was watched, 2026-09-21T14:13:20.000+00:00 to",
        ),
        (crossing(AT + 1), [], ""),
    ],
)
def test_events_of_another_line_or_time_are_told_as_such(
    tmp_path: Path, events: bytes, more: list[str], told: str
) -> None:
    (tmp_path / "clicks.csv").write_text(f"{AT},in\n", "utf-8")
    (tmp_path / "events.jsonl").write_bytes(events)

    outcome = run("--clicks", tmp_path / "clicks.csv", "--events", tmp_path / "events.jsonl", *more)

    assert outcome.returncode == 0, outcome.stderr
    assert told in outcome.stderr
    assert ("aisle-edge audit: " in outcome.stderr) is bool(told)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--clicks", "nowhere.csv", "--events", "events.jsonl"], "nowhere.csv: No such file"),
        (["--clicks", "clicks.csv"], "--events"),
        (["--clicks", "clicks.csv", "--events", "clicks.csv"], "clicks.csv: line 1: "),
        (["--clicks", "events.jsonl", "--events", "events.jsonl"], "events.jsonl: line 1: "),
        (["--clicks", "empty.csv", "--events", "events.jsonl"], "no clicks; say when nobody was seen"),
        (["--clicks", "clicks.csv", "--events", "events.jsonl", "--from", "later"], "'later' is no time"),
        (
            ["--clicks", "clicks.csv", "--events", "events.jsonl", "--from", "2999-01-01T00:00:00Z"],
            "--from is after the last click, where --to is not given",
        ),
        (["--clicks", "clicks.csv", "--events", "events.jsonl", "--to", "1e30"], "'1e30' is no time"),
        (
            ["--clicks", "clicks.csv", "--events", "events.jsonl", "--to", "5"],
            "the first click, where --from is not given, is after --to",
        ),
        (["--events", "events.jsonl"], "keys need a terminal"),
    ],
)
def test_input_that_is_no_use_is_named(tmp_path: Path, arguments: list[str], told: str) -> None:
    (tmp_path / "clicks.csv").write_text(f"{AT},in\n", "utf-8")
    (tmp_path / "empty.csv").write_text("time,direction\n", "utf-8")
    (tmp_path / "events.jsonl").write_bytes(crossing(AT) + b"\n")
    given = [str(tmp_path / each) if each.endswith(("csv", "jsonl")) else each for each in arguments]

    outcome = run(*given)

    assert outcome.returncode == 2
    assert "Traceback" not in outcome.stderr
    assert told in outcome.stderr.splitlines()[-1]


@pytest.fixture(name="node")
def the_settings_of_a_node_with_two_lines(tmp_path: Path) -> Path:
    path = node_files.write(tmp_path)
    lines = [
        Line(id=name, title=node_files.TITLE, camera="c", a=Point(0, 1), b=Point(4, 1)) for name in ("door", "aisle")
    ]
    (tmp_path / "plan.json").write_bytes(encode_plan(replace(node_files.PLAN, lines=tuple(lines))))
    return path


class Terminal:
    """The command at a terminal of its own."""

    def __init__(self, process: "subprocess.Popen[bytes]", end: int) -> None:
        self._process = process
        self._end = end
        self.text = ""

    def shows(self, words: str) -> None:
        """Wait until these words were shown."""
        deadline = time.monotonic() + SECONDS
        while words not in self.text:
            assert time.monotonic() < deadline, f"{words!r} is not in {self.text[-500:]!r}"
            self._read()

    def press(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def ends(self, status: int) -> str:
        """Everything that was shown, once the command has ended so."""
        deadline = time.monotonic() + SECONDS
        while self._process.poll() is None:
            assert time.monotonic() < deadline, self.text[-500:]
            self._read()
        while self._read():
            pass
        assert self._process.returncode == status, self.text[-500:]
        return self.text

    def _read(self) -> bool:
        if not select.select([self._end], [], [], 0.1)[0]:
            return False
        try:
            read = os.read(self._end, 4096)
        except OSError:  # Linux: the other side is closed
            return False
        self.text += read.decode()
        return bool(read)


@contextmanager
def at_a_terminal(*arguments: object) -> Iterator[Terminal]:
    end, theirs = pty.openpty()
    with program(*COMMAND, *map(str, arguments), stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        yield Terminal(process, end)
    os.close(end)


def test_a_person_presses_keys_while_events_pass_through_the_nodes_log(node: Path, tmp_path: Path) -> None:
    log = Log(tmp_path / "data" / "log.sqlite", new_epoch=lambda: "epoch", max_bytes=10_000_000)
    with at_a_terminal("--config", node, "--line", "door", "--save", tmp_path / "clicks.csv") as terminal:
        terminal.shows("in 0  out 0")

        terminal.press("ii")
        terminal.shows("in 2  out 0")
        log.append([crossing(time.time()), crossing(time.time(), line="aisle")])
        terminal.press("\x1bOA\x1bOP\x1b[Io")  # an arrow, a function key, a window that was clicked on, and a person
        terminal.shows("in 2  out 1")
        terminal.press("u")
        terminal.shows("in 2  out 0   i in")
        terminal.press("q")
        figures = json.loads(terminal.ends(0).splitlines()[-1])
    log.close()

    total = figures["total"]
    assert [total[key] for key in ("counted", "clicked", "matched", "missed")] == [1, 2, 1, 1]
    assert figures["unseen"] == 0
    assert len(moments.parse((tmp_path / "clicks.csv").read_text("utf-8"))) == 2


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ([], "name the one that you watch: --line door or aisle"),
        (["--line", "gate"], "no line 'gate'; it has door, aisle"),
    ],
)
def test_the_line_that_is_watched_must_be_one_of_the_plan(node: Path, line: list[str], told: str) -> None:
    with at_a_terminal("--config", node, *line) as terminal:
        assert told in terminal.ends(2)


def test_a_log_that_is_gone_stops_nobodys_clicking(tmp_path: Path) -> None:
    Log(tmp_path / "log.sqlite", new_epoch=lambda: "epoch", max_bytes=10_000_000).append([crossing(AT)])
    tail = Tail(tmp_path / "log.sqlite")
    passing = Passing(tail)
    tail.close()

    passing.look()
    passing.look()

    assert "cannot be read any more" in str(passing.failure)
    assert passing.crossings == []


def test_clicks_alone_are_kept_for_later_and_ctrl_c_ends_them(tmp_path: Path) -> None:
    with at_a_terminal("--save", tmp_path / "clicks.csv") as terminal:
        terminal.shows("in 0  out 0")
        terminal.press("io")
        terminal.shows("in 1  out 1")
        terminal.press("\x03")

        assert json.loads(terminal.ends(0).splitlines()[-1]) == {"clicks": 2, "saved": str(tmp_path / "clicks.csv")}
