"""A shopper's act of joining a phone or taking it off again: what is written, and what both sides are told."""

import sqlite3
from collections.abc import Callable

from cloud.shop import choosing, joining, telling
from cloud.shop.choosing import Act
from cloud.shop.joining import KIND
from cloud.shop.telling import Pushed, Told, Urgency
from cloud.store import consents, joinings, shoppers
from cloud.store.joinings import How
from cloud.store.shoppers import Profile


def join(connection: sqlite3.Connection, *, host: int, guest: int, how: How, at_ms: int) -> Told | None:
    """The guest's phone is of the host's shopper from now on, and both hear of it. None where it was so already.

    No row of either moves. While they are joined only what both had agreed to stands.
    """
    person = joinings.join(connection, host=host, guest=guest, at_ms=at_ms, how=how)
    if person is None:
        return None
    joinings.close_code(connection, person)
    return _tell(connection, host, joined=True, how=how, at_ms=at_ms)


def take_over(
    connection: sqlite3.Connection, *, host: int, guest: Profile, at_ms: int, proof: str, random: Callable[[int], bytes]
) -> None:
    """What stands at the host's stands at the guest's too: for a phone that begins with the joining itself.

    It never chose anything, so that its silence refuses nothing; its shopper read on the page what they take over.
    """
    person = shoppers.person_of(connection, host)
    standing = consents.standing(connection, person) if person else frozenset()
    act = Act(person=guest.person, language=guest.language, at_ms=at_ms, proof=proof)
    choosing.choose(connection, act, standing, random=random)


def part(connection: sqlite3.Connection, *, number: int, person: int, at_ms: int) -> tuple[Told, ...]:
    """Takes apart what one joining of this person joined; each side is told. Nothing where they have no such one."""
    undone = joinings.undo(connection, number=number, person=person)
    if undone is None:
        return ()
    joinings.close_code(connection, person)
    return tuple(
        _tell(connection, profile, joined=False, how=undone.how, at_ms=at_ms) for profile in (undone.host, undone.guest)
    )


def _tell(connection: sqlite3.Connection, profile: int, *, joined: bool, how: How, at_ms: int) -> Told:
    message = joining.message(at_ms=at_ms, joined=joined, how=how)
    push = Pushed(title=message.title, text=message.text, url=message.url, urgency=Urgency.HIGH)
    body = joining.encode(message)
    return telling.tell(
        connection, profile_id=profile, kind=KIND, body=body, at_ms=at_ms, push=push if joined else None
    )
