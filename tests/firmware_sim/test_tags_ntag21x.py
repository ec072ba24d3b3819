import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.tags.ntag21x import Ntag, NtagTag
from firmware_sim.tags.tag import CardState, Reply

UID = bytes.fromhex("04A1B2C3D4E5F6")
NAK = Reply(data=b"\x00", short=True)
ACK = Reply(data=b"\x0a", short=True)


def ask(tag: NtagTag, frame: str) -> Reply | None:
    """The answer of a tag that was just requested and selected."""
    tag.power_off()
    assert tag.request()
    tag.select()
    return tag.receive(bytes.fromhex(frame))


def page(tag: NtagTag, number: int) -> str:
    reply = ask(tag, f"30{number:02x}")
    assert reply is not None
    return reply.data[:4].hex().upper()


def test_the_first_pages_hold_the_uid_its_check_bytes_and_the_capability_container() -> None:
    reply = ask(NtagTag(UID), "3000")
    assert reply == Reply(data=bytes.fromhex("04A1B29F C3D4E5F6 04480000 E1101200"))


@pytest.mark.parametrize(("kind", "last"), [(Ntag.NTAG213, 0x2C), (Ntag.NTAG215, 0x86), (Ntag.NTAG216, 0xE6)])
def test_memory_ends_where_the_data_sheet_says_and_reading_rolls_over(kind: Ntag, last: int) -> None:
    tag = NtagTag(UID, kind=kind)
    rolled = ask(tag, f"30{last:02x}")
    assert rolled is not None
    assert rolled.data == bytes(4) + bytes.fromhex("04A1B29F C3D4E5F6 04480000")
    assert ask(tag, f"30{last + 1:02x}") == NAK


def test_after_a_refused_command_the_tag_is_mute_until_requested_again() -> None:
    tag = NtagTag(UID)
    assert ask(tag, "1A00") == NAK
    assert tag.state is CardState.IDLE
    assert tag.receive(b"\x30\x00") is None


def test_fast_read_gives_a_range_and_refuses_a_reversed_one() -> None:
    tag = NtagTag(UID)
    reply = ask(tag, "3A0003")
    assert reply is not None
    assert len(reply.data) == 16
    assert ask(tag, "3A0300") == NAK
    assert ask(tag, "3A002D") == NAK


def test_serial_number_pages_cannot_be_written_and_one_time_bits_only_be_set() -> None:
    tag = NtagTag(UID)
    assert ask(tag, "A200FFFFFFFF") == NAK
    assert ask(tag, "A203000F0003") == ACK
    assert page(tag, 3) == "E11F1203"
    assert ask(tag, "A20300000000") == ACK
    assert page(tag, 3) == "E11F1203"


def test_a_lock_bit_makes_its_page_read_only_for_ever() -> None:
    tag = NtagTag(UID)
    assert ask(tag, "A20500112233") == ACK
    assert ask(tag, "A202FFFF2000") == ACK  # lock page 5
    assert page(tag, 2) == "04482000"
    assert ask(tag, "A20544556677") == NAK
    assert page(tag, 5) == "00112233"
    assert ask(tag, "A20200000000") == ACK
    assert page(tag, 2) == "04482000"


def test_the_password_cannot_be_read_but_be_shown_to_be_known() -> None:
    tag = NtagTag(UID)
    assert page(tag, 0x2B) == "00000000"
    assert ask(tag, "1BFFFFFFFF") == Reply(data=b"\x00\x00")
    assert ask(tag, "1B00000000") == NAK


def test_a_uid_or_a_url_that_no_such_tag_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="has 4 bytes"):
        NtagTag(UID[:4])
    with pytest.raises(ValueError, match="does not fit the 144 of NTAG213"):
        NtagTag(UID, url="https://shop.example/" + "x" * 140)
    with pytest.raises(ValueError, match="percent-encode"):
        NtagTag(UID, url="https://shop.example/우유")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=8), max_size=12))
def test_no_frame_changes_the_uid_or_gets_more_than_the_memory(sent: list[bytes]) -> None:
    tag = NtagTag(UID, kind=Ntag.NTAG215)
    for frame in sent:
        reply = ask(tag, frame.hex())
        assert reply is None or len(reply.data) <= 135 * 4
    assert page(tag, 0) + page(tag, 1) == "04A1B29FC3D4E5F6"
