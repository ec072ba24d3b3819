from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.pn532 import frames
from firmware_sim.pn532.frames import Command, FrameParser, HostFrame, Signal
from tests.firmware_sim.host_frames import GET_VERSION, host_frame


def wire(frame: HostFrame) -> bytes:
    match frame:
        case Command():
            return host_frame(frame)
        case Signal.ACK:
            return bytes.fromhex("0000FF00FF00")
        case Signal.NACK:
            return bytes.fromhex("0000FFFF0000")


commands = st.builds(Command, code=st.integers(0, 255), data=st.binary(max_size=263))
host_frames = st.one_of(commands, st.sampled_from(Signal))
no_start = st.binary(max_size=12).map(lambda data: data.replace(b"\xff", b"\x55"))


def test_a_command_with_a_wake_up_preamble_is_found() -> None:
    assert FrameParser().feed(bytes(10) + GET_VERSION) == [Command(code=0x02, data=b"")]


def test_a_line_test_comes_as_an_extended_frame() -> None:
    data = b"\x00" + bytes(i & 0xFF for i in range(262))
    frame = host_frame(Command(code=0x00, data=data))
    assert frame[3:5] == b"\xff\xff"
    assert FrameParser().feed(frame) == [Command(code=0x00, data=data)]


def test_an_answer_above_255_bytes_is_an_extended_frame() -> None:
    short, long = frames.encode(0x42, bytes(253)), frames.encode(0x42, bytes(254))
    assert short[:5] == bytes.fromhex("0000FFFF01")
    assert long[:8] == bytes.fromhex("0000FFFFFF0100FF")
    assert sum(long[8:-1]) & 0xFF == 0


def test_the_error_frame_and_a_plain_answer_are_those_of_the_manual() -> None:
    assert frames.encode(0x14, b"") == bytes.fromhex("0000FF02FED5151600")
    assert frames.SYNTAX_ERROR.hex() == "0000ff01ff7f8100"


def test_a_frame_with_a_wrong_checksum_is_counted_and_the_next_one_is_heard() -> None:
    parser = FrameParser()
    broken = GET_VERSION[:-2] + b"\x2b\x00"
    assert parser.feed(broken + GET_VERSION) == [Command(code=0x02, data=b"")]
    assert parser.malformed == 1


def test_an_answer_of_another_chip_is_no_command() -> None:
    parser = FrameParser()
    assert parser.feed(frames.encode(0x14, b"")) == []
    assert parser.malformed == 1


def test_a_length_that_no_frame_can_have_does_not_swallow_what_follows() -> None:
    parser = FrameParser()
    assert parser.feed(bytes.fromhex("0000FFFFFF800080") + bytes(1) + GET_VERSION) == [Command(code=0x02, data=b"")]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(no_start, host_frames), max_size=5), st.lists(st.integers(0, 1400), max_size=3))
def test_frames_between_rubbish_are_found_however_the_bytes_are_cut(
    parts: list[tuple[bytes, HostFrame]], cuts: list[int]
) -> None:
    stream = b"".join(rubbish + b"\x00" + wire(frame) for rubbish, frame in parts)
    whole, bytewise, cut = FrameParser(), FrameParser(), FrameParser()
    expected = [frame for _, frame in parts]
    assert whole.feed(stream) == expected
    assert [frame for byte in stream for frame in bytewise.feed(bytes((byte,)))] == expected
    at = sorted(min(cut, len(stream)) for cut in cuts)
    pieces = [stream[a:b] for a, b in zip([0, *at], [*at, len(stream)], strict=True)]
    assert [frame for piece in pieces for frame in cut.feed(piece)] == expected
    assert whole.malformed == bytewise.malformed == cut.malformed == 0


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=600))
def test_no_rubbish_breaks_the_parser_or_grows_in_it(rubbish: bytes) -> None:
    parser = FrameParser()
    parser.feed(rubbish)
    assert parser.waiting <= frames.LONGEST + 8
    parser.reset()
    assert parser.feed(GET_VERSION) == [Command(code=0x02, data=b"")]
