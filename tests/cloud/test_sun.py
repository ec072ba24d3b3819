"""Vectors of NXP AN12196, AN12304 and AN10922, as public verifiers quote them."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.sun import SunError, diversified, layouts, lrp, verify
from cloud.sun.aes import cmac, decrypt_blocks

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A message that its source gives with what it says."""

    source: str
    picc: str
    mac: str
    uid: str | None  # None where the tag keeps it to itself
    counter: int
    meta_key: str = "00" * 16
    file_key: str = "00" * 16
    enc: str | None = None
    file_data: bytes | None = None


BOLT_META, BOLT_FILE = "0c3b25d92b38ae443229dd59ad34b85d", "b45775776cb224c75bcde7ca3704e933"
RECOVERED_META, RECOVERED_FILE = "55da174c9608993dc27bb3f30a4a7314", "2ab74abc1273fb43cae97553a36d4d08"
PUBLISHED = (
    Published(
        source="AN12196, table 4",
        picc="EF963FF7828658A599F3041510671E88",
        mac="94EED9EE65337086",
        uid="04de5f1eacc040",
        counter=61,
    ),
    Published(
        source="AN12196, 3.4.3.1",
        picc="FDE4AFA99B5C820A2C1BB0F1C792D0EB",
        enc="94592FDE69FA06E8E3B6CA686A22842B",
        mac="C48B89C17A233B2C",
        uid="04958caa5c5e80",
        counter=1,
        file_data=b"x" * 16,
    ),
    Published(
        source="AN12196, table 5",
        picc="FD91EC264309878BE6345CBE53BADF40",
        enc="CEE9A53E3E463EF1F459635736738962",
        mac="ECC1E7F6C6C73BF6",
        uid="04958caa5c5e80",
        counter=8,
        file_data=b"x" * 16,
    ),
    Published(
        source="nfc-developer/sdm-backend, one piece",
        picc="8ACADDEF0A9B62CDAE39A16B83FC14DE",
        enc="B8436E11F627BB7F543FCC0C1E0D1A89",
        mac="238B2543A8DEBAD8",
        meta_key="42aff114f2cb3b6141be6dc95dfc5416",
        file_key="b62a9baf092439bd43c62aee96b970c5",
        uid="041d3c8a2d6b80",
        counter=291,
        file_data=b"NTXXqno_oBFpwy-V",
    ),
    Published(
        source="nfc-developer/sdm-backend, keys derived of a master",
        picc="8DE9030262807261850FCCF5FE007E21",
        enc="382B4C3D68552C3A5F417F0695A3D857923764E1737AD1F80E834E46387F45DC"
        "77FE7468BBCF9DBF43B29CA58E8D6435F908C9C0CD56E9B4B9960FE1279C5DF1",
        mac="DF3EF20BE7D91C8E",
        meta_key="c3b653d8484d82fd9d5dc48840e1f94e",
        file_key="1fd0d360ccf906df902cc8404c7ce5aa",
        uid="04c24eda926980",
        counter=1,
        file_data=b"NT1" + b"x" * 49 + b"E" * 12,
    ),
    Published(
        source="nfc-developer/sdm-backend, keys derived of a master",
        picc="4F5B914723915D456C038FE658686CD5",
        enc="5CE7DCDEA93F5DA7AAA0AADC97485ABF",
        mac="FFCD8DE82AD05289",
        meta_key="c3b653d8484d82fd9d5dc48840e1f94e",
        file_key="97d1c3d765bc22ab707e80723e17b126",
        uid="047d5f2aaa6180",
        counter=2,
        file_data=b"CC\x04aaaaEEEEEEEEE",
    ),
    Published(
        source="nfc-developer/sdm-backend, tamper tag",
        picc="FDD387BF32A33A7C40CF259675B3A1E2",
        enc="EA050C282D8E9043E28F7A171464D697",
        mac="758110182134ECE9",
        uid="0469879a226880",
        counter=2,
        file_data=b"CC" + b"-" * 14,
    ),
    Published(
        source="nfc-developer/sdm-backend, LRP",
        picc="1FCBE61B3E4CAD980CBFDD333E7A4AC4A579569BAFD22C5F",
        mac="4231608BA7B02BA9",
        uid="04940e2a2f7080",
        counter=3,
    ),
    Published(
        source="nfc-developer/sdm-backend, LRP with file data",
        picc="07D9CA2545881D4BFDD920BE1603268C0714420DD893A497",
        enc="D6E921C47DB4C17C56F979F81559BB83",
        mac="F9481AC7D855BDB6",
        uid="049b112a2f7080",
        counter=4,
        file_data=b"NTXXb7dz3PsYYBlU",
    ),
    Published(
        source="nfc-developer/sdm-backend, LRP tamper tag",
        picc="8EE8E27DE3974FFE245F96C71087129B2E8449C9FF346F65",
        enc="48987A0D55638C017D1F4DC3D8ADD910",
        mac="862E781E52244A75",
        uid="04940e2a2f7080",
        counter=1,
        file_data=b"OO" + b"-" * 14,
    ),
    Published(
        source="nfc-developer/sdm-backend, LRP with the MAC over the PICC data",
        picc="AAE1508939ECF6FF26BCE407959AB1A5EC022819A35CD293",
        mac="5E3DB82C19E3865F",
        uid="042e1d222a6380",
        counter=0x6A,
    ),
    Published(
        source="nikeee/node-ntag424",
        picc="1cc49b9aa47d2837e5f1a1b5deae811c",
        mac="6488aeba44044cbf",
        uid="049d98f20b1090",
        counter=56,
    ),
    Published(
        source="johnnyb/ntag424-java, LRP",
        picc="D99C1B274606743ECE77E01D0D46CCE69F00C0C246363639",
        mac="15CA6F05740D1AE2",
        uid=None,
        counter=0x1A,
    ),
    Published(
        source="johnnyb/ntag424-java",
        picc="84DC15E87593037C7DDA281C2D55B8F2",
        mac="4BBC218E7B2B36AF",
        uid="049f50824f1390",
        counter=33,
    ),
    Published(
        source="johnnyb/ntag424-java, LRP",
        picc="B3373525DC0343DEDB5F8E89F5387402EDFB8C22186FC129",
        mac="A3773D237775F892",
        uid="04827f12647380",
        counter=0x1E,
    ),
    Published(
        source="johnnyb/ntag424-java, LRP with file data before a stroke",
        picc="B3EC473AD2BDB04A0B75065B8E775FEF2D08AD7E8D024DF2",
        enc="A8335B51B0A252AFEAFEEB38FCA0D810",
        mac="02E985A8AE05ED05",
        uid="04827f12647380",
        counter=0x25,
        file_data=bytes(range(1, 17)),
    ),
    Published(
        source="johnnyb/ntag424-java, file data before a stroke",
        picc="379F7A361ED4728A13B70F2B591FFA6B",
        enc="A0DED1861CC740B47240AC0C944DC2EF",
        mac="4FF9720BC3FE5910",
        uid="04b07f12647380",
        counter=1,
        file_data=bytes(range(1, 17)),
    ),
    Published(
        source="johnnyb/ntag424-java, three blocks of file data",
        picc="4E8D0223F8C17CDCCE5BC24076CFAA0D",
        enc="B56FED7FF7B23791C0684F17E117C97450723BB5C104E809C8929F0264CB99F9969D07FC32BB2D11995AEF826E355097",
        mac="5FD76DE4BD942DFC",
        uid="049f50824f1390",
        counter=16,
        file_data=b"19.05.2024 12:22:33#1234" + b"*" * 24,
    ),
    Published(
        source="Amperstrand/ntag424-vectors",
        picc="e61cb056f52d34f9368f079d1814d2cf",
        mac="fcc9a22201ea2298",
        uid="0425607a8f6980",
        counter=0,
        meta_key=RECOVERED_META,
        file_key=RECOVERED_FILE,
    ),
    Published(
        source="Amperstrand/ntag424-vectors",
        picc="d798d011fa0bf5bd5ece6f42265b02d5",
        mac="b49d12860da69e54",
        uid="0425607a8f6980",
        counter=1,
        meta_key=RECOVERED_META,
        file_key=RECOVERED_FILE,
    ),
    Published(
        source="boltcard/boltcard",
        picc="4E2E289D945A66BB13377A728884E867",
        mac="E19CCB1FED8892CE",
        uid="04996c6a926980",
        counter=3,
        meta_key=BOLT_META,
        file_key=BOLT_FILE,
    ),
    Published(
        source="boltcard/boltcard",
        picc="00F48C4F8E386DED06BCDC78FA92E2FE",
        mac="66B4826EA4C155B4",
        uid="04996c6a926980",
        counter=5,
        meta_key=BOLT_META,
        file_key=BOLT_FILE,
    ),
    Published(
        source="boltcard/boltcard",
        picc="0DBF3C59B59B0638D60B5842A997D4D1",
        mac="CC61660C020B4D96",
        uid="04996c6a926980",
        counter=7,
        meta_key=BOLT_META,
        file_key=BOLT_FILE,
    ),
)


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


def test_lrp_encrypts_as_an12304_does() -> None:
    key, plain = h("E0C4935FF0C254CD2CEF8FDDC32460CF"), h("012D7F1653CAF6503C6AB0C1010E8CB0" + "80" + "00" * 15)
    secret = h("FCBBACAA4F29182464F99DE41085266F480E863E487BAAF687B43ED1ECE0D623")

    assert lrp.encrypt(key, h("C3315DBF"), plain) == secret
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
