"""Which addresses a push may be sent to: a shopper's browser names them, so none is believed."""

import enum
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

SERVICES: Final[Mapping[str, tuple[str, ...]]] = {
    "google": ("fcm.googleapis.com",),
    "mozilla": ("updates.push.services.mozilla.com", "*.push.services.mozilla.com"),
    "apple": ("web.push.apple.com", "*.push.apple.com"),
    "microsoft": ("*.notify.windows.com",),
}
"""The push services of today's browsers, by name; `*.` stands for one label or more."""

SANDBOX: Final = "sandbox"
OTHER: Final = "other"
MOST_CHARACTERS: Final = 2_000
"""Real addresses have 100 to 500; what is longer is nobody's."""
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class Fault(enum.StrEnum):
    """What is wrong with an address."""

    MALFORMED = "malformed"  # no URL as browsers give it
    NOT_HTTPS = "not-https"  # anybody on the way could change the answer
    PORT = "port"  # push services listen on 443 alone
    USER = "user"  # it names a user or a password
    NOT_ALLOWED = "not-allowed"  # the host is no push service's that this store knows


class EndpointError(ValueError):
    """No push may be sent there; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A phone's address at its push service, taken apart once, so that all who use it see the same."""

    service: str
    scheme: str
    host: str
    port: int
    target: str  # path and query, as they are sent

    @property
    def origin(self) -> str:
        """The push service itself, as a VAPID token names it (RFC 8292, section 2)."""
        usual = {"https": 443, "http": 80}[self.scheme]
        return f"{self.scheme}://{self.host}" + ("" if self.port == usual else f":{self.port}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The services that a store sends to; `more` are patterns of hosts beside the known ones, `sandbox` the origin of
    a push service on this very machine, for demonstrations and tests.
    """

    more: tuple[str, ...] = ()
    sandbox: str | None = None
    _patterns: tuple[tuple[str, str], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        known = tuple((pattern, name) for name, patterns in SERVICES.items() for pattern in patterns)
        object.__setattr__(self, "_patterns", (*known, *((pattern, OTHER) for pattern in self.more)))

    @property
    def services(self) -> tuple[str, ...]:
        """The names of all services that a subscription may have."""
        return (*SERVICES, *((OTHER,) if self.more else ()), *((SANDBOX,) if self.sandbox else ()))

    def check(self, text: str) -> Endpoint:
        """The address in a browser's subscription. Raises EndpointError."""
        return leading(text, self._service, sandbox=self.sandbox)

    def _service(self, host: str) -> str | None:
        return next((service for pattern, service in self._patterns if _matches(host, pattern)), None)


def leading(text: str, service: Callable[[str], str | None], *, sandbox: str | None) -> Endpoint:
    """Where an address that somebody else named leads: https, port 443, no user, a host of which `service` knows the
    name; or the origin `sandbox`, on this machine. Raises EndpointError.
    """
    scheme, host, port, target = _taken_apart(text)
    if sandbox is not None and (scheme, host, port) == _taken_apart(sandbox)[:3]:
        return Endpoint(service=SANDBOX, scheme=scheme, host=host, port=port, target=target)
    if scheme != "https":
        raise EndpointError(Fault.NOT_HTTPS)
    if port != 443:
        raise EndpointError(Fault.PORT)
    name = service(host)
    if name is None:
        raise EndpointError(Fault.NOT_ALLOWED)
    return Endpoint(service=name, scheme=scheme, host=host, port=port, target=target)


def _taken_apart(text: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and target of an http(s) URL without a user or fragment. Raises EndpointError."""
    if len(text) > MOST_CHARACTERS or not all("!" <= each <= "~" for each in text) or "\\" in text:
        raise EndpointError(Fault.MALFORMED)
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise EndpointError(Fault.MALFORMED) from None
    if url.scheme not in ("https", "http") or not url.hostname or url.fragment:
        raise EndpointError(Fault.MALFORMED)
    if "@" in url.netloc:
        raise EndpointError(Fault.USER)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    return url.scheme, url.hostname, port or {"https": 443, "http": 80}[url.scheme], target


def _matches(host: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and len(host) >= len(pattern)
    return host == pattern


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet: no private, loopback, link-local or reserved one, not even
    inside an IPv6 address that stands for an IPv4 one.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None and not is_public(str(inner)):
            return False
        if ip.ipv4_mapped:
            return True
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def is_loopback(address: str) -> bool:
    """Whether an IP address is this machine's own."""
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback
