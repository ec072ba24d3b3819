import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.attention import Attention
from edge.floor import plane
from edge.floor.assumed import Mount, as_floor
from edge.floor.shapes import Line
from edge.inputs import Box, Sighting
from edge.tracking import tracks
from edge.tracking.attention import NEAR_LINE, NEAR_OTHERS, attention
from edge.tracking.rules import Rules
from edge.tracking.tracks import Tracks
from edge.tracking.view import View

# A camera 3 m up that looks 35 degrees down, its floor as `edge.floor.assumed` builds it.
FLOOR = as_floor(Mount(focus=700.0, tilt=0.6, up=3.0), width=640, height=480)
DOOR = Line(id="door", a=(-1.0, 8.0), b=(1.0, 8.0))


def box(x: float, y: float) -> Box:
    """Somebody of 1.7 m who stands at floor (x, y)."""
    foot = plane.unproject(FLOOR, np.array([[x, y]]))[0]
    assert FLOOR.rise is not None
    head = np.array([x, y, 1.0]) @ FLOOR.inverse.T + 1.7 * FLOOR.rise
    top = head[1] / head[2]
    half = (foot[1] - top) / 5
    return Box(x1=foot[0] - half, y1=top, x2=foot[0] + half, y2=foot[1] + 2, score=0.9)


def followed(*places: tuple[float, float], looks: int = 8) -> Tracks:
    """The tracks of people who stand there for so many looks."""
    state = Tracks()
    for look in range(looks):
        sighting = Sighting(camera="c", at=look / 4, width=640, height=480, boxes=tuple(box(x, y) for x, y in places))
        state = tracks.update(state, sighting, View(floor=FLOOR), Rules()).tracks
    return state


def felt(state: Tracks, *lines: Line) -> Attention:
    assert state.at is not None
    return attention(state, lines, state.at)


def test_nobody_on_the_floor_asks_for_nothing() -> None:
    assert felt(followed()) is Attention.NOBODY
    assert attention(Tracks(), [DOOR], 5.0) is Attention.NOBODY


def test_somebody_alone_and_far_from_every_line_is_calm() -> None:
    assert felt(followed((0.0, 5.0)), DOOR) is Attention.CALM


def test_somebody_near_a_line_is_busy_but_not_beyond_its_ends() -> None:
    far = Line(id="far", a=(3.0, 5.0), b=(5.0, 5.0))

    assert felt(followed((0.0, 7.5)), DOOR) is Attention.BUSY
    assert felt(followed((0.0, 5.0)), far) is Attention.CALM


def test_two_who_could_meet_before_the_next_look_are_busy() -> None:
    assert felt(followed((0.0, 5.0), (1.0, 5.0))) is Attention.BUSY
    assert felt(followed((-1.0, 5.0), (1.0, 5.0))) is Attention.CALM


def test_somebody_who_was_seen_once_wants_a_second_look_soon() -> None:
    assert felt(followed((0.0, 5.0), looks=1)) is Attention.BUSY


def test_tracks_that_nobody_updates_any_more_ask_for_nothing() -> None:
    state = followed((0.0, 7.5))

    assert state.at is not None
    assert attention(state, [DOOR], state.at + 3.0) is Attention.NOBODY


class Left:
    """The floor left of x = 0."""

    def holds(self, places: np.ndarray) -> np.ndarray:
        return places[:, 0] < 0

    reaches = holds


def test_people_of_another_camera_are_its_own_to_watch() -> None:
    state = followed((-1.5, 5.0), (1.5, 7.5))

    assert state.at is not None
    assert attention(state, [DOOR], state.at) is Attention.BUSY
    assert attention(state, [DOOR], state.at, region=Left()) is Attention.CALM


places = st.lists(st.tuples(st.floats(-2, 2), st.floats(4, 9)), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(places)
def test_calm_is_only_who_is_alone_and_away_from_lines(where: list[tuple[float, float]]) -> None:
    state = followed((0.0, 5.0))
    (one,) = state.people
    bodies = [replace(one.body, x=x, y=y) for x, y in where]
    state = replace(state, people=tuple(replace(one, body=body) for body in bodies))

    nearest = min((float(np.hypot(*(np.array(a) - b))) for i, a in enumerate(where) for b in where[:i]), default=np.inf)
    to_line = min(float(np.hypot(max(0.0, abs(x) - 1), y - 8)) for x, y in where)
    expected = Attention.BUSY if nearest < NEAR_OTHERS or to_line < NEAR_LINE else Attention.CALM
    assert felt(state, DOOR) is expected
