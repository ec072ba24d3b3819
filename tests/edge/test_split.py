from hypothesis import given, settings
from hypothesis import strategies as st

from edge.children.split import Splitter


@given(lines=st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line)), cuts=st.lists(st.integers(1, 7)))
@settings(max_examples=200, deadline=None)
def test_lines_come_out_whole_however_the_stream_is_cut(lines: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(line + b"\n" for line in lines)
    splitter, heard = Splitter(longest=12), []
    for cut in [*cuts, len(stream)]:
        heard += splitter.feed(stream[:cut])
        stream = stream[cut:]
    assert heard == [line for line in lines if len(line) <= 12]
    assert splitter.dropped == len(lines) - len(heard)


def test_an_endless_line_takes_no_memory_and_is_counted_once() -> None:
    splitter = Splitter(longest=100)
    for _ in range(1000):
        assert splitter.feed(b"x" * 64) == []
    assert splitter.feed(b"\nnext\n") == [b"next"]
    assert splitter.dropped == 1
