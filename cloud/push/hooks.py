"""Where a web hook may lead, and how what goes there is signed: a manager types the address, so it is not believed."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from cloud.push.endpoints import SANDBOX, Endpoint, EndpointError, Fault, taken_apart

HOOK: Final = "hook"
SIGNATURE: Final = "aisle-signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedHooks:
    """The hosts that the store's settings name, each in full; `sandbox` is an origin on this machine, for tests."""

    hosts: tuple[str, ...] = ()
    sandbox: str | None = None

    def check(self, text: str) -> Endpoint:
        """The address of a hook: https, port 443, no user, a host of the list. Raises EndpointError."""
        scheme, host, port, target = taken_apart(text)
        if self.sandbox is not None and (scheme, host, port) == taken_apart(self.sandbox)[:3]:
            return Endpoint(service=SANDBOX, scheme=scheme, host=host, port=port, target=target)
        if scheme != "https":
            raise EndpointError(Fault.NOT_HTTPS)
        if port != 443:
            raise EndpointError(Fault.PORT)
        if host not in self.hosts:
            raise EndpointError(Fault.NOT_ALLOWED)
        return Endpoint(service=HOOK, scheme=scheme, host=host, port=port, target=target)


def signature(secret: str, body: bytes, *, at_s: int) -> str:
    """The value of `aisle-signature`: `t=` the time in s since 1970 and `v1=` the HMAC-SHA-256 of `t.body`.

    The time is in it, so that an old message that is sent again can be told by its age (as Stripe's hooks do it).
    """
    told = hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at_s},v1={told}"
