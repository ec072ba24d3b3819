"""Where a web hook may lead, and how what goes there is signed: a manager types the address, so it is not believed."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from cloud.push.endpoints import Endpoint, leading

HOOK: Final = "hook"
SIGNATURE: Final = "aisle-signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedHooks:
    """The hosts that the store's settings name, each in full; `sandbox` is an origin on this machine, for tests."""

    hosts: tuple[str, ...] = ()
    sandbox: str | None = None

    def check(self, text: str) -> Endpoint:
        """The address of a hook: https, port 443, no user, a host of the list. Raises EndpointError."""
        return leading(text, lambda host: HOOK if host in self.hosts else None, sandbox=self.sandbox)


def signature(secret: str, body: bytes, *, at_s: int) -> str:
    """The value of `aisle-signature`: `t=` the time in s since 1970 and `v1=` the HMAC-SHA-256 of `t.body`.

    The time is in it, so that an old message that is sent again can be told by its age (as Stripe's hooks do it).
    """
    told = hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at_s},v1={told}"
