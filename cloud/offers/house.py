"""The store's own settings of offers, as the rules take them."""

from dataclasses import dataclass, field

from cloud.offers import law
from cloud.offers.harm import Limits
from cloud.offers.situation import Terms
from cloud.shop.messages import Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What holds for all campaigns of a store."""

    zone: str = "Asia/Seoul"  # the store's, in the tz database
    sender: Sender | None = None  # who advertises; without one nothing is advertised
    hold_out: float = 0.1
    per_day: int = 3
    per_week: int = 10
    rest_hours: int = 24  # after a "not now"
    harm: Limits = field(default_factory=Limits)
    least_people: int = 5  # no figure about fewer

    def terms(self, shopper_zone: str | None) -> Terms:
        """The terms for a shopper who lives by that zone's clocks."""
        return Terms(
            zone=law.zone_for(self.zone, shopper_zone),
            hold_out=self.hold_out,
            per_day=self.per_day,
            per_week=self.per_week,
            rest_hours=self.rest_hours,
            sender=self.sender is not None,
        )
