"""The cloud's settings: what may be chosen, and what is taken where nothing is said."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from cloud.errors import UserError
from cloud.points.rates import Rates
from contract.fields import Name
from contract.settings import SettingsError, read_settings

FILE = "cloud.toml"
LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))

Origin = Annotated[
    str,
    Meta(
        pattern=r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?$(?!\n)",
        description="an origin as browsers write it: https://name or http://name:port",
    ),
]

PushHost = Annotated[
    str,
    Meta(
        pattern=r"^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$(?!\n)",
        description="a push service's host, or *. before a domain for all hosts in it",
    ),
]


class Web(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The pages and the API."""

    host: Annotated[str, Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8080
    frame_ancestors: tuple[Origin, ...] = ()  # who may show the shopper's pages in a frame
    timezone: str = "Asia/Seoul"  # of the store: when its day begins
    least_people: Annotated[int, Meta(ge=5, le=1000)] = 5  # no figure about fewer


class Broker(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the cloud signs in at the broker."""

    credentials: str = "broker/users/cloud.toml"  # beside the data directory's other files, or a whole path


class Tags(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The signed tags."""

    keys: str | None = None  # the master keys' file (TOML); without it every signed tap is refused


class Push(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Web Push; without a `subject` or a `sandbox` no phone gets pushes."""

    subject: (
        Annotated[
            str,
            Meta(
                pattern=r"^(mailto:[^@\s]+@|https://)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$(?!\n)",
                description="whom a push service may write to: mailto:name@host or https://host",
            ),
        ]
        | None
    ) = None
    hosts: tuple[PushHost, ...] = ()  # push services beside those of today's browsers
    sandbox: (
        Annotated[
            str,
            Meta(
                pattern=r"^http://(localhost|127\.0\.0\.1):[0-9]{1,5}$(?!\n)",
                description="a push service on this machine, for demonstrations and tests: http://localhost:PORT",
            ),
        ]
        | None
    ) = None


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cloud.toml` in the data directory."""

    store: Name  # the store's name, as in topics
    web: Web = Web()
    broker: Broker = Broker()
    tags: Tags = Tags()
    points: Rates = Rates()
    push: Push = Push()


def load(path: Path) -> Settings:
    """The settings in a file. Raises UserError naming the file, the key, its value and what is allowed."""
    try:
        settings = read_settings(path, Settings)
    except SettingsError as error:
        raise UserError(str(error)) from None
    try:
        ZoneInfo(settings.web.timezone)
    except (KeyError, ValueError, OSError):
        raise UserError(
            f"{path}: web.timezone = {settings.web.timezone!r}: it must be a time zone such as 'Asia/Seoul'"
        ) from None
    if settings.push.sandbox and settings.web.host not in LOOPBACK:
        raise UserError(
            f"{path}: push.sandbox = {settings.push.sandbox!r}: it is for web.host 127.0.0.1 alone,"
            f" not {settings.web.host!r}: else whoever opens the page could have this machine send to itself"
        )
    return settings


def first(store: str) -> str:
    """The first `cloud.toml` of a new store."""
    return (
        f'store = "{store}"\n\n'
        "# Everything else has a default; for example:\n"
        '# [web]\n# host = "127.0.0.1"\n# port = 8080\n# timezone = "Asia/Seoul"\n'
    )
