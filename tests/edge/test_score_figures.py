from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.score.clear import Clear, clear
from edge.score.frames import by_frame
from edge.score.identity import Identity, identity
from edge.score.motchallenge import Row, parse, text_of
from tests.edge import walks

FRAMES = range(1, 41)


def scored(true: Iterable[Row], found: Iterable[Row]) -> tuple[Clear, Identity]:
    frames = list(by_frame(true, found, FRAMES))
    return clear(frames), identity(frames)


# seed: mota, 1 - motp, idf1, idp, idr, precision, recall, switches, false positives, misses.
# Made once with motmetrics 1.4.0 (compare_to_groundtruth "iou", distth 0.5) from the text of the same walks.
BY_MOTMETRICS = {
    1: (0.590164, 0.292541, 0.641667, 0.652542, 0.631148, 0.822034, 0.795082, 4, 21, 25),
    2: (0.590164, 0.261698, 0.601770, 0.653846, 0.557377, 0.884615, 0.754098, 4, 6, 15),
    3: (0.571429, 0.262646, 0.687747, 0.725000, 0.654135, 0.833333, 0.751880, 4, 20, 33),
    4: (0.644628, 0.270448, 0.723404, 0.745614, 0.702479, 0.850877, 0.801653, 2, 17, 24),
    5: (0.507576, 0.291109, 0.543103, 0.630000, 0.477273, 0.860000, 0.651515, 5, 14, 46),
    6: (0.548387, 0.286735, 0.640587, 0.682292, 0.603687, 0.822917, 0.728111, 5, 34, 59),
}


@pytest.mark.parametrize("seed", BY_MOTMETRICS)
def test_the_figures_are_those_of_the_fields_own_program(seed: int) -> None:
    true = walks.truth(seed, people=6 + seed)
    found = walks.found(seed, true)

    marks, names = scored(parse(text_of(true)), parse(text_of(found)))

    mota, distance, idf1, idp, idr, precision, recall, *counts = BY_MOTMETRICS[seed]
    assert marks.mota == pytest.approx(mota, abs=1e-6)
    assert 1 - marks.motp == pytest.approx(distance, abs=1e-6)
    assert (marks.precision, marks.recall) == pytest.approx((precision, recall), abs=1e-6)
    assert [marks.id_switches, marks.false_positives, marks.misses] == counts
    assert (names.idf1, names.precision, names.recall) == pytest.approx((idf1, idp, idr), abs=1e-6)


# The same walks: fragmentations, mostly tracked, mostly lost of the same program.
LIVES_BY_MOTMETRICS = {1: (17, 3, 0), 2: (6, 4, 0), 3: (12, 4, 2), 4: (16, 5, 0), 5: (24, 1, 0), 6: (21, 7, 1)}


@pytest.mark.parametrize("seed", LIVES_BY_MOTMETRICS)
def test_lives_are_whole_or_in_pieces_as_the_fields_own_program_says(seed: int) -> None:
    true = walks.truth(seed, people=6 + seed)

    marks, _ = scored(parse(text_of(true)), parse(text_of(walks.found(seed, true))))

    lives = (marks.fragmentations, marks.mostly_tracked, marks.mostly_lost)
    assert lives == LIVES_BY_MOTMETRICS[seed]


def box(frame: int, person: int, left: float) -> Row:
    return Row(frame=frame, id=person, left=left, top=0, width=20, height=50)


def test_two_tracks_that_exchange_their_names_switch_twice_and_agree_half_the_time() -> None:
    true = [box(frame, person, 100 * person) for frame in range(1, 11) for person in (1, 2)]
    found = [box(row.frame, row.id if row.frame <= 5 else 3 - row.id, row.left) for row in true]

    marks, names = scored(true, found)

    assert marks.id_switches == 2
    assert (marks.misses, marks.false_positives) == (0, 0)
    assert names.idf1 == 0.5


def test_a_standing_match_is_kept_while_another_box_fits_better() -> None:
    true = [box(1, 1, 0), box(2, 1, 0)]
    found = [box(1, 7, 0), box(2, 7, 5), box(2, 8, 0)]

    marks, _ = scored(true, found)

    assert marks.id_switches == 0
    assert marks.false_positives == 1


def test_a_switch_is_seen_over_a_gap() -> None:
    marks, _ = scored([box(frame, 1, 0) for frame in (1, 2, 3)], [box(1, 7, 0), box(3, 8, 0)])

    assert (marks.id_switches, marks.misses) == (1, 1)


def test_who_is_lost_and_found_again_is_in_pieces_and_who_stays_lost_is_not() -> None:
    true = [box(frame, person, 100 * person) for frame in range(1, 11) for person in (1, 2, 3)]
    seen = {1: {1, 2, 5, 6, 9}, 2: {1, 2, 3, 4, 5, 6, 7, 8}, 3: {4}}

    marks, _ = scored(true, [row for row in true if row.frame in seen[row.id]])

    assert (marks.fragmentations, marks.mostly_tracked, marks.mostly_lost) == (2, 1, 1)


def test_a_frame_without_truth_makes_only_false_positives() -> None:
    marks, names = scored([box(1, 1, 0)], [box(1, 1, 0), box(2, 1, 0)])

    assert (marks.matches, marks.false_positives, marks.mota) == (1, 1, 0.0)
    assert names.idf1 == pytest.approx(2 / 3)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_truth_scored_against_itself_is_perfect_and_any_other_is_not_better(seed: int) -> None:
    true = walks.truth(seed)

    perfect, names = scored(true, true)
    marks, others = scored(true, walks.found(seed, true))

    assert (perfect.mota, perfect.id_switches, names.idf1) == (1.0, 0, 1.0)
    assert (perfect.fragmentations, perfect.mostly_lost) == (0, 0)
    assert marks.mota <= 1.0
    assert others.idf1 <= 1.0
    assert marks.matches + marks.misses == marks.truth
    assert marks.matches + marks.false_positives == marks.found
    assert others.agreeing <= marks.truth
    assert sum(step.agreeing for step in others.steps) == others.agreeing
    assert 1 - marks.mota == pytest.approx(
        sum(step.truth + step.found - 2 * step.matches + step.id_switches for step in marks.steps) / marks.truth
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000))
def test_the_names_of_the_tracks_do_not_matter(seed: int) -> None:
    true = walks.truth(seed)
    found = walks.found(seed, true)
    renamed = [
        Row(frame=row.frame, id=-row.id, left=row.left, top=row.top, width=row.width, height=row.height)
        for row in found
    ]

    assert scored(true, renamed) == scored(true, found)
