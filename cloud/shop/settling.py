"""What a sale comes to, and what of it still stands after goods came back. Pure sums in minor units and points.

The order is fixed: each line less its own discount; the coupons, one after the other, never below zero; the points;
what is left is paid in money, and on that alone points are earned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cloud.points.rates import Rounding, remaining
from cloud.shop.sales import SaleLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A sale's sums."""

    total: int  # of the lines, less their own discounts
    off: int  # by coupons
    spent: int  # points
    worth: int  # what they paid
    earned: int  # points

    @property
    def due(self) -> int:
        """What is paid in money."""
        return self.total - self.off - self.worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What of a sale still stands."""

    pieces: int  # that were kept
    due: int
    spent: int
    earned: int


class NotSold(ValueError):
    """More comes back than was sold and not yet returned; the message names the line and how many there are."""


def total(lines: Sequence[SaleLine]) -> int:
    """What the lines cost."""
    return sum(line.net for line in lines)


def standing(terms: Terms, lines: Sequence[SaleLine], returned: Mapping[int, int]) -> Standing:
    """What still stands where of each line (by its place) so many pieces came back.

    Each figure is the share of what was kept in the sale's total. Money and points that were paid are rounded down,
    points that were earned up: every part of a won or a point goes to the shopper. Nothing stands of a sale that came
    back as a whole, and all of it where nothing did.
    """
    kept = sum(_kept(line, returned.get(place, 0)) for place, line in enumerate(lines))
    everything = not any(returned.values())
    pieces = sum(line.quantity for line in lines) - sum(returned.values())
    left = terms.total if everything else min(max(kept, 0), max(terms.total, 0))

    def share(whole: int, favour: Rounding) -> int:
        return whole if everything else remaining(whole, left=left, total=terms.total, favour=favour)

    return Standing(
        pieces=pieces,
        due=share(terms.due, Rounding.DOWN),
        spent=share(terms.spent, Rounding.DOWN),
        earned=share(terms.earned, Rounding.UP),
    )


def after(lines: Sequence[SaleLine], before: Mapping[int, int], more: Mapping[int, int]) -> dict[int, int]:
    """How many pieces of each line have come back, with these. Raises NotSold."""
    for place, quantity in more.items():
        if place >= len(lines):
            raise NotSold(f"the sale has {len(lines)} lines - at line {place}")
        if quantity > (there := lines[place].quantity - before.get(place, 0)):
            raise NotSold(f"{quantity} come back of {there} that were sold and kept - at line {place}")
    return {place: before.get(place, 0) + more.get(place, 0) for place in before.keys() | more.keys()}


def _kept(line: SaleLine, returned: int) -> int:
    left = line.quantity - returned
    sign = 1 if line.net >= 0 else -1
    return sign * remaining(abs(line.net), left=left, total=line.quantity, favour=Rounding.DOWN)
