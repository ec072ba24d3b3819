"""The program `aisle-edge`: one node of a store."""

import argparse
import json
import logging
import sys
from pathlib import Path

from contract.settings import SettingsError
from edge.delivery.log import LogDamaged, LogFull, LogUnusable
from edge.floor.plane import FloorError
from edge.floor.shapes import ShapeError


def main() -> None:
    """Run the program; exit 2 where it was given something that it cannot use, 130 where it was interrupted."""
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    try:
        sys.exit(arguments.run(arguments))
    except (SettingsError, LogDamaged, LogFull, LogUnusable, FloorError, ShapeError) as error:
        print(f"aisle-edge: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aisle-edge", description="One node of a store: readers, cameras, a log.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, run, summary in (
        ("run", _run, "read taps and count people until told to stop"),
        ("check", _check, "read the settings and all that they name, and start nothing"),
        ("status", _status, "print what the node's log holds, as one JSON object"),
    ):
        command = commands.add_parser(name, help=summary, description=summary)
        command.add_argument("--config", type=Path, required=True, metavar="FILE", help="the node's settings (TOML)")
        command.set_defaults(run=run)
    commands.choices["run"].add_argument(
        "--time-service",
        type=Path,
        metavar="DIR",
        help="systemd-timesyncd's folder, /run/systemd/timesync: until that has set the clock, and for a minute after "
        "the first connection at the most, events wait, so that none is sent with the time of the last shutdown",
    )
    _add_score(commands)
    _add_audit(commands)
    _add_calibrate(commands)
    return parser


def _add_score(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    from edge import score

    command = commands.add_parser("score", help="measure what the node sees in a video whose truth is known")
    score.add_arguments(command)
    command.set_defaults(run=_score)


def _add_audit(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    from edge import audit

    command = commands.add_parser("audit", help="compare a live count with a person's clicks")
    audit.add_arguments(command)
    command.set_defaults(run=_audit)


def _add_calibrate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    from edge import calibrate

    command = commands.add_parser("calibrate", help="tell how well a camera's point pairs fix its floor")
    calibrate.add_arguments(command)
    command.set_defaults(run=_calibrate)


# The commands import late: `status` must not need a detector, nor `score` a broker.


def _run(arguments: argparse.Namespace) -> int:
    from edge import config, root

    return root.run(config.load(arguments.config), time_service=arguments.time_service)


def _check(arguments: argparse.Namespace) -> int:
    from edge import config, root

    loaded = config.load(arguments.config)
    for complaint in root.check(loaded):
        print(f"aisle-edge: it would run without {complaint}", file=sys.stderr)
    settings = loaded.settings
    print(f"{loaded.credentials.username}: {len(settings.reader)} readers, {len(settings.camera)} cameras")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    from edge import config, root

    loaded = config.load(arguments.config)
    found = root.status(loaded)
    if found["epoch"] is None:
        print(f"aisle-edge: no log yet in {loaded.data}", file=sys.stderr)
    print(json.dumps(found))
    return 0


def _calibrate(arguments: argparse.Namespace) -> int:
    from edge import calibrate

    return calibrate.command(arguments)


def _score(arguments: argparse.Namespace) -> int:
    from edge import score

    return score.command(arguments)


def _audit(arguments: argparse.Namespace) -> int:
    from edge import audit

    return audit.command(arguments)
