"""The commands of `aisle-sim`."""

import argparse
import datetime as dt
import math
import sys
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo


def main() -> None:
    """Run the command that was asked for; 2 where what was asked for is wrong, 1 where it failed."""
    arguments = _parser().parse_args()
    try:
        status = arguments.run(arguments)
    except KeyboardInterrupt:
        status = 130
    except ValueError as error:
        print(f"aisle-sim: {error}", file=sys.stderr)
        status = 2
    except OSError as error:
        # A file that was named cannot be had, or else the machine failed.
        words = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        print(f"aisle-sim: {words}", file=sys.stderr)
        status = 2 if error.filename else 1
    raise SystemExit(status)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aisle-sim", description="A store's hardware and shoppers, played.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands)
    _add_day(commands)
    _add_past(commands)
    _add_film(commands)
    _add_plan(commands)
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, words: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=words, description=words)
    command.add_argument(
        "--store",
        type=Path,
        required=True,
        metavar="DIR",
        help="the folder with plan.json, scenario.toml, products.csv, tags.csv",
    )
    return command


def _add_run(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    run = _command(commands, "run", "Play the store: cameras, readers, shoppers, phones, the till, a page.")
    run.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine alone)")
    run.add_argument(
        "--port",
        type=_port,
        default=8090,
        metavar="N",
        help="of the page and the cameras' streams (default %(default)s); 0 takes a free one",
    )
    run.add_argument("--cloud", type=_cloud, metavar="URL", help="where the phones' pages and the till's sales go")
    run.add_argument(
        "--bay", type=Path, required=True, metavar="DIR", help="where the readers appear, as DIR/readers/ID"
    )
    run.add_argument("--truth", type=Path, required=True, metavar="FILE", help="where the day's truth is written")
    _add_seed(run)
    run.add_argument(
        "--speed", type=_speed, default=1.0, metavar="X", help="times the wall's clock, 0.25 to 4 (default 1)"
    )
    run.add_argument("--seconds", type=float, metavar="S", help="of the day, after which it finishes itself")
    run.add_argument("--observer", type=Path, metavar="FILE", help="broker credentials to show what the system saw")
    run.add_argument("--till", default="till-1", metavar="NAME", help="what the till is called (default %(default)s)")
    run.add_argument("--till-secret", type=Path, metavar="FILE", help="with it the till signs what it tells")
    run.add_argument("--till-token", type=Path, metavar="FILE", help="its token; without either no sale is told")
    run.add_argument("--keys", type=Path, metavar="FILE", help="master keys of the signed tags (TOML)")
    run.add_argument("--card-key", type=Path, metavar="FILE", help="the readers' key, so that the till knows cards too")
    run.add_argument(
        "--staff-password", type=Path, metavar="FILE", help="the manager's password: then somebody answers requests"
    )
    run.add_argument("--start", action="store_true", help="begin at once instead of waiting for POST /start")
    run.set_defaults(run=_run)


def _add_day(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    day = _command(commands, "day", "Write the truth of a day, without any hardware.")
    _add_seed(day)
    day.add_argument("--seconds", type=float, required=True, metavar="S", help="how long it is")
    day.add_argument(
        "--out", type=Path, default=Path("truth.jsonl"), metavar="FILE", help="where to (default %(default)s)"
    )
    day.set_defaults(run=_day)


def _add_past(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    past = _command(commands, "past", "Write days that are over: what nodes and till told of them, and the truth.")
    _add_seed(past)
    past.add_argument("--days", type=int, required=True, metavar="N", help="how many, the last one included (1-366)")
    past.add_argument("--until", metavar="TIME", help="when the last one is cut, as ISO 8601 (default: now)")
    past.add_argument(
        "--zone", default="Asia/Seoul", metavar="ZONE", help="the store's time zone (default %(default)s)"
    )
    past.add_argument("--visitors", type=int, default=260, metavar="N", help="a day, about (default %(default)s)")
    past.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="where batches.jsonl, sales.csv, truth.jsonl go"
    )
    past.set_defaults(run=_past)


def _add_film(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    words = "Film a day or a scenario with its exact truth: boxes, places on the floor, homography, lines and zones."
    film = commands.add_parser("film", help=words, description=words)
    what = film.add_mutually_exclusive_group(required=True)
    what.add_argument("--store", type=Path, metavar="DIR", help="a store's folder, whose day is filmed by --camera")
    what.add_argument("--scenario", metavar="NAME", help="a scenario of sight; a wrong name lists them all")
    film.add_argument("--camera", metavar="ID", help="a camera of the store's plan")
    _add_seed(film)
    film.add_argument("--seconds", type=float, required=True, metavar="S", help="how long it is")
    film.add_argument(
        "--fps", type=_rate, default=10.0, metavar="N", help="frames a second: 20, 10, 5, 3.33 … (default 10)"
    )
    film.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="where video.avi, gt.txt, places.csv, homography.txt and floor.toml go",
    )
    film.set_defaults(run=_film)


def _add_plan(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    plan = _command(commands, "plan", "Print the plan with its cameras' calibration pairs.")
    plan.set_defaults(run=_plan)


def _add_seed(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--seed",
        type=int,
        default=7,
        metavar="N",
        help="which day: the same seed is the same day (default 7)",
    )


def _port(text: str) -> int:
    if not (text.isdecimal() and len(text) <= 5 and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text}: 0 to 65535 are allowed")
    return int(text)


def _rate(text: str) -> float:
    rate = _number(text)
    if not 0 < rate <= 20:
        raise argparse.ArgumentTypeError(f"{text}: above 0, at most 20 are allowed")
    return rate


def _speed(text: str) -> float:
    speed = _number(text)
    if not 0.25 <= speed <= 4:
        raise argparse.ArgumentTypeError(f"{text}: 0.25 to 4 are allowed; a card must stay long enough to be read")
    return speed


def _number(text: str) -> float:
    """The number; NaN, which lies in no range, where it is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _cloud(text: str) -> str:
    try:
        url = urlsplit(text)
        sound = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:  # no port, or no address within brackets
        sound = False
    if not sound:
        raise argparse.ArgumentTypeError(f"{text}: an address such as http://localhost:8080 is allowed")
    return text


def _run(arguments: argparse.Namespace) -> int:
    from firmware_sim.root import Settings, run

    return run(
        Settings(
            store=arguments.store,
            host=arguments.host,
            port=arguments.port,
            cloud=arguments.cloud,
            bay=arguments.bay,
            truth=arguments.truth,
            seed=arguments.seed,
            speed=arguments.speed,
            length_ms=None if arguments.seconds is None else _length(arguments.seconds),
            observer=arguments.observer,
            till=arguments.till,
            till_token=arguments.till_token,
            till_secret=arguments.till_secret,
            keys=arguments.keys,
            card_key=arguments.card_key,
            staff_password=arguments.staff_password,
            start=arguments.start,
        )
    )


def _day(arguments: argparse.Namespace) -> int:
    from firmware_sim.town.day import write_truth
    from firmware_sim.town.store import read_store

    came = write_truth(read_store(arguments.store), arguments.seed, _length(arguments.seconds), arguments.out)
    print(f"{came} shoppers in {arguments.seconds:g} s: {arguments.out}")
    return 0


def _past(arguments: argparse.Namespace) -> int:
    from firmware_sim.past import files
    from firmware_sim.past.season import Season
    from firmware_sim.town.store import read_store

    if not 1 <= arguments.days <= 366:
        raise ValueError(f"--days {arguments.days}: 1 to 366 are allowed")
    if not 0 <= arguments.visitors <= 5_000:
        raise ValueError(f"--visitors {arguments.visitors}: 0 to 5000 are allowed")
    try:
        zone = ZoneInfo(arguments.zone)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"--zone {arguments.zone!r}: a time zone such as 'Asia/Seoul' is allowed") from None
    until = dt.datetime.now(tz=zone) if arguments.until is None else _time(arguments.until)
    past = files.Past(
        days=arguments.days, until=until if until.tzinfo else until.replace(tzinfo=zone), zone=zone, seed=arguments.seed
    )
    files.write(read_store(arguments.store), Season(visitors=arguments.visitors), past, arguments.out, say=print)
    return 0


def _time(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"--until {text!r}: a time such as 2026-11-22T18:00 is allowed") from None


def _film(arguments: argparse.Namespace) -> int:
    from firmware_sim.camera.film import film_scene, film_store
    from firmware_sim.sight.scenario import scene
    from firmware_sim.town.store import read_store

    seed, fps, out = int(arguments.seed), float(arguments.fps), Path(arguments.out)
    length_ms = _length(arguments.seconds)
    if arguments.scenario is not None:
        if arguments.camera is not None:
            raise ValueError("--camera goes with --store; a scenario is filmed by all its cameras")
        frames = film_scene(scene(arguments.scenario), seed=seed, length_ms=length_ms, fps=fps, out=out)
    else:
        if arguments.camera is None:
            raise ValueError("--store needs --camera ID, a camera of its plan")
        store = read_store(arguments.store)
        camera = store.camera(arguments.camera)
        frames = film_store(store, camera, seed=seed, length_ms=length_ms, fps=fps, out=out)
    print(f"{frames} frames: {arguments.out}")
    return 0


def _plan(arguments: argparse.Namespace) -> int:
    from contract.plan import encode_plan
    from firmware_sim.town.store import read_store

    print(encode_plan(read_store(arguments.store).plan).decode())
    return 0


def _length(seconds: float) -> int:
    if not 0 < seconds <= 86_400:
        raise ValueError(f"--seconds {seconds:g}: above 0 and at most 86400 are allowed")
    return round(seconds * 1000)
