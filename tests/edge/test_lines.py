import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge import lines
from edge.inputs import (
    Alive,
    Box,
    CameraChanged,
    CameraCounted,
    DeviceState,
    ReaderChanged,
    Sighting,
    TagGone,
    TagSeen,
)

finite = st.floats(allow_nan=False, allow_infinity=False)
boxes = st.builds(Box, x1=finite, y1=finite, x2=finite, y2=finite, score=finite)
noticed = st.one_of(
    st.builds(Alive, name=st.text(), at=finite),
    st.builds(TagSeen, reader=st.text(), uid=st.binary(min_size=4, max_size=10), random=st.booleans(), at=finite),
    st.builds(TagGone, reader=st.text(), at=finite),
    st.builds(ReaderChanged, reader=st.text(), state=st.sampled_from(DeviceState), reason=st.text(), at=finite),
    st.builds(CameraChanged, camera=st.text(), state=st.sampled_from(DeviceState), reason=st.text(), at=finite),
    st.builds(
        Sighting,
        camera=st.text(),
        at=finite,
        width=st.integers(0, 10_000),
        height=st.integers(0, 10_000),
        boxes=st.lists(boxes, max_size=5).map(tuple),
    ),
    st.builds(
        CameraCounted,
        camera=st.text(),
        read=st.integers(0, 2**40),
        overwritten=st.integers(0, 2**40),
        detected=st.integers(0, 2**40),
        detect_ms=finite,
        rss_mb=finite,
        at=finite,
    ),
)


@settings(max_examples=150, deadline=None)
@given(noticed)
def test_a_message_survives_its_line(message: lines.Noticed) -> None:
    line = lines.encode(message)

    assert line.count(b"\n") == 1
    assert lines.decode(line) == message


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_message_or_a_line_error(line: bytes) -> None:
    with contextlib.suppress(lines.LineError):
        lines.decode(line)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"kind":"Frame","noticed":{}}', "unknown kind 'Frame'; allowed are Alive"),
        (b'{"kind":"TagGone","noticed":{"reader":"r"}}', "missing required field `at`"),
        (b'{"kind":"TagGone","noticed":{"reader":1,"at":1.0}}', "Expected `str`, got `int`"),
        (b"Traceback (most recent call last):", "not a line of a child"),
        (b'"' + b"x" * lines.LONGEST + b'"', "allowed are 65536"),
    ],
)
def test_a_wrong_line_says_what_is_wrong(line: bytes, told: str) -> None:
    with pytest.raises(lines.LineError, match=told):
        lines.decode(line)
