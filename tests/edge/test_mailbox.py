"""The one queue into the loop: sightings may be skipped and are counted, taps never are."""

from edge.inputs import Sighting, TagGone
from edge.mailbox import MOST_SIGHTINGS, Mailbox


def sighting(at: float) -> Sighting:
    return Sighting(camera="c", at=at, width=640, height=480, boxes=())


def test_sightings_beyond_the_bound_are_counted_and_taps_are_kept() -> None:
    mailbox = Mailbox()
    for number in range(MOST_SIGHTINGS + 7):
        mailbox.put(sighting(number))
    mailbox.put(TagGone(reader="r", at=1.0))
    taken = mailbox.take(0, most=10_000)
    assert len(taken) == MOST_SIGHTINGS + 1
    assert taken[-1] == TagGone(reader="r", at=1.0)
    assert mailbox.skipped("c") == 7


def test_taking_makes_room_again() -> None:
    mailbox = Mailbox()
    for number in range(MOST_SIGHTINGS):
        mailbox.put(sighting(number))
    mailbox.take(0, most=10)
    mailbox.put(sighting(1.0))
    assert mailbox.skipped("c") == 0


def test_letters_come_in_order_and_at_most_as_many_as_asked() -> None:
    mailbox = Mailbox()
    letters = [TagGone(reader="r", at=float(number)) for number in range(5)]
    for letter in letters:
        mailbox.put(letter)
    assert mailbox.take(0, most=3) == letters[:3]
    assert mailbox.take(0, most=3) == letters[3:]
    assert mailbox.take(0, most=3) == []
