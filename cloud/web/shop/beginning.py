"""How a profile begins: with an act of the shopper's own, and with a cookie only then."""

import sqlite3
from dataclasses import dataclass

from starlette.responses import Response

from cloud.shop.tokens import digest, new_token
from cloud.store import shoppers
from cloud.store.shoppers import Profile
from cloud.web.services import Services
from cloud.web.shop.asking import COOKIE, COOKIE_AGE_S, Asking


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The shopper who acts, known before or from now on."""

    profile: Profile
    token: str | None  # what the new phone's cookie is to hold; None where the phone was known


class TooManyBegin(Exception):
    """More profiles began from this address than its people can have wished for. Answer 429, and keep nothing."""


def begin(services: Services, connection: sqlite3.Connection, asked: Asking) -> Begun:
    """The profile of the phone that asks; a new one where it has none. Raises TooManyBegin.

    Call inside the transaction that writes what the shopper did (`connection` is the writer): a profile without an
    act must not stay. Then hand the answer to `remember`.
    """
    if asked.profile_digest and (known := shoppers.profile(connection, asked.profile_digest)):
        return Begun(profile=known, token=None)
    now_ms = services.clock()
    if not services.begins.allows(asked.address, now_ms):
        raise TooManyBegin
    token, handle = new_token(services.random), new_token(services.random)
    number = shoppers.begin(connection, handle=handle, language=asked.language, now_ms=now_ms)
    shoppers.add_device(connection, digest=digest(token), profile_id=number, now_ms=now_ms)
    profile = Profile(id=number, person=number, handle=handle, language=asked.language, begun_ms=now_ms)
    return Begun(profile=profile, token=token)


def remember(response: Response, begun: Begun) -> Response:
    """The answer, with the new phone's cookie where one began."""
    if begun.token:
        response.set_cookie(
            COOKIE, begun.token, max_age=COOKIE_AGE_S, path="/", secure=True, httponly=True, samesite="lax"
        )
    return response


def let_go(response: Response) -> Response:
    """The answer, which takes the phone's cookie away."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response
