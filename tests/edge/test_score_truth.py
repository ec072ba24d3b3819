import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.score.motchallenge import Row, TruthError, parse, read, text_of

numbers = st.integers(-99_999, 99_999).map(lambda whole: whole / 100)
sizes = st.integers(1, 99_999).map(lambda whole: whole / 100)
rows = st.lists(
    st.builds(
        Row,
        frame=st.integers(1, 99),
        id=st.integers(-1, 99),
        left=numbers,
        top=numbers,
        width=sizes,
        height=sizes,
        conf=st.integers(1, 9999).map(lambda whole: whole / 10_000),
    ),
    min_size=1,
    max_size=20,
    unique_by=lambda row: (row.frame, row.id),
)


@settings(max_examples=100, deadline=None)
@given(rows)
def test_rows_survive_their_text(written: list[Row]) -> None:
    assert parse(text_of(written)) == tuple(written)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80))
def test_any_text_gives_rows_or_a_truth_error(text: str) -> None:
    with contextlib.suppress(TruthError):
        assert parse(text)


@pytest.mark.parametrize(
    "head",
    [
        "frame,id,left,top,width,height,conf",
        "#frame, track_id, bb_left, bb_top, bb_width, bb_height",
        '"Frame";"ID";x;y;w;h',
    ],
)
def test_a_head_line_is_none_of_the_boxes(head: str) -> None:
    assert parse(f"{head}\n1,2,3,4,5,6\n") == parse("1,2,3,4,5,6\n")


@pytest.mark.parametrize("head", ["frame,id,x1,y1,x2,y2", "id,frame,left,top,width,height", "frame,id,x,y,w_,"])
def test_a_head_line_of_other_columns_is_refused(head: str) -> None:
    with pytest.raises(TruthError, match="line 1: "):
        parse(f"{head}\n1,2,3,4,5,6\n")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("1,2,3,4,5", "line 2: 5 columns"),
        ("x,2,3,4,5,6", "line 2: frame is 'x'; it must be a number"),
        ("1.5,2,3,4,5,6", "line 2: frame is '1.5'; it must be a whole number"),
        ("0,2,3,4,5,6", "line 2: frame 0; the first frame is 1"),
        ("1,2,3,nan,5,6", "line 2: top is 'nan'"),
        ("1,2,3,4,0,6", "line 2: a box of 0 x 6 pixels"),
        ("1,2,3,4,5,6,yes", "line 2: conf is 'yes'"),
        ("1,2,3,4,5,6,1,person,1", "line 2: class is 'person'"),
        ("9,9,3,4,5,6", "line 2: id 9 is in frame 9 already, on line 1"),
        ("just words", "line 2: 2 columns"),
        ("1,2,3,4,5,6,1,0,1", "line 2: class 0; allowed are 1, a pedestrian, to 13"),
        ("9,-1,3,4,5,6\n9,-1,4,4,5,6", r"line 3: id -1 is nobody's, as on line 2: .* the truth is gt.txt"),
    ],
)
def test_a_wrong_line_is_named(line: str, told: str) -> None:
    with pytest.raises(TruthError, match=told):
        parse(f"9,9,1,1,1,1,1,-1,-1,-1\n{line}\n")


def test_what_the_truth_sets_aside_does_not_count() -> None:
    text = "1,1,0,0,9,9,1,1,1\n1,2,0,0,9,9,0,1,1\n1,3,0,0,9,9,1,7,1\n1,4,0,0,9,9,1,-1,-1\n"

    assert [row.id for row in parse(text)] == [1, 4]


def test_spaces_an_order_mark_and_whole_numbers_with_a_point_are_read() -> None:
    assert parse("\n 1 , 2.0 , 3,4,5,6\n")[0].id == 2
    assert parse("1 2 3 4 5 6")[0].height == 6


@pytest.mark.parametrize("text", ["", "\n\n", "1,1,0,0,9,9,0,1,1\n"])
def test_a_truth_without_a_box_is_refused(text: str) -> None:
    with pytest.raises(TruthError, match="no box that counts"):
        parse(text)


def test_a_file_of_bytes_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "truth.txt"
    path.write_bytes(b"\xef\xbb\xbf1,2,3,4,5,6\r\n")
    assert read(path)[0].id == 2
    path.write_bytes(b"\xff\xfe\x00\x01")

    with pytest.raises(TruthError, match=r"truth.txt: not a text file"):
        read(path)
