"""What a phone gets: Declarative Web Push JSON, which the service worker reads as well."""

import base64
import hashlib
from typing import Final

import msgspec
from msgspec import Struct

from cloud.shop.telling import Note

MAGIC: Final = 8030
"""Marks a payload that a browser can show by itself (Declarative Web Push; the number is that of RFC 8030)."""
MOST_BYTES: Final = 3_993
"""What a record of 4,096 bytes leaves for words (RFC 8291, section 4)."""
_TITLE, _TEXT, _FOOT = 120, 400, 300
_SHORT_TEXT: Final = 40
_STOP: Final = {"ko": "무료 수신거부", "en": "Opt out for free"}


class _Action(Struct, frozen=True, kw_only=True):
    action: str
    title: str
    navigate: str


class _Notification(Struct, frozen=True, kw_only=True, omit_defaults=True):
    title: str
    body: str
    navigate: str
    lang: str
    tag: str
    actions: tuple[_Action, ...] = ()


class _Declared(Struct, frozen=True, kw_only=True):
    web_push: int
    notification: _Notification


_encoder = msgspec.json.Encoder()


def topic(message: int, auth: str) -> str:
    """The name under which a push service and a phone keep one of several copies of a message (RFC 8030, section
    5.4: 32 characters of base64url at most). Without the phone's secret nobody learns from it which message it was.
    """
    digest = hashlib.sha256(f"{message}\n{auth}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()


def payload(note: Note, *, origin: str, language: str, tag: str, short: bool = False) -> bytes:
    """The words for one phone, of at most `MOST_BYTES`; `short` leaves only a little of the text, never less of the
    title (an advertisement's label and sender) or of the foot (its way out, which is a button as well).
    """
    text = _cut(note.text, _SHORT_TEXT if short else _TEXT)
    foot = _cut(note.foot.replace(note.stop, origin + note.stop) if note.stop else note.foot, _FOOT)
    stop = _Action(action="stop", title=_STOP.get(language, _STOP["en"]), navigate=origin + note.stop)
    notification = _Notification(
        title=_cut(note.title, _TITLE),
        body=f"{text}\n{foot}" if foot else text,
        navigate=origin + note.url,
        lang=language,
        tag=tag,
        actions=(stop,) if note.stop else (),
    )
    told = _encoder.encode(_Declared(web_push=MAGIC, notification=notification))
    return (
        told
        if short or len(told) <= MOST_BYTES
        else payload(note, origin=origin, language=language, tag=tag, short=True)
    )


def _cut(text: str, most: int) -> str:
    shown = "".join(each if each.isprintable() else " " for each in text)
    return shown if len(shown) <= most else shown[: most - 1].rstrip() + "…"
