"""The chip without a line: bytes in and bytes out at times that the test decides."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.pn532 import frames
from firmware_sim.pn532.chip import Chip, Timing
from firmware_sim.pn532.ciu import crc_a
from firmware_sim.pn532.faults import Fault
from firmware_sim.pn532.field import Field
from firmware_sim.pn532.frames import Command
from firmware_sim.tags.cards import PlainCard
from firmware_sim.tags.felica import FelicaCard
from firmware_sim.tags.keys import SunKeys
from firmware_sim.tags.ntag21x import NtagTag
from firmware_sim.tags.ntag424 import Ntag424
from firmware_sim.tags.phone import Phone
from tests.firmware_sim.host_frames import host_frame

INSTANT = Timing(ack_s=0.0, command_s=0.0, line=False)
UID = bytes.fromhex("04A1B2C3D4E5F6")
RF_OFF = "320102"
LIST_A = "4A0100"
FOUND_NTAG = "0101 0044 00 07 04A1B2C3D4E5F6"
ZERO_KEYS = SunKeys(meta_read=bytes(16), file_read=bytes(16))
ONE_TRY = "3205000000"


class Bench:
    """A chip and a host that asks one command after the other at a time of its own."""

    def __init__(self, *, awake: bool = True) -> None:
        self.field = Field()
        self.chip = Chip(self.field, timing=INSTANT)
        self.now = 0.0
        if awake:
            self.raw(bytes(5))

    def raw(self, data: bytes, *, baud: int = 115200, after_s: float = 10.0) -> bytes:
        """What has come `after_s` after the host wrote `data`."""
        self.chip.receive(data, now=self.now, baud=baud)
        self.now += after_s
        return self.chip.send(self.now)

    def ask(self, command: str, *, baud: int = 115200) -> str:
        """The answer's bytes behind its code, in hex; the frame around it is checked."""
        code, *data = bytes.fromhex(command)
        out = self.raw(host_frame(Command(code=code, data=bytes(data))), baud=baud)
        assert out.startswith(frames.ACK), out.hex()
        answer = out.removeprefix(frames.ACK)
        if answer == frames.SYNTAX_ERROR:
            return "error"
        head = 8 if answer[3:5] == b"\xff\xff" else 5
        assert answer[head : head + 2] == bytes((0xD5, code + 1))
        assert sum(answer[head:-1]) & 0xFF == 0
        return answer[head + 2 : -2].hex().upper()


@pytest.fixture
def bench() -> Bench:
    return Bench()


def spaced(text: str) -> str:
    return text.replace(" ", "")


def test_the_opening_frames_of_nfcpy_get_the_bytes_it_insists_on() -> None:
    bench = Bench(awake=False)
    version = bench.raw(bytes(10) + bytes.fromhex("0000FF02FED4022A00"))
    assert version == frames.ACK + bytes.fromhex("0000FF06FAD50332010607E800")
    sam = bench.raw(bytes(10) + bytes.fromhex("0000FF05FBD4140100001700"))
    assert sam == frames.ACK + bytes.fromhex("0000FF02FED5151600")


def test_a_chip_that_sleeps_loses_a_frame_without_preamble() -> None:
    bench = Bench(awake=False)
    assert bench.raw(host_frame(Command(code=0x02, data=b""))[3:]) == b""
    assert bench.ask("02") == "32010607"


def test_power_down_ends_with_the_next_edges_on_the_line(bench: Bench) -> None:
    assert bench.ask("16B000") == "00"
    assert bench.raw(b"\x00\x00") == b""
    assert bench.raw(b"\x55\x55" + host_frame(Command(code=0x02, data=b""))).startswith(frames.ACK)


def test_the_line_test_returns_what_it_got(bench: Bench) -> None:
    data = "00" + bytes(i & 0xFF for i in range(262)).hex().upper()
    assert bench.ask("00" + data) == data


@pytest.mark.parametrize(
    "command", ["FE", "00", "0005", "06", "0600", "080000", "10FF", "32", "3207", "4A0109", "4A03"]
)
def test_a_command_that_makes_no_sense_gets_the_error_frame(bench: Bench, command: str) -> None:
    assert bench.ask(command) == "error"


def test_a_new_speed_holds_from_the_answer_on_even_if_the_hosts_ack_is_lost(bench: Bench) -> None:
    assert bench.ask("1007") == ""
    assert bench.chip.baud == 921600
    assert bench.raw(bytes.fromhex("0000FF02FED4022A00"), baud=115200) == b""
    assert bench.ask("02", baud=921600) == "32010607"
    assert bench.ask("1004", baud=921600) == ""
    assert bench.ask("02") == "32010607"


def test_an_ack_of_the_host_gives_up_what_runs(bench: Bench) -> None:
    bench.field.put(NtagTag(UID))
    bench.ask(LIST_A)
    bench.ask("32020A0B10")
    frame = host_frame(Command(code=0x42, data=b"\x50\x00"))
    assert bench.raw(frame, after_s=1.0) == frames.ACK
    assert bench.raw(frames.ACK) == b""


def test_a_nack_of_the_host_brings_the_last_answer_again(bench: Bench) -> None:
    bench.ask("02")
    assert bench.raw(bytes.fromhex("0000FFFF0000")) == frames.encode(0x02, bytes.fromhex("32010607"))


def test_a_lamp_on_the_port_follows_its_pin_and_is_dark_after_power_on(bench: Bench) -> None:
    shown = [(bench.chip.light, bench.ask("0C")[:2])]
    for pins in ("0E9F00", "0E0000"):  # the second lacks the bit that says "this port", and changes nothing
        bench.ask(pins)
        shown.append((bench.chip.light, bench.ask("0C")[:2]))
    bench.chip.power_cycle()
    assert [*shown, bench.chip.light] == [(False, "3F"), (True, "1F"), (True, "1F"), False]


def test_an_empty_field_leaves_the_request_in_the_buffer(bench: Bench) -> None:
    bench.ask(ONE_TRY)
    assert bench.ask(LIST_A) == "00"
    assert bench.ask("066339") == "26"


def test_with_endless_retries_the_chip_waits_until_a_tag_comes(bench: Bench) -> None:
    frame = host_frame(Command(code=0x4A, data=b"\x01\x00"))
    assert bench.raw(frame) == frames.ACK
    assert bench.chip.wake_at(bench.now) is not None
    bench.field.put(NtagTag(UID))
    bench.raw(b"", after_s=0.02)  # it looks again, and takes its time to answer
    assert bench.raw(b"") == frames.encode(0x4A, bytes.fromhex(FOUND_NTAG))
    assert bench.chip.wake_at(bench.now) is None


@pytest.mark.parametrize("uid", ["11223344", "04A1B2C3D4E5F6", "04A1B2C3D4E5F6070809"])
def test_a_card_is_found_by_its_uid_with_cascade_tags_and_by_no_other(bench: Bench, uid: str) -> None:
    cascaded = {8: uid, 14: "88" + uid, 20: "88" + uid[:6] + "88" + uid[6:]}[len(uid)]
    other = cascaded[:-2] + "FF"
    bench.field.put(PlainCard(bytes.fromhex(uid)))
    bench.ask(ONE_TRY)
    assert bench.ask(LIST_A + cascaded).endswith(uid)
    bench.ask(RF_OFF)
    assert bench.ask(LIST_A + other) == "00"
    assert bench.ask("066339") != "26"  # somebody did answer the request


def test_a_selected_card_misses_the_first_request_and_answers_the_second(bench: Bench) -> None:
    bench.field.put(NtagTag(UID))
    bench.ask(ONE_TRY)
    assert bench.ask(LIST_A) == spaced(FOUND_NTAG)
    assert bench.ask(LIST_A) == "00"
    assert bench.ask(LIST_A) == spaced(FOUND_NTAG)


def test_a_halted_card_is_back_after_the_field_was_off(bench: Bench) -> None:
    bench.field.put(NtagTag(UID))
    bench.ask(ONE_TRY)
    bench.ask(LIST_A)
    assert bench.ask("4400") == "00"
    assert bench.ask(LIST_A) == "00"
    bench.ask(RF_OFF)
    assert bench.ask(LIST_A) == spaced(FOUND_NTAG)


def test_with_the_crc_off_an_answer_carries_its_crc_and_a_nak_is_one_byte(bench: Bench) -> None:
    bench.field.put(NtagTag(UID))
    bench.ask(LIST_A)
    bench.ask("08630300")
    version = bytes.fromhex("0004040201000F03")
    assert bench.ask("4260") == "00" + (version + crc_a(version)).hex().upper()
    assert bench.ask("421A00") == "0000"


def test_with_the_crc_on_it_is_taken_off_and_a_nak_looks_damaged(bench: Bench) -> None:
    bench.field.put(NtagTag(UID))
    bench.ask(LIST_A)
    assert bench.ask("4260") == "000004040201000F03"
    assert bench.ask("421A00") == "02"


def test_crc_a_is_the_one_of_the_standard() -> None:
    assert crc_a(b"\x00\x00").hex() == "a01e"  # ISO/IEC 14443-3 annex B, example 1
    assert crc_a(b"\x12\x34").hex() == "26cf"  # example 2


def test_a_felica_card_answers_polling_with_a_length_that_counts_itself(bench: Bench) -> None:
    bench.field.put(FelicaCard(bytes.fromhex("012E3D4C5B6A7988")))
    expected = "0101 14 01 012E3D4C5B6A7988 00F1000000014300 88B4"
    assert bench.ask("4A0101 00FFFF0100") == spaced(expected)
    bench.ask(ONE_TRY)
    assert bench.ask(LIST_A) == "00"


def test_cutting_the_field_gives_a_phone_another_uid_and_looking_again_does_not(bench: Bench) -> None:
    bench.field.put(Phone(random.Random(1).randbytes))
    bench.ask("1200")
    first = bench.ask(LIST_A)
    again = bench.ask(LIST_A)
    bench.ask(RF_OFF)
    later = bench.ask(LIST_A)
    assert first == again
    assert first[:14] == later[:14] == "01010004200408"
    assert first != later


def test_automatic_rats_appends_the_ats_and_can_be_switched_off(bench: Bench) -> None:
    bench.field.put(Phone(random.Random(1).randbytes))
    assert bench.ask(LIST_A).endswith("0578807002")
    bench.ask(RF_OFF)
    bench.ask("1200")
    assert "788070" not in bench.ask(LIST_A)


def test_adafruits_library_reads_and_writes_pages_by_data_exchange(bench: Bench) -> None:
    bench.field.put(NtagTag(UID))
    bench.raw(bytes.fromhex("5555000000"))
    assert bench.ask("14011401") == ""
    assert bench.ask(LIST_A) == spaced(FOUND_NTAG)
    assert bench.ask("4001A206DEADBEEF") == "00"
    assert bench.ask("40013006").startswith("00DEADBEEF")
    assert bench.ask("40027006") == "27"  # there is no second target


def test_a_host_that_leaves_iso_dep_to_the_chip_reads_a_signed_url(bench: Bench) -> None:
    bench.field.put(Ntag424(UID, url="https://shop.example/?p={picc}&m={cmac}", keys=ZERO_KEYS, random=bytes))
    assert bench.ask(LIST_A).endswith("067777710280")
    assert bench.ask("4001 00A4040007D276000085010100") == "009000"
    assert bench.ask("4001 00A4000C02E104") == "009000"
    answer = bytes.fromhex(bench.ask("4001 00B0000000"))  # the whole file: five blocks of 61 bytes at most
    assert len(answer) == 1 + 256 + 2
    assert b"shop.example/?p=" in answer
    assert bench.ask("4401") == "00"
    assert bench.ask("4001 00B0000000").startswith("01")


def test_a_long_command_goes_to_the_card_in_blocks(bench: Bench) -> None:
    bench.field.put(Ntag424(UID, url="https://shop.example/?p={picc}&m={cmac}", keys=ZERO_KEYS, random=bytes))
    bench.ask(LIST_A)
    assert bench.ask("4001 00D6000000" + "55" * 200) == "006982"


def test_a_frame_that_was_never_finished_does_not_swallow_the_next_host(bench: Bench) -> None:
    assert bench.raw(bytes.fromhex("0000FFFFFF0109F6D400")) == b""
    assert bench.ask("02") == "32010607"


def test_a_fault_ends_after_its_times_and_after_its_time(bench: Bench) -> None:
    bench.chip.fault(Fault.ERROR_FRAME, now=bench.now, times=2)
    assert [bench.ask("02") for _ in range(3)] == ["error", "error", "32010607"]
    bench.chip.fault(Fault.SILENT, now=bench.now, for_s=5.0)
    assert bench.raw(host_frame(Command(code=0x02, data=b""))) == b""
    assert bench.ask("02") == "32010607"


@pytest.mark.parametrize("wrong", [{"for_s": 0.0}, {"for_s": -1.0}, {"times": 0}])
def test_a_fault_of_no_length_is_refused(bench: Bench, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="fault silent"):
        bench.chip.fault(Fault.SILENT, now=0.0, **wrong)


def test_at_115200_baud_bytes_take_the_time_that_a_line_takes() -> None:
    chip = Chip(Field(), timing=Timing(ack_s=0.0, command_s=0.0, line=True))
    frame = bytes(10) + host_frame(Command(code=0x02, data=b""))
    chip.receive(frame, now=0.0, baud=115200)
    heard = len(frame) - 5  # five bytes went into waking it
    first = chip.wake_at(0.0) or 0.0
    assert first == pytest.approx((heard + len(frames.ACK)) * 10 / 115200)
    assert chip.send(first) == frames.ACK
    last = chip.wake_at(first)
    assert last == pytest.approx(first + 13 * 10 / 115200)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 0x60), st.binary(max_size=24)), min_size=1, max_size=8), st.integers(0, 4))
def test_whatever_a_host_asks_the_chip_answers_one_good_frame_or_waits(
    asked: list[tuple[int, bytes]], lying: int
) -> None:
    bench = Bench()
    tags = (NtagTag(UID), FelicaCard(bytes(8)), Phone(random.Random(1).randbytes), PlainCard(bytes(4)))
    if lying < len(tags):
        bench.field.put(tags[lying])
    for code, data in asked:
        if code in {0x10, 0x16}:  # they change who hears whom
            continue
        out = bench.raw(host_frame(Command(code=code, data=data)))
        assert out.startswith(frames.ACK)
        answer = out.removeprefix(frames.ACK)
        if answer and answer != frames.SYNTAX_ERROR:
            assert answer[5:7] == bytes((0xD5, code + 1))
            assert answer[-1] == 0
            assert sum(answer[5:-1]) & 0xFF == 0
