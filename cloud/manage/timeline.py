"""One shopper's days here, out of the rows that are kept of them: only what a consent that stands still covers."""

import enum
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo

import msgspec

from cloud.offers.decision import Record
from cloud.offers.reasons import Reason
from cloud.offers.refusals import Refusal
from cloud.shop.consent import Purpose
from cloud.shop.origin import Agreed
from cloud.shop.passport import Row


class Kind(enum.StrEnum):
    """What an entry tells of."""

    TAP = "tap"  # the shopper's phone was held to a tag, or their card to a reader
    SALE = "sale"  # a purchase for which they showed their card or code
    OFFER = "offer"  # an offer that they saw, why, and what they made of it
    NO_OFFER = "no-offer"  # moments of a day in which none was shown, with the reasons
    COUPON = "coupon"  # they took one
    REDEEMED = "redeemed"  # a coupon at the till
    POINTS = "points"  # points came, went or ended
    MESSAGE = "message"  # what they were told
    CONSENT = "consent"  # a choice, with the version of its words
    REQUEST = "request"  # asked of the staff
    REVIEW = "review"
    CARD = "card"  # they bound a card


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing of a day. What a kind does not have stays empty; amounts are won, points or stars."""

    kind: Kind
    at_ms: int
    goods: tuple[tuple[str, int], ...] = ()  # GTINs, with how many of each
    amount: int | None = None
    word: str = ""  # a campaign, a reason, a message's kind, a request's kind: by the kind of entry
    answer: str = ""  # what they made of an offer; the state of a request
    why: tuple[Reason, ...] = ()
    refusals: tuple[tuple[Refusal, int], ...] = ()
    given: bool = False
    purpose: Purpose | None = None
    version: str = ""  # of a choice's words
    language: str = ""  # in which they were read
    tag: str = ""
    reader: str = ""
    agreed: Agreed | None = None  # under which consent it is kept; None: it is the act itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day by the store's clock, its newest entry first."""

    day: date
    entries: tuple[Entry, ...]

    @property
    def taps(self) -> int:
        """How often the shopper tapped."""
        return sum(entry.kind is Kind.TAP for entry in self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The newest day first. `withheld`: things kept under consents that do not stand any more; they are not shown."""

    days: tuple[Day, ...]
    withheld: Mapping[Purpose, int] = field(default_factory=dict)


COVERED: Mapping[str, Purpose] = {
    "visits": Purpose.HISTORY,
    "decisions": Purpose.OFFERS,
    "showings": Purpose.OFFERS,
    "cards": Purpose.CARD,
}
"""Under which consent a table's rows may be looked at; rows of other tables are the shopper's own acts."""
TABLES = (
    "visits",
    "cards",
    "sale_links",
    "decisions",
    "showings",
    "coupons",
    "messages",
    "consents",
    "requests",
    "reviews",
)
"""What a timeline is made of; beside these `bookings`: a day's points for one reason, with `day_ms` and `points`."""
_LAST_MS = 4_102_444_800_000  # the year 2100: an imported row may say any time
_TAP_MESSAGE = "tap"
"""The kind of message that tells a shopper of their own card's tap at a reader."""


def timeline(
    rows: Mapping[str, Iterable[Row]],
    *,
    standing: frozenset[Purpose],
    agreed: Mapping[Purpose, Agreed],
    zone: tzinfo,
) -> Timeline:
    """The days of the person whose `rows` these are, by table, with the consents that stand now."""
    entries: list[Entry] = []
    withheld: Counter[Purpose] = Counter()
    offered = {_number(row, "decision"): row for row in rows.get("showings", ())}
    for table in ("decisions", *_MADE):
        for row in rows.get(table, ()):
            purpose = _purpose(table, row)
            if purpose and purpose not in standing:
                withheld[purpose] += 1
                continue
            under = agreed.get(purpose) if purpose else None
            told = (_decided(row, offered.get(_number(row, "id"))),) if table == "decisions" else _MADE[table](row)
            entries.extend(replace(entry, agreed=under) for entry in told)
    return Timeline(days=_days(entries, zone), withheld={purpose: n for purpose, n in withheld.items() if n})


def _purpose(table: str, row: Row) -> Purpose | None:
    if table == "messages" and row["kind"] == _TAP_MESSAGE:
        return Purpose.CARD
    return COVERED.get(table)


def _tap(row: Row) -> Iterable[Entry]:
    goods = ((_text(row, "gtin"), 1),)
    yield Entry(kind=Kind.TAP, at_ms=_number(row, "at_ms"), goods=goods, tag=_text(row, "tag"))


def _card(row: Row) -> Iterable[Entry]:
    yield Entry(kind=Kind.CARD, at_ms=_number(row, "bound_ms"), reader=_text(row, "reader"))


def _sale(row: Row) -> Iterable[Entry]:
    goods, due = _goods(_text(row, "goods")), _number(row, "due")
    yield Entry(kind=Kind.SALE, at_ms=_number(row, "at_ms"), goods=goods, amount=due)


def _booking(row: Row) -> Iterable[Entry]:
    at_ms, amount = _number(row, "day_ms"), _number(row, "points")
    yield Entry(kind=Kind.POINTS, at_ms=at_ms, amount=amount, word=_text(row, "reason"))


def _message(row: Row) -> Iterable[Entry]:
    """What a shopper was told; of their own card's tap it is the tap."""
    if row["kind"] == _TAP_MESSAGE:
        try:
            told = msgspec.json.decode(_text(row, "body"), type=_CardTap)
        except msgspec.MsgspecError:  # an imported row may hold anything
            told = _CardTap()
        goods = ((told.product.gtin, 1),) if told.product else ()
        yield Entry(kind=Kind.TAP, at_ms=_number(row, "at_ms"), goods=goods, reader=told.reader)
        return
    yield Entry(kind=Kind.MESSAGE, at_ms=_number(row, "at_ms"), word=_text(row, "kind"))


class _Touched(msgspec.Struct):
    gtin: str


class _CardTap(msgspec.Struct):
    reader: str = ""
    product: _Touched | None = None


def _choice(row: Row) -> Iterable[Entry]:
    if row["purpose"] in tuple(Purpose):
        yield Entry(
            kind=Kind.CONSENT,
            at_ms=_number(row, "at_ms"),
            purpose=Purpose(_text(row, "purpose")),
            given=bool(row["given"]),
            version=_text(row, "text_version"),
            language=_text(row, "language"),
        )


def _request(row: Row) -> Iterable[Entry]:
    gtin = _text(row, "gtin")
    yield Entry(
        kind=Kind.REQUEST,
        at_ms=_number(row, "at_ms"),
        goods=((gtin, 1),) if gtin else (),
        word=_text(row, "kind"),
        answer=_text(row, "state"),
    )


def _review(row: Row) -> Iterable[Entry]:
    goods = ((_text(row, "gtin"), 1),)
    yield Entry(kind=Kind.REVIEW, at_ms=_number(row, "at_ms"), goods=goods, amount=_number(row, "stars"))


def _decided(row: Row, showing: Row | None) -> Entry:
    """A decision with its reasons; where an offer was shown, also what came of it."""
    at_ms = _number(row, "at_ms")
    try:
        record = msgspec.json.decode(_text(row, "record"), type=Record)
    except msgspec.MsgspecError:  # of an earlier form of the record: that it happened stays to be told
        return Entry(kind=Kind.NO_OFFER, at_ms=at_ms, word=_text(row, "outcome"))
    chosen, refusal = record.decision.chosen, record.decision.refusal
    gtin = record.situation.moment.gtin
    goods = ((gtin, 1),) if gtin else ()
    if chosen is None:
        refusals = ((refusal or Refusal.NOTHING_SUITS, 1),)
        return Entry(kind=Kind.NO_OFFER, at_ms=at_ms, goods=goods, refusals=refusals)
    return Entry(
        kind=Kind.OFFER,
        at_ms=at_ms,
        goods=goods,
        word=chosen.campaign,
        answer=_text(showing, "answer") if showing else "unseen",
        why=chosen.why,
    )


def _coupon(row: Row) -> Iterable[Entry]:
    goods = tuple(Counter(_text(row, "gtins").split()).items())
    won, campaign = _number(row, "won"), _text(row, "campaign")
    yield Entry(kind=Kind.COUPON, at_ms=_number(row, "claimed_ms"), goods=goods, amount=won, word=campaign)
    if row["redeemed_ms"] is not None:
        yield Entry(kind=Kind.REDEEMED, at_ms=_number(row, "redeemed_ms"), goods=goods, amount=won, word=campaign)


_MADE: Mapping[str, Callable[[Row], Iterable[Entry]]] = {
    "visits": _tap,
    "cards": _card,
    "sale_links": _sale,
    "coupons": _coupon,
    "bookings": _booking,
    "messages": _message,
    "consents": _choice,
    "requests": _request,
    "reviews": _review,
}
"""What is made of each table's rows; decisions need their showings beside them."""


def _goods(text: str) -> tuple[tuple[str, int], ...]:
    """`GTIN*2 GTIN*1` as it is stored."""
    parts = (part.partition("*") for part in text.split())
    return tuple((gtin, int(many) if many.isdecimal() else 1) for gtin, _, many in parts)


def _days(entries: Iterable[Entry], zone: tzinfo) -> tuple[Day, ...]:
    by_day: dict[date, list[Entry]] = {}
    for entry in entries:
        at_s = min(max(entry.at_ms, 0), _LAST_MS) / 1000
        by_day.setdefault(datetime.fromtimestamp(at_s, zone).date(), []).append(entry)
    return tuple(Day(day=day, entries=_ordered(by_day[day])) for day in sorted(by_day, reverse=True))


def _ordered(entries: list[Entry]) -> tuple[Entry, ...]:
    """A day's entries, the newest first; all moments without an offer are one, at the last of them."""
    told = [entry for entry in entries if entry.kind is not Kind.NO_OFFER]
    silent = [entry for entry in entries if entry.kind is Kind.NO_OFFER]
    if silent:
        reasons: Counter[Refusal] = Counter()
        for entry in silent:
            reasons.update(dict(entry.refusals))
        last = max(silent, key=lambda entry: entry.at_ms)
        refusals = tuple(sorted(reasons.items(), key=lambda each: (-each[1], each[0])))
        told.append(
            Entry(kind=Kind.NO_OFFER, at_ms=last.at_ms, amount=len(silent), refusals=refusals, agreed=last.agreed)
        )
    return tuple(sorted(told, key=lambda entry: (-entry.at_ms, entry.kind)))


def _number(row: Row | None, name: str) -> int:
    value = row.get(name) if row else None
    return value if isinstance(value, int) else 0


def _text(row: Row | None, name: str) -> str:
    value = row.get(name) if row else None
    return value if isinstance(value, str) else ""
