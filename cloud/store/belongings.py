"""Every table in which something is a shopper's, as the modules of the store declare them; parents first."""

from cloud.store import (
    candidates,
    consents,
    coupons,
    decisions,
    interests,
    joinings,
    member_codes,
    points,
    points_marks,
    preferences,
    pushes,
    requests,
    reviews,
    sales,
    shoppers,
    stops,
    trials,
    visits,
    wishes,
)
from cloud.store.owned import Owned

TABLES: tuple[Owned, ...] = (
    *shoppers.OWNED,
    *joinings.OWNED,
    *consents.OWNED,
    *visits.OWNED,
    *preferences.OWNED,
    *stops.OWNED,
    *wishes.OWNED,
    *requests.OWNED,
    *reviews.OWNED,
    *pushes.OWNED,
    *decisions.OWNED,
    *candidates.OWNED,
    *coupons.OWNED,
    *trials.OWNED,
    *points.OWNED,
    *points_marks.OWNED,
    *member_codes.OWNED,
    *interests.OWNED,
    *sales.OWNED,
)
"""Exported, imported and erased in this order; a test finds a table that is missing here."""
