"""Unmodified nfcpy on the simulated readers."""

import contextlib
import os
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_sim.pn532.chip import Timing
from firmware_sim.pn532.faults import Fault
from firmware_sim.reader_bay import ReaderBay
from firmware_sim.tags.cards import PlainCard
from firmware_sim.tags.felica import FelicaCard
from firmware_sim.tags.keys import SunKeys
from firmware_sim.tags.ntag21x import Ntag, NtagTag
from firmware_sim.tags.ntag424 import Ntag424
from firmware_sim.tags.phone import Phone
from firmware_sim.tags.sun import Scheme
from firmware_sim.tags.tag import Tag
from tests.firmware_sim.conftest import READER
from tests.firmware_sim.host_frames import GET_VERSION
from tests.firmware_sim.hosts import nfcpy, open_by_search, read_tag, sense, url_of, write_url
from tests.firmware_sim.signed_tag import KEYS, UID, URL, verified_counter
from tests.programs import eventually

URL_213 = "https://shop.example/01/09506000134352"
NTAG_UID = bytes.fromhex("04A1B2C3D4E5F6")
ON, OFF = b"\x9f\x00", b"\xbf\x00"


def a_signed_tag(scheme: Scheme = Scheme.AES) -> Ntag424:
    return Ntag424(UID, url=URL, keys=KEYS, random=random.Random(7).randbytes, scheme=scheme)


@pytest.mark.parametrize(
    ("kind", "url"), [(Ntag.NTAG213, URL_213), (Ntag.NTAG215, "https://shop.example/" + "q" * 330)]
)
def test_nfcpy_reads_the_url_of_a_memory_tag(bay: ReaderBay, kind: Ntag, url: str) -> None:
    bay.put(READER, NtagTag(NTAG_UID, kind=kind, url=url))
    with nfcpy(bay.path(READER)) as frontend:
        tag = read_tag(frontend)
        assert tag.product == f"NXP {kind.name}"
        assert tag.identifier == NTAG_UID
        assert url_of(tag) == url


def test_nfcpy_writes_a_tag_that_then_shows_what_was_written(bay: ReaderBay) -> None:
    bay.put(READER, NtagTag(NTAG_UID, url=URL_213))
    with nfcpy(bay.path(READER)) as frontend:
        write_url(read_tag(frontend), "https://shop.example/other")
        assert url_of(read_tag(frontend)) == "https://shop.example/other"


def test_nfcpy_reads_a_signed_url_that_verifies_and_never_the_same_twice(bay: ReaderBay) -> None:
    tag = a_signed_tag()
    bay.put(READER, tag)
    with nfcpy(bay.path(READER)) as frontend:
        counters = [verified_counter(url_of(read_tag(frontend))) for _ in range(3)]
    assert counters == [1, 2, 3]
    assert verified_counter(tag.tap_url()) == 4


def test_nfcpy_reads_a_signed_url_of_a_tag_in_lrp_mode(bay: ReaderBay) -> None:
    bay.put(READER, a_signed_tag(Scheme.LRP))
    with nfcpy(bay.path(READER)) as frontend:
        assert re.search(r"picc=[0-9A-F]{48}&cmac=[0-9A-F]{16}$", url_of(read_tag(frontend)))


def test_nfcpy_reads_a_felica_card(bay: ReaderBay) -> None:
    idm = bytes.fromhex("012E3D4C5B6A7988")
    bay.put(READER, FelicaCard(idm, url=URL_213))
    with nfcpy(bay.path(READER)) as frontend:
        tag = read_tag(frontend)
        assert tag.identifier == idm
        assert url_of(tag) == URL_213
        assert tag.is_present


def test_a_phone_shows_another_uid_at_each_look_and_stays_present_in_between(bay: ReaderBay) -> None:
    bay.put(READER, Phone(random.Random(5).randbytes))
    with nfcpy(bay.path(READER)) as frontend:
        tags = [read_tag(frontend) for _ in range(4)]
        assert tags[-1].is_present
    uids = {tag.identifier for tag in tags}
    assert len(uids) == 4
    assert all(len(uid) == 4 and uid[0] == 0x08 for uid in uids)


@pytest.mark.parametrize("uid", ["1A2B3C4D", "04112233445566"])
def test_a_plain_card_is_felt_but_refuses_to_be_read(bay: ReaderBay, uid: str) -> None:
    bay.put(READER, PlainCard(bytes.fromhex(uid)))
    with nfcpy(bay.path(READER)) as frontend:
        target = sense(frontend)
        assert target is not None
        assert target.sdd_res == bytes.fromhex(uid)
        assert target.sel_res == b"\x08"
        assert read_tag(frontend).ndef is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: NtagTag(NTAG_UID, url=URL_213),
        a_signed_tag,
        lambda: FelicaCard(bytes(8)),
        lambda: Phone(random.Random(5).randbytes),
    ],
    ids=["ntag213", "ntag424", "felica", "phone"],
)
def test_a_tag_is_present_until_it_is_taken(bay: ReaderBay, make: Callable[[], Tag]) -> None:
    bay.put(READER, make())
    with nfcpy(bay.path(READER)) as frontend:
        tag = read_tag(frontend)
        assert all(tag.is_present for _ in range(5))
        bay.take(READER)
        assert not tag.is_present
        assert sense(frontend) is None


def test_of_two_tags_the_one_that_came_first_answers_until_it_goes(bay: ReaderBay) -> None:
    first, second = PlainCard(bytes.fromhex("11111111")), PlainCard(bytes.fromhex("22222222"))
    bay.put(READER, first)
    bay.put(READER, second)
    assert bay.tag(READER) is first
    with nfcpy(bay.path(READER)) as frontend:
        seen = [sense(frontend)]
        assert bay.take(READER, first) is first
        seen.append(sense(frontend))
    assert [target.sdd_res.hex() for target in seen if target] == ["11111111", "22222222"]
    assert bay.take(READER, first) is None
    assert bay.take(READER) is second


def test_the_node_drives_the_green_light(bay: ReaderBay) -> None:
    with nfcpy(bay.path(READER)) as frontend:
        shown = [bay.light(READER)]
        for pins in (ON, OFF, ON):
            frontend.device.chipset.command(0x0E, pins, timeout=0.1)
            shown.append(bay.light(READER))
    assert shown == [False, True, False, True]
    bay.fault(READER, Fault.UNPLUG)
    assert not bay.light(READER)


def test_a_reader_can_be_opened_again_and_again(bay: ReaderBay) -> None:
    bay.put(READER, NtagTag(NTAG_UID, url=URL_213))
    for _ in range(5):
        with nfcpy(bay.path(READER)) as frontend:
            assert sense(frontend) is not None


def test_readers_in_one_bay_do_not_feel_each_others_tags(bay: ReaderBay) -> None:
    bay.add("till")
    bay.put("till", NtagTag(NTAG_UID))
    with nfcpy(bay.path(READER)) as shelf, nfcpy(bay.path("till")) as till:
        assert sense(shelf) is None
        assert sense(till) is not None
    assert bay.names == (READER, "till")


# Found by its own search nfcpy has its own 100 ms; a busy machine may need longer to let the simulated chip run.
@pytest.mark.flaky(reruns=2)
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # nfcpy's search leaves a file to the collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the same, as pytest words it
def test_nfcpys_own_search_finds_a_reader_in_dev(bay: ReaderBay) -> None:
    link = Path(f"/dev/aisle{os.getpid()}")
    try:
        link.symlink_to(bay.path(READER))
    except OSError as error:
        pytest.skip(f"no symlink in /dev for this user: {error}")
    try:
        bay.put(READER, NtagTag(NTAG_UID, url=URL_213))
        frontend = open_by_search(link.name)
        assert url_of(read_tag(frontend)) == URL_213
        frontend.close()
    finally:
        link.unlink()


def test_a_leftover_of_a_dead_process_is_replaced_and_closing_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / READER).symlink_to("/dev/pts/no-such-terminal")
    with ReaderBay(tmp_path) as bay:
        bay.add(READER)
        with nfcpy(bay.path(READER)) as frontend:
            assert sense(frontend) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "a/b", READER])
def test_a_name_that_cannot_be_is_refused(bay: ReaderBay, name: str) -> None:
    with pytest.raises(ValueError, match="reader"):
        bay.add(name)


def test_an_unknown_reader_is_named_with_those_that_there_are(bay: ReaderBay) -> None:
    with pytest.raises(KeyError, match="no reader 'till'; there are shelf-1"):
        bay.put("till", PlainCard(bytes(4)))


def test_a_stores_keys_differ_by_tag_in_the_file_key_only() -> None:
    keys = [
        SunKeys.of_store(
            meta_read=bytes(16), file_master=bytes(16), uid=bytes((4, 0, 0, 0, 0, 0, n)), system=b"store-1"
        )
        for n in range(2)
    ]
    assert keys[0].meta_read == keys[1].meta_read
    assert keys[0].file_read != keys[1].file_read


def test_a_host_that_never_reads_holds_up_the_next_one_only_until_its_bytes_are_through(bay: ReaderBay) -> None:
    bay.put(READER, PlainCard(bytes.fromhex("1A2B3C4D")))
    flood = os.open(bay.path(READER), os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        for _ in range(2000):
            with contextlib.suppress(BlockingIOError):
                os.write(flood, GET_VERSION)
    finally:
        os.close(flood)

    def works() -> bool:
        try:
            with nfcpy(bay.path(READER)) as frontend:
                return sense(frontend) is not None
        except OSError:
            return False

    eventually(works, "the reader is free again")


def test_what_is_lost_on_the_line_is_counted(tmp_path: Path) -> None:
    again = bytes.fromhex("0000FFFF0000")  # a NACK: the last answer once more
    with ReaderBay(tmp_path, timing=Timing(line=False)) as bay:
        host = os.open(bay.add(READER), os.O_RDWR | os.O_NOCTTY)
        try:
            os.write(host, bytes(5) + GET_VERSION[:-2] + b"\x00\x00" + GET_VERSION)
            eventually(lambda: bay.counts(READER).malformed == 1, "the broken frame is counted")
            assert bay.counts(READER).garbled == 5

            def overrun() -> bool:
                return os.write(host, again * 500) > 0 and bay.counts(READER).overrun > 0

            eventually(overrun, "what nobody reads is counted")
        finally:
            os.close(host)
