"""The ways by which an offer reaches a shopper, and the consent that each one asks for."""

import enum
from typing import Final

from cloud.shop.consent import Purpose


class Channel(enum.StrEnum):
    """How an offer is shown."""

    PAGE = "page"  # on a page that the shopper has just opened: an answer, not a sending
    LIVE = "live"  # sent to a page that is open
    PUSH = "push"  # a notification, whether a page is open or not
    EMAIL = "email"


NEEDED: Final = {
    Channel.PAGE: frozenset({Purpose.OFFERS}),
    Channel.LIVE: frozenset({Purpose.OFFERS}),
    Channel.PUSH: frozenset({Purpose.OFFERS, Purpose.ADS_PUSH}),
    Channel.EMAIL: frozenset({Purpose.OFFERS, Purpose.ADS_EMAIL}),
}
"""To choose an offer for somebody is one purpose, to send it by a channel another."""

SENT: Final = frozenset({Channel.LIVE, Channel.PUSH, Channel.EMAIL})
"""What the store sends by itself: a shopper's own polite hours bind it."""
