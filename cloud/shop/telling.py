"""Tells a shopper something: a message that is kept for their pages and, where it is wanted, a push to their phones."""

import enum
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Struct

from cloud.shop.messages import Advertisement, Both
from cloud.store import pushes, shoppers
from cloud.store.pushes import Queued
from cloud.store.shoppers import StoredMessage

DAY_MS: Final = 24 * 3_600_000


class Urgency(enum.StrEnum):
    """How much a phone may save its battery before it shows a push (RFC 8030, section 5.3)."""

    LOW = "low"  # on power or Wi-Fi: advertising
    NORMAL = "normal"  # when the phone is used
    HIGH = "high"  # somebody waits for it now: the goods are brought, a card was joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What a phone is to show. A service message; of an advertisement only `advertising` makes one."""

    title: Both
    text: Both
    url: str  # of this store, with the path alone: "/me"
    foot: Both | None = None  # words under the text that are never cut
    lasts_ms: int = DAY_MS
    urgency: Urgency = Urgency.NORMAL
    advertisement: Advertisement | None = None  # what it is a push of


class Note(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A push's words in the language of one phone, as they wait in the queue."""

    title: str
    text: str
    url: str
    foot: str = ""
    stop: str = ""  # where advertising is refused for good, in one touch


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A message that is kept; `delivery.publish` shows it on the open pages once the transaction is committed."""

    person: int
    message: StoredMessage


_encoder = msgspec.json.Encoder()


def advertising(advertisement: Advertisement, *, foot: Both, lasts_ms: int = DAY_MS) -> Pushed:
    """The push of an advertisement: its labelled title and its text, and under them `foot`, the sender's contact and
    the free way out, which are never cut.
    """
    return Pushed(
        title=advertisement.title,
        text=advertisement.text,
        url=advertisement.url,
        foot=foot,
        lasts_ms=lasts_ms,
        urgency=Urgency.LOW,
        advertisement=advertisement,
    )


def tell(
    connection: sqlite3.Connection, *, profile_id: int, kind: str, body: str, at_ms: int, push: Pushed | None = None
) -> Told:
    """Keeps a message of a profile that exists and queues its push, in the caller's transaction.

    `body` is JSON in one line. The push goes to every phone of the person that takes pushes now.
    """
    told = _tell(connection, profile_id=profile_id, kind=kind, body=body, at_ms=at_ms, push=push, tap=None)
    assert told is not None  # only a tap can be told before
    return told


def tell_of_tap(
    connection: sqlite3.Connection, *, profile_id: int, kind: str, body: str, at_ms: int, tap: int
) -> Told | None:
    """Keeps a message on a card's tap at a reader; None where this kind of it was told before."""
    return _tell(connection, profile_id=profile_id, kind=kind, body=body, at_ms=at_ms, push=None, tap=tap)


def _tell(
    connection: sqlite3.Connection,
    *,
    profile_id: int,
    kind: str,
    body: str,
    at_ms: int,
    push: Pushed | None,
    tap: int | None,
) -> Told | None:
    kept = shoppers.add_message(connection, profile_id=profile_id, kind=kind, at_ms=at_ms, body=body, tap=tap)
    person = shoppers.person_of(connection, profile_id)
    if kept is None or person is None:
        return None
    if push:
        queued = Queued(
            message=kept.id,
            notes=_notes(push),
            advertising=push.advertisement is not None,
            urgency=push.urgency,
            at_ms=at_ms,
            expires_ms=at_ms + push.lasts_ms,
        )
        pushes.queue(connection, person, queued)
    return Told(person=person, message=kept)


def _notes(push: Pushed) -> Mapping[str, str]:
    """The words by language, as JSON."""
    stop = push.advertisement.stop_url if push.advertisement else ""

    def note(title: str, text: str, foot: str) -> str:
        return _encoder.encode(Note(title=title, text=text, url=push.url, foot=foot, stop=stop)).decode()

    foot = push.foot or Both(ko="", en="")
    return {
        "ko": note(push.title.ko, push.text.ko, foot.ko),
        "en": note(push.title.en, push.text.en, foot.en),
    }
