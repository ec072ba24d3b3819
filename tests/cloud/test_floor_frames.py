"""A day's frames and the stream's deltas: what goes in comes out, nobody is shown alone, and no time is lost."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cloud.manage.frames import coded, deltas, evened, packed, runs
from cloud.manage.heat import UNSEEN
from cloud.manage.raster import WITHHELD
from tests.cloud.floor_file import applied, day_file

K = 5
small = st.integers(0, 40)


def header(frames: int, columns: int, rows: int, cameras: int) -> dict[str, object]:
    names = [f"cam-{number}" for number in range(cameras)]
    return {"frames": frames, "columns": columns, "rows": rows, "top": 253.0, "cameras": names, "unit": "people·s/m²"}


@settings(max_examples=60, deadline=None)
@given(frames=arrays(np.uint8, st.tuples(st.integers(1, 12), st.just(12))), cameras=st.integers(0, 3))
def test_a_file_of_differences_says_what_the_frames_said(frames: np.ndarray, cameras: int) -> None:
    entries = np.arange(len(frames), dtype=np.uint16) + 65_000
    coverage = np.full((len(frames), cameras), 93, np.uint8)
    data = packed(header(len(frames), 4, 3, cameras), entries=entries, coverage=coverage, frames=frames)
    read = day_file(data)
    assert (read.frames.reshape(frames.shape) == frames).all()
    assert read.entries == entries.tolist()
    assert (read.coverage == coverage).all()
    assert read.header["unit"] == "people·s/m²"


def test_the_bytes_of_a_known_day_are_these() -> None:
    frames = np.array([[1, 255], [3, 0]], np.uint8)
    head = {"frames": 2, "columns": 2, "rows": 1, "top": 1.0, "cameras": ["a"]}
    data = packed(
        head, entries=np.array([10, 65_535], np.uint16), coverage=np.array([[100], [7]], np.uint8), frames=frames
    )
    words = json.dumps(head, separators=(",", ":")).encode()
    words += b" " * (-len(words) % 8)
    assert data == b"AIF1" + bytes([len(words), 0, 0, 0]) + words + bytes([10, 0, 255, 255, 100, 7, 1, 255, 2, 1])
    assert deltas(frames).tolist() == [[1, 255], [2, 1]]


@settings(max_examples=150, deadline=None)
@given(
    pair=arrays(np.uint8, st.tuples(st.just(2), st.integers(1, 600)), elements=st.sampled_from([0, 0, 0, 1, 7, 255]))
)
def test_a_delta_turns_one_picture_into_the_other(pair: np.ndarray) -> None:
    assert (applied(pair[0], runs(pair[0], pair[1])) == pair[1]).all()


def test_a_picture_that_did_not_change_costs_nothing() -> None:
    cells = np.arange(256, dtype=np.uint8)
    assert runs(cells, cells) == b""


@st.composite
def days(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values, people and what was seen, [frames, cells]; where nobody looked there is nothing."""
    shape = (draw(st.integers(1, 14)), 3)
    people = draw(arrays(np.float64, shape, elements=st.integers(0, 7)))
    values = draw(arrays(np.float64, shape, elements=small))
    seen = draw(arrays(np.bool_, shape))
    return np.where(seen, values, 0.0), np.where(seen, people, 0.0), seen


@settings(max_examples=150, deadline=None)
@given(day=days())
def test_the_sum_of_a_days_frames_is_the_sum_of_the_day(day: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    values, people, seen = day
    shown = evened(values, people, seen, K)
    assert shown.values.sum(axis=0) == pytest.approx(values.sum(axis=0))
    # A cell is withheld where somebody was, but fewer than k all day.
    assert (shown.withheld == ((people.sum(axis=0) < K) & ((people + values).sum(axis=0) > 0))).all()


@settings(max_examples=50, deadline=None)
@given(day=days())
def test_whatever_differs_between_two_frames_is_about_k_people_each(
    day: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    values, people, seen = day
    shown = evened(values, people, seen, K)
    for cell in range(values.shape[1]):
        if shown.withheld[cell]:
            continue
        told = shown.values[:, cell]
        for value in set(told[seen[:, cell]].tolist()) - {0.0}:
            alike = np.isclose(told, value) & seen[:, cell]
            assert people[: alike.nonzero()[0][-1] + 1, cell].sum() >= K


def test_frames_with_many_people_stay_as_they_are() -> None:
    values = np.array([[10.0], [20.0], [30.0]])
    shown = evened(values, np.full((3, 1), 5.0), np.ones((3, 1), np.bool_), K)
    assert shown.values.ravel().tolist() == [10, 20, 30]


def test_quiet_frames_show_the_mean_of_the_time_in_which_five_passed() -> None:
    values = np.array([[5.0], [0.0], [10.0], [6.0], [4.0]])
    people = np.array([[2.0], [0.0], [3.0], [5.0], [1.0]])
    shown = evened(values, people, np.ones((5, 1), np.bool_), K)
    assert shown.values.ravel().tolist() == [7.5, 0, 7.5, 5, 5]


def test_a_night_in_which_nobody_was_there_stays_empty() -> None:
    values, people = np.zeros((200, 1)), np.zeros((200, 1))
    values[150:155], people[150:155] = 8.0, 1.0
    shown = evened(values, people, np.ones((200, 1), np.bool_), K)
    assert shown.values[:150].sum() == 0
    assert shown.values[150:155].ravel().tolist() == [8.0] * 5


def test_a_frame_that_nobody_saw_is_unseen_and_gets_nothing_of_its_neighbours() -> None:
    values, people = np.array([[10.0], [0.0], [20.0]]), np.array([[3.0], [0.0], [3.0]])
    seen = np.array([[True], [False], [True]])
    shown = evened(values, people, seen, K)
    assert coded(shown, seen, 253.0).ravel().tolist() == [15, UNSEEN, 15]


def test_a_cell_with_too_few_all_day_says_so_in_each_seen_frame() -> None:
    seen = np.array([[True], [True]])
    shown = evened(np.array([[10.0], [0.0]]), np.array([[4.0], [0.0]]), seen, K)
    assert coded(shown, seen, 253.0).ravel().tolist() == [WITHHELD, WITHHELD]
