"""How figures are written: numbers, shares, lengths of time, moments, and what stands where there is none."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from cloud.manage.insight import Figure, Interval, Rate, State
from cloud.manage.sides import Label
from cloud.manage.tiles import Unit
from cloud.manage.verdict import ENOUGH, Change
from contract.plan import Title


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One language, one store's clock, one k."""

    korean: bool
    zone: tzinfo
    k: int

    def title(self, title: Title | Label) -> str:
        """A name in the page's language."""
        return title.ko if self.korean else title.en

    def count(self, figure: Figure) -> str:
        """A whole number, or why there is none."""
        return self._told(figure) or f"{round(figure.value or 0):,}"

    def share(self, rate: Rate) -> str:
        """A share in percent with one digit."""
        return self._told(rate.figure) or f"{100 * (rate.figure.value or 0):.1f}%"

    def interval(self, rate: Rate) -> str:
        """The interval of a share, or nothing where there is none."""
        if rate.interval is None:
            return ""
        return f"{100 * rate.interval.low:.0f}–{100 * rate.interval.high:.0f}%"

    def length(self, figure: Figure) -> str:
        """A length of time: 0:46, 12:05, 3:02:10."""
        return self._told(figure) or span(figure.value or 0)

    def percent(self, figure: Figure) -> str:
        """A share of 1 in percent with one digit."""
        return self._told(figure) or f"{100 * (figure.value or 0):.1f}%"

    def money(self, figure: Figure) -> str:
        """An amount of won as shops write it."""
        return self._told(figure) or self._won(figure.value or 0)

    def mean(self, figure: Figure) -> str:
        """A number with one digit."""
        return self._told(figure) or f"{figure.value or 0:,.1f}"

    def value(self, unit: Unit, figure: Figure) -> str:
        """A figure in its unit."""
        match unit:
            case Unit.PEOPLE:
                return self.count(figure)
            case Unit.LENGTH:
                return self.length(figure)
            case Unit.SHARE:
                return self.percent(figure)
            case Unit.MONEY:
                return self.money(figure)

    def range(self, unit: Unit, interval: Interval | None) -> str:
        """From where to where a figure lies, or nothing."""
        if interval is None:
            return ""
        match unit:
            case Unit.PEOPLE:
                return f"{round(interval.low):,}–{round(interval.high):,}"
            case Unit.LENGTH:
                return f"{span(interval.low)}–{span(interval.high)}"
            case Unit.SHARE:
                return f"{100 * interval.low:.0f}–{100 * interval.high:.0f}%"
            case Unit.MONEY:
                between = f"{round(interval.low):,}–{round(interval.high):,}"
                return f"{between}원" if self.korean else f"₩{between}"

    def step(self, unit: Unit, change: Change, other: Figure | None) -> str:
        """How large a change is: of counts and money in percent, of shares in points, of lengths in time."""
        size = abs(change.difference or 0)
        match unit:
            case Unit.SHARE:
                return f"{100 * size:.1f}%p" if self.korean else f"{100 * size:.1f} pts"
            case Unit.LENGTH:
                return span(size)
            case _ if other is not None and other.value:
                return f"{100 * size / other.value:.1f}%"
            case Unit.MONEY:
                return self._won(size)
            case _:
                return f"{round(size):,}"

    def off(self, error: float | None) -> str:
        """The error of the last audit, or nothing."""
        return "" if error is None else f"±{max(1, round(100 * error))}%"

    def day(self, at_ms: int) -> str:
        """A day by the store's clock, with its weekday."""
        at = datetime.fromtimestamp(at_ms / 1000, self.zone)
        name = (
            "월화수목금토일"[at.weekday()]
            if self.korean
            else ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[at.weekday()]
        )
        return f"{at.month}월 {at.day}일({name})" if self.korean else f"{name} {at:%Y-%m-%d}"

    def between(self, from_ms: int, until_ms: int) -> str:
        """A span of time by the store's clock: of one day with its times, of several without."""
        first, last = (
            datetime.fromtimestamp(at_ms / 1000, self.zone) for at_ms in (from_ms, max(from_ms, until_ms - 1))
        )
        if first.date() != last.date():
            return f"{self.day(from_ms)} – {self.day(until_ms - 1)}"
        until = (
            "24:00"
            if datetime.fromtimestamp(until_ms / 1000, self.zone).date() != first.date()
            else self.clock(until_ms)
        )
        return f"{self.day(from_ms)} {self.clock(from_ms)}–{until}"

    def _won(self, amount: float) -> str:
        return f"{round(amount):,}원" if self.korean else f"₩{round(amount):,}"

    def coverage(self, share: float | None) -> str:
        """A coverage in whole percent, never rounded up to all of it nor down to none of it."""
        if share is None:
            return "–"
        return "<1%" if 0 < share < 0.01 else f"{int(100 * share)}%"

    def clock(self, at_ms: int) -> str:
        """A moment of today by the store's clock."""
        return f"{datetime.fromtimestamp(at_ms / 1000, self.zone):%H:%M}"

    def moment(self, at_ms: int) -> str:
        """A moment with its seconds."""
        return f"{datetime.fromtimestamp(at_ms / 1000, self.zone):%H:%M:%S}"

    def ago(self, past_ms: int) -> str:
        """How long something is past, in the largest unit that fits."""
        seconds = max(0, past_ms // 1000)
        for size, ko, en in ((86_400, "일", " d"), (3_600, "시간", " h"), (60, "분", " min")):
            if seconds >= size:
                return f"{seconds // size}{ko} 전" if self.korean else f"{seconds // size}{en} ago"
        if not seconds:
            return "방금" if self.korean else "just now"
        return f"{seconds}초 전" if self.korean else f"{seconds} s ago"

    def partial(self, share: float | None) -> bool:
        """Whether a figure needs its coverage beside it."""
        return share is not None and share < ENOUGH

    def _told(self, figure: Figure) -> str:
        """The words in the place of a number; empty where there is one."""
        match figure.state:
            case State.FEW:
                return f"{self.k}명 미만" if self.korean else f"fewer than {self.k}"
            case State.UNSEEN:
                return "–"
            case State.SHOWN:
                return ""


def span(length_ms: float) -> str:
    """A length of time with its seconds, as a clock would show it."""
    seconds = round(length_ms / 1000)
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
