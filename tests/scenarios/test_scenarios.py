"""A few scenarios, shortly: what a regression of drawing, detector, tracker or counting would break first.

The whole table is made by `python -m tests.scenarios`; these bounds are far below its figures.
"""

from pathlib import Path

import pytest

from tests.scenarios import hour, programs, table
from tests.scenarios.figures import Counts, Figures, of_score
from tests.scenarios.programs import Take
from tests.scenarios.table import Row, Run


def scored(folder: Path, name: str, *, seconds: float, fps: float) -> Figures:
    take = Take(scenario=name, seconds=seconds, fps=fps, seed=7)
    programs.film(take, folder)
    found = programs.score(folder, take.frames, fps)
    return Figures(scored=found, counts=of_score(found))


def test_a_calm_shop_is_counted_as_it_is(tmp_path: Path) -> None:
    figures = scored(tmp_path, "calm", seconds=15, fps=5)
    assert figures.scored is not None
    assert figures.scored.recall > 0.9
    assert figures.scored.precision > 0.9
    assert figures.scored.idf1 > 0.85
    counts = figures.counts
    assert counts.crossings >= 3
    assert counts.crossings_missed + counts.crossings_invented <= 1
    assert counts.person_s_share is not None
    assert counts.person_s_share < 0.2


def test_people_who_hide_each_other_are_followed_through(tmp_path: Path) -> None:
    figures = scored(tmp_path, "occlusion", seconds=12, fps=5)
    assert figures.scored is not None
    # Of who stands behind a shelf only a part is found: by the whole body's box that is a miss and a wrong box.
    assert figures.scored.recall > 0.5
    assert figures.scored.precision > 0.6
    assert figures.counts.crossings_counted >= 2


def test_nothing_is_counted_where_nobody_is(tmp_path: Path) -> None:
    figures = scored(tmp_path, "empty", seconds=60, fps=20 / 6)
    assert figures.scored is not None
    assert figures.scored.detections > 60, "the posters are good enough to take a detector in"
    counts = figures.counts
    assert (counts.crossings_counted, counts.stays_counted, counts.person_s_counted) == (0, 0, 0.0)
    assert not counts.false


def test_who_walks_into_the_same_light_is_counted(tmp_path: Path) -> None:
    """The negative control: what finds nothing in the empty scene finds people as soon as there are any."""
    counts = scored(tmp_path, "shadow", seconds=12, fps=20 / 6).counts
    assert counts.false
    assert counts.crossings_counted >= 1


NOTHING = Counts(
    crossings=10, crossings_counted=8, crossings_missed=3, crossings_invented=1, stays=4, stays_counted=4,
    stays_invented=0, person_s=100.0, person_s_counted=90.0, person_s_off=10.0, dwell_off_s=None,
)  # fmt: skip


def test_the_page_says_how_it_was_made_and_what_was_missed() -> None:
    row = Row(name="overlap", title="two", people=3, most=2, scored={}, node=NOTHING)
    made = {"date": "2026-01-01", "machine": "1 core", "versions": "none"}
    run = Run(**made, seconds=1, seed=7, rates=(5.0, 3.3), rows=(row,), hour="None.")
    page = table.page(run)
    assert "| `overlap` | a node with two cameras | 10 / 8 (3, 1) | 4 / 4 | 10.0 | – |" in page
    assert "2026-01-01, 1 core, none." in page


def test_a_new_hour_changes_its_own_sentence_alone() -> None:
    page = f"a\n\n{table.HOUR_HEADING}\n\nold words\n\n## next\n"
    assert table.renewed(page, "new words") == page.replace("old", "new")


def test_the_hour_is_told_as_it_was_measured() -> None:
    assert hour.KEPT.is_file()
    assert "0 crossings, 0 stays and 0 person-seconds counted" in hour.known()


@pytest.mark.parametrize("name", ["fog", "../calm"])
def test_a_program_that_fails_says_so(name: str, tmp_path: Path) -> None:
    with pytest.raises(programs.ProgramError, match="is not known; there are calm"):
        programs.film(Take(scenario=name, seconds=1, fps=1, seed=1), tmp_path)
