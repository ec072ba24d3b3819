"""What a passport says was measured is measured again, where the footage is at hand."""

from pathlib import Path

import pytest

from models import Measured, load_passport
from models.passport import HERE
from tests import footage
from tests.bench import passports
from tests.bench.passports import APART, KINDS, RUNS, USUAL, Kind, Run

# Other processors and versions of onnxruntime round sums in another order, so that a box in a thousand moves or goes.
AP: float = 0.01
SHARE: float = 0.015  # of the boxes
MOTA: float = 0.015
# One exchange of two people's names in the middle of the clip moves 5 % of all boxes to another track.
NAMES: float = 0.06
CROSSINGS: int = 2


def entry(kind: Kind, run: Run) -> Measured:
    """The passport's own figures of a run."""
    (found,) = (
        each
        for each in load_passport(f"person-nanodet-g-256x320-{kind}").measured
        if each.command.startswith(run.command)
    )
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_is_of_the_very_model_that_is_shipped(kind: Kind) -> None:
    passport = load_passport(f"person-nanodet-g-256x320-{kind}")

    assert len(passport.measured) == len(RUNS)
    assert {each.model_sha256 for each in passport.measured} == {passport.sha256}
    for run in RUNS:
        told = entry(kind, run)
        low, high = told.average_precision_between
        assert low <= told.average_precision <= high
        assert (told.followed is not None) is run.followed


@pytest.mark.parametrize("kind", KINDS)
def test_the_shipped_detector_is_as_good_as_the_field_asks(kind: Kind) -> None:
    assert entry(kind, APART).average_precision >= 0.93


@pytest.mark.parametrize(("kind", "run"), [("int8", APART), ("int8", USUAL)])
def test_the_figures_of_a_passport_are_what_is_measured(kind: Kind, run: Run, tmp_path: Path) -> None:
    told = entry(kind, run)

    found = passports.measured(kind, run, footage.pets_video(tmp_path), footage.pets_truth())

    assert close(told, found)


def close(told: Measured, found: Measured) -> bool:
    """Within what another machine may do."""
    alike = abs(told.average_precision - found.average_precision) <= AP
    alike &= abs(told.precision - found.precision) <= SHARE
    alike &= abs(told.recall - found.recall) <= SHARE
    one, two = told.followed, found.followed
    if one is None or two is None:
        return alike and one is two
    alike &= abs(one.mota - two.mota) <= MOTA
    alike &= max(abs(one.idf1 - two.idf1), abs(one.hota - two.hota)) <= NAMES
    return alike and abs(one.crossing_error - two.crossing_error) <= CROSSINGS


def test_a_figure_that_nobody_measured_is_noticed() -> None:
    """The gate's own control: the figures of one run are not another's."""
    assert not close(entry("int8", APART), entry("int8", USUAL))


def test_what_is_written_is_what_was_measured(tmp_path: Path) -> None:
    name = "person-nanodet-g-256x320-int8"
    passport = load_passport(name)

    (tmp_path / f"{name}.toml").write_text(passports.written(HERE / f"{name}.toml", passport.measured), "utf-8")

    assert load_passport(name, tmp_path) == passport
