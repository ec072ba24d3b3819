"""The cloud's settings: what may be chosen, and what is taken where nothing is said."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
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


HookHost = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$(?!\n)",
        description="a host in full, in small letters: hooks.example.com",
    ),
]


class Web(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The pages and the API."""

    host: Annotated[str, Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8080
    origin: Origin | None = None  # where browsers find the pages; without it http://localhost:port on this machine
    proxies: tuple[str, ...] = ()  # addresses or networks whose X-Forwarded-For and X-Forwarded-Proto are believed
    frame_ancestors: tuple[Origin, ...] = ()  # who may show the shopper's pages in a frame
    timezone: str = "Asia/Seoul"  # of the store: when its day begins
    least_people: Annotated[int, Meta(ge=5, le=1000)] = 5  # no figure about fewer


class Manage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may open the managers' pages."""

    accounts: Annotated[str, Meta(min_length=1, max_length=400)] = "accounts.db"
    """The accounts' database, beside the data directory's other files, or a path that several stores share."""
    stop_seconds: Literal[1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60] = 5
    """Who stays so long in a zone has stopped and did not pass by: lengths are counted in classes with these bounds."""


class Category(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What managers call a category of products."""

    name: Name  # as the products' file writes it
    ko: Annotated[str, Meta(min_length=1, max_length=40)]
    en: Annotated[str, Meta(min_length=1, max_length=40)]


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


class AlertSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where alerts may be sent; managers' browsers hear by the same push as phones."""

    hook_hosts: tuple[HookHost, ...] = ()  # whose programs may hear by a web hook
    sandbox: (
        Annotated[
            str,
            Meta(
                pattern=r"^http://(localhost|127\.0\.0\.1):[0-9]{1,5}$(?!\n)",
                description="a program on this machine, for demonstrations and tests: http://localhost:PORT",
            ),
        ]
        | None
    ) = None


class SenderSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who advertises; without all of name_ko, name_en and contact nothing is advertised."""

    name_ko: Annotated[str, Meta(max_length=60)] = ""
    name_en: Annotated[str, Meta(max_length=60)] = ""
    contact: Annotated[str, Meta(max_length=120)] = ""  # a telephone number or an address of e-mail
    address_ko: Annotated[str, Meta(max_length=120)] = ""
    address_en: Annotated[str, Meta(max_length=120)] = ""


class OfferSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds for all campaigns."""

    hold_out: Annotated[float, Meta(ge=0, le=0.5)] = 0.1  # the share of shoppers who see nothing of a campaign
    per_day: Annotated[int, Meta(ge=1, le=20)] = 3  # offers to one person in any 24 hours, on all channels
    per_week: Annotated[int, Meta(ge=1, le=100)] = 10  # and in any seven days
    rest_hours: Annotated[int, Meta(ge=1, le=720)] = 24  # after a "not now"
    harm_per_1000: Annotated[int, Meta(ge=1, le=1000)] = 60  # above it a campaign stops by itself
    harm_least_shown: Annotated[int, Meta(ge=20, le=100_000)] = 100  # below it the figure says nothing


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`cloud.toml` in the data directory."""

    store: Name  # the store's name, as in topics
    web: Web = Web()
    manage: Manage = Manage()
    broker: Broker = Broker()
    tags: Tags = Tags()
    points: Rates = Rates()
    push: Push = Push()
    sender: SenderSettings = SenderSettings()
    offers: OfferSettings = OfferSettings()
    alerts: AlertSettings = AlertSettings()
    categories: tuple[Category, ...] = ()  # titles; a category without one is written as in the products' file


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
    for number, proxy in enumerate(settings.web.proxies):
        if wrong := _no_proxy(proxy):
            raise UserError(f"{path}: web.proxies[{number}] = {proxy!r}: {wrong}")
    names = [category.name for category in settings.categories]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise UserError(f"{path}: categories[{number}].name = {name!r}: it has a title already")
    for key, sandbox in (("push", settings.push.sandbox), ("alerts", settings.alerts.sandbox)):
        if sandbox and settings.web.host not in LOOPBACK:
            raise UserError(
                f"{path}: {key}.sandbox = {sandbox!r}: it is for web.host 127.0.0.1 alone,"
                f" not {settings.web.host!r}: else whoever opens the page could have this machine send to itself"
            )
    return settings


def _no_proxy(text: str) -> str:
    """Why a text names no proxy; nothing where it does."""
    try:
        network = ip_network(text)
    except ValueError as error:
        return f"{error}; it must be an address or a network such as '127.0.0.1' or '10.0.0.0/24'"
    return "" if network.prefixlen else "it is everybody, and then anybody says where they come from"


def origin_of(settings: Settings, port: int) -> str | None:
    """Where browsers find the pages served at a port; None where nothing says so and it is not this machine alone."""
    web = settings.web
    return web.origin or (f"http://localhost:{port}" if web.host in LOOPBACK else None)


def first(store: str) -> str:
    """The first `cloud.toml` of a new store."""
    return (
        f'store = "{store}"\n\n'
        "# Everything else has a default; for example:\n"
        '# [web]\n# host = "127.0.0.1"\n# port = 8080\n# timezone = "Asia/Seoul"\n'
        "# Where browsers find the pages; passkeys and invitations are for this address:\n"
        '# origin = "https://store.example"\n'
        "# The proxy that speaks TLS before them, which says where a request comes from:\n"
        '# proxies = ["127.0.0.1"]\n'
        "# Several stores may share their accounts:\n"
        '# [manage]\n# accounts = "../accounts.db"\n'
        "# Managers read a category of the products' file by its title:\n"
        '# [[categories]]\n# name = "tea"\n# ko = "차"\n# en = "Tea"\n'
        "# Nothing is advertised before the store has said who advertises:\n"
        '# [sender]\n# name_ko = "우리 가게"\n# name_en = "Our Store"\n# contact = "02-000-0000"\n'
        "# Notifications need a contact for the push services:\n"
        '# [push]\n# subject = "mailto:name@your-store.kr"\n'
        "# Other programs may hear of alerts by a web hook where their hosts are named:\n"
        '# [alerts]\n# hook_hosts = ["hooks.example.com"]\n'
    )
