"""Makes the advertisement of a chosen campaign: one form for every way by which it is shown."""

from collections.abc import Callable

from cloud.offers.campaigns import Campaign
from cloud.offers.reasons import Reason
from cloud.shop.messages import Advertisement, Both, Sender

Words = Callable[[Reason], Both]
"""A reason in both languages."""


def advertisement(
    campaign: Campaign,
    *,
    why: tuple[Reason, Reason, Reason],
    words: Words,
    sender: Sender,
    gtin: str,
    stop_url: str,
    showing: int,
    at_ms: int,
) -> Advertisement:
    """The campaign's words with all that the law asks for. Raises NotLawful where something of that is missing."""
    first, second, third = why
    return Advertisement(
        title=Both(ko=campaign.content.ko.title, en=campaign.content.en.title),
        text=Both(ko=campaign.content.ko.text, en=campaign.content.en.text),
        why=(words(first), words(second), words(third)),
        sender=sender,
        stop_url=stop_url,
        url=f"/01/{gtin}" if gtin else "/me",
        at_ms=at_ms,
        showing=showing,
        won=campaign.coupon.won if campaign.coupon else 0,
    )
