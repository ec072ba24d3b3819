"""`aisle-edge audit`: clicks in, the node's crossings beside them out."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from contract.settings import SettingsError
from edge import config
from edge.audit import compare, counted, doubt, moments, report, terminal
from edge.audit.compare import Watched
from edge.audit.keys import Session
from edge.audit.moments import ClicksError, Moment
from edge.delivery.tail import NoLog, Tail
from edge.plans.planner import start

BAD_INPUT: Final = 2
# A crossing may be told so late: somebody who walked out of sight past the line is waited for.
LATEST_S: Final = 6.0
_PAUSE_S: Final = 0.05


class AuditError(Exception):
    """What was asked for does not go together."""


def command(args: argparse.Namespace) -> int:
    """Compare; the last line on stdout is one JSON object. 2 when the input cannot be used."""
    try:
        _check(args)
        passing = Passing(None)
        if args.config is not None:
            node = config.load(args.config)
            plan = start(node.data, node.plan, node.me).plan
            args.line = _line(args.line, [line.id for line in plan.lines] if plan else [])
            passing = Passing(Tail(node.log_path))
        watched = _clicked(args) if args.clicks is not None else _keyed(args, passing)
        if args.save is not None:
            args.save.write_text(moments.text_of(watched.clicks), "utf-8")
        if passing.failure is not None:
            raise passing.failure
        if args.events is None and args.config is None:
            print(msgspec.json.encode({"clicks": len(watched.clicks), "saved": str(args.save)}).decode())
            return 0
        crossings = passing.crossings if args.events is None else _of_file(args.events)
        told = [each for each in crossings if args.line in (None, each.line)]
        audit = compare.compared(watched, told, within=args.within, unseen=passing.unseen)
        if args.events is not None and not any(way.counted for way in audit.ways):
            print(f"aisle-edge audit: {args.events}: {_why_none(args.line, watched, crossings)}", file=sys.stderr)
    except (AuditError, ClicksError, NoLog, SettingsError) as wrong:
        print(f"aisle-edge audit: {wrong}", file=sys.stderr)
        return BAD_INPUT
    except OSError as wrong:
        print(f"aisle-edge audit: {wrong.filename}: {wrong.strerror}", file=sys.stderr)
        return BAD_INPUT
    sys.stderr.write(report.text(audit))
    if (asked := doubt.told(watched, told, within=args.within)) is not None:
        print(f"! {asked}", file=sys.stderr)
    print(msgspec.json.encode(audit).decode())
    return 0


def _check(args: argparse.Namespace) -> None:
    if args.clicks is not None and args.events is None:
        raise AuditError("--clicks are of the past: the node's crossings have to come from a file, --events")
    if args.clicks is None and not sys.stdin.isatty():
        raise AuditError("keys need a terminal; or give somebody's clicks, --clicks")
    if args.clicks is None and not (args.config or args.events or args.save):
        raise AuditError("nothing to compare with: give --config or --events, or --save the clicks for later")
    if args.config is not None and args.events is not None:
        raise AuditError("--config and --events both tell what the node counted; give one of them")
    if args.save is not None:
        args.save.touch()  # a place that cannot be written to is told before the work


def _line(named: str | None, lines: Sequence[str]) -> str | None:
    """The line that is watched: the one that is named, or the only one of the plan."""
    if named is None and len(lines) > 1:
        raise AuditError(f"the plan has several lines: name the one that you watch: --line {' or '.join(lines)}")
    if named is not None and named not in lines:
        raise AuditError(f"the plan has no line {named!r}; it has {', '.join(lines) or 'none'}")
    return named if named is not None or not lines else lines[0]


def _clicked(args: argparse.Namespace) -> Watched:
    """The clicks of a file; without --from and --to they were watched from the first to the last."""
    try:
        clicks = _at_line(moments.parse(_text(args.clicks)), args.line)
    except ClicksError as wrong:
        raise ClicksError(f"{args.clicks}: {wrong}") from None
    edges = [click.at for click in clicks]
    if not edges and (args.began is None or args.ended is None):
        raise ClicksError(f"{args.clicks}: no clicks; say when nobody was seen, --from and --to")
    began = moments.time(args.began) if args.began is not None else min(edges)
    ended = moments.time(args.ended) if args.ended is not None else max(edges)
    if began > ended:
        first = "--from is" if args.began is not None else "the first click, where --from is not given, is"
        last = "--to" if args.ended is not None else "the last click, where --to is not given"
        raise ClicksError(f"{first} after {last}")
    return Watched(began=began, ended=ended, clicks=tuple(click for click in clicks if began <= click.at <= ended))


def _at_line(clicks: tuple[Moment, ...], line: str | None) -> tuple[Moment, ...]:
    """Those of a line, where one is named; a click that names none is of that line."""
    if line is None:
        return clicks
    return tuple(
        Moment(at=click.at, direction=click.direction, line=line) for click in clicks if click.line in (None, line)
    )


class Passing:
    """The crossings that pass through a node's log while somebody clicks; none without a log.

    A log that cannot be read any more stops nobody's clicking: `failure` says so afterwards.
    """

    def __init__(self, tail: Tail | None) -> None:
        self._tail = tail
        self.crossings: list[Moment] = []
        self.failure: NoLog | None = None

    @property
    def unseen(self) -> int:
        """Events that left the log before they could be read."""
        return 0 if self._tail is None else self._tail.unseen

    def look(self) -> None:
        """Take what is new."""
        if self._tail is None or self.failure is not None:
            return
        try:
            self.crossings += counted.crossings(self._tail.new())
        except NoLog as gone:
            self.failure = gone

    def wait(self, until: float) -> None:
        """Look until a wall time (s), for crossings that are told late."""
        while self._tail is not None and self.failure is None and time.time() < until:
            self.look()
            time.sleep(_PAUSE_S)


def _keyed(args: argparse.Namespace, passing: Passing) -> Watched:
    """The clicks of a person at this terminal."""
    began = time.time()
    session = terminal.watch(
        Session(line=args.line),
        keyboard=sys.stdin.fileno(),
        out=sys.stderr,
        clock=time.time,
        until=began + 60 * args.minutes,
        idle=passing.look,
    )
    ended = time.time()
    if args.config is not None:
        print(f"waiting {LATEST_S:.0f} s for crossings that are told late", file=sys.stderr)
    passing.wait(ended + LATEST_S)
    return Watched(began=began, ended=ended, clicks=session.clicks)


def _of_file(path: Path) -> tuple[Moment, ...]:
    try:
        return counted.parse(_text(path))
    except ClicksError as wrong:
        raise ClicksError(f"{path}: {wrong}") from None


def _why_none(line: str | None, watched: Watched, crossings: Sequence[Moment]) -> str:
    """What somebody should look at who compares with events of which none was in time."""
    told = [each for each in crossings if line in (None, each.line)]
    if not crossings:
        return "it has no crossing at all"
    if not told:
        return (
            f"it has no crossing of the line {line!r}; it has {', '.join(sorted({str(it.line) for it in crossings}))}"
        )
    first, last = moments.written(told[0].at), moments.written(told[-1].at)
    return (
        f"its crossings are of {first} to {last}, and none of the time that was watched, "
        f"{moments.written(watched.began)} to {moments.written(watched.ended)}"
    )


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise ClicksError("not a text file") from None
