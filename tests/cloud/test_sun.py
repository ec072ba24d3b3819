"""Vectors of NXP AN12196, AN12304 and AN10922, as public verifiers quote them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.sun import SunError, diversified, layouts, lrp, verify
from cloud.sun.aes import cmac, decrypt_blocks
from tests.cloud.sun_vectors import PUBLISHED, Published

ZERO = bytes(16)


def h(text: str) -> bytes:
    return bytes.fromhex(text)


def test_the_plain_message_of_an12196_holds() -> None:
    result = verify(h("EF963FF7828658A599F3041510671E88"), h("94EED9EE65337086"), ZERO, ZERO)

    assert (result.uid, result.counter, result.valid, result.file_data) == (h("04DE5F1EACC040"), 61, True, None)


@pytest.mark.parametrize(
    ("picc", "enc", "mac", "meta", "file", "before", "uid", "counter", "plain"),
    [
        (
            "FD91EC264309878BE6345CBE53BADF40",
            "CEE9A53E3E463EF1F459635736738962",
            "ECC1E7F6C6C73BF6",
            "00" * 16,
            "00" * 16,
            b"&cmac=",
            "04958CAA5C5E80",
            8,
            b"x" * 16,
        ),
        (
            "8ACADDEF0A9B62CDAE39A16B83FC14DE",
            "B8436E11F627BB7F543FCC0C1E0D1A89",
            "238B2543A8DEBAD8",
            "42aff114f2cb3b6141be6dc95dfc5416",
            "b62a9baf092439bd43c62aee96b970c5",
            b"",
            "041d3c8a2d6b80",
            291,
            h("4e545858716e6f5f6f42467077792d56"),
        ),
    ],
)
def test_encrypted_file_data_is_read(
    picc: str, enc: str, mac: str, meta: str, file: str, before: bytes, uid: str, counter: int, plain: bytes
) -> None:
    result = verify(h(picc), h(mac), h(meta), h(file), h(enc), signed=enc.upper().encode() + before)

    assert (result.uid, result.counter, result.valid, result.file_data) == (h(uid), counter, True, plain)


@pytest.mark.parametrize("published", PUBLISHED, ids=[f"{p.source} {p.counter}" for p in PUBLISHED])
def test_a_published_message_holds_in_one_of_the_usual_layouts(published: Published) -> None:
    picc, enc = h(published.picc), h(published.enc) if published.enc else None
    keys = h(published.meta_key), h(published.file_key)
    results = [
        verify(picc, h(published.mac), *keys, enc, lrp=len(picc) == 24, signed=signed)
        for signed in layouts.usual(picc, enc)
    ]
    (held,) = [each for each in results if each.valid]
    uid = h(published.uid) if published.uid else None

    assert (held.uid, held.counter, held.file_data) == (uid, published.counter, published.file_data)


@pytest.mark.parametrize("published", PUBLISHED, ids=[f"{p.source} {p.counter}" for p in PUBLISHED])
def test_a_published_message_with_one_changed_part_holds_in_no_layout(published: Published) -> None:
    picc, enc = h(published.picc), h(published.enc) if published.enc else None
    keys = h(published.meta_key), h(published.file_key)
    mac = bytes((*h(published.mac)[:-1], h(published.mac)[-1] ^ 1))
    others = [(mac, enc)] if enc is None else [(mac, enc), (h(published.mac), enc[:-1] + bytes([enc[-1] ^ 1]))]

    assert not any(
        verify(picc, other_mac, *keys, other_enc, lrp=len(picc) == 24, signed=signed).valid
        for other_mac, other_enc in others
        for signed in layouts.usual(picc, other_enc)
    )


def test_a_layout_of_its_own_is_named_by_its_characters() -> None:
    """nfc-developer/sdm-backend, LRP: the MAC begins at the host."""
    picc, enc = "65628ED36888CF9C84797E43ECACF114C6ED9A5E101EB592", "4ADE304B5AB9474CB40AFFCAB0607A85"
    covered = f"any.domain/?m={picc}x{enc}x".encode()
    result = verify(h(picc), h("87E287E8135BFC06"), ZERO, ZERO, h(enc), lrp=True, signed=covered)

    assert (result.uid, result.counter, result.file_data) == (h("042e1d222a6380"), 0x7B, b"0102030400000000")


def test_file_data_that_the_mac_would_not_cover_is_refused() -> None:
    with pytest.raises(SunError, match="upper-case"):
        verify(bytes(16), bytes(8), ZERO, ZERO, bytes(16), signed=b"")


def test_lrp_walks_its_tree_as_an12304_does() -> None:
    key = h("567826B8DA8E768432A9548DBE4AA3A0")
    secrets = lrp.plaintexts(key)
    other = h("9AFF3EF56FFEC3153B1CADB48B445409")

    assert secrets[0] == h("AC20D39F5341FE98DFCA21DA86BA7914")
    assert secrets[15] == h("71B444AF257A93215311D758DD333247")
    assert lrp.updated_key(key, 0) == h("163D14ED24ED935373568EC521E96CF4")
    assert lrp.evaluate(secrets, lrp.updated_key(key, 2), "1359") == h("1BA2C0C578996BC497DD181C6885A9DD")
    assert lrp.evaluate(lrp.plaintexts(other), lrp.updated_key(other, 3), "4B073B247CD48F7E0A", final=False) == h(
        "909415E5C8BE77563050F2227E17C0E4"
    )


def test_lrp_decrypts_as_an12304_does() -> None:
    key, plain = h("E0C4935FF0C254CD2CEF8FDDC32460CF"), h("012D7F1653CAF6503C6AB0C1010E8CB0" + "80" + "00" * 15)
    secret = h("FCBBACAA4F29182464F99DE41085266F480E863E487BAAF687B43ED1ECE0D623")

    assert lrp.decrypt(key, h("C3315DBF"), secret) == plain


@pytest.mark.parametrize(
    ("key", "message", "mac"),
    [
        ("63A0169B4D9FE42C72B2784C806EAC21", "", "0E07C601970814A4176FDA633C6FC3DE"),
        ("8195088CE6C393708EBBE6C7914ECB0B", "BBD5B85772C7", "AD8595E0B49C5C0DB18E77355F5AAFF6"),
        ("5AA9F6C6DE5138113DF5D6B6C77D5D52", "A4434D740C2CB665FE5396959189383F", "8B43ADF767E46B692E8F24E837CB5EFC"),
        (
            "651312D289F4DE957C208D35827C07E4",
            "D39E4B336C46FCDCFDF803A49EB3A603851CFCFA72B3A5F843768EBDEDEB939891059275C79F1DADE2B97E288A91E3",
            "9B1530F1AD35213EB8903D5610BFD7C4",
        ),
        (
            "11ED02022570CB10502BC1DACF64B21F",
            "E825603F896A85CAB45E6730D89DD4CE78010599",
            "4A1577C366D53080D0DFD1CC47EE3CC7",
        ),
    ],
)
def test_lrp_makes_the_macs_of_an12304(key: str, message: str, mac: str) -> None:
    assert lrp.cmac(h(key), h(message)) == h(mac)


def test_a_key_is_diversified_as_an10922_does() -> None:
    master = h("00112233445566778899AABBCCDDEEFF")

    assert diversified(master, h("04782E21801D80"), h("3042F54E585020416275")) == h("A8DD63A3B89D54B37CA802473FDA9175")


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=31))
def test_diversification_is_plain_cmac_where_its_input_fills_a_block(master: bytes, whole: bytes) -> None:
    assert diversified(master, whole[:7], whole[7:]) == cmac(master, b"\x01" + whole)


def test_a_short_input_is_padded_to_two_blocks() -> None:
    assert diversified(ZERO, b"\x01", b"") != cmac(ZERO, b"\x01\x01")
    with pytest.raises(ValueError, match="1 to 31"):
        diversified(ZERO, bytes(7), bytes(25))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 127))
def test_one_flipped_bit_is_never_valid(bit: int) -> None:
    picc = int.from_bytes(h("EF963FF7828658A599F3041510671E88")) ^ 1 << bit
    mac = int.from_bytes(h("94EED9EE65337086")) ^ 1 << bit % 64

    assert not verify(picc.to_bytes(16), h("94EED9EE65337086"), ZERO, ZERO).valid
    assert not verify(h("EF963FF7828658A599F3041510671E88"), mac.to_bytes(8), ZERO, ZERO).valid


@settings(max_examples=300, deadline=None)
@given(st.binary(min_size=16, max_size=16), st.binary(min_size=8, max_size=8))
def test_random_bytes_are_never_valid(picc: bytes, mac: bytes) -> None:
    assert not verify(picc, mac, ZERO, ZERO).valid


@pytest.mark.parametrize("tag", [0x87, 0x40])
def test_a_tag_that_mirrors_less_is_read_for_what_it_says(tag: int) -> None:
    """A UID alone (0x87) or a counter alone (0x40): the session vector is padded with zeros (AN12196, 3.3)."""
    from cloud.sun.aes import encrypt_blocks

    body = h("04DE5F1EACC040") if tag == 0x87 else h("3D0000")
    session = cmac(ZERO, (h("3CC300010080") + body).ljust(16, b"\x00"))
    result = verify(
        encrypt_blocks(ZERO, (bytes([tag]) + body).ljust(16, b"\x5a")), cmac(session, b"")[1::2], ZERO, ZERO
    )

    assert result.valid
    assert (result.uid, result.counter) == ((body, None) if tag == 0x87 else (None, 61))


@pytest.mark.parametrize("sizes", [(15, 8, 16, 16), (16, 7, 16, 16), (16, 8, 32, 16), (16, 8, 16, 15), (24, 8, 16, 16)])
def test_a_wrong_length_is_named(sizes: tuple[int, int, int, int]) -> None:
    with pytest.raises(SunError, match="needed"):
        verify(*map(bytes, sizes))


def test_a_part_of_a_block_is_refused_and_spoils_nothing() -> None:
    whole = decrypt_blocks(ZERO, ZERO)
    with pytest.raises(ValueError, match="whole blocks"):
        decrypt_blocks(ZERO, bytes(24)[:23])

    assert decrypt_blocks(ZERO, ZERO) == whole
