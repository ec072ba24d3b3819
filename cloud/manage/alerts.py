"""What is wrong in the store at a moment, and when that is worth somebody's attention: patient, and slow to forgive.

A thing is told when it has been wrong for as long as its kind asks, and is over when it has been well for as long: so
that nothing flaps. Thresholds let go lower than they grip.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Final

from msgspec import Meta, Struct

from cloud.manage.insight import MINUTE_MS
from cloud.manage.nodes import BACKLOG_MS, SILENT_MS
from contract.events import Cause

_SECOND_MS: Final = 1_000
_SOON_MS: Final = 20 * _SECOND_MS


class Kind(enum.StrEnum):
    """What may be wrong."""

    QUEUE = "queue"  # people have waited in a line for some minutes
    CAMERA = "camera"  # it sees nothing, or not what it was calibrated for: a gap in all figures of its floor
    READER = "reader"  # it takes no taps
    SILENT = "silent"  # a node says nothing
    BACKLOG = "backlog"  # a node's events do not get through
    HOT = "hot"  # a node slows down, or soon will
    POWER = "power"  # a node's power supply is too weak
    TAG = "tag"  # people stop in front of it as always, and nobody taps
    STOCK = "stock"  # tapped, and there is none of it in the store
    BOOKS = "books"  # events of a node that nobody can account for
    AUDIT = "audit"  # nobody knows any more how far a line's count is off


class Severity(enum.StrEnum):
    """How soon somebody should look."""

    CRITICAL = "critical"  # now: figures are lost meanwhile, or people wait
    WARNING = "warning"  # today
    NOTICE = "notice"  # some time


SEVERITIES: Final[Mapping[Kind, Severity]] = {
    Kind.QUEUE: Severity.CRITICAL,
    Kind.CAMERA: Severity.CRITICAL,
    Kind.READER: Severity.WARNING,
    Kind.SILENT: Severity.CRITICAL,
    Kind.BACKLOG: Severity.WARNING,
    Kind.HOT: Severity.WARNING,
    Kind.POWER: Severity.CRITICAL,
    Kind.TAG: Severity.WARNING,
    Kind.STOCK: Severity.WARNING,
    Kind.BOOKS: Severity.WARNING,
    Kind.AUDIT: Severity.NOTICE,
}


def severity_of(kind: Kind, cause: str) -> Severity:
    """How soon somebody should look; a dark camera is mostly a light that was switched off, and wakes nobody."""
    return Severity.WARNING if kind is Kind.CAMERA and cause == Cause.DARK else SEVERITIES[kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """For how long something must be wrong until it is told, and well until it is over."""

    wrong_ms: int
    well_ms: int


PATIENCE: Final[Mapping[Kind, Patience]] = {
    Kind.QUEUE: Patience(wrong_ms=0, well_ms=2 * MINUTE_MS),  # its minutes are counted by the rule itself
    Kind.CAMERA: Patience(wrong_ms=_SOON_MS, well_ms=MINUTE_MS),
    Kind.READER: Patience(wrong_ms=MINUTE_MS, well_ms=MINUTE_MS),
    Kind.SILENT: Patience(wrong_ms=0, well_ms=MINUTE_MS),  # two minutes and more without a word, when it is seen
    Kind.BACKLOG: Patience(wrong_ms=5 * MINUTE_MS, well_ms=2 * MINUTE_MS),
    Kind.HOT: Patience(wrong_ms=3 * MINUTE_MS, well_ms=10 * MINUTE_MS),
    Kind.POWER: Patience(wrong_ms=2 * MINUTE_MS, well_ms=30 * MINUTE_MS),
    Kind.TAG: Patience(wrong_ms=0, well_ms=0),  # the rule waits until luck cannot explain it
    Kind.STOCK: Patience(wrong_ms=0, well_ms=10 * MINUTE_MS),
    Kind.BOOKS: Patience(wrong_ms=10 * MINUTE_MS, well_ms=10 * MINUTE_MS),
    Kind.AUDIT: Patience(wrong_ms=0, well_ms=0),
}


class Rules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a store may choose."""

    queue_people: Annotated[int, Meta(ge=1, le=100)] = 4  # waiting on the average of each minute
    queue_minutes: Annotated[int, Meta(ge=1, le=60)] = 3
    hot_c: Annotated[int, Meta(ge=40, le=110)] = 80
    stock_taps: Annotated[int, Meta(ge=1, le=1000)] = 3  # within an hour
    off: frozenset[Kind] = frozenset()  # of these nobody wants to hear


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueMinute:
    """One whole minute of a queue: people waiting on the average while it was seen."""

    zone: str
    minute: int
    waiting: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceNow:
    """A camera or reader of the plan, by its last word."""

    kind: Kind
    name: str
    node: str
    ok: bool
    since_ms: int
    cause: Cause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeNow:
    """A node that has ever spoken; `silent_ms` is how long ago it last did."""

    name: str
    heard_ms: int
    oldest_ms: int = 0
    temperature_c: float | None = None
    slowed: bool = False
    undervoltage: bool = False
    difference: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StockOut:
    """A product of which there is none in the store, and its taps within the last hour."""

    gtin: str
    taps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadTag:
    """A tag or reader that people pass over as if it were not there."""

    name: str
    since_ms: int
    stops: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """All that the rules look at. `queue_to`: the last minute that every queue has surely told of."""

    now_ms: int
    queues: tuple[QueueMinute, ...] = ()
    queue_to: int = 0
    devices: tuple[DeviceNow, ...] = ()
    nodes: tuple[NodeNow, ...] = ()
    tags: tuple[DeadTag, ...] = ()
    stock: tuple[StockOut, ...] = ()
    audits: Mapping[str, int | None] = field(default_factory=dict)  # by line, when its error was last known


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Something that is wrong now. `number` is what the kind counts: people, degrees, seconds, taps, stops, events."""

    kind: Kind
    subject: str  # the id of a zone, camera, reader, node, tag, product or line
    since_ms: int
    cause: str = ""  # of a camera: `contract.events.Cause`
    number: float = 0.0

    @property
    def key(self) -> tuple[Kind, str]:
        """What makes it the same thing a moment later."""
        return self.kind, self.subject


class Stage(enum.StrEnum):
    """How far something is."""

    WAITING = "waiting"  # wrong, but not for long enough to be told
    OPEN = "open"  # told, and not over
    ENDED = "ended"  # was told, and is over


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something that was wrong for a time: found so at `seen_ms` for the last time, and not since `well_ms`."""

    wrong: Wrong
    stage: Stage
    seen_ms: int
    well_ms: int | None = None
    opened_ms: int | None = None
    ended_ms: int | None = None

    @property
    def severity(self) -> Severity:
        """How soon somebody should look."""
        return severity_of(self.wrong.kind, self.wrong.cause)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a moment made of the alerts: those that go on, what was opened and what ended with it."""

    alerts: tuple[Alert, ...]
    opened: tuple[Alert, ...]
    ended: tuple[Alert, ...]


def wrongs(moment: Moment, rules: Rules, told: frozenset[tuple[Kind, str]] = frozenset()) -> tuple[Wrong, ...]:
    """What is wrong at a moment; `told` are the alerts that are open, which let go lower than they gripped."""
    found = [
        *_queues(moment, rules, told),
        *_devices(moment),
        *_nodes(moment, rules, told),
        *(Wrong(kind=Kind.TAG, subject=it.name, since_ms=it.since_ms, number=it.stops) for it in moment.tags),
        *_stock(moment, rules, told),
        *(
            Wrong(kind=Kind.AUDIT, subject=line, since_ms=moment.now_ms if known is None else known)
            for line, known in moment.audits.items()
        ),
    ]
    return tuple(each for each in found if each.kind not in rules.off)


def step(alerts: Iterable[Alert], found: Iterable[Wrong], now_ms: int) -> Step:
    """The alerts after a moment at which `found` was wrong. Those given are waiting or open."""
    now = {wrong.key: wrong for wrong in found}
    kept: list[Alert] = []
    ended: list[Alert] = []
    opened: list[Alert] = []
    for before in alerts:
        after = _still(before, now.pop(before.wrong.key, None), now_ms)
        if after is None:
            continue
        (ended if after.stage is Stage.ENDED else kept).append(after)
        if after.stage is Stage.OPEN and before.stage is Stage.WAITING:
            opened.append(after)
    for wrong in now.values():
        fresh = _judged(Alert(wrong=wrong, stage=Stage.WAITING, seen_ms=now_ms), now_ms)
        kept.append(fresh)
        if fresh.stage is Stage.OPEN:
            opened.append(fresh)
    return Step(alerts=tuple(kept), opened=tuple(opened), ended=tuple(ended))


def _still(before: Alert, wrong: Wrong | None, now_ms: int) -> Alert | None:
    """The alert a moment later; None where it was never told and is over."""
    if wrong is not None:
        since_ms = min(before.wrong.since_ms, wrong.since_ms)
        return _judged(replace(before, wrong=replace(wrong, since_ms=since_ms), seen_ms=now_ms, well_ms=None), now_ms)
    if before.stage is Stage.WAITING:
        return None
    well_ms = now_ms if before.well_ms is None else before.well_ms
    if now_ms - well_ms >= PATIENCE[before.wrong.kind].well_ms:
        return replace(before, stage=Stage.ENDED, well_ms=well_ms, ended_ms=now_ms)
    return replace(before, well_ms=well_ms)


def _judged(alert: Alert, now_ms: int) -> Alert:
    """Open where it has been wrong for long enough."""
    if alert.stage is not Stage.WAITING or now_ms - alert.wrong.since_ms < PATIENCE[alert.wrong.kind].wrong_ms:
        return alert
    return replace(alert, stage=Stage.OPEN, opened_ms=now_ms)


def _queues(moment: Moment, rules: Rules, told: frozenset[tuple[Kind, str]]) -> Iterable[Wrong]:
    """More than so many in each of the last minutes; once it is told, until there is one fewer for a minute.

    A minute that no camera saw says nothing, neither that a queue is there nor that it is not.
    """
    zones: dict[str, dict[int, float]] = {}
    for each in moment.queues:
        zones.setdefault(each.zone, {})[each.minute] = each.waiting
    for zone, minutes in zones.items():
        is_told = (Kind.QUEUE, zone) in told
        least = max(1, rules.queue_people - 1) if is_told else rules.queue_people
        span = 1 if is_told else rules.queue_minutes
        last = [minutes.get(moment.queue_to - back, 0.0) for back in range(span)]
        if all(waiting >= least for waiting in last):
            first = moment.queue_to
            while minutes.get(first - 1, 0.0) >= least:
                first -= 1
            yield Wrong(kind=Kind.QUEUE, subject=zone, since_ms=first * MINUTE_MS, number=round(last[0], 1))


def _devices(moment: Moment) -> Iterable[Wrong]:
    """A device of a silent node is not told by itself: nobody knows how it is, and the node is what to go for.

    Nor are dark cameras where several hang and none sees: then the light is off, as after closing. A gap it stays.
    """
    silent = {node.name for node in moment.nodes if moment.now_ms - node.heard_ms > SILENT_MS}
    cameras = [device for device in moment.devices if device.kind is Kind.CAMERA and device.node not in silent]
    night = len(cameras) > 1 and all(not camera.ok and camera.cause is Cause.DARK for camera in cameras)
    for device in moment.devices:
        if night and device in cameras:
            continue
        if not device.ok and device.node not in silent:
            cause = str(device.cause or Cause.LOST)
            yield Wrong(kind=device.kind, subject=device.name, since_ms=device.since_ms, cause=cause)


def _nodes(moment: Moment, rules: Rules, told: frozenset[tuple[Kind, str]]) -> Iterable[Wrong]:
    now_ms = moment.now_ms
    for node in moment.nodes:
        quiet_ms = now_ms - node.heard_ms
        if node.difference:
            yield Wrong(kind=Kind.BOOKS, subject=node.name, since_ms=now_ms, number=node.difference)
        if quiet_ms > SILENT_MS:
            yield Wrong(kind=Kind.SILENT, subject=node.name, since_ms=node.heard_ms, number=quiet_ms // 1_000)
            continue  # what it said last is no news
        if node.oldest_ms > BACKLOG_MS:
            since_ms = now_ms - node.oldest_ms
            yield Wrong(kind=Kind.BACKLOG, subject=node.name, since_ms=since_ms, number=node.oldest_ms // 1_000)
        grip = rules.hot_c - (5 if (Kind.HOT, node.name) in told else 0)
        if node.temperature_c is not None and (node.temperature_c >= grip or (node.slowed and not node.undervoltage)):
            yield Wrong(kind=Kind.HOT, subject=node.name, since_ms=now_ms, number=round(node.temperature_c, 1))
        if node.undervoltage:
            yield Wrong(kind=Kind.POWER, subject=node.name, since_ms=now_ms)


def _stock(moment: Moment, rules: Rules, told: frozenset[tuple[Kind, str]]) -> Iterable[Wrong]:
    for product in moment.stock:
        least = 1 if (Kind.STOCK, product.gtin) in told else rules.stock_taps
        if product.taps >= least:
            yield Wrong(kind=Kind.STOCK, subject=product.gtin, since_ms=moment.now_ms, number=product.taps)


def most_urgent(alerts: Sequence[Alert]) -> tuple[Alert, ...]:
    """By severity, then the oldest first."""
    order = list(Severity)
    return tuple(sorted(alerts, key=lambda each: (order.index(each.severity), each.wrong.since_ms, each.wrong.key)))
