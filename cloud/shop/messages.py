"""What is told to one shopper's open page, as JSON in both languages."""

from typing import NoReturn, final

import msgspec
from msgspec import Struct

LABEL = "(광고)"
"""Begins every advertisement, in these very characters (Network Act, art. 50; Decree, art. 61)."""


class Both(Struct, frozen=True, kw_only=True):
    """Words in both languages."""

    ko: str
    en: str


class ShownProduct(Struct, frozen=True, kw_only=True):
    """A product as a small card shows it."""

    gtin: str
    name: Both
    brand: Both
    price: int
    price_text: Both
    picture: str | None


class TapMessage(Struct, frozen=True, kw_only=True):
    """The shopper's own card touched a reader."""

    at: int
    reader: str
    reader_title: Both
    sent_ms: int
    product: ShownProduct | None
    url: str | None


class CardMessage(Struct, frozen=True, kw_only=True):
    """What became of the wait for a card."""

    bound: bool
    reason: str  # "bound", "contested" or "taken"


class Sender(Struct, frozen=True, kw_only=True):
    """Who advertises, and how to reach them (Network Act, art. 50(4))."""

    name: Both
    contact: str  # a telephone number or an address of e-mail
    address: Both = Both(ko="", en="")


class NotLawful(ValueError):
    """An advertisement lacks what the law asks of each; the message says what."""


class _Parts(Struct, frozen=True, kw_only=True):
    """What an advertisement is made of."""

    title: Both
    text: Both
    why: tuple[Both, Both, Both]
    sender: Sender
    stop_url: str
    url: str
    at_ms: int
    showing: int
    won: int


class _Wire(Struct, frozen=True, kw_only=True):
    """An advertisement as an open page gets it."""

    at: int
    title: Both
    text: Both
    why: tuple[Both, Both, Both]
    sender: Both
    contact: str
    address: Both
    stop_url: str
    url: str
    showing: int
    won: int  # what its coupon is worth; 0: it has none


@final
class Advertisement:
    """An offer as it is sent. Its label is no field that could be left out, but made wherever the title is read; the
    sender, the contact, the free way out and the three reasons are proven when it is made and again when it is
    written. It cannot be changed, copied with changes, inherited from, or decoded from bytes.
    """

    __slots__ = ("_parts",)
    _parts: _Parts

    def __init__(
        self,
        *,
        title: Both,
        text: Both,
        why: tuple[Both, Both, Both],
        sender: Sender,
        stop_url: str,
        url: str,
        at_ms: int,
        showing: int,
        won: int = 0,
    ) -> None:
        """`title` and `text` are the campaign's words, `stop_url` the path of `/stop/{token}`, `url` that of a page of
        ours, `showing` the number under which it is answered, `won` what its coupon is worth. Raises NotLawful.
        """
        parts = _Parts(
            title=title,
            text=text,
            why=why,
            sender=sender,
            stop_url=stop_url,
            url=url,
            at_ms=at_ms,
            showing=showing,
            won=won,
        )
        object.__setattr__(self, "_parts", _proven(parts))

    @property
    def title(self) -> Both:
        """The label, the sender and the title, in this order."""
        it = self._parts
        return Both(
            ko=f"{LABEL} {it.sender.name.ko} · {it.title.ko}", en=f"{LABEL} {it.sender.name.en} · {it.title.en}"
        )

    @property
    def text(self) -> Both:
        """The campaign's text."""
        return self._parts.text

    @property
    def url(self) -> str:
        """Where it leads to in this store."""
        return self._parts.url

    @property
    def stop_url(self) -> str:
        """Where it is refused for good, free and without login."""
        return self._parts.stop_url

    @property
    def foot(self) -> Both:
        """The sender's contact and the free way out, for where there is no link beside the words."""
        it = self._parts
        ko = " ".join(filter(None, (it.sender.name.ko, it.sender.address.ko, it.sender.contact)))
        en = " ".join(filter(None, (it.sender.name.en, it.sender.address.en, it.sender.contact)))
        return Both(ko=f"{ko} · 무료 수신거부 {it.stop_url}", en=f"{en} · Refuse for free: {it.stop_url}")

    def written(self) -> bytes:
        """The advertisement as JSON in one line. Raises NotLawful for one that was not made by its own maker."""
        it = _proven(getattr(self, "_parts", None))
        return _encoder.encode(
            _Wire(
                at=it.at_ms,
                title=self.title,
                text=it.text,
                why=it.why,
                sender=it.sender.name,
                contact=it.sender.contact,
                address=it.sender.address,
                stop_url=it.stop_url,
                url=it.url,
                showing=it.showing,
                won=it.won,
            )
        )

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"an advertisement is not changed: {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"an advertisement is not changed: {name}")

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("there is one kind of advertisement")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("an advertisement is made, not unpickled or copied")


_encoder = msgspec.json.Encoder()


def encode(message: TapMessage | Advertisement | CardMessage) -> str:
    """The message as one line of JSON. Raises NotLawful."""
    return (message.written() if isinstance(message, Advertisement) else _encoder.encode(message)).decode()


def _proven(parts: object) -> _Parts:
    if not isinstance(parts, _Parts):
        raise NotLawful("an advertisement is made by its own maker")
    token = parts.stop_url.removeprefix("/stop/")
    missing = {
        "a title": _said(parts.title),
        "a text": _said(parts.text),
        "the sender's name": _said(parts.sender.name),
        "the sender's contact": bool(parts.sender.contact.strip()),
        "a free way out": parts.stop_url.startswith("/stop/") and bool(token) and "/" not in token,
        "three reasons": all(map(_said, parts.why)) and len(tuple(parts.why)) == 3,
        "a page of this store": parts.url.startswith("/") and not parts.url.startswith("//"),
    }
    if lacking := [what for what, there in missing.items() if not there]:
        raise NotLawful(f"an advertisement needs {', '.join(lacking)}")
    return parts


def _said(words: Both) -> bool:
    return all(text.strip() and text.isprintable() for text in (words.ko, words.en))
