import math
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.inputs import DeviceState, ReaderChanged, TagGone, TagSeen
from edge.taps import NO_TAPS, Noted, Quiet, RemovalNoted, TapNoted, see

CARD = bytes.fromhex("04a2b3c4d5e680")
OTHER = bytes.fromhex("deadbeef")
QUIET = Quiet(flicker=1.5, lost=60.0)

Noticed = TagSeen | TagGone | ReaderChanged


def seen(at: float, uid: bytes = CARD, reader: str = "r1") -> TagSeen:
    return TagSeen(reader=reader, uid=uid, random=False, at=at)


def phone(at: float, uid: bytes = b"\x08\x01\x02\x03", reader: str = "r1") -> TagSeen:
    return TagSeen(reader=reader, uid=uid, random=True, at=at)


def gone(at: float, reader: str = "r1") -> TagGone:
    return TagGone(reader=reader, at=at)


def changed(at: float, state: DeviceState, reader: str = "r1") -> ReaderChanged:
    return ReaderChanged(reader=reader, state=state, reason="said so", at=at)


def lost(at: float) -> ReaderChanged:
    return changed(at, DeviceState.LOST)


def back(at: float) -> ReaderChanged:
    return changed(at, DeviceState.OK)


def played(*noticed: Noticed, until: float | None = None, quiet: Quiet = QUIET) -> list[Noted]:
    """What a day of these inputs notes, with a tick after each and one at its end."""
    taps = NO_TAPS
    noted: list[Noted] = []
    for each in noticed:
        for what in (each, None):
            taps, new = see(taps, what, each.at, quiet=quiet)
            noted += new
    if until is not None:
        taps, new = see(taps, None, until, quiet=quiet)
        noted += new
    return noted


def tap(at: float, uid: bytes | None = CARD) -> TapNoted:
    return TapNoted(reader="r1", uid=uid, at=at)


def removal(at: float, held_s: float, uid: bytes | None = CARD) -> RemovalNoted:
    return RemovalNoted(reader="r1", uid=uid, at=at, held_s=held_s)


def test_a_held_tag_is_one_tap_and_one_removal() -> None:
    assert played(seen(10), gone(40), until=60) == [tap(10), removal(40, 30)]


def test_a_tap_is_noted_at_once_and_its_removal_when_no_return_can_undo_it() -> None:
    assert played(seen(10)) == [tap(10)]
    assert played(seen(10), gone(12), until=13.4) == [tap(10)]
    assert played(seen(10), gone(12), until=13.5) == [tap(10), removal(12, 2)]


def test_the_same_card_again_after_its_removal_is_a_second_tap() -> None:
    assert played(seen(10), gone(11), seen(13), gone(14), until=20) == [
        tap(10),
        removal(11, 1),
        tap(13),
        removal(14, 1),
    ]


def test_a_flicker_is_part_of_the_same_tap() -> None:
    flickering = (seen(10), gone(11), seen(12), gone(13), seen(14.4), gone(15))
    assert played(*flickering, until=20) == [tap(10), removal(15, 5)]


def test_without_a_quiet_time_a_flicker_would_be_three_taps() -> None:
    flickering = (seen(10), gone(11), seen(12), gone(13), seen(14.4), gone(15))
    noted = played(*flickering, until=20, quiet=Quiet(flicker=0))
    assert Counter(type(each) for each in noted) == {TapNoted: 3, RemovalNoted: 3}


def test_a_late_loop_joins_no_two_taps_and_parts_no_flicker() -> None:
    taps = NO_TAPS
    noted: list[Noted] = []
    for each in (seen(10), gone(11), seen(12), gone(13), seen(17)):
        taps, new = see(taps, each, 30.0, quiet=QUIET)
        noted += new
    assert noted == [tap(10), removal(13, 3), tap(17)]


def test_two_cards_that_take_turns_are_one_tap_each() -> None:
    turns = (seen(10), gone(10.5), seen(10.75, OTHER), gone(11), seen(11.25), gone(11.5), seen(11.75, OTHER), gone(12))
    assert played(*turns, until=20) == [
        tap(10),
        tap(10.75, OTHER),
        removal(11.5, 1.5),
        removal(12, 1.25, OTHER),
    ]


def test_a_card_laid_over_another_ends_the_first() -> None:
    assert played(seen(10), seen(12, OTHER), until=20) == [tap(10), tap(12, OTHER), removal(12, 2)]


def test_a_phone_is_an_anonymous_tap_and_two_phones_in_a_row_are_two() -> None:
    phones = (phone(10), gone(11), phone(11.25, b"\x08\x09\x09\x09"), gone(12))
    assert played(*phones) == [
        tap(10, None),
        removal(11, 1, None),
        tap(11.25, None),
        removal(12, 0.75, None),
    ]


def test_a_phone_that_changes_its_uid_while_held_is_one_tap() -> None:
    assert played(phone(10), phone(10.2, b"\x08\x09\x09\x09"), gone(13)) == [tap(10, None), removal(13, 3, None)]


def test_two_phones_with_the_same_random_uid_are_two_taps() -> None:
    assert [type(each) for each in played(phone(10), gone(11), phone(11.1), gone(12))] == [
        TapNoted,
        RemovalNoted,
        TapNoted,
        RemovalNoted,
    ]


def test_a_card_that_lies_there_when_its_reader_comes_back_is_the_same_tap() -> None:
    assert played(seen(10), lost(12), back(20), seen(20.2), gone(30), until=40) == [tap(10), removal(30, 20)]


def test_a_phone_that_lies_there_when_its_reader_comes_back_is_the_same_tap() -> None:
    again = phone(20.2, b"\x08\x07\x07\x07")
    assert played(phone(10), lost(12), back(20), again, gone(30)) == [tap(10, None), removal(30, 20, None)]


def test_a_tag_that_was_taken_while_its_reader_was_lost_left_when_the_reader_did() -> None:
    assert played(seen(10), lost(12), back(20), until=21.4) == [tap(10)]
    assert played(seen(10), lost(12), back(20), until=21.5) == [tap(10), removal(12, 2)]


def test_a_reader_that_never_returns_keeps_no_tap_open_for_ever() -> None:
    assert played(seen(10), lost(12), until=71.9) == [tap(10)]
    assert played(seen(10), lost(12), until=72) == [tap(10), removal(12, 2)]


def test_a_flicker_and_a_loss_of_one_reader_do_not_touch_another() -> None:
    noted = played(seen(10), seen(10.25, reader="r2"), gone(11, reader="r2"), lost(12), until=13)
    assert noted == [
        tap(10),
        TapNoted(reader="r2", uid=CARD, at=10.25),
        RemovalNoted(reader="r2", uid=CARD, at=11, held_s=0.75),
    ]


def test_a_uid_shows_in_no_log() -> None:
    noted = played(seen(10), gone(11), until=20)
    taps, _ = see(NO_TAPS, seen(10), 10, quiet=QUIET)
    assert "uid" not in f"{noted} {taps}"


@pytest.mark.parametrize("flicker", [-0.1, float("inf"), float("nan")])
def test_a_quiet_time_that_is_none_is_refused_by_name(flicker: float) -> None:
    with pytest.raises(ValueError, match=r"quiet\.flicker"):
        Quiet(flicker=flicker)


readers = st.sampled_from(["r1", "r2"])
noticed = st.one_of(
    st.builds(seen, st.just(0.0), st.sampled_from([CARD, OTHER]), readers),
    st.builds(phone, st.just(0.0), st.sampled_from([b"\x08aaa", b"\x08bbb"]), readers),
    st.builds(gone, st.just(0.0), readers),
    st.builds(changed, st.just(0.0), st.sampled_from(DeviceState), readers),
    st.none(),
)


@given(steps=st.lists(st.tuples(st.floats(0, 3), noticed), max_size=40))
@settings(max_examples=200, deadline=None)
def test_every_tap_has_one_removal_and_a_card_never_taps_twice_within_the_quiet_time(
    steps: list[tuple[float, Noticed | None]],
) -> None:
    taps = NO_TAPS
    noted: list[Noted] = []
    now = 0.0
    for wait, each in steps:
        now += wait
        taps, new = see(taps, None if each is None else replace(each, at=now), now, quiet=QUIET)
        noted += new
        in_field = [presence.reader for presence in taps.presences if presence.felt is None]
        assert len(in_field) == len(set(in_field))
    taps, new = see(taps, None, now + 100, quiet=QUIET)
    noted += new
    assert all(presence.felt is None for presence in taps.presences)
    held = sorted((presence.reader, presence.uid or b"") for presence in taps.presences)
    assert held == sorted(open_after(noted))


def open_after(noted: list[Noted]) -> list[tuple[str, bytes]]:
    """The (reader, uid) that tapped and were not taken away, having checked the order of all that was noted."""
    opened: list[tuple[str, bytes]] = []
    left: dict[tuple[str, bytes], float] = {}
    for each in noted:
        whose = (each.reader, each.uid or b"")
        match each:
            case TapNoted():
                if each.uid is not None:
                    assert whose not in opened
                    assert each.at - left.get(whose, -math.inf) >= QUIET.flicker - 1e-9
                opened.append(whose)
            case RemovalNoted():
                assert each.held_s >= 0
                opened.remove(whose)
                left[whose] = each.at
    return opened
