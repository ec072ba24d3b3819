"""`make demo`: a living store on this machine, until Ctrl-C or for some seconds."""

import argparse
import json
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from deploy.demo.day import Demo
from deploy.demo.ports import first_free
from deploy.demo.preparation import CommandFailed, Place, Ports, prepare
from deploy.demo.processes import ProgramFailed


def main() -> int:
    """Run the demo; 1 where a program failed."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, _interrupt)
    place = Place(root=arguments.data.resolve())
    ports = Ports(broker=first_free(1884), cloud=first_free(8080), simulator=first_free(8090))
    try:
        plan = prepare(place, ports, past=arguments.past, say=_say)
    except CommandFailed as error:
        print(f"The demo cannot be prepared.\n{error}", file=sys.stderr)
        return 1
    demo = Demo(place=place, ports=ports, plan=plan, seed=arguments.seed, speed=arguments.speed, say=_say)
    try:
        demo.start()
        _welcome(demo)
        if _watch(demo, arguments.seconds):
            _say("the day is over; ending the programs and comparing with the truth")
            print(json.dumps(demo.finish()))
    except ProgramFailed as error:
        print(f"\nThe demo ends: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nEnding every program; the data stays in", place.root, file=sys.stderr)
    finally:
        demo.programs.stop_all()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--seconds", type=float, help="stop by itself and print the scorecard as one JSON object")
    parser.add_argument("--seed", type=int, default=7, help="which day it is; the same seed is the same day")
    parser.add_argument("--speed", type=float, default=1.0, help="of the day; figures are meant for 1")
    parser.add_argument("--past", type=int, default=9, metavar="DAYS", help="that a new store has lived already; or 0")
    parser.add_argument("--data", type=Path, default=Path(".demo"), help="where everything is kept between two starts")
    return parser.parse_args()


def _say(what: str) -> None:
    print(f"  · {what}", flush=True)


def _welcome(demo: Demo) -> None:
    password = demo.place.password.read_text(encoding="utf-8").strip()
    print(
        f"""
The store is open. Look at it:

  the simulated store   {demo.simulator_url}/
  the store's pages     {demo.cloud_url}/
  the manager's page    {demo.cloud_url}/manage   account: manager, password: {password}

Ctrl-C ends everything; a second start keeps the data.
""",
        flush=True,
    )


def _watch(demo: Demo, seconds: float | None) -> bool:
    """Tell how the day goes; True once `seconds` of it are over."""
    lines = sys.stdout.isatty()
    last = 0.0
    while True:
        demo.programs.check()
        state = demo.state()
        at_s = state["at"] / 1000
        if seconds is not None and at_s >= seconds:
            print(flush=True)
            return True
        if lines or at_s - last >= 10:
            last = at_s
            of = f" of {seconds:.0f}" if seconds is not None else ""
            line = f"  {at_s:5.0f}{of} s   {state['came']:3d} came, {state['inside']:2d} inside"
            print(line, end="\r" if lines else "\n", flush=True)
        time.sleep(0.5)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
