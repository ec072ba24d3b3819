"""What the pages need of the rest of the cloud, handed in by the program's root."""

from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request

from cloud.bus import Bus
from cloud.clock import since_boot_ms
from cloud.offers.house import House
from cloud.points.earning import Earner
from cloud.points.rates import Scheme
from cloud.points.spending import Spender
from cloud.proof.keys import SigningKey
from cloud.push.outbox import Outbox
from cloud.shop.hub import Hub
from cloud.shop.pace import Pace
from cloud.shop.tag_keys import TagKeys
from cloud.shop.topics import Topics
from cloud.store.connection import Store
from cloud.web.pages import Pages
from cloud.web.shop.sheet import Sheets
from cloud.web.till_counts import TillCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """One process's parts. `clock` gives the wall time in ms, `random` so many unguessable bytes.

    `since_boot` gives ms by a clock that nobody sets.
    """

    store: Store
    bus: Bus
    clock: Callable[[], int]
    random: Callable[[int], bytes] = field(repr=False)
    since_boot: Callable[[], int] = since_boot_ms
    log_key: SigningKey | None = None  # without it no head of a log is signed
    tag_keys: TagKeys | None = None  # without them every signed tap is refused
    origin: str | None = None  # where browsers find the pages, if the settings say it
    frame_ancestors: tuple[str, ...] = ()
    pages: Pages
    hub: Hub = field(default_factory=Hub)
    sheets: Sheets = field(default_factory=Sheets)
    topics: Topics = field(default_factory=Topics)
    waiting: Hub = field(default_factory=Hub)  # pages of requests, by the request's number; 0: the staff's own
    pace: Pace = field(default_factory=Pace)
    begins: Pace = field(default_factory=lambda: Pace(most=30, refill_ms=20_000))  # a store's Wi-Fi is one address
    rewrites: Pace = field(default_factory=lambda: Pace(most=2, refill_ms=60_000, here=True))  # of the file, at once
    guesses: Pace = field(default_factory=lambda: Pace(most=20, refill_ms=10_000, here=True))  # codes to join by
    scheme: Scheme = field(default_factory=Scheme)  # of points
    tills: TillCounts = field(default_factory=TillCounts)
    house: House = field(default_factory=House)  # of offers
    outbox: Outbox | None = None  # without it no phone gets pushes

    def base(self, request: Request) -> str:
        """What our own links begin with: the origin in the settings; else that which the request names."""
        return self.origin or f"{request.url.scheme}://{request.url.netloc}"

    @property
    def earner(self) -> Earner:
        """Gives points for what shoppers share and buy."""
        return Earner(scheme=self.scheme, random=self.random)

    @property
    def spender(self) -> Spender:
        """Moves the points that pay."""
        return Spender(scheme=self.scheme, random=self.random)
