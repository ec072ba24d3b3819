"""Who sees nothing of a campaign, so that its effect can be told from what would have happened anyway."""

import hashlib

_SHARES = 2**64


def held_out(handle: str, campaign: str, share: float) -> bool:
    """Whether this shopper is of the campaign's control group: the same answer for ever, and whatever the version.

    `share` is from 0 to 1. A greater share only adds people: nobody who was held out is let in by it. Groups of two
    campaigns have nothing to do with each other.
    """
    digest = hashlib.sha256(f"{handle}\n{campaign}".encode()).digest()
    return int.from_bytes(digest[:8]) < share * _SHARES
