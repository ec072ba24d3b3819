from hypothesis import given, settings
from hypothesis import strategies as st

from edge.inputs import TagGone, TagSeen
from edge.reader.hold import EMPTY, Found, look

CARD = Found(uid=bytes.fromhex("04a2b3c4d5e680"), random=False)
OTHER = Found(uid=bytes.fromhex("deadbeef"), random=False)
PHONE = Found(uid=b"\x08aaa", random=True)
SAME_PHONE = Found(uid=b"\x08bbb", random=True)


def looked(*founds: Found | None, misses: int = 3) -> list[TagSeen | TagGone]:
    """What a reader tells of these looks, one a second."""
    hold, told = EMPTY, list[TagSeen | TagGone]()
    for at, found in enumerate(founds):
        hold, new = look(hold, found, float(at), reader="r1", misses=misses)
        told += new
    return told


def seen(found: Found, at: float) -> TagSeen:
    return TagSeen(reader="r1", uid=found.uid, random=found.random, at=at)


def gone(at: float) -> TagGone:
    return TagGone(reader="r1", at=at)


def test_a_held_tag_is_told_once_and_gone_since_it_was_last_felt() -> None:
    assert looked(None, CARD, CARD, CARD, None, None, None, None) == [seen(CARD, 1), gone(3)]


def test_looks_in_vain_below_the_limit_are_no_removal() -> None:
    assert looked(CARD, None, None, CARD, None, None, CARD) == [seen(CARD, 0)]


def test_a_limit_of_one_look_makes_each_flicker_a_removal() -> None:
    assert looked(CARD, None, CARD, misses=1) == [seen(CARD, 0), gone(0), seen(CARD, 2)]


def test_another_card_in_its_place_ends_the_first() -> None:
    assert looked(CARD, None, OTHER) == [seen(CARD, 0), gone(0), seen(OTHER, 2)]


def test_a_phone_that_was_sensed_anew_is_the_same_phone() -> None:
    assert looked(PHONE, None, SAME_PHONE, PHONE) == [seen(PHONE, 0)]


def test_a_phone_in_place_of_a_card_is_another_tag() -> None:
    assert looked(CARD, PHONE) == [seen(CARD, 0), gone(0), seen(PHONE, 1)]


def test_a_uid_shows_in_no_log() -> None:
    assert "uid" not in repr(look(EMPTY, CARD, 0, reader="r1", misses=3)[0])


@given(founds=st.lists(st.sampled_from([None, CARD, OTHER, PHONE, SAME_PHONE])), misses=st.integers(1, 5))
@settings(max_examples=200, deadline=None)
def test_tags_come_and_go_in_turns(founds: list[Found | None], misses: int) -> None:
    told = looked(*founds, misses=misses)
    assert [type(each) for each in told] == ([TagSeen, TagGone] * len(told))[: len(told)]
    assert [each.at for each in told] == sorted(each.at for each in told)
