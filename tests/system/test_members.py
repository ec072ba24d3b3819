"""Two minutes of members at four times the speed: what each got is what was promised, to the point."""

from pathlib import Path

import pytest

from tests.system.members import NONE, played, wrong

pytestmark = pytest.mark.system


def test_every_member_gets_what_was_promised(tmp_path: Path) -> None:
    figures = played(tmp_path, seconds=130, seed=3, speed=4)
    assert wrong(figures) == {}
    for name in ("coupons_claimed", "coupons_redeemed", "pushes_received", "requests_asked"):
        pair = figures[name]
        assert isinstance(pair, list)
        assert pair[0] > 0, name
    assert figures["points_shown"] != 0


def test_a_planted_difference_is_told() -> None:
    good: dict[str, object] = {"pushes_received": [3, 3], "coupons_claimed": [1, 1]}
    none = dict.fromkeys(NONE, 0)
    assert wrong({**good, **none}) == {}
    assert wrong({**good, **none, "pushes_received": [3, 4], "adverts_unwanted": 1}) == {
        "pushes_received": [3, 4],
        "adverts_unwanted": 1,
    }
