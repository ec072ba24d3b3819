"""Kill anything, any time: what a green light promised is stored once."""

from pathlib import Path

import pytest

from tests.system.kills import run

pytestmark = pytest.mark.system


def test_thirty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    report = run(tmp_path, kills=30, events=3_000, seed=2026)
    assert sum(report.kills.values()) >= 30
    assert report.accepted >= 3_000
    assert (report.lost, report.doubled, report.unexplained, report.pending) == (0, 0, 0, 0)


def test_deleting_on_a_puback_is_caught_losing(tmp_path: Path) -> None:
    """The negative control: the same kills must find the loss that the receipts prevent."""
    report = run(tmp_path, kills=12, events=300, seed=4, control=True)
    assert report.lost > 0
