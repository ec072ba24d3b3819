"""The offer on a product's page and a shopper's coupons: shown, explained, taken, and sent away."""

import sqlite3
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cloud.offers import advertising, codes, reasons, settling
from cloud.offers.campaigns import Campaign, Standing, midnight_after
from cloud.offers.moments import Opened, opened, standing
from cloud.offers.reasons import Reason
from cloud.shop.messages import Both
from cloud.store import campaigns, catalogue, coupons, decisions, stops
from cloud.store.coupons import Coupon, State
from cloud.store.decisions import Answer, Showing
from cloud.store.shoppers import Profile
from cloud.store.visits import Visit
from cloud.web.language import Language
from cloud.web.services import Services
from cloud.web.shop import answers
from cloud.web.shop.asking import Asking, asking, body_text

TOLD: Final = {
    "claimed": "The coupon is yours.",
    "coupon-gone": "The last of these coupons was taken a moment ago.",
    "coupon-over": "This offer is over.",
    "not-now": "All right. No offers for a day.",
    "complaint": "Thank you. We look at it, and leave you alone for a day.",
}
"""What a page says of the act that led to it, as English message ids of the catalogues."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponView:
    """A coupon as it is shown to the till."""

    code: str  # in fours
    won: int
    title: str
    needs: tuple[str, ...]  # the products that must be bought
    expires_ms: int

    @property
    def last_ms(self) -> int:
        """The last moment at which it can be redeemed."""
        return self.expires_ms - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """The offer on a page: an advertisement, in the visitor's language."""

    showing: int
    title: str  # with label and sender
    text: str
    why: tuple[str, str, str]
    contact: str
    stop_url: str
    won: int | None  # what its coupon is worth; None: it has none to take
    needs: tuple[str, ...]  # the products that must be bought with it
    days: int  # for so long it is good once it is taken
    coupon: CouponView | None  # taken, to be redeemed


def routes(services: Services) -> list[Route]:
    """The routes of offers."""
    acts = _Acts(services)
    return [
        Route("/offers/{showing}/claim", acts.claim, methods=["POST"]),
        Route("/offers/{showing}/not-now", acts.not_now, methods=["POST"]),
        Route("/offers/{showing}/complain", acts.complain, methods=["POST"]),
    ]


def consider(services: Services, profile: Profile, visit: Visit, place: str | None) -> None:
    """Decides on an offer for the page of a signed tap. Blocks on the store; `place` is the zone of the shelf."""
    page = Opened(
        profile=profile.id,
        person=profile.person,
        visit=visit.id,
        tapped_ms=visit.at_ms,
        gtin=visit.gtin,
        place=place,
    )
    with services.store.atomic() as connection:
        opened(connection, services.house, page, now_ms=services.clock(), random=services.random)


def offer_view(
    connection: sqlite3.Connection, services: Services, profile: Profile, visit: Visit, language: Language
) -> OfferView | None:
    """What `consider` chose for this visit of somebody who agrees to offers, while the campaign runs; only reads."""
    showing = standing(connection, profile.person, visit.id, visit.gtin, services.clock())
    if showing is None or showing.answer not in (Answer.NONE, Answer.CLAIMED):
        return None
    record = decisions.record(connection, showing.decision)
    campaign = campaigns.version(connection, showing.campaign, showing.version)
    head = campaigns.head(connection, showing.campaign)
    chosen = record.decision.chosen if record else None
    if campaign is None or chosen is None or head is None or services.house.sender is None:
        return None
    coupon = coupons.of_campaign(connection, profile.person, campaign.id)
    gone = coupon.state is not State.OPEN if coupon else head.standing is not Standing.RUNNING
    if gone:
        return None
    told = advertising.advertisement(
        campaign,
        why=chosen.why,
        words=lambda reason: words(services, reason),
        sender=services.house.sender,
        gtin=showing.gtin,
        stop_url=stops.url(connection, showing.profile, services.random),
        showing=showing.id,
        at_ms=showing.at_ms,
    )
    first, second, third = (_in(language, words(services, reason)) for reason in chosen.why)
    return OfferView(
        showing=showing.id,
        title=_in(language, told.title),
        text=_in(language, told.text),
        why=(first, second, third),
        contact=services.house.sender.contact,
        stop_url=told.stop_url,
        won=campaign.coupon.won if campaign.coupon and coupon is None else None,
        needs=_needs(connection, campaign.coupon.gtins, language) if campaign.coupon and coupon is None else (),
        days=campaign.coupon.valid_days if campaign.coupon else 0,
        coupon=_shown(connection, coupon, language) if coupon else None,
    )


def coupons_view(
    connection: sqlite3.Connection, profile: Profile, language: Language, now_ms: int
) -> tuple[CouponView, ...]:
    """A shopper's coupons that can be redeemed, what lapses soonest first."""
    return tuple(_shown(connection, each, language) for each in coupons.of_person(connection, profile.person, now_ms))


def told(services: Services, asked: Asking) -> str | None:
    """What the page says of the act on an offer that led to it, in the visitor's language."""
    message = TOLD.get(asked.fields.get("told", ""))
    return services.pages.text(asked.language, message) if message else None


def words(services: Services, reason: Reason) -> Both:
    """A reason in both languages."""
    told, number = reasons.words(reason)
    ko, en = (
        services.pages.text(language, told)
        if isinstance(told, str)
        else services.pages.counted(language, *told, number)
        for language in (Language.KO, Language.EN)
    )
    return Both(ko=ko, en=en)


class _Acts:
    """What a shopper does with an offer; each is a plain form."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def claim(self, request: Request) -> Response:
        """Takes the coupon."""
        return await self._act(request, Answer.CLAIMED)

    async def not_now(self, request: Request) -> Response:
        """Sends the offer away for now."""
        return await self._act(request, Answer.NOT_NOW)

    async def complain(self, request: Request) -> Response:
        """Says that the offer bothers them."""
        return await self._act(request, Answer.COMPLAINT)

    async def _act(self, request: Request, said: Answer) -> Response:
        asked = asking(request, await body_text(request))
        return await run_in_threadpool(self._answer, asked, request.path_params["showing"], said)

    def _answer(self, asked: Asking, number: str, said: Answer) -> Response:
        profile = asked.profile(self._services)
        if profile is None:
            return answers.problem(self._services, asked, "tap-first", status=403)
        with self._services.store.atomic() as connection:
            known = number.isascii() and number.isdecimal() and len(number) < 19
            showing = decisions.showing(connection, profile.person, int(number)) if known else None
            if showing is None:
                return answers.problem(self._services, asked, "nothing-here", status=404)
            told = self._settle(connection, profile, showing, said)
        return answers.see_other(_back(asked, showing, told))

    def _settle(self, connection: sqlite3.Connection, profile: Profile, showing: Showing, said: Answer) -> str:
        """What the page says of it."""
        now_ms, limits = self._services.clock(), self._services.house.harm
        if said is not Answer.CLAIMED:
            settling.answered(connection, showing, said, limits=limits, now_ms=now_ms)
            return said.value
        campaign = campaigns.version(connection, showing.campaign, showing.version)
        if campaign is None:
            return "coupon-over"
        taken = coupons.claim(
            connection,
            profile_id=profile.id,
            person=profile.person,
            campaign=campaign,
            version=showing.version,
            ends_ms=midnight_after(campaign, self._services.house.zone),
            now_ms=now_ms,
            random=self._services.random,
        )
        if not isinstance(taken, Coupon):
            return f"coupon-{taken}"
        settling.answered(connection, showing, said, limits=limits, now_ms=now_ms)
        return "claimed"


def _shown(connection: sqlite3.Connection, coupon: Coupon, language: Language) -> CouponView:
    campaign: Campaign | None = campaigns.version(connection, coupon.campaign, coupon.version)
    return CouponView(
        code=codes.grouped(coupon.code),
        won=coupon.won,
        title=getattr(campaign.content, language).title if campaign else "",
        needs=_needs(connection, coupon.gtins, language),
        expires_ms=coupon.expires_ms,
    )


def _needs(connection: sqlite3.Connection, gtins: tuple[str, ...], language: Language) -> tuple[str, ...]:
    """The names of the products that must be bought, each with how often where that is more than once."""
    goods = [catalogue.product(connection, gtin) for gtin in dict.fromkeys(gtins)]
    return tuple(
        f"{product.name[language]} × {pieces}" if pieces > 1 else product.name[language]
        for product in goods
        if product and (pieces := gtins.count(product.gtin))
    )


def _in(language: Language, both: Both) -> str:
    return both.ko if language is Language.KO else both.en


def _back(asked: Asking, showing: Showing, told: str) -> str:
    """To the page that the form stood on, with what it says of the act."""
    fields = {**asked.fields, "lang": str(asked.language)}
    if "visit" not in fields or not showing.gtin:  # from the live card of any page
        return answers.with_query("/me", {"lang": str(asked.language), "told": told}) + "#coupons"
    return answers.product_link(showing.gtin, fields) + f"&told={told}#offer"
