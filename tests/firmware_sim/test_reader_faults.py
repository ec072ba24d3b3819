"""Each way to fail, as unmodified nfcpy meets it."""

import errno
import logging
import termios

import pytest

from firmware_sim.pn532.faults import Fault
from firmware_sim.reader_bay import ReaderBay
from firmware_sim.tags.ntag21x import NtagTag
from tests.firmware_sim.conftest import READER
from tests.firmware_sim.hosts import (
    ChipsetError,
    connect,
    give_up,
    hurried,
    is_a_plain_type_2_tag,
    is_a_tag,
    nfcpy,
    open_by_hand,
    read_tag,
    rescue,
    sense,
    url_of,
)
from tests.programs import eventually

URL = "https://shop.example/01/09506000134352"


@pytest.fixture(autouse=True)
def _a_tag_lies_there(bay: ReaderBay) -> None:
    bay.put(READER, NtagTag(bytes.fromhex("04A1B2C3D4E5F6"), url=URL))


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.SLOW_ACK, Fault.BAD_CHECKSUM])
def test_a_broken_answer_makes_connect_false_and_the_reader_works_once_it_is_over(bay: ReaderBay, fault: Fault) -> None:
    with nfcpy(bay.path(READER)) as frontend:
        assert url_of(read_tag(frontend)) == URL
        bay.fault(READER, fault)
        with hurried(frontend):
            assert connect(frontend) is False
        bay.mend(READER)
        assert url_of(read_tag(frontend)) == URL


def test_a_missing_ack_is_a_warning_and_the_tag_is_read(bay: ReaderBay, caplog: pytest.LogCaptureFixture) -> None:
    with nfcpy(bay.path(READER)) as frontend:
        bay.fault(READER, Fault.NO_ACK, times=3)
        with caplog.at_level(logging.WARNING, logger="nfc.clf.pn532"):
            assert url_of(read_tag(frontend)) == URL
    assert caplog.text.count("missing ack frame") == 3


def test_an_error_frame_escapes_connect_as_an_error_of_its_own(bay: ReaderBay) -> None:
    with nfcpy(bay.path(READER)) as frontend:
        bay.fault(READER, Fault.ERROR_FRAME, times=1)
        with pytest.raises(ChipsetError, match="0x7F"):
            connect(frontend)
        assert url_of(read_tag(frontend)) == URL


def test_one_lost_answer_of_the_tag_is_asked_for_again(bay: ReaderBay) -> None:
    with nfcpy(bay.path(READER)) as frontend:
        tag = read_tag(frontend)
        bay.fault(READER, Fault.RF_TIMEOUT, times=1)
        assert url_of(tag) == URL


def test_a_tag_whose_answers_are_all_lost_is_gone(bay: ReaderBay) -> None:
    with nfcpy(bay.path(READER)) as frontend:
        tag = read_tag(frontend)
        bay.fault(READER, Fault.RF_TIMEOUT, times=3)
        assert not tag.is_present


def test_a_damaged_version_makes_the_tag_a_plain_one(bay: ReaderBay) -> None:
    with nfcpy(bay.path(READER)) as frontend:
        bay.fault(READER, Fault.RF_CRC, times=2)  # the second exchange asks for the version
        tag = read_tag(frontend)
        assert is_a_plain_type_2_tag(tag)


def test_an_unplugged_reader_raises_what_no_host_expects_and_comes_back_under_its_name(bay: ReaderBay) -> None:
    frontend = open_by_hand(bay.path(READER))
    bay.fault(READER, Fault.UNPLUG, for_s=0.3)
    assert not bay.path(READER).is_symlink()
    with pytest.raises(termios.error):
        connect(frontend)
    with pytest.raises(termios.error):
        frontend.close()
    give_up(frontend)
    eventually(bay.path(READER).exists, "the reader is plugged in again")
    with nfcpy(bay.path(READER)) as again:
        assert url_of(read_tag(again)) == URL


def test_the_shortest_unplugging_is_one_still(bay: ReaderBay) -> None:
    frontend = open_by_hand(bay.path(READER))
    for _ in range(20):
        bay.fault(READER, Fault.UNPLUG, for_s=1e-9)
    with pytest.raises(termios.error):
        connect(frontend)
    give_up(frontend)
    bay.mend(READER)
    with nfcpy(bay.path(READER)) as again:
        assert url_of(read_tag(again)) == URL


def test_a_reader_stays_out_until_it_is_mended(bay: ReaderBay) -> None:
    bay.fault(READER, Fault.UNPLUG)
    with pytest.raises(OSError, match=str(bay.path(READER))) as caught:
        open_by_hand(bay.path(READER))
    assert caught.value.errno == errno.ENOENT
    bay.mend(READER)
    with nfcpy(bay.path(READER)) as frontend:
        assert sense(frontend) is not None


@pytest.mark.parametrize("killed", [True, False], ids=["host killed", "fault set"])
def test_a_chip_left_at_921600_baud_is_deaf_until_its_power_is_cut(bay: ReaderBay, killed: bool) -> None:
    if killed:
        give_up(open_by_hand(bay.path(READER)))
    else:
        bay.fault(READER, Fault.STUCK_BAUD)
    for _ in range(2):
        with pytest.raises(OSError, match="timed out"):
            open_by_hand(bay.path(READER))
    if killed:
        bay.power_cycle(READER)
    else:
        bay.mend(READER)
    with nfcpy(bay.path(READER)) as frontend:
        assert sense(frontend) is not None


def test_mending_leaves_a_host_that_works_at_921600_baud_alone(bay: ReaderBay) -> None:
    with nfcpy(bay.path(READER)) as frontend:
        bay.mend(READER)
        assert sense(frontend) is not None


def test_a_chip_left_at_921600_baud_is_rescued_by_a_command_at_that_speed(bay: ReaderBay) -> None:
    bay.fault(READER, Fault.STUCK_BAUD)
    rescue(bay.path(READER))
    with nfcpy(bay.path(READER)) as frontend:
        assert sense(frontend) is not None


def test_a_fault_that_has_its_time_ends_by_itself(bay: ReaderBay) -> None:
    with nfcpy(bay.path(READER)) as frontend:
        bay.fault(READER, Fault.SILENT, for_s=0.3)
        assert connect(frontend) is False
        eventually(lambda: is_a_tag(connect(frontend)), "the chip speaks again")
