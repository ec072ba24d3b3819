import os
import threading
import tty
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.reader.chip import Chip, ChipFault, rescue
from edge.reader.settings import Settings
from firmware_sim.pn532.faults import Fault
from firmware_sim.reader_bay import ReaderBay
from firmware_sim.tags.cards import PlainCard
from firmware_sim.tags.felica import FelicaCard
from firmware_sim.tags.keys import SunKeys
from firmware_sim.tags.ntag21x import NtagTag
from firmware_sim.tags.ntag424 import Ntag424
from firmware_sim.tags.phone import Phone
from firmware_sim.tags.tag import Tag

UID7 = bytes.fromhex("04a2b3c4d5e680")
URL = "https://id.example/01/08801234567893"
SIGNED_URL = URL + "?picc={picc}&cmac={cmac}"


@pytest.fixture
def bay(tmp_path: Path) -> Iterator[ReaderBay]:
    with ReaderBay(tmp_path) as bay:
        bay.add("r1")
        yield bay


def told(bay: ReaderBay, **more: float) -> Settings:
    return Settings(name="r1", device=str(bay.path("r1")), **more)  # type: ignore[arg-type]  # times alone are given


@pytest.fixture
def chip(bay: ReaderBay) -> Iterator[Chip]:
    # Patient: what is felt is tested here, and other tests load the machine.
    chip = Chip.open(told(bay, ack_s=2.0), lambda: None)
    yield chip
    chip.close()


def counted() -> Callable[[int], bytes]:
    numbers = count(1)
    return lambda size: next(numbers).to_bytes(size, "big")


TAGS: dict[str, tuple[Callable[[], Tag], bytes]] = {
    "NTAG215": (lambda: NtagTag(UID7, url=URL), UID7),
    "NTAG 424 DNA": (
        lambda: Ntag424(UID7, url=SIGNED_URL, keys=SunKeys(meta_read=bytes(16), file_read=bytes(16)), random=counted()),
        UID7,
    ),
    "card of 4 bytes": (lambda: PlainCard(bytes.fromhex("deadbeef")), bytes.fromhex("deadbeef")),
    "card of 10 bytes": (lambda: PlainCard(bytes(range(1, 11))), bytes(range(1, 11))),
    "FeliCa": (lambda: FelicaCard(bytes.fromhex("0114c3b2a1000102")), bytes.fromhex("0114c3b2a1000102")),
}


@pytest.mark.parametrize("name", TAGS)
def test_each_kind_of_tag_is_sensed_again_and_again(chip: Chip, bay: ReaderBay, name: str) -> None:
    make, uid = TAGS[name]
    assert chip.sense() is None
    bay.put("r1", make())
    for _ in range(3):
        found = chip.sense()
        assert found is not None
        assert found.uid == uid
        assert not found.random
    bay.take("r1")
    assert not chip.feel()
    assert chip.sense() is None


@pytest.mark.parametrize("name", ["NTAG215", "NTAG 424 DNA", "FeliCa"])
def test_a_tag_that_can_be_felt_is_felt_without_sensing_it_anew(chip: Chip, bay: ReaderBay, name: str) -> None:
    bay.put("r1", TAGS[name][0]())
    assert chip.sense() is not None
    assert all(chip.feel() for _ in range(10))
    bay.take("r1")
    assert not chip.feel()


def test_a_phone_keeps_its_random_uid_while_it_is_felt(chip: Chip, bay: ReaderBay) -> None:
    phone = Phone(counted())
    bay.put("r1", phone)
    found = chip.sense()
    assert found is not None
    assert found.random
    assert all(chip.feel() for _ in range(10))
    assert found.uid == phone.uid


def test_a_phone_that_is_sensed_anew_makes_up_another_uid(chip: Chip, bay: ReaderBay) -> None:
    bay.put("r1", Phone(counted()))
    found = [chip.sense() for _ in range(5)]
    assert len({each.uid for each in found if each is not None}) == 5


def test_another_card_in_the_place_of_a_felt_one_is_not_felt(chip: Chip, bay: ReaderBay) -> None:
    bay.put("r1", FelicaCard(bytes(range(8))))
    assert chip.sense() is not None
    bay.take("r1")
    bay.put("r1", FelicaCard(bytes(range(1, 9))))
    assert not chip.feel()


def test_the_field_is_off_when_nothing_lies_there(chip: Chip, bay: ReaderBay) -> None:
    chip.sense()
    with bay._port("r1").chip() as played:
        assert not played.field.on


def test_the_light_is_dark_until_it_is_told_and_leaves_the_other_pins(chip: Chip, bay: ReaderBay) -> None:
    assert not bay.light("r1")
    chip.light(lit=True)
    assert bay.light("r1")
    with bay._port("r1").chip() as played:
        assert played.pins == 0x1F
    chip.quiet()
    assert not bay.light("r1")


def test_a_reader_without_a_light_drives_no_pin(bay: ReaderBay) -> None:
    chip = Chip.open(Settings(name="r1", device=str(bay.path("r1")), light_pin=None, ack_s=2.0), lambda: None)
    chip.light(lit=True)
    chip.close()
    assert not bay.light("r1")


def test_opening_never_raises_the_speed(chip: Chip, bay: ReaderBay) -> None:
    chip.ping()
    with bay._port("r1").chip() as played:
        assert played.baud == 115200


def test_a_chip_stuck_at_a_higher_speed_is_brought_back(bay: ReaderBay) -> None:
    bay.fault("r1", Fault.STUCK_BAUD)
    with pytest.raises(ChipFault, match="does not acknowledge"):
        Chip.open(told(bay), lambda: None)
    rescue(told(bay, ack_s=2.0), baud=921600)
    Chip.open(told(bay, ack_s=2.0), lambda: None).close()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault.SILENT, "does not acknowledge"),
        (Fault.BAD_CHECKSUM, "checksum error"),
        (Fault.ERROR_FRAME, "refused a command"),
        (Fault.UNPLUG, "there is no device at"),
    ],
)
def test_a_fault_of_an_open_chip_is_said_in_words(bay: ReaderBay, fault: Fault, words: str) -> None:
    chip = Chip.open(told(bay), lambda: None)
    bay.fault("r1", fault)
    with pytest.raises(ChipFault, match=words):
        chip.sense()
    chip.close()


def test_a_chip_that_acknowledges_late_is_waited_for(chip: Chip, bay: ReaderBay) -> None:
    bay.fault("r1", Fault.SLOW_ACK)
    bay.put("r1", NtagTag(UID7))
    assert chip.sense() is not None


def test_an_acknowledgement_after_the_wait_for_it_confuses_no_later_command(bay: ReaderBay) -> None:
    chip = Chip.open(told(bay, ack_s=0.1), lambda: None)
    bay.put("r1", NtagTag(UID7))
    bay.fault("r1", Fault.SLOW_ACK, times=1)
    with pytest.raises(ChipFault, match="does not acknowledge"):
        chip.sense()
    chip.resync()
    found = chip.sense()
    assert found is not None
    assert found.uid == UID7
    chip.close()


def test_one_lost_command_is_mended_in_place(bay: ReaderBay) -> None:
    chip = Chip.open(told(bay), lambda: None)
    bay.put("r1", PlainCard(bytes.fromhex("deadbeef")))
    bay.fault("r1", Fault.SILENT, times=1)
    with pytest.raises(ChipFault):
        chip.sense()
    chip.resync()
    assert chip.sense() is not None
    chip.close()


def test_a_missing_device_is_said(tmp_path: Path) -> None:
    with pytest.raises(ChipFault, match=r"there is no device at .*nowhere"):
        Chip.open(Settings(name="r1", device=str(tmp_path / "nowhere")), lambda: None)


def test_a_file_is_no_device(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no serial port")
    with pytest.raises(ChipFault, match="line to the chip is broken"):
        Chip.open(Settings(name="r1", device=str(tmp_path / "file")), lambda: None)


def test_a_port_that_another_program_uses_is_said(chip: Chip, bay: ReaderBay) -> None:
    with pytest.raises(ChipFault, match="another program uses"):
        Chip.open(told(bay), lambda: None)
    chip.ping()


def test_unplugging_leaks_no_descriptor(bay: ReaderBay) -> None:
    chip = Chip.open(told(bay, ack_s=2.0), lambda: None)
    bay.fault("r1", Fault.UNPLUG)
    chip.close()
    bay.mend("r1")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        chip = Chip.open(told(bay, ack_s=2.0), lambda: None)
        bay.fault("r1", Fault.UNPLUG)
        with pytest.raises(ChipFault):
            chip.sense()
        chip.close()
        bay.mend("r1")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


class Babbler:
    """A serial port whose other end answers every write with the same bytes."""

    def __init__(self, answer: bytes) -> None:
        self._mine, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.path = os.ttyname(self._theirs)
        self._answer = answer
        self._thread = threading.Thread(target=self._babble, daemon=True)
        self._thread.start()

    def _babble(self) -> None:
        heard = os.read(self._mine, 4096)
        while not heard.endswith(b"end"):  # it may come together with a last command
            os.write(self._mine, self._answer)
            heard = heard[-2:] + os.read(self._mine, 4096)

    def close(self) -> None:
        os.write(self._theirs, b"end")
        self._thread.join()
        os.close(self._mine)
        os.close(self._theirs)


ACK = bytes.fromhex("0000ff00ff00")


@given(
    answer=st.one_of(
        st.binary(max_size=40),
        st.binary(max_size=20).map(lambda data: ACK + data),
        st.binary(max_size=20).map(lambda data: ACK + b"\x00\x00\xff" + data),
        st.binary(max_size=20).map(lambda data: ACK + b"\x00\x00\xff\xff\xff" + data),
    )
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_port_answers_is_a_fault_in_words_or_a_chip(answer: bytes) -> None:
    port = Babbler(answer)
    try:
        with pytest.raises(ChipFault, match=r"\w+ \w+"):
            Chip.open(Settings(name="r1", device=port.path, ack_s=0.05), lambda: None)
    finally:
        port.close()


def test_a_chip_of_another_kind_is_refused_by_its_number() -> None:
    pn533 = bytes.fromhex("0000ff06fad50333020707" + "e500")
    port = Babbler(ACK + pn533)
    try:
        with pytest.raises(ChipFault, match="no PN532"):
            Chip.open(Settings(name="r1", device=port.path), lambda: None)
    finally:
        port.close()
