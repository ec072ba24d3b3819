"""The demo's cloud and simulator as programs of their own, for what needs no camera: members, tills and phones."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from deploy.demo.diary import read_diary
from deploy.demo.kept import kept_since
from deploy.demo.membership import membership
from deploy.demo.ports import first_free
from deploy.demo.preparation import POINTS, STORE_FILES, TILL, Place, Ports, prepare
from deploy.demo.processes import Programs
from tests.programs import answers, eventually


@contextmanager
def store(folder: Path, *more: str) -> Iterator[tuple[str, Place]]:
    """The simulator's address: the demo's cloud and simulator without its nodes, so that no camera has to be seen."""
    place = Place(root=folder)
    ports = Ports(broker=first_free(18_840), cloud=first_free(18_100), simulator=first_free(18_200))
    prepare(place, ports, past=0, say=lambda _words: None)
    programs = Programs(logs=place.logs)
    cloud, simulator = (f"http://localhost:{port}" for port in (ports.cloud, ports.simulator))
    try:
        programs.start("cloud", "aisle-cloud", "run", "--data", place.cloud)
        eventually(lambda: answers(f"{cloud}/healthz"), "the cloud does not answer")
        programs.start(
            "simulator",
            *("aisle-sim", "run", "--store", STORE_FILES, "--port", str(ports.simulator)),
            *("--cloud", cloud, "--bay", place.simulator, "--truth", place.truth, "--keys", place.keys / "tags.toml"),
            *("--till", TILL, "--till-secret", place.till_secret, "--card-key", place.card_key),
            *("--staff-password", place.password),
            *more,
        )
        eventually(lambda: answers(f"{simulator}/state"), "the simulator does not answer")
        yield simulator, place
    finally:
        programs.stop_all()


def played(folder: Path, *, seconds: int, seed: int, speed: float) -> dict[str, object]:
    """A day of this length at this speed, and the members' figures of it."""
    day = ("--seconds", str(seconds), "--seed", str(seed), "--speed", str(speed), "--start")
    with store(folder, *day) as (simulator, place):
        deadline = time.monotonic() + seconds / speed + 90
        while not httpx.get(f"{simulator}/state", timeout=10).json()["concluded"]:
            assert time.monotonic() < deadline, "the day does not end"
            time.sleep(0.25)
        verdicts = httpx.get(f"{simulator}/state", timeout=10).json()["push"]
        refused = sum(verdicts.values()) - verdicts.get("accepted", 0)
    noted = read_diary((place.simulator / "phones.jsonl").read_bytes().splitlines())
    return membership(noted, kept_since(place.cloud, 0), POINTS, pushes_refused=refused)


NONE = ("points_sum", "points_astray", "points_unmatched", "pushes_refused", "adverts_unlabelled", "adverts_unwanted")
"""Figures that have to be none."""


def wrong(figures: dict[str, object]) -> dict[str, object]:
    """The figures that are not as they have to be: pairs that differ, and what has to be none."""
    pairs = {name: pair for name, pair in figures.items() if isinstance(pair, list) and pair[0] != pair[1]}
    return pairs | {name: figures[name] for name in NONE if figures[name]}
