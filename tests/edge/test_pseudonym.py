import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.pseudonym import StoreKey, StoreKeyError, is_random, pseudonym

KEY = StoreKey(store="mapo", secret=bytes(range(16)))
NTAG = bytes.fromhex("04a2b3c4d5e680")


# Frozen: a change of these makes every enrolled card a stranger.
@pytest.mark.parametrize(
    ("uid", "store", "secret", "name"),
    [
        ("04a2b3c4d5e680", "mapo", bytes(range(16)), "b91b1e0b7fe38c4931aec9f36d1e2bd5"),
        ("04a2b3c4d5e680", "seoul-hongdae-03", bytes(range(16)), "37b27e8db2e0dc33cfea3fb314cab1ad"),
        ("deadbeef", "mapo", bytes(range(32)), "5b824d8338ae40c2b73ab05d291ab184"),
        ("0101050a0b0c0d0e", "mapo", bytes(range(16)), "fca1886d81ea216b6c8b41daafca86c2"),
        ("04112233445566778899", "마포", bytes(range(16)), "fe30de9c8fe4a427fc352753ee163439"),
    ],
)
def test_a_card_keeps_its_name_for_ever(uid: str, store: str, secret: bytes, name: str) -> None:
    assert pseudonym(bytes.fromhex(uid), key=StoreKey(store=store, secret=secret)) == name


def test_a_card_has_another_name_in_each_store_and_under_each_key() -> None:
    names = {
        pseudonym(NTAG, key=KEY),
        pseudonym(NTAG, key=StoreKey(store="jongno", secret=bytes(range(16)))),
        pseudonym(NTAG, key=StoreKey(store="mapo", secret=bytes(range(1, 17)))),
    }
    assert len(names) == 3


@pytest.mark.parametrize("uid", ["08123456", "08ffffff", "01fe010203040506"])
def test_a_uid_made_up_for_one_touch_names_nobody(uid: str) -> None:
    assert is_random(bytes.fromhex(uid))
    assert pseudonym(bytes.fromhex(uid), key=KEY) is None


@pytest.mark.parametrize("uid", ["04123456", "08123456789abc", "0102030405060708"])
def test_a_fixed_uid_is_no_random_one(uid: str) -> None:
    assert not is_random(bytes.fromhex(uid))


def test_an_anonymous_tap_has_no_name() -> None:
    assert pseudonym(None, key=KEY) is None


@pytest.mark.parametrize("size", [0, 1, 15, 33, 64])
def test_a_key_too_short_or_too_long_is_refused_with_its_length(size: int) -> None:
    with pytest.raises(StoreKeyError, match=f"{size} bytes; allowed are 16 to 32"):
        StoreKey(store="mapo", secret=bytes(size))


def test_a_key_without_a_store_is_refused() -> None:
    with pytest.raises(StoreKeyError, match="store is empty"):
        StoreKey(store="", secret=bytes(16))


def test_the_secret_shows_in_no_log() -> None:
    key = StoreKey(store="mapo", secret=b"open sesame! 1234")
    assert "sesame" not in f"{key!r} {key}"


@given(uid=st.binary(max_size=12).filter(lambda uid: len(uid) not in (4, 7, 8, 10)))
@settings(max_examples=50, deadline=None)
def test_what_is_no_uid_is_refused_with_its_length(uid: bytes) -> None:
    with pytest.raises(ValueError, match=f"UID of {len(uid)} bytes"):
        pseudonym(uid, key=KEY)


uids = st.one_of(*(st.binary(min_size=size, max_size=size) for size in (4, 7, 8, 10)))


@given(one=uids, other=uids, store=st.text(min_size=1), secret=st.binary(min_size=16, max_size=32))
@settings(max_examples=200, deadline=None)
def test_two_cards_never_share_a_name_and_a_name_never_shows_the_uid(
    one: bytes, other: bytes, store: str, secret: bytes
) -> None:
    key = StoreKey(store=store, secret=secret)
    names = pseudonym(one, key=key), pseudonym(other, key=key)
    if None not in names:
        assert (names[0] == names[1]) == (one == other)
        assert names[0] is not None
        assert len(names[0]) == 32
        assert one.hex() not in names[0]
