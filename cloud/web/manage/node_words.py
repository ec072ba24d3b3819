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
    (r"pictures come", "pictures come"),
    (r"no picture for (?P<seconds>[\d.]+) s", "no picture for %(seconds)s s"),
    (r"the same picture for (?P<seconds>[\d.]+) s: the stream is frozen", "the same picture for %(seconds)s s"),
    (r"too dark to see: .*", "too dark to see"),
    (r"nothing can be made out: something covers the lens", "something covers the lens"),
    (r"the scene is hidden: something stands or hangs before the lens", "something stands before the lens"),
    (r"\d+ % of the scene is hidden: something covers a part of it", "something covers a part of the picture"),
    (
        r"the picture has moved by (?P<share>[\d.]+) % of its width",
        "the picture has moved by %(share)s %% of its width",
    ),
    (r"the picture shows another scene: the camera was turned away, or blocked", "the picture shows another scene"),
    (r"out of focus, or dirt on the lens: (?P<share>\d+) % as sharp as it was", "only %(share)s %% as sharp as it was"),
    (r"(?P<source>.+) stopped sending pictures", "%(source)s stopped sending pictures"),
    (r"(?P<source>.+) sent a broken picture", "%(source)s sent a broken picture"),
    (r"(?P<source>.+) does not answer within .+ s, or not with a video", "%(source)s does not answer with a video"),
    (r"(?P<source>.+) cannot be opened as a camera", "%(source)s cannot be opened as a camera"),
    (
        r"(?P<source>.+) is (?:text, not a video|a folder, not a video|not a video that can be read)",
        "%(source)s is no video",
    ),
    (r"there is no file (?P<source>.+)", "there is no file %(source)s"),
    (
        r"people are about (?P<px>\d+) px tall here, .* They should be about (?P<enough>\d+) px tall: .*",
        (
            "People show only about %(px)s px tall in its picture, so that it misses half of them or more. "
            "They should be about %(enough)s px tall: hang the camera nearer, or give it a longer lens."
        ),
    ),
    (
        (
            r"cpu_percent = (?P<percent>[\d.]+) allows (?P<rate>[\d.]+) .* the least of (?P<least>[\d.]+); "
            r".* take (?P<other>\d+): .*"
        ),
        (
            "It may use %(percent)s %% of a processor core (cpu_percent): that is enough for %(rate)s looks a second, "
            "and with fewer than %(least)s it misses people. Its pictures alone take %(other)s %%: allow it more, or "
            "have it send smaller or fewer pictures."
        ),
    ),
    # a camera's floor
    (r"no plan has come yet", "no plan has reached its node yet"),
    (
        r"the floor was calibrated for (?P<then>\S+) pixels, the picture has (?P<now>[^:]+): .*",
        "calibrated for %(then)s pixels, but the picture has %(now)s",
    ),
    (
        r"camera \S+: a floor needs at least 4 point pairs, here are (?P<pairs>\d+)",
        "calibrated with too few pairs of points: %(pairs)s; 4 are needed",
    ),
    (r"camera \S+: (?P<why>.+)", "its calibration fixes no floor: %(why)s"),
    # readers
    (r"the chip answers", "the reader answers"),
    (r"there is no device at (?P<path>.+)", "there is no device at %(path)s"),
    (r"no permission to open (?P<path>.+)", "no permission to open %(path)s"),
    (r"another program uses (?P<path>.+)", "another program uses %(path)s"),
    (r"the chip does not answer in time", "the reader does not answer in time"),
    (r"the chip does not (?:acknowledge commands|repeat the line test)", "the reader does not answer as it should"),
    (r"the chip refused a command: .*", "the reader refused a command"),
    (r"the chip answered nonsense .*", "the reader does not answer as it should"),
    (r"the chip on this port is no PN532 .*", "what is connected there is no PN532 reader"),
    (r"the line to the chip is broken \((?P<why>.*)\)", "the line to the reader is broken (%(why)s)"),
    # their programs
    (r"its process was stopped", "its program was stopped"),
    (r"its process \d+ was started", "its program is starting"),
    (r"its process cannot be started: (?P<why>.+)", "its program cannot be started: %(why)s"),
    (
        r"its process said nothing for (?P<seconds>[\d.]+) s and was killed",
        "its program hung for %(seconds)s s and was started anew",
    ),
    (r"its process (?:was ended by|ended with status) (?P<how>\w+)", "its program ended (%(how)s)"),
    (
        r"its process (?:was ended by|ended with status) (?P<how>\w+): (?P<why>.+)",
        "its program ended (%(how)s): %(why)s",
    ),
    (r"its process cannot be ended", "its program cannot be ended"),
    # plans
    (r"a plan that is none: .*", "what came is no plan"),
    (r"version (?P<version>\d+) holds version \d+", "what came is no plan"),
    (
        r"version (?P<version>\d+) is a plan of the store (?P<other>.+), this is (?P<own>.+)",
        "version %(version)s is of the store %(other)s, the node is of %(own)s",
    ),
    (r"version (?P<version>\d+) is not newer: .*", "version %(version)s is not newer than the one it works by"),
    (
        r"version (?P<version>\d+) does not fit this node: it has no (?P<device>\w+) (?P<name>[^;]+); .*",
        "version %(version)s has no %(device)s %(name)s, which this node has",
    ),
    (
        r"version (?P<version>\d+) does not fit .+: it gives the (?P<device>\w+) (?P<name>.+) to the node (?P<at>.+)",
        "version %(version)s gives the %(device)s %(name)s to the node %(at)s",
    ),
    (
        r"version (?P<version>\d+) cannot be proven: .*",
        "version %(version)s is not taken: the node does not have the cloud's key",
    ),
    (
        r"version (?P<version>\d+) was not signed by the cloud for this node",
        "version %(version)s was not signed by this cloud for this node",
    ),
    (r"version (?P<version>\d+) cannot be kept: (?P<why>.+)", "version %(version)s cannot be kept: %(why)s"),
    (r"version (?P<version>\d+): .*", "version %(version)s cannot be read by this node"),
    (r"it cannot be worked by: .*", "the node cannot work by it"),
    (r"as kept: (?P<said>.+)", "as the node kept it: %(said)s"),
    # stills and other orders
    (r"no picture came in time", "no picture came in time"),
    (r"another still is being taken", "another still is being taken"),
    (r"this camera takes no stills", "this camera takes no stills"),
    (r"the camera does not see: (?P<said>.+)", "the camera does not see: %(said)s"),
    (r"the camera's process does not run", "the camera's program does not run"),
    (r"this node has no camera (?P<camera>.+)", "its node has no camera %(camera)s"),
    (
        r"the detector does not find somebody whom it saw a moment ago: try again",
        "it is not sure of finding everybody: try again",
    ),
    (
        r"(?P<share>[\d.]+%?) of the picture would be painted over: try again when fewer people are there",
        "%(share)s of the picture would be painted over: try again when fewer people are there",
    ),
    (
        r"the camera changed the size of its pictures: try again",
        "the camera changed the size of its pictures: try again",
    ),
    (r"the picture does not fit into \d+ bytes", "the picture is too large to be sent"),
    (r"another calibration is being reckoned", "another calibration is being reckoned"),
    (r"(?P<pairs>\d+) pairs; allowed are (?P<most>\d+)", "pairs: %(pairs)s; allowed are %(most)s"),
    (r"the order is (?P<late>\d+) s old by this node's clock", "the order came too late, or the node's clock is wrong"),
    (
        r"the order is of (?P<ahead>\d+) s ahead of this node's clock",
        "the order came too late, or the node's clock is wrong",
    ),
    (r"the order came before", "the order came before"),
    (
        r"the credentials have no cloud_key, so that no order can be proven",
        "the node does not have the cloud's key, so it takes no orders",
    ),
    (r"the order was not signed by the cloud for this node", "the order was not signed by this cloud for this node"),
    (r"an order that is none: .*", "the node does not understand the order"),
    # the cloud's own, of nodes
    (r"this cloud reaches no node", "this cloud reaches no node"),
    (r"the broker is away", "the broker cannot be reached"),
    (r"\d+ orders wait for their nodes already", "too many orders wait for their nodes already"),
)


def messages() -> tuple[str, ...]:
    """All messages in English: each must be in the catalogues."""
    return tuple(dict.fromkeys(sentence.message for sentence in _SENTENCES))


def told(pages: Pages, language: Language, words: str) -> Told:
    """A node's words as a page of this language says them."""
    for sentence in _SENTENCES:
        if found := sentence.pattern.fullmatch(words):
            message, values = pages.text(language, sentence.message), found.groupdict()
            if "said" in values:  # a sentence of a node within one
                values["said"] = told(pages, language, values["said"]).words
            if "device" in values:
                values["device"] = pages.text(language, values["device"])
            return Told(message % values if "%(" in message else message)
    return Told(words, None if language is Language.EN or not words else str(Language.EN))


def teller(pages: Pages, language: Language) -> Callable[[str], Told]:
    """For a page's templates."""
    return lambda words: told(pages, language, words)
