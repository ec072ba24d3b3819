"""What a phone shows for a push message: Declarative Web Push (W3C Push API, `web_push` = 8030)."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct


class UnshownPush(ValueError):
    """The text is no declarative notification, so that no browser would show it; the message says where."""


class Notification(Struct, frozen=True, kw_only=True):
    """One notification; members that are not shown here are allowed and left aside."""

    title: Annotated[str, Meta(min_length=1)]
    navigate: Annotated[str, Meta(min_length=1, description="the page that a touch opens")]
    body: str = ""
    lang: str = ""
    tag: str = ""
    silent: bool | None = None


class _Declared(Struct, frozen=True, kw_only=True):
    web_push: Literal[8030]
    notification: Notification


_decoder = msgspec.json.Decoder(_Declared)


def decode_notification(text: bytes) -> Notification:
    """The notification that a push message declares. Raises UnshownPush."""
    try:
        return _decoder.decode(text).notification
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnshownPush(str(error)) from None
