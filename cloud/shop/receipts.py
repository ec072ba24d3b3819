"""What a shopper is told of their own choices: the result of each, and every two years that it still stands.

Network Act, art. 50(7) and (8), and its Decree, art. 62-2 and 62-3: the sender, the fact and its date, and the result
within 14 days; and before the same date of each second year, the fact, its date, and how to keep or withdraw it.
"""

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from cloud.shop.consent import Entry, Purpose
from cloud.shop.messages import Both
from cloud.shop.wording import texts

DAY_MS: Final = 24 * 3_600_000
RECHECK_YEARS: Final = 2
RECHECK_AHEAD_MS: Final = 30 * DAY_MS
"""How long before the second anniversary the re-check is told."""

DAY_BEGINS_H, DAY_ENDS_H = 9, 20
"""A store's time of day in which what is not an answer to an act is told."""

CHOICES_URL: Final = "/me/choices"


class Receipt(Struct, frozen=True, kw_only=True):
    """A service message on the shopper's own choices: never an offer."""

    at: int  # of the choice, ms
    sender: Both
    title: Both
    text: Both
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one act said: its lines, all of one moment."""

    entries: tuple[Entry, ...]

    @property
    def at_ms(self) -> int:
        """When."""
        return self.entries[0].at_ms

    @property
    def refusal(self) -> bool:
        """Whether it ended all advertising at once."""
        return any(entry.refusal for entry in self.entries)


def acts(entries: Iterable[Entry]) -> tuple[Said, ...]:
    """Lines of a person's ledger as acts, in order; a line that stands once for each joined phone counts once."""
    found: dict[tuple[int, str], dict[Entry, None]] = {}
    for entry in entries:
        found.setdefault((entry.at_ms, entry.proof), {})[entry] = None
    return tuple(Said(entries=tuple(said)) for said in found.values())


def receipt(said: Said, sender: Both, zone: ZoneInfo) -> Receipt:
    """The result of an act: who tells it, what was said when, and what follows."""
    result = _refused() if said.refusal else _chosen(said.entries)
    when = date(said.at_ms, zone)
    return Receipt(
        at=said.at_ms,
        sender=sender,
        title=Both(ko=f"[{sender.ko}] 동의 처리 결과", en=f"[{sender.en}] Your choice is in force"),
        text=Both(ko=f"{when.ko}에 {result.ko}", en=f"On {when.en} {result.en}"),
        url=CHOICES_URL,
    )


def recheck(consents: Mapping[Purpose, int], sender: Both, zone: ZoneInfo, *, now_ms: int) -> Receipt:
    """The two-year re-check of consents to advertising: each with the date (ms) on which it was given."""
    given = {purpose: date(at_ms, zone) for purpose, at_ms in consents.items()}
    ko = ", ".join(f"{when.ko} ‘{texts(purpose, 'ko').title}’" for purpose, when in given.items())
    en = "; ".join(f"“{texts(purpose, 'en').title}” on {when.en}" for purpose, when in given.items())
    return Receipt(
        at=now_ms,
        sender=sender,
        title=Both(ko=f"[{sender.ko}] 수신동의 여부 확인", en=f"[{sender.en}] Do you still agree?"),
        text=Both(
            ko=(
                f"{ko}에 동의하셨습니다. 계속 받으시려면 ‘동의 설정’에서 ‘동의 유지’를, "
                "그만 받으시려면 ‘모든 광고 거부’를 눌러 주세요. 아무것도 하지 않으시면 동의가 유지됩니다."
            ),
            en=(
                f"You agreed to {en}. Under “Your choices” press “Keep my consent” to keep it, or “Refuse all "
                "advertising” to end it. If you do nothing it stays as it is."
            ),
        ),
        url=CHOICES_URL,
    )


def encode(told: Receipt) -> str:
    """The message as one line of JSON."""
    return msgspec.json.encode(told).decode()


def rechecks_begun(given_ms: int, now_ms: int, zone: ZoneInfo) -> int:
    """How many re-checks of a consent should have been told by now: the first 30 days before its second anniversary."""
    count = 0
    while anniversary(given_ms, count + 1, zone) - RECHECK_AHEAD_MS <= now_ms:
        count += 1
    return count


def anniversary(given_ms: int, times: int, zone: ZoneInfo) -> int:
    """When the same date begins 2 × `times` years later, in ms; of 29 February, where there is none, the 28th."""
    given = dt.datetime.fromtimestamp(given_ms / 1000, zone).date()
    year = given.year + RECHECK_YEARS * times
    day = min(given.day, calendar.monthrange(year, given.month)[1])
    then = dt.datetime(year, given.month, day, tzinfo=zone)
    return int(then.timestamp() * 1000)


def by_day(now_ms: int, zone: ZoneInfo) -> bool:
    """Whether it is a time of day at which a store may speak first."""
    return DAY_BEGINS_H <= dt.datetime.fromtimestamp(now_ms / 1000, zone).hour < DAY_ENDS_H


def date(at_ms: int, zone: ZoneInfo) -> Both:
    """A date as each language writes it."""
    at = dt.datetime.fromtimestamp(at_ms / 1000, zone)
    return Both(
        ko=f"{at.year}년 {at.month}월 {at.day}일",
        en=f"{at.day} {calendar.month_name[at.month]} {at.year}",
    )


def _refused() -> Both:
    return Both(
        ko=(
            "모든 광고 수신을 거부하셨습니다. 화면·알림·이메일 광고를 모두 중단했으며, "
            "다시 동의하시기 전에는 보내지 않습니다."
        ),
        en=(
            "you refused all advertising. Offers on the page, notifications and e-mails have stopped, "
            "and none comes before you ask for it again."
        ),
    )


def _chosen(entries: tuple[Entry, ...]) -> Both:
    given = [entry.purpose for entry in entries if entry.given]
    ended = [entry.purpose for entry in entries if not entry.given]
    ko, en = [], []
    if given:
        ko.append(f"{_titles(given, 'ko')}에 동의하셨습니다.")
        en.append(f"you agreed to {_titles(given, 'en')}.")
    if ended:
        ko.append(f"{_titles(ended, 'ko')} 동의를 철회하셨습니다. 바로 적용했습니다.")
        en.append(f"you withdrew {_titles(ended, 'en')}. It has ended at once.")
    ko.append("‘동의 설정’에서 언제든지 무료로 바꿀 수 있습니다.")
    en.append("You can change it at any time, free of charge, under “Your choices”.")
    words = " ".join(en)
    return Both(ko=" ".join(ko), en=words.replace(". you", ". You"))


def _titles(purposes: list[Purpose], language: str) -> str:
    left, right = ("‘", "’") if language == "ko" else ("“", "”")
    return ", ".join(f"{left}{texts(purpose, language).title}{right}" for purpose in purposes)
