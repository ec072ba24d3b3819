"""What is said of an alert: what broke, why it matters, and what to try, each in one plain sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cloud.manage.alerts import Kind, Wrong
from cloud.web.language import Language
from cloud.web.pages import Pages
from contract.events import Cause
from contract.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The messages of one kind of alert, in English as the catalogues know them."""

    title: str
    what: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """An alert in a language."""

    title: str
    what: str
    remedy: str


_GAP: Final = (
    "Its floor is a gap in every figure since then, never a zero; no verdict is given where less than 90% was seen."
)
_CAMERAS: Final[Mapping[str, Said]] = {
    Cause.LOST: Said(
        title="Camera %(name)s gives no pictures",
        what=_GAP,
        remedy="Look at its light, its cable and the switch; then take its power away for ten seconds.",
    ),
    Cause.FROZEN: Said(
        title="Camera %(name)s shows the same picture again and again",
        what=_GAP,
        remedy="Take its power away for ten seconds; if it comes back, its firmware may need an update.",
    ),
    Cause.DARK: Said(
        title="Camera %(name)s is in the dark",
        what=_GAP,
        remedy="Is the light off, or was it closing time? If the light is on, look whether something covers the lens.",
    ),
    Cause.BLOCKED: Said(
        title="Something blocks camera %(name)s",
        what=_GAP,
        remedy="Take away what stands or hangs before the lens: a poster, a balloon, a parcel on the shelf.",
    ),
    Cause.BLURRED: Said(
        title="Camera %(name)s sees only blur",
        what=_GAP,
        remedy="Wipe the lens with a soft cloth; if that does not help, focus it anew.",
    ),
    Cause.MOVED: Said(
        title="Camera %(name)s was moved",
        what=_GAP,
        remedy="Turn it back to where it looked, or calibrate it anew on the page of the cameras.",
    ),
    Cause.MISFIT: Said(
        title="Camera %(name)s does not fit its calibration",
        what=_GAP,
        remedy="Give it back the picture size it was calibrated with, or calibrate it anew on the page of the cameras.",
    ),
    Cause.UNPLANNED: Said(
        title="Camera %(name)s has no plan yet",
        what=_GAP,
        remedy="Its node gets the plan when it reaches the store; if there is none, draw one on the page of the plan.",
    ),
}
_KINDS: Final[Mapping[Kind, Said]] = {
    Kind.QUEUE: Said(
        title="A queue at %(name)s",
        what="People who waited there on the average, minute after minute: %(number)s.",
        remedy="Open another till, or send somebody to help.",
    ),
    Kind.READER: Said(
        title="Reader %(name)s takes no taps",
        what="Whoever holds a card to it sees no light, and the tap is not counted.",
        remedy="Look at its cable; then restart its node.",
    ),
    Kind.SILENT: Said(
        title="Node %(name)s says nothing",
        what="Nobody knows what its cameras see and its readers feel; what it noticed meanwhile comes when it is back.",
        remedy="Has it power and network? Then take its power away for ten seconds.",
    ),
    Kind.BACKLOG: Said(
        title="Node %(name)s does not get its events through",
        what="Its oldest event has waited for %(minutes)s minutes: figures of today are still incomplete.",
        remedy="Look at the network between the store and the cloud; nothing is lost, it is sent when the way is free.",
    ),
    Kind.HOT: Said(
        title="Node %(name)s is too hot",
        what="It measures %(number)s °C; a hot node slows down and looks less often.",
        remedy="Give it air: away from lamps and other machines, dust out of its case.",
    ),
    Kind.POWER: Said(
        title="Node %(name)s has too little power",
        what="Its power supply is too weak: it slows down, and may stop or damage its disk.",
        remedy="Use the power supply that belongs to it, with a short cable and nothing else on it.",
    ),
    Kind.TAG: Said(
        title="Nobody taps %(name)s any more",
        what="%(number)s people have stopped there since its last tap; luck alone does not explain that.",
        remedy="Hold your phone to it. If nothing opens, replace the tag; if it works, look whether goods cover it.",
    ),
    Kind.STOCK: Said(
        title="Tapped, but sold out: %(name)s",
        what="Taps of it within an hour: %(number)s, and there is none of it in the store.",
        remedy="Bring some, order some, or correct the stock if there is some after all.",
    ),
    Kind.BOOKS: Said(
        title="The books of node %(name)s do not balance",
        what="Events of it that are neither stored, set aside, waiting nor counted as dropped: %(number)s.",
        remedy="Look at the page on the data's quality; figures of the hours that it names may be too low.",
    ),
    Kind.AUDIT: Said(
        title="Nobody knows how exact the count at %(name)s is",
        what="It was never watched, the last time is a month ago, or the line was redrawn.",
        remedy="Watch the door for fifteen minutes at a busy hour on the page of audits.",
    ),
}

PAGES: Final[Mapping[Kind, str]] = {
    Kind.QUEUE: "/manage/zones",
    Kind.CAMERA: "/manage/cameras",
    Kind.READER: "/manage/devices",
    Kind.SILENT: "/manage/devices",
    Kind.BACKLOG: "/manage/devices",
    Kind.HOT: "/manage/devices",
    Kind.POWER: "/manage/devices",
    Kind.TAG: "/manage/products",
    Kind.STOCK: "/manage/products",
    Kind.BOOKS: "/manage/quality",
    Kind.AUDIT: "/manage/audit",
}
"""Where one goes to see more of it."""


def messages() -> tuple[str, ...]:
    """All messages in English: each must be in the catalogues."""
    return tuple(
        text for said in (*_CAMERAS.values(), *_KINDS.values()) for text in (said.title, said.what, said.remedy)
    )


def sentence(pages: Pages, language: Language, wrong: Wrong, name: str) -> Sentence:
    """What is said of it; `name` is its subject's, as people know it."""
    said = _CAMERAS.get(wrong.cause, _CAMERAS[Cause.LOST]) if wrong.kind is Kind.CAMERA else _KINDS[wrong.kind]
    values = {"name": name, "number": f"{wrong.number:g}", "minutes": str(max(1, round(wrong.number / 60)))}
    title, what, remedy = (
        pages.text(language, text) % values if "%(" in text else pages.text(language, text)
        for text in (said.title, said.what, said.remedy)
    )
    return Sentence(title=title, what=what, remedy=remedy)


def names(plan: Plan | None, language: Language, products: Mapping[str, str]) -> Mapping[tuple[Kind, str], str]:
    """The names of the plan's things and of products, for those kinds whose subject has another name than its id."""
    found: dict[tuple[Kind, str], str] = {(Kind.STOCK, gtin): name for gtin, name in products.items()}
    if plan is None:
        return found
    korean = language is Language.KO
    for zone in plan.zones:
        found[Kind.QUEUE, zone.id] = zone.title.ko if korean else zone.title.en
    for line in plan.lines:
        found[Kind.AUDIT, line.id] = line.title.ko if korean else line.title.en
    for reader in plan.readers:
        found[Kind.READER, reader.id] = found[Kind.TAG, reader.id] = reader.title.ko if korean else reader.title.en
    return found
