"""A shopper's points: what they have, what they are given for what, and the code that a till knows them by."""

import sqlite3
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloud.points import ledger
from cloud.points.ledger import Reason
from cloud.points.rates import Rates, Scheme, for_sale, worth
from cloud.shop.consent import Purpose
from cloud.store import interests, member_codes, points, points_marks
from cloud.store.member_codes import MemberCode
from cloud.store.points import Booking
from cloud.store.shoppers import Profile
from cloud.store.visits import Visit
from cloud.web.services import Services
from cloud.web.shop import answers
from cloud.web.shop.asking import Asking, asking, body_text

_ENDINGS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """So many points end at the beginning of a day."""

    points: int
    expires_ms: int

    @property
    def last_ms(self) -> int:
        """The last moment at which they can be spent."""
        return self.expires_ms - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsView:
    """What the card of points shows; nothing of anybody where nobody is known."""

    rates: Rates  # the price of data is told before anything is shared
    known: bool
    sharing: bool  # taps are kept now, so that they earn
    balance: int
    worth: int  # minor units of the store's currency
    tapped: int  # what this page's own tap has earned
    asks: bool  # whether this page asks its question
    answered: int  # what its answer has earned
    ends: tuple[Ending, ...]  # the first to end
    bookings: tuple[Booking, ...]  # the newest first; none on a product's page
    code: MemberCode | None
    whole: bool  # the shopper's own page, with everything
    buying: int  # what a purchase of the page's product earns


def routes(services: Services) -> list[Route]:
    """The routes of points."""
    return [Route("/me/code", _Codes(services).make, methods=["POST"])]


def points_view(
    connection: sqlite3.Connection,
    scheme: Scheme,
    profile: Profile | None,
    *,
    standing: frozenset[Purpose],
    now_ms: int,
    visit: Visit | None = None,
    price: int = 0,
    whole: bool = False,
) -> PointsView:
    """The card of points: for a product's page with its visit, or whole for the shopper's own.

    `standing` is what they agree to now.
    """
    lots = points.lots(connection, profile.person) if profile else ()
    balance = ledger.balance(lots, now_ms)
    valid = [lot for lot in lots if lot.expires_ms > now_ms]
    ends: dict[int, int] = {}
    for lot in valid:
        ends[lot.expires_ms] = ends.get(lot.expires_ms, 0) + lot.left
    sharing = profile is not None and Purpose.HISTORY in standing
    person = profile.person if profile else 0
    return PointsView(
        rates=scheme.rates,
        known=profile is not None,
        sharing=sharing,
        balance=balance,
        worth=worth(scheme.rates, balance),
        tapped=points_marks.visit_earned_by(connection, profile.person, visit.id) if profile and visit else 0,
        asks=sharing and visit is not None and not interests.answered(connection, person, visit.gtin),
        answered=points_marks.earned_for(connection, person, Reason.ANSWER, interests.subject(visit.gtin))
        if visit
        else 0,
        ends=tuple(Ending(points=left, expires_ms=at) for at, left in list(ends.items())[:_ENDINGS]),
        bookings=points.bookings(connection, profile.person) if profile and whole else (),
        code=member_codes.shown(connection, profile.id, now_ms) if profile and whole else None,
        whole=whole,
        buying=for_sale(scheme.rates, price),
    )


class _Codes:
    """Makes the codes that a shopper shows at the till."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def make(self, request: Request) -> Response:
        """A new code, by the shopper's act alone."""
        body = await body_text(request)
        return await run_in_threadpool(self._make, asking(request, body))

    def _make(self, asked: Asking) -> Response:
        profile = asked.profile(self._services)
        if profile is None:
            return answers.problem(self._services, asked, "tap-first", status=403)
        now_ms = self._services.clock()
        code = member_codes.code_of(self._services.random(member_codes.RANDOM_BYTES))
        with self._services.store.atomic() as connection:
            member_codes.make(connection, profile_id=profile.id, code=code, now_ms=now_ms)
        return answers.see_other(answers.with_query("/me", {"lang": str(asked.language)}) + "#points")
