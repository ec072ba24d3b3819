"""How figures are written: numbers, shares, lengths of time, moments, and what stands where there is none."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from cloud.manage.insight import Figure, Rate, State
from cloud.manage.report import ENOUGH, Label
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
