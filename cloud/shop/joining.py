"""Which phones are one shopper's: codes that join a second phone, and who is one person by the joinings that stand."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Struct

from cloud import codes
from cloud.shop.messages import Both

CODE_BYTES: Final = 5
CODE_LENGTH: Final = 8
CODE_MS: Final = 5 * 60_000
"""How long a code lasts: 40 bits, a few tries a minute, and gone once it was used."""
KIND: Final = "joined"
"""Of the message that tells both sides."""


def new_code(random: Callable[[int], bytes]) -> str:
    """A code of 8 symbols, 40 unguessable bits."""
    return codes.written(random(CODE_BYTES))


def shown(code: str) -> str:
    """A code as it is read aloud and typed: two groups of four."""
    return codes.grouped(code)


def typed(text: str) -> str | None:
    """The code that somebody typed, however they wrote it; None where it cannot be one."""
    return codes.typed(text, CODE_LENGTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two profiles that their shopper joined."""

    host: int
    guest: int


def people(profiles: Iterable[int], joinings: Iterable[Pair]) -> Mapping[int, int]:
    """Each profile's person: the oldest profile that standing joinings lead to, over any number of them.

    It follows from the joinings alone; whatever is joined and undone, in any order, leaves each profile where it
    would be without. Joinings of other profiles than these are passed over.
    """
    person = {profile: profile for profile in profiles}

    def root(profile: int) -> int:
        while person[profile] != profile:
            profile = person[profile]
        return profile

    for pair in joinings:
        if pair.host in person and pair.guest in person:
            one, other = root(pair.host), root(pair.guest)
            person[max(one, other)] = min(one, other)
    return {profile: root(profile) for profile in person}


class JoinedMessage(Struct, frozen=True, kw_only=True):
    """Phones are one shopper's from now on, or no longer."""

    at: int
    joined: bool  # False: they were taken apart
    how: str  # "code", "link" or "card"
    title: Both
    text: Both
    url: str  # where it can be undone


_WORDS: Final = {
    True: (
        Both(ko="휴대폰이 연결되었습니다", en="Your phones are joined"),
        Both(
            ko="이제 두 휴대폰에서 같은 내용을 봅니다. 직접 하신 일이 아니라면 바로 끊으세요.",
            en="Both show the same from now on. If that was not you, take them apart at once.",
        ),
    ),
    False: (
        Both(ko="휴대폰 연결을 끊었습니다", en="Your phones are apart again"),
        Both(ko="각 휴대폰은 연결하기 전의 상태로 돌아갔습니다.", en="Each has what it had before."),
    ),
}


def message(*, at_ms: int, joined: bool, how: str) -> JoinedMessage:
    """What both sides are told."""
    title, text = _WORDS[joined]
    return JoinedMessage(at=at_ms, joined=joined, how=how, title=title, text=text, url="/me#phones")


def encode(told: JoinedMessage) -> str:
    """The message as one line of JSON."""
    return msgspec.json.encode(told).decode()
