"""What a purchase did to a shopper's points, told on their open page."""

import msgspec
from msgspec import Struct

from cloud.shop.messages import Both

KIND = "points"
_TITLE = Both(ko="포인트", en="Your points")


class PointsMessage(Struct, frozen=True, kw_only=True):
    """Points moved with a purchase; `text` says so in one line."""

    at: int  # ms since 1970
    earned: int
    spent: int
    balance: int
    title: Both
    text: Both
    url: str  # where all of it stands


def body(*, at_ms: int, earned: int, spent: int, balance: int) -> str:
    """The message as one line of JSON."""
    ko = [f"{spent:,}포인트를 썼습니다."] if spent else []
    en = [f"You paid with {_points(spent)}."] if spent else []
    if earned:
        ko.append(f"{earned:,}포인트를 쌓았습니다.")
        en.append(f"You earned {_points(earned)}.")
    text = Both(
        ko=" ".join((*ko, f"지금 {balance:,}포인트가 있습니다.")),
        en=" ".join((*en, f"You have {_points(balance)} now.")),
    )
    told = PointsMessage(
        at=at_ms, earned=earned, spent=spent, balance=balance, title=_TITLE, text=text, url="/me#points"
    )
    return msgspec.json.encode(told).decode()


def _points(count: int) -> str:
    return "1 point" if count == 1 else f"{count:,} points"
