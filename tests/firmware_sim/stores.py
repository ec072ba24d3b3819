"""The demo's store, as these tests read it."""

import shutil
from pathlib import Path

from firmware_sim.town.store import Store, read_store

DEMO = Path(__file__).parents[2] / "deploy" / "demo_store"


def demo() -> Store:
    return read_store(DEMO)


def copied(folder: Path) -> Path:
    """The demo's store in a folder of one's own, to be spoilt."""
    for name in ("plan.json", "scenario.toml", "products.csv", "tags.csv"):
        shutil.copy(DEMO / name, folder / name)
    return folder
