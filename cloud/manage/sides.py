"""One side of a comparison: a span's totals read by the plan, and what may be said of each count."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cloud.manage.insight import Bin
from cloud.manage.totals import Chain, Totals
from contract.plan import LineKind, Plan, ZoneKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A name for people, in both languages of the pages."""

    ko: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """One zone's or product's counts for its funnel, before anything is withheld. None: nothing could tell."""

    passed: int | None
    stopped: int | None
    tapped: int | None
    bought: int | None
    taps_beyond: int
    sales_beyond: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A span of the store. `edges_ms` cut lengths into classes; `tills`: whether any till tells of sales."""

    plan: Plan
    totals: Totals
    edges_ms: Sequence[int]
    tills: bool
    with_taps: frozenset[str]  # zones and products that have a reader or a tag
    zones_of: Mapping[str, tuple[str, ...]]  # of each product

    @property
    def shelves(self) -> tuple[str, ...]:
        """The zones in which people look at goods."""
        return tuple(zone.id for zone in self.plan.zones if zone.kind is ZoneKind.SHELF)

    def lines(self, kind: LineKind) -> tuple[str, ...]:
        """The lines of a kind."""
        return tuple(line.id for line in self.plan.lines if line.kind is kind)

    def went_in(self) -> int:
        """How often somebody came in."""
        return sum(self.totals.lines[line].went_in for line in self.lines(LineKind.DOOR) if line in self.totals.lines)

    def went_out(self) -> int:
        """How often somebody left."""
        return sum(self.totals.lines[line].went_out for line in self.lines(LineKind.DOOR) if line in self.totals.lines)

    def passers(self) -> int:
        """How often somebody walked past outside, either way."""
        told = (self.totals.lines[line] for line in self.lines(LineKind.STREET) if line in self.totals.lines)
        return sum(line.went_in + line.went_out for line in told)

    def coverage(self, zone: str) -> float | None:
        """How well a zone was seen, 0 to 1; None where nothing was expected yet."""
        row = self.totals.zones.get(zone)
        return self._share(row.covered_ms if row else 0)

    def queue_coverage(self, zone: str) -> float | None:
        """How well a zone's queue was seen."""
        row = self.totals.zones.get(zone)
        return self._share(row.queue_covered_ms if row else 0)

    def line_coverage(self, kind: LineKind) -> float | None:
        """How well the cameras of all lines of a kind together saw: one of two dead is half."""
        return mean(self.lines_seen(kind))

    def lines_seen(self, kind: LineKind) -> list[float | None]:
        """How well each camera of a line of that kind saw, in the order of their names."""
        cameras = sorted({line.camera for line in self.plan.lines if line.kind is kind})
        return [self._share(self.totals.cameras.get(camera, 0)) for camera in cameras]

    def shelf_coverage(self) -> float | None:
        """How well the shelves' zones were seen, on the average."""
        return mean(self.shelves_seen())

    def shelves_seen(self) -> list[float | None]:
        """How well each shelf's zone was seen, in the plan's order."""
        return [self.coverage(zone) for zone in self.shelves]

    def counts_of(self, zone: str) -> Counts:
        """A zone's funnel. None where no camera saw it and nothing came, no reader stands in it, or no till tells."""
        chain = self.totals.chains.get(zone, Chain())
        seen = bool(self.coverage(zone)) or chain.passed > 0
        return self._counts(chain, seen=seen, taps=zone in self.with_taps)

    def counts_of_product(self, gtin: str) -> Counts:
        """A product's funnel, of the people in its zones."""
        chain = self.totals.products.get(gtin, Chain())
        seen = chain.passed > 0 or any(self.coverage(zone) for zone in self.zones_of.get(gtin, ()))
        return self._counts(chain, seen=seen, taps=gtin in self.with_taps)

    def bins(self, lengths: Sequence[int]) -> tuple[Bin, ...]:
        """Classes of length by their bounds; the last has no end and is taken to reach twice as far as it begins."""
        edges = (0, *self.edges_ms, 2 * self.edges_ms[-1])
        return tuple(
            Bin(low_ms=edges[place], high_ms=edges[place + 1], count=count)
            for place, count in enumerate(lengths)
            if count
        )

    def shelf_bins(self) -> tuple[Bin, ...]:
        """The stays at all shelves by their length."""
        rows = [self.totals.zones[zone].lengths for zone in self.shelves if zone in self.totals.zones]
        return self.bins([sum(counts) for counts in zip(*rows, strict=True)])

    def _counts(self, chain: Chain, *, seen: bool, taps: bool) -> Counts:
        told = seen and (taps or chain.taps > 0)
        return Counts(
            passed=chain.passed if seen else None,
            stopped=chain.stopped if seen else None,
            tapped=chain.tapped if told else None,
            bought=chain.bought if told and (self.tills or chain.sales) else None,
            taps_beyond=chain.taps - chain.tapped,
            sales_beyond=max(0, chain.sales - chain.bought),
        )

    def _share(self, covered_ms: int) -> float | None:
        return min(1.0, covered_ms / self.totals.expected_ms) if self.totals.expected_ms else None


def mean(shares: Iterable[float | None]) -> float | None:
    """The mean of those that are known."""
    known = [share for share in shares if share is not None]
    return sum(known) / len(known) if known else None
