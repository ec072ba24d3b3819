import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.tags.isodep import IsoDepCard
from firmware_sim.tags.tag import CardState


class EchoCard(IsoDepCard):
    """Answers every command with itself, as often as its first byte says."""

    atqa = 0x0004
    uid = b"\x01\x02\x03\x04"

    def __init__(self) -> None:
        super().__init__()
        self.commands: list[bytes] = []

    def _command(self, apdu: bytes) -> bytes:
        self.commands.append(apdu)
        return apdu * (apdu[0] or 1)


class Reader:
    """The other end of ISO/IEC 14443-4: chains what is long and asks again for what it lost."""

    def __init__(self, card: IsoDepCard, *, frame: int, lose: frozenset[int] = frozenset()) -> None:
        self._card, self._frame, self._lose = card, frame, lose
        self._number = 0
        self._answers = 0
        card.power_off()
        assert card.request()
        card.select()
        self._hear(b"\xe0\x80")

    def _hear(self, block: bytes) -> bytes:
        reply = self._card.receive(block)
        assert reply is not None, block.hex()
        return reply.data

    def _swap(self, block: bytes) -> bytes:
        """The answer to a block; a lost one is asked for by R(NAK)."""
        answer = self._hear(block)
        self._answers += 1
        if self._answers in self._lose:
            answer = self._hear(bytes((0xB2 | self._number,)))
        assert answer[0] & 1 == self._number
        self._number ^= 1
        return answer

    def exchange(self, command: bytes) -> bytes:
        size = self._frame - 3
        while len(command) > size:
            assert self._swap(bytes((0x12 | self._number,)) + command[:size])[0] & 0xFE == 0xA2
            command = command[size:]
        block = self._swap(bytes((0x02 | self._number,)) + command)
        answer = block[1:]
        while block[0] & 0x10:
            block = self._swap(bytes((0xA2 | self._number,)))
            answer += block[1:]
        return answer


echoed = st.builds(lambda times, rest: bytes((times,)) + rest, st.integers(0, 12), st.binary(max_size=89))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(echoed, min_size=1, max_size=4),
    st.integers(16, 128),
    st.frozensets(st.integers(1, 30), max_size=6),
)
def test_commands_and_answers_of_any_length_cross_in_chains_even_when_answers_get_lost(
    commands: list[bytes], frame: int, lose: frozenset[int]
) -> None:
    card = EchoCard()
    reader = Reader(card, frame=frame, lose=lose)
    assert [reader.exchange(command) for command in commands] == [c * (c[0] or 1) for c in commands]
    assert card.commands == commands  # none was carried out twice


def test_a_reader_that_asks_whether_the_card_is_there_gets_an_acknowledge() -> None:
    card = EchoCard()
    Reader(card, frame=64)
    assert card.receive(b"\xb2") is not None
    assert card.receive(b"\xb2").data == b"\xa3"  # type: ignore[union-attr] # shown one line above


def test_deselect_puts_the_card_to_sleep_until_the_field_was_off() -> None:
    card = EchoCard()
    Reader(card, frame=64)
    reply = card.receive(b"\xc2")
    assert reply is not None
    assert reply.data == b"\xc2"
    assert card.state is CardState.HALT
    assert not card.request()
    card.power_off()
    assert card.request()


@pytest.mark.parametrize("frame", ["0200A40400", "3000", "E0"])
def test_before_rats_nothing_else_is_answered(frame: str) -> None:
    card = EchoCard()
    assert card.request()
    card.select()
    assert card.receive(bytes.fromhex(frame)) is None


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=20), max_size=12))
def test_no_block_breaks_the_card(blocks: list[bytes]) -> None:
    card = EchoCard()
    Reader(card, frame=64)
    for block in blocks:
        reply = card.receive(block)
        assert reply is None or len(reply.data) <= 256 - 2
