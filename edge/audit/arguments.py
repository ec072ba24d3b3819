"""What `aisle-edge audit` is asked."""

import argparse
from pathlib import Path

from edge.typed import number

ABOUT = """\
Watch the door for a quarter of an hour and press a key at each crossing:

  i  in      o  out      u  undo the last      q  end

or give the clicks of somebody who did (--clicks, CSV: time,direction and perhaps line; times in ISO 8601 with their
zone, or Unix seconds or milliseconds). They are compared with the node's crossings: those of its log while they pass
through it (--config, on the node itself; it is only read), or a file as `aisle-cloud events --kind crossing` prints
it (--events). A click and a crossing of the same line and direction belong together when they are --within seconds
of each other, each to one at most.

Nothing is recorded but moments and directions: no picture, and nobody. The comparison goes to the standard error;
the last line of the standard output is one JSON object."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `command` takes."""
    parser.description, parser.formatter_class = ABOUT, argparse.RawDescriptionHelpFormatter
    counted = parser.add_argument_group("what the node counted")
    counted.add_argument("--config", type=Path, metavar="FILE", help="the node's settings: read its log, live")
    counted.add_argument("--events", type=Path, metavar="FILE", help="its events, JSON lines")
    seen = parser.add_argument_group("what the person saw")
    seen.add_argument("--clicks", type=Path, metavar="FILE", help="clicks made elsewhere, instead of the keyboard")
    seen.add_argument("--line", metavar="ID", help="which line was watched; needed where several are counted")
    seen.add_argument("--minutes", type=_minutes, default=15.0, metavar="N", help="end after N minutes (default 15)")
    seen.add_argument("--save", type=Path, metavar="FILE", help="keep the clicks as CSV, to be compared later")
    parser.add_argument(
        "--from", dest="began", metavar="TIME", help="when the person began to watch (default: the first click)"
    )
    parser.add_argument("--to", dest="ended", metavar="TIME", help="when they ended (default: the last click)")
    parser.add_argument("--within", type=_seconds, default=3.0, metavar="S", help="seconds apart (default 3)")


def _minutes(text: str) -> float:
    value = number(text)
    if not 0 < value <= 24 * 60:
        raise argparse.ArgumentTypeError(f"{text}: allowed are minutes above 0, at most a day's 1440")
    return value


def _seconds(text: str) -> float:
    value = number(text)
    if not 0 < value <= 60:
        raise argparse.ArgumentTypeError(f"{text}: allowed are seconds above 0, at most 60")
    return value
