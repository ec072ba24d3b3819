"""The simulator's own cryptography against the figures that the makers of the chip published."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.crypto.aes import cmac
from firmware_sim.tags.keys import NTAG424_AID, SunKeys, diversified
from firmware_sim.tags.lrp import Lrp
from firmware_sim.tags.sun import Scheme, open_session, picc_data

ZERO_KEY = bytes(16)


def from_hex(text: str) -> bytes:
    return bytes.fromhex(text)


def test_a_tags_key_is_the_one_of_an10922() -> None:
    key = diversified(
        from_hex("00112233445566778899AABBCCDDEEFF"), from_hex("04782E21801D80"), system=from_hex("4E585020416275")
    )
    assert key == from_hex("A8DD63A3B89D54B37CA802473FDA9175")


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=16, max_size=16), st.binary(min_size=6, max_size=21))
def test_with_more_than_one_block_diversification_is_a_plain_cmac(master: bytes, system: bytes) -> None:
    uid = from_hex("04782E21801D80")
    assert diversified(master, uid, system=system) == cmac(master, b"\x01" + uid + NTAG424_AID + system)


def test_a_short_system_name_still_fills_two_blocks() -> None:
    uid = from_hex("04782E21801D80")
    assert diversified(ZERO_KEY, uid, system=b"") != cmac(ZERO_KEY, b"\x01" + uid + NTAG424_AID)
    with pytest.raises(ValueError, match="32 bytes"):
        diversified(ZERO_KEY, uid, system=bytes(22))


def test_keys_of_another_length_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="file_read key has 15 bytes"):
        SunKeys(meta_read=ZERO_KEY, file_read=bytes(15))


def test_the_mac_of_an12196_page_12() -> None:
    session = open_session(Scheme.AES, ZERO_KEY, from_hex("04DE5F1EACC040"), 61)
    assert session.mac(b"") == from_hex("94EED9EE65337086")


def test_the_encrypted_file_of_an12196_page_18() -> None:
    session = open_session(Scheme.AES, ZERO_KEY, from_hex("04958CAA5C5E80"), 8)
    enc = session.encrypt(b"x" * 16).hex().upper()
    assert enc == "CEE9A53E3E463EF1F459635736738962"
    assert session.mac(f"{enc}&cmac=".encode()) == from_hex("ECC1E7F6C6C73BF6")


def test_the_picc_data_of_an12196_page_12_comes_back_from_its_random_bytes() -> None:
    made = picc_data(Scheme.AES, ZERO_KEY, from_hex("04DE5F1EACC040"), 61, lambda _: from_hex("DA5CF60941"))
    assert made == from_hex("EF963FF7828658A599F3041510671E88")


def test_an_lrp_url_of_a_real_tag_comes_back_from_its_random_bytes() -> None:
    uid, counter = from_hex("042E1D222A6380"), 0x7B
    drawn = {5: from_hex("2993571635"), 8: from_hex("65628ED36888CF9C")}
    picc = picc_data(Scheme.LRP, ZERO_KEY, uid, counter, drawn.__getitem__).hex().upper()
    assert picc == "65628ED36888CF9C84797E43ECACF114C6ED9A5E101EB592"
    session = open_session(Scheme.LRP, ZERO_KEY, uid, counter)
    enc = session.encrypt(b"0102030400000000").hex().upper()
    assert enc == "4ADE304B5AB9474CB40AFFCAB0607A85"
    assert session.mac(f"any.domain/?m={picc}x{enc}x".encode()) == from_hex("87E287E8135BFC06")


def test_an_lrp_mac_over_nothing() -> None:
    session = open_session(Scheme.LRP, ZERO_KEY, from_hex("04940E2A2F7080"), 3)
    assert session.mac(b"") == from_hex("4231608BA7B02BA9")


@pytest.mark.parametrize(
    ("key", "message", "mac"),
    [
        ("63A0169B4D9FE42C72B2784C806EAC21", "", "0E07C601970814A4176FDA633C6FC3DE"),
        ("8195088CE6C393708EBBE6C7914ECB0B", "BBD5B85772C7", "AD8595E0B49C5C0DB18E77355F5AAFF6"),
        ("5AA9F6C6DE5138113DF5D6B6C77D5D52", "A4434D740C2CB665FE5396959189383F", "8B43ADF767E46B692E8F24E837CB5EFC"),
        (
            "11ED02022570CB10502BC1DACF64B21F",
            "E825603F896A85CAB45E6730D89DD4CE78010599",
            "4A1577C366D53080D0DFD1CC47EE3CC7",
        ),
    ],
)
def test_lrp_macs_of_an12304(key: str, message: str, mac: str) -> None:
    assert Lrp(from_hex(key), number=0).cmac(from_hex(message)) == from_hex(mac)


def test_lrp_evaluations_of_an12304() -> None:
    lrp = Lrp(from_hex("567826B8DA8E768432A9548DBE4AA3A0"), number=2)
    assert lrp.evaluate(from_hex("1359")) == from_hex("1BA2C0C578996BC497DD181C6885A9DD")


def test_lrp_counts_from_block_to_block() -> None:
    lrp = Lrp(from_hex("E0C4935FF0C254CD2CEF8FDDC32460CF"), number=0)
    padded = from_hex("012D7F1653CAF6503C6AB0C1010E8CB0 80000000000000000000000000000000")
    expected = from_hex("FCBBACAA4F29182464F99DE41085266F480E863E487BAAF687B43ED1ECE0D623")
    assert lrp.encrypt(from_hex("C3315DBF"), padded) == expected


def test_an_lrp_counter_wraps_in_its_own_length() -> None:
    lrp = Lrp(ZERO_KEY, number=0)
    two = lrp.encrypt(b"\xff\xff", bytes(32))
    assert two[16:] == lrp.encrypt(b"\x00\x00", bytes(16))
