"""What nodes say of their devices, in the page's language: sentences of a known few; the rest stays English."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cloud.web.language import Language
from cloud.web.pages import Pages


@dataclass(frozen=True, slots=True)
class Told:
    """A node's words for a page; `lang` is set where they are of another language than the page."""

    words: str
    lang: str | None = None

    def __bool__(self) -> bool:
        return bool(self.words)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """How a node writes it, and the message whose values are the pattern's groups."""

    pattern: re.Pattern[str]
    message: str


def _known(*pairs: tuple[str, str]) -> tuple[_Sentence, ...]:
    return tuple(_Sentence(re.compile(pattern), message) for pattern, message in pairs)


_SENTENCES: Final = _known(
    # models
    (
        r"(?P<kind>\w+), the quickest here \((?P<times>[^;]+); processor time of a look\)",
        "%(kind)s (fastest: %(times)s)",
    ),
    (r"(?P<kind>\w+), as set", "%(kind)s (as set)"),
    # cameras
    (r"not heard of yet", "not heard of yet"),
    (r"opening", "opening"),
    (r"no picture for (?P<seconds>[\d.]+) s", "no picture for %(seconds)s s"),
    (r"the same picture for (?P<seconds>[\d.]+) s: the stream is frozen", "the same picture for %(seconds)s s"),
    (r"too dark to see: .*", "too dark to see"),
    (r"nothing can be made out: something covers the lens", "something covers the lens"),
    (r"the scene is hidden: something stands or hangs before the lens", "something stands before the lens"),
    (
        r"the picture has moved by (?P<share>[\d.]+) % of its width",
        "the picture has moved by %(share)s %% of its width",
    ),
    (r"the picture shows another scene: the camera was turned away, or blocked", "the picture shows another scene"),
    (r"out of focus, or dirt on the lens: (?P<share>\d+) % as sharp as it was", "only %(share)s %% as sharp as it was"),
    # stills
    (r"no picture came in time", "no picture came in time"),
    (r"another still is being taken", "another still is being taken"),
    (r"this camera takes no stills", "this camera takes no stills"),
    # the cloud's own, of nodes
    (r"this cloud reaches no node", "this cloud reaches no node"),
)


def messages() -> tuple[str, ...]:
    """All messages in English: each must be in the catalogues."""
    return tuple(dict.fromkeys(sentence.message for sentence in _SENTENCES))


def told(pages: Pages, language: Language, words: str) -> Told:
    """A node's words as a page of this language says them."""
    for sentence in _SENTENCES:
        if found := sentence.pattern.fullmatch(words):
            message = pages.text(language, sentence.message)
            return Told(message % found.groupdict() if found.groupdict() else message)
    return Told(words, None if language is Language.EN or not words else str(Language.EN))


def teller(pages: Pages, language: Language) -> Callable[[str], Told]:
    """For a page's templates."""
    return lambda words: told(pages, language, words)
