"""Takes in a browser's push subscription: a shopper's phone's, and a manager's."""

from typing import Annotated, Final
from urllib.parse import urlsplit

from msgspec import Meta, Struct
from starlette.requests import Request

from cloud.push.endpoints import MOST_CHARACTERS, SANDBOX, EndpointError
from cloud.push.outbox import Terms
from cloud.push.sealing import BadKeys, seal
from cloud.store.pushes import Subscription
from cloud.web.language import Language

_LOOPBACK: Final = frozenset(("localhost", "127.0.0.1", "::1"))


class UnfitSubscription(ValueError):
    """Nothing could ever be sent there; the text names the field and what is wrong with it."""


class Keys(Struct, frozen=True, kw_only=True):
    """The keys under which only that browser can read (RFC 8291), in base64url."""

    p256dh: Annotated[str, Meta(max_length=100)]
    auth: Annotated[str, Meta(max_length=40)]


class Given(Struct, frozen=True, kw_only=True):
    """What `PushSubscription.toJSON` gives, and the page's language; more may stand there."""

    endpoint: Annotated[str, Meta(max_length=MOST_CHARACTERS)]
    keys: Keys
    lang: str = ""


def origin_of(request: Request, own: str) -> str:
    """The store's own, as the browser knows it: behind a proxy that nothing names only the browser does.

    `own` where the browser names none or that of another host.
    """
    origin = request.headers.get("origin", "")
    same = origin.partition("://")[2] == request.url.netloc and origin.startswith(("https://", "http://"))
    return origin if same else own


def subscription(given: Given, terms: Terms, *, origin: str, language: Language) -> Subscription:
    """What is kept of a browser that opened the store at `origin`; `language` where it says none.

    Raises UnfitSubscription. A push service on this machine is for whoever opened the page on this machine.
    """
    try:
        endpoint = terms.allowed.check(given.endpoint)
        seal(b"-", p256dh=given.keys.p256dh, auth=given.keys.auth)
    except EndpointError as error:
        raise UnfitSubscription(f"endpoint: {error}") from None
    except BadKeys as error:
        raise UnfitSubscription(f"keys: {error}") from None
    if endpoint.service == SANDBOX and urlsplit(origin).hostname not in _LOOPBACK:
        raise UnfitSubscription("endpoint: a push service on this machine is for its own browsers")
    return Subscription(
        endpoint=given.endpoint,
        p256dh=given.keys.p256dh,
        auth=given.keys.auth,
        service=endpoint.service,
        origin=origin,
        server_key=terms.key.public,
        language=given.lang if given.lang in tuple(Language) else str(language),
    )
