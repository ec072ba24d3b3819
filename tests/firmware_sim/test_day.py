"""The truth of a day, written without any hardware."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.town.day import Moment, Rehearsal, moments, write_truth
from firmware_sim.town.world import STEP_MS, Town
from tests.firmware_sim.stores import DEMO, copied, demo, lived


def written(seed: int, seconds: float, out: Path, hashing: str) -> str:
    command = [sys.executable, "-c", "from firmware_sim.cli import main; main()", "day", "--store", str(DEMO)]
    command += ["--seed", str(seed), "--seconds", str(seconds), "--out", str(out)]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": hashing}, cwd=DEMO.parents[1])
    return hashlib.sha256(out.read_bytes()).hexdigest()


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    path = tmp_path_factory.mktemp("truth") / "truth.jsonl"
    write_truth(demo(), 7, 130_000, path)
    return lines(path)


def test_the_same_seed_is_the_same_day_byte_for_byte_in_every_process(tmp_path: Path) -> None:
    first = written(11, 40, tmp_path / "a", "1")
    assert written(11, 40, tmp_path / "b", "777") == first
    assert written(12, 10, tmp_path / "c", "1") != written(11, 10, tmp_path / "d", "1")


def test_the_truth_begins_and_ends(truth: list[dict[str, Any]]) -> None:
    assert (truth[0]["kind"], truth[0]["seed"], truth[0]["scenario"]) == ("day", 7, "lively")
    assert truth[-1] == {"kind": "end", "at": 130_000}


def test_all_kinds_of_truth_happen(truth: list[dict[str, Any]]) -> None:
    assert {"crossing", "stay", "tap", "phone-tap", "sale", "heat", "profile", "card-offered"} <= set(
        Counter(line["kind"] for line in truth)
    )


def test_stays_last_a_second_or_more(truth: list[dict[str, Any]]) -> None:
    stays = [line for line in truth if line["kind"] == "stay"]
    assert all(stay["until"] - stay["at"] >= 1_000 for stay in stays)
    assert any(stay["cut"] for stay in stays)


def test_heat_is_all_the_time_that_anybody_was_there(truth: list[dict[str, Any]]) -> None:
    spent = sum(cell[2] for line in truth if line["kind"] == "heat" for cell in line["cells"])
    assert spent == sum(STEP_MS * len(moment.world.shoppers) for moment in lived(7, 130_000))
    assert [line["at"] for line in truth if line["kind"] == "heat"] == [0, 60_000, 120_000]


def test_a_phone_at_a_reader_has_no_lasting_uid(truth: list[dict[str, Any]]) -> None:
    for tap in (line for line in truth if line["kind"] == "tap"):
        assert (tap["uid"] is None) == (tap["thing"] == "phone")
        assert tap["until"] > tap["at"]


def test_a_day_made_ahead_is_the_day(tmp_path: Path) -> None:
    ahead = Rehearsal(Town(demo(), 7))
    taken: list[Moment] = []
    while not taken or taken[-1].world.now < 10_000:
        taken.extend(ahead.take(10_000))
    ahead.end()
    plain = moments(Town(demo(), 7))
    assert taken == [next(plain) for _ in taken]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("scenario.toml", "mean_gap_s = 3.8", "mean_gap_s = -1", "arrivals.mean_gap_s = -1"),
        ("scenario.toml", "mean_gap_s = 3.8", "mean_gap = 3.8", "unknown field `mean_gap`"),
        ("scenario.toml", "mean_gap_s = 3.8", "", "Object missing required field `mean_gap_s`"),
        ("scenario.toml", "tea = 3", "teas = 3", "popularity.teas"),
        ("scenario.toml", "stops = [1, 2]", "stops = [2, 1]", "shoppers.stops = [2, 1]"),
        ("scenario.toml", "card_share = 0.8", "card_share = 7", "shoppers.card_share = 7"),
        ("plan.json", '"camera": "door-cam"', '"camera": "roof-cam"', "roof-cam"),
        ("products.csv", "09520000000011", "09520000000012", "09520000000012"),
        ("tags.csv", "0452d671e24936,aes", "0452d671e24936,des", "mode = 'des'; plain, aes, lrp are allowed"),
        ("tags.csv", "0452d671e24936", "0452", "uid = '0452'; 14 hex digits"),
    ],
)
def test_wrong_files_are_told_by_key_and_value(tmp_path: Path, name: str, old: str, new: str, words: str) -> None:
    store = copied(tmp_path)
    text = (store / name).read_text()
    assert old in text
    (store / name).write_text(text.replace(old, new))
    command = [sys.executable, "-c", "from firmware_sim.cli import main; main()", "plan", "--store", str(store)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=DEMO.parents[1])
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
