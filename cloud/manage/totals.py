"""What the sums hold of one span: every count that a figure is made of, before anything is withheld."""

from collections.abc import Mapping
from dataclasses import dataclass

from cloud.manage.period import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneTotals:
    """One zone. `lengths` and `waits` count stays and waits by the class of their length; times in ms.

    `cut` stays and `lost` waits ended with the sight of them: their length is a lower bound.
    """

    stays: int
    cut: int
    stayed_ms: int
    covered_ms: int
    person_ms: int
    queue_covered_ms: int
    waiting_ms: int
    queue_peak: int
    served: int
    gone: int
    lost: int
    waited_ms: int
    lengths: tuple[int, ...]
    waits: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Passed → stopped → tapped → bought. `taps` and `sales` are all there were: the joined ones and the others.

    `paid` are the sales that found any tap, whether or not anybody saw its stop.
    """

    passed: int = 0
    stopped: int = 0
    taps: int = 0
    tapped: int = 0
    sales: int = 0
    bought: int = 0
    paid: int = 0

    def plus(self, other: "Chain") -> "Chain":
        """Both together."""
        return Chain(
            passed=self.passed + other.passed,
            stopped=self.stopped + other.stopped,
            taps=self.taps + other.taps,
            tapped=self.tapped + other.tapped,
            sales=self.sales + other.sales,
            bought=self.bought + other.bought,
            paid=self.paid + other.paid,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTotals:
    """Who crossed one line."""

    went_in: int
    went_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Till:
    """What the tills took; `squares`: of what each receipt came to, summed. Minor units."""

    receipts: int = 0
    amount: int = 0
    squares: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One point of a sparkline, of the whole store; `first` is its first minute. `seen`: whether anything reported."""

    first: int
    seen: bool
    lines: Mapping[str, LineTotals]
    chain: Chain  # of the shelves
    lengths: tuple[int, ...]  # at the shelves
    till: Till


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """One span of one store. `expected_ms`: how long a thing that was always seen would have been."""

    span: Span
    expected_ms: int
    zones: Mapping[str, ZoneTotals]
    chains: Mapping[str, Chain]  # by zone
    products: Mapping[str, Chain]  # by GTIN
    lines: Mapping[str, LineTotals]
    cameras: Mapping[str, int]  # covered ms
    till: Till
    buckets: tuple[Bucket, ...]
