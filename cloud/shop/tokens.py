"""Random tokens that their owners keep and the store knows only by digest."""

import base64
import hashlib
from collections.abc import Callable

TOKEN_BYTES = 16


def new_token(random: Callable[[int], bytes]) -> str:
    """128 unguessable bits in 22 characters that a URL, a cookie and a header can hold."""
    return base64.urlsafe_b64encode(random(TOKEN_BYTES)).rstrip(b"=").decode()


def digest(token: str) -> str:
    """By which the store knows a token; a token is random, so that a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()
