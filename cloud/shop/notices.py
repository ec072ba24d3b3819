"""What a shopper is told of what they asked for; an offer is never in it."""

import msgspec
from msgspec import Struct

from cloud.shop.catalogue import Product
from cloud.shop.messages import Both
from cloud.shop.requests import Kind, State
from cloud.shop.telling import Pushed, Urgency


class Notice(Struct, frozen=True, kw_only=True):
    """A message with a title, a sentence, and a page of ours that tells more."""

    title: Both
    text: Both
    url: str


_encoder = msgspec.json.Encoder()


def encode(notice: Notice) -> str:
    """The notice as one line of JSON."""
    return _encoder.encode(notice).decode()


def pushed(notice: Notice, urgency: Urgency) -> Pushed:
    """The same for a phone whose page is closed."""
    return Pushed(title=notice.title, text=notice.text, url=notice.url, urgency=urgency)


def back_in_stock(product: Product) -> Notice:
    """The answer to "tell me when it is back", given once."""
    return Notice(
        title=Both(ko="다시 들어왔습니다", en="It is back"),
        text=Both(ko=product.name["ko"], en=product.name["en"]),
        url=f"/01/{product.gtin}",
    )


def request_moved(*, number: int, kind: Kind, state: State, request_id: int) -> Notice | None:
    """What became of a request; None where the shopper did it themselves."""
    match state:
        case State.TAKEN:
            text = _TAKEN[kind]
        case State.DONE:
            text = _DONE[kind]
        case _:
            return None
    return Notice(title=Both(ko=f"요청 {number}번", en=f"Request {number}"), text=text, url=f"/request/{request_id}")


_TAKEN = {
    Kind.BRING: Both(ko="직원이 가지고 가는 중입니다.", en="Somebody is bringing it to you."),
    Kind.HOLD: Both(ko="직원이 따로 챙기는 중입니다.", en="Somebody is setting it aside for you."),
    Kind.LIST: Both(ko="직원이 목록을 보고 있습니다.", en="Somebody is looking at your list."),
}
_DONE = {
    Kind.BRING: Both(ko="가져다드렸습니다.", en="It was brought to you."),
    Kind.HOLD: Both(ko="계산대에 2시간 맡아 두었습니다.", en="It is held for you at the till for two hours."),
    Kind.LIST: Both(ko="도와드렸습니다.", en="Your list was seen to."),
}
