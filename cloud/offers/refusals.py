"""Why somebody sees no offer, in the order in which it is asked."""

import enum
from typing import Final


class Refusal(enum.StrEnum):
    """Why there is no offer, or not this campaign's; each is counted."""

    # consent
    NO_CONSENT = "no-consent"  # the shopper did not agree to offers, or not on this channel
    # suppression
    SUPPRESSED = "suppressed"  # the shopper refused all advertising
    # hold-out
    HELD_OUT = "held-out"  # of the campaign's control group
    # legal gate
    NO_SENDER = "no-sender"  # the store has not said who advertises and how to reach them
    NIGHT = "night"  # from 21:00 to 08:00, without the consent for the night
    # the shopper's own wishes
    MUTED = "muted"  # of this part of the store they want to hear nothing
    OWN_HOURS = "own-hours"  # outside the hours that the shopper chose
    # caps
    NOT_NOW = "not-now"  # the shopper said "not now" a short while ago
    CAP_DAY = "cap-day"  # as many in 24 hours as the store sends
    CAP_WEEK = "cap-week"  # as many in seven days as the store sends, or as the shopper wants
    CAP_CAMPAIGN = "cap-campaign"  # as many of this campaign as one person sees
    SAME_TEXT = "same-text"  # these very words were shown within 30 days
    # stock
    NO_STOCK = "no-stock"  # nothing is left, or nobody counts it
    # budget
    NO_BUDGET = "no-budget"  # the campaign has shown or given all that it may
    # choice
    NOT_TAPPED = "not-tapped"  # no fresh signed tap: anybody may open a link
    NOT_STOPPED = "not-stopped"  # too few people stayed at this shelf in the last minutes, or nobody could see
    NOT_AWAY = "not-away"  # the shopper was here too recently, or is not known to have been here before
    NOT_MEANT = "not-meant"  # it is for others
    HAS_COUPON = "has-coupon"  # the shopper has its coupon already
    OUTDONE = "outdone"  # another campaign was better
    NOTHING_SUITS = "nothing-suits"  # no campaign is for this moment: nothing suits you today


OF_PERSON: Final = frozenset(
    {
        Refusal.NO_CONSENT,
        Refusal.SUPPRESSED,
        Refusal.NO_SENDER,
        Refusal.NIGHT,
        Refusal.MUTED,
        Refusal.OWN_HOURS,
        Refusal.NOT_NOW,
        Refusal.CAP_DAY,
        Refusal.CAP_WEEK,
    }
)
"""What refuses all campaigns alike."""

MAY_PASS: Final = frozenset({Refusal.NIGHT, Refusal.OWN_HOURS})
"""What passes by itself: an offer may wait for it."""
