import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.tags.ntag424 import COUNTER_END, Ntag424
from firmware_sim.tags.sun import Scheme
from tests.firmware_sim.signed_tag import KEYS, UID, URL, verified_counter

URL_WITH_FILE = "https://shop.example/01/09506000134352?picc={picc}&enc={enc}&cmac={cmac}"


def a_tag(*, url: str = URL, scheme: Scheme = Scheme.AES, file_data: bytes = b"", counter: int = 0) -> Ntag424:
    return Ntag424(
        UID,
        url=url,
        keys=KEYS,
        random=random.Random(7).randbytes,
        scheme=scheme,
        file_data=file_data,
        counter=counter,
    )


def select(tag: Ntag424) -> None:
    tag.power_off()
    assert tag.request()
    tag.select()
    assert tag.receive(b"\xe0\x80") is not None


def command(tag: Ntag424, apdu: str) -> bytes:
    return tag._command(bytes.fromhex(apdu))


def read_file(tag: Ntag424) -> str:
    """The URL as a reader gets it: application, file, length, content."""
    assert command(tag, "00A4040007D276000085010100") == b"\x90\x00"
    assert command(tag, "00A4000C02E104") == b"\x90\x00"
    length = int.from_bytes(command(tag, "00B0000002")[:2], "big")
    first, second = command(tag, "00B0000214"), command(tag, f"00B00016{length - 20:02x}")
    message = first[:-2] + second[:-2]
    assert message[3:5] == b"U\x04"
    return "https://" + message[5:].decode("ascii")


def test_every_tap_of_a_phone_has_the_next_counter_and_a_mac_that_holds() -> None:
    tag = a_tag(counter=41)
    assert [verified_counter(tag.tap_url()) for _ in range(3)] == [42, 43, 44]
    assert tag.counter == 44


def test_the_verifier_of_this_test_refuses_a_changed_url() -> None:
    url = a_tag().tap_url()
    forged = url[:-1] + ("0" if url[-1] != "0" else "1")
    with pytest.raises(AssertionError, match="does not hold"):
        verified_counter(forged)


def test_one_reading_in_pieces_shows_one_url_and_the_next_reading_another() -> None:
    tag = a_tag()
    select(tag)
    first, again = read_file(tag), read_file(tag)
    select(tag)
    later = read_file(tag)
    assert first == again
    assert [verified_counter(first), verified_counter(later), verified_counter(tag.tap_url())] == [1, 2, 3]


def test_a_look_at_the_capability_file_costs_no_counter() -> None:
    tag = a_tag()
    select(tag)
    command(tag, "00A4040007D276000085010100")
    command(tag, "00A4000C02E103")
    assert command(tag, "00B000000F")[:7] == bytes.fromhex("001720010000FF")
    assert tag.counter == 0


@settings(max_examples=50, deadline=None)
@given(st.integers(0, COUNTER_END - 1), st.integers(0, 3))
def test_any_counter_and_file_data_verify(counter: int, blocks: int) -> None:
    url = URL_WITH_FILE if blocks else URL
    tag = a_tag(url=url, counter=counter, file_data=b"lot-4711-kr-0001"[:16] * min(blocks, 1))
    assert verified_counter(tag.tap_url()) == counter + 1


def test_in_lrp_mode_the_picc_data_is_longer_and_never_twice_the_same() -> None:
    tag = a_tag(scheme=Scheme.LRP)
    first, second = (re.search(r"picc=([0-9A-F]{48})&cmac=[0-9A-F]{16}$", tag.tap_url()) for _ in range(2))
    assert first
    assert second
    assert first[1] != second[1]


def test_a_used_up_counter_gives_no_more_urls() -> None:
    tag = a_tag(counter=COUNTER_END)
    with pytest.raises(ValueError, match="used up"):
        tag.tap_url()
    select(tag)
    command(tag, "00A4040007D276000085010100")
    command(tag, "00A4000C02E104")
    assert command(tag, "00B0000002") == b"\x69\x85"


@pytest.mark.parametrize(
    ("apdu", "status"),
    [
        ("00A4040007D276000085010200", "6A82"),  # another application
        ("00A4000C02E199", "6A82"),  # no such file
        ("00B0000002", "6982"),  # no file selected
        ("00D600000100", "6982"),  # writing is the owner's
        ("00CA0000", "6D00"),
        ("00", "6700"),
    ],
)
def test_wrong_commands_get_the_status_of_iso_7816(apdu: str, status: str) -> None:
    tag = a_tag()
    select(tag)
    assert command(tag, apdu).hex().upper() == status


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"url": "https://shop.example/?picc={picc}"}, "holds {cmac} 0 times"),
        ({"url": URL_WITH_FILE}, "holds {enc} 1 times, 0 is needed"),
        ({"file_data": b"x" * 16}, "holds {enc} 0 times, 1 is needed"),
        ({"url": URL_WITH_FILE, "file_data": b"x"}, "whole blocks"),
        ({"url": "https://a/{picc}{cmac}{enc}", "file_data": b"x" * 16}, "behind"),
        ({"url": URL + "&more=" + "x" * 200}, "does not fit"),
        ({"counter": -1}, "counter -1"),
    ],
)
def test_a_personalisation_that_cannot_be_is_refused(change: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        a_tag(**change)  # type: ignore[arg-type] # wrong on purpose
