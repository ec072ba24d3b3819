"""The demo's store and its days, as these tests read them."""

import functools
import itertools
import shutil
from pathlib import Path

from firmware_sim.town.day import Moment, moments
from firmware_sim.town.store import Store, read_store
from firmware_sim.town.world import Town

DEMO = Path(__file__).parents[2] / "deploy" / "demo_store"


@functools.cache
def demo() -> Store:
    return read_store(DEMO)


@functools.cache
def lived(seed: int, until_ms: int) -> tuple[Moment, ...]:
    """A day of the demo's store step by step; it costs seconds, so that tests share it."""
    return tuple(itertools.takewhile(lambda moment: moment.world.now <= until_ms, moments(Town(demo(), seed))))


def copied(folder: Path) -> Path:
    """The demo's store in a folder of one's own, to be spoilt."""
    for name in ("plan.json", "scenario.toml", "products.csv", "tags.csv"):
        shutil.copy(DEMO / name, folder / name)
    return folder
