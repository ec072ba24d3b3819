from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.score import span
from edge.score.aside import without
from edge.score.motchallenge import Row, Truth, parse_truth
from edge.score.span import Span


def test_a_truth_speaks_from_its_first_to_its_last_box() -> None:
    spoken = span.of_frames([5, 6, 7, 9, 12])

    assert spoken == Span(first=5, last=12, step=1)
    assert [frame for frame in range(1, 20) if spoken.holds(frame)] == list(range(5, 13))


def test_a_truth_of_every_20th_frame_speaks_for_these_alone() -> None:
    spoken = span.of_frames([1, 21, 41, 81])

    assert spoken == Span(first=1, last=81, step=20)
    assert [frame for frame in range(1, 100) if spoken.holds(frame)] == [1, 21, 41, 61, 81]


def test_two_boxes_are_no_rhythm() -> None:
    assert span.of_frames([10, 30, 30]).step == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 500), min_size=1))
def test_a_truth_speaks_for_every_frame_that_it_has(frames: list[int]) -> None:
    spoken = span.of_frames(frames)

    assert all(spoken.holds(frame) for frame in frames)
    assert not spoken.holds(min(frames) - 1)


def box(name: int, left: float, *, frame: int = 1, conf: float = 1) -> Row:
    return Row(frame=frame, id=name, left=left, top=0, width=20, height=50, conf=conf)


def names(rows: Iterable[Row]) -> list[int]:
    return [row.id for row in rows]


def test_who_finds_somebody_set_aside_is_neither_right_nor_wrong() -> None:
    truth = Truth(rows=(box(1, 0),), aside=(box(2, 200),))

    kept = without([box(10, 0), box(11, 201), box(12, 400), box(13, 200, frame=2)], truth)

    assert names(kept) == [10, 12, 13]


def test_a_box_that_fits_a_person_better_is_not_excused_by_a_reflection_beside_them() -> None:
    truth = Truth(rows=(box(1, 0),), aside=(box(1, 5),))

    assert names(without([box(10, 1)], truth)) == [10]
    assert names(without([box(10, 4)], truth)) == []


def test_a_box_that_fits_a_thing_better_is_not_excused_by_a_reflection_beside_it() -> None:
    truth = Truth(rows=(box(1, 400),), aside=(box(2, 5),), other=(box(3, 0),))

    assert names(without([box(10, 1), box(11, 400)], truth)) == [10, 11]
    assert names(without([box(10, 4), box(11, 400)], truth)) == [11]


def test_a_crowd_or_a_car_that_is_found_as_a_person_is_wrong() -> None:
    truth = parse_truth("".join(f"1,{kind},{200 * kind},0,20,50,0,{kind},1\n" for kind in range(2, 14)))

    kept = without([box(kind, 200 * kind) for kind in range(2, 14)], truth)

    assert names(kept) == [3, 4, 5, 6, 9, 10, 11, 13]


def test_every_year_of_mot_challenge_is_read() -> None:
    of_2015 = "1,1,0,0,20,50,1,-1,-1,-1\n1,2,0,0,20,50,0,-1,-1,-1\n"
    of_2016 = "1,1,0,0,20,50,1,1,0.3\n1,2,0,0,20,50,0,7,1\n1,3,0,0,20,50,0,3,1\n1,4,0,0,20,50,0,12,1\n"
    plain = "1;1;0;0;20;50;1\n1;2;0;0;20;50;0;\n"

    for text, aside in ((of_2015, [2]), (of_2016, [2, 4]), (plain, [2])):
        truth = parse_truth(text)
        assert names(truth.rows) == [1]
        assert names(truth.aside) == aside
    assert names(parse_truth(of_2016).other) == [3]


def test_a_file_as_windows_and_annotators_leave_it_is_read() -> None:
    text = "1, 1.0, 0.5,0,20,50, 1, 1, 0.3\r\n1,2,0,0,0,0,0,9,0\r\n 1 , 3 ,0,0,20,50,1,2,1,\r\n\r\n"

    truth = parse_truth(text)

    assert [names(some) for some in (truth.rows, truth.aside, truth.other)] == [[1], [3], [2]]


def test_a_truth_speaks_for_a_frame_in_which_only_a_thing_is_drawn() -> None:
    truth = parse_truth("2,1,0,0,20,50,1,1,1\n1,5,0,0,20,50,0,9,1\n3,5,0,0,20,50,0,9,1\n")

    assert span.of_frames(truth.frames) == Span(first=1, last=3)


def test_nobody_is_a_truth_too() -> None:
    assert parse_truth("\n") == Truth(rows=(), aside=())
