"""The page under a tag: `/01/{GTIN}`."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from cloud.gs1 import Link, LinkError, parse_link
from cloud.shop.consent import Purpose
from cloud.shop.tokens import digest
from cloud.store import shoppers, visits
from cloud.store.shoppers import Profile
from cloud.store.visits import Visit
from cloud.web.language import Language
from cloud.web.services import Services
from cloud.web.shop import answers, linkset, offering, tapping, view
from cloud.web.shop.asking import Asking, asking
from cloud.web.shop.choices import short
from cloud.web.shop.offering import OfferView
from cloud.web.shop.points import points_view
from cloud.web.shop.prepared import Preparations, Prepared, Recent
from cloud.web.shop.sheet import Sheet

_ANONYMOUS = 500
"""Pages kept ready for whoever comes first: about 10 kB each."""


def routes(services: Services) -> list[Route]:
    """The routes of the product's page."""
    return [Route("/01/{rest:path}", _ProductPage(services).get, methods=["GET"])]


class _ProductPage:
    """Answers a tag's link, whatever it holds."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._preparations = Preparations(services.pages)
        self._ready: Recent[bytes] = Recent(_ANONYMOUS)

    async def get(self, request: Request) -> Response:
        """The page, a redirect to it after a signed tap, or what is wrong."""
        asked = asking(request)
        wants_links = linkset.wanted(asked.fields, request.headers.get("accept", ""))
        base = f"{request.url.scheme}://{request.url.netloc}"
        return await run_in_threadpool(self._answer, asked, request.method, base, wants_links=wants_links)

    def _answer(self, asked: Asking, method: str, base: str, *, wants_links: bool) -> Response:
        try:
            link = parse_link(f"https://store{asked.path}?{asked.query}")
        except LinkError as error:
            return answers.problem(self._services, asked, "bad-link", status=400, detail=str(error))
        gtin = link.gtin or ""
        with self._services.store.reading() as connection:
            sheet = self._services.sheets.of(connection, gtin)
        if sheet is None:
            return answers.problem(self._services, asked, "unknown", status=404, gtin=gtin)
        if wants_links:
            return self._links(sheet, link, base)
        if linkset.leads_to_reviews(asked.fields):
            return RedirectResponse(answers.with_query(f"/01/{gtin}/reviews", {"lang": asked.language}), 307)
        if not linkset.offered(asked.fields):
            return answers.problem(self._services, asked, "nothing-here", status=404, gtin=gtin)
        if sheet.product.retired:
            return self._retired(asked, sheet, base)
        if any(name in asked.fields for name in tapping.SIGNED_FIELDS):
            return self._signed(asked, gtin, method)
        response = self._page(asked, sheet, method, base)
        response.headers["link"] = linkset.header(sheet.product, base)
        return response

    def _links(self, sheet: Sheet, link: Link, base: str) -> Response:
        """The links for machines; of a retired product they say where else to look, and that it is gone."""
        headers = {**linkset.OPEN, "link": linkset.context_header(), "vary": "accept"}
        told = linkset.of(sheet, link, base)
        status = 410 if sheet.product.retired else 200
        return JSONResponse(told, status, headers, media_type=linkset.MEDIA_TYPE)

    def _retired(self, asked: Asking, sheet: Sheet, base: str) -> Response:
        """Gone for good (410), with what there is instead."""
        prepared = self._preparations.of(sheet, asked.language, base)
        values = {"sheet": sheet, "prepared": prepared}
        return answers.page(self._services, asked, "retired.html", values, status=410)

    def _signed(self, asked: Asking, gtin: str, method: str) -> Response:
        """A tap that claims a signature: only a real visit spends it, a browser's guess at the next page does not."""
        if method != "GET" or asked.prefetch:
            return Response(status_code=503, headers={"retry-after": "1"})
        taken = tapping.take(
            self._services,
            tapping.Claim(
                gtin=gtin,
                tag=asked.fields.get("t", ""),
                picc=asked.fields.get("picc", ""),
                cmac=asked.fields.get("cmac", ""),
                enc=asked.fields.get("enc"),
                doubled=asked.doubled,
                address=asked.address,
            ),
        )
        if isinstance(taken, tapping.Disbelief):
            held = taken is tapping.Disbelief.TOO_MANY
            answer = answers.problem(self._services, asked, "not-believed", status=429 if held else 403, gtin=gtin)
            if held:
                answer.headers["retry-after"] = "60"
            return answer
        return answers.see_other(answers.product_link(gtin, {**asked.fields, "visit": taken}))

    def _page(self, asked: Asking, sheet: Sheet, method: str, base: str) -> Response:
        now_ms = self._services.clock()
        gtin, token, tag = sheet.product.gtin, asked.fields.get("visit"), asked.fields.get("t")
        if tag and not token and method == "GET" and not asked.prefetch:
            tapping.count_unsigned(self._services, gtin=gtin, tag_id=tag, address=asked.address)
        with self._services.store.reading() as connection:
            digested = asked.profile_digest
            profile = shoppers.profile(connection, digested) if digested else None
            visit = view.visit_of(connection, digest(token) if token else None, gtin, now_ms)
            seen = view.gather(
                connection,
                sheet=sheet,
                tag_id=tag,
                came_from=asked.fields.get("from"),
                visit=visit,
                profile=profile,
                language=asked.language,
            )
            points = points_view(connection, self._services.scheme, profile, now_ms=now_ms, visit=visit)
        if profile and visit:
            self._remember(profile.id, seen, now_ms)
            # A browser's guess at the next page shows nobody anything.
            if method == "GET" and not asked.prefetch:
                offering.consider(self._services, profile, visit, seen.place)
        offer = self._offer(profile, visit, asked.language)
        expired = bool(token) and visit is None
        values = {
            "view": seen,
            "points": points,
            "choices": short(
                seen.own.standing if seen.own else frozenset(),
                asked.language,
                known=profile is not None,
                token=(token if visit else None) or "",
                saved=profile is not None and "saved" in asked.fields,
            ),
            "known": profile is not None,
            "token": token if visit else None,
            "expired": expired,
            "unsigned": bool(tag) and not token,
            "told": self._told(asked) if profile else None,
            "offer": offer,
            "carry": {**answers.kept(asked.fields), "lang": asked.language, "gtin": gtin},
        }
        prepared = self._preparations.of(sheet, asked.language, base)
        if profile or token:
            return answers.page(self._services, asked, "product.html", {**values, "prepared": prepared})
        key = (seen, points, asked.language, base, answers.switch_link(asked), bool(tag), asked.gzip)
        return self._for_anybody(asked, values, prepared, key)

    def _for_anybody(
        self, asked: Asking, values: dict[str, object], prepared: Prepared, key: tuple[object, ...]
    ) -> Response:
        """The page for whoever comes without a cookie and a signed tap: the same for all, so written once."""
        ready = self._ready.get(key)
        if ready is None:
            text = answers.write(self._services, asked, "product.html", {**values, "prepared": prepared})
            ready = self._ready.put(key, self._services.packer.pack(text) if asked.gzip else text.encode())
        return answers.packed(self._services, asked, ready)

    def _told(self, asked: Asking) -> str | None:
        """What the page says of the act that led to it."""
        words = {
            "wished": "It is on your list.",
            "unwished": "It is off your list.",
            "full": "Your list is full.",
            "awaited": "We tell you when it is back.",
            "unawaited": "We do not tell you any more.",
            **offering.TOLD,
        }
        word = words.get(asked.fields.get("told", ""))
        return self._services.pages.text(asked.language, word) if word else None

    def _offer(self, profile: Profile | None, visit: Visit | None, language: Language) -> OfferView | None:
        """What is offered on this page; read after the decision on it."""
        if profile is None or visit is None:
            return None
        with self._services.store.reading() as connection:
            return offering.offer_view(connection, self._services, profile, visit, language)

    def _remember(self, profile_id: int, seen: view.ProductView, now_ms: int) -> None:
        """Links a known shopper's visit, where they agreed to that."""
        with self._services.store.atomic() as connection:
            shoppers.touch(connection, profile_id, now_ms)
            if seen.own and Purpose.HISTORY in seen.own.standing and seen.visit:
                visits.claim(connection, seen.visit.id, profile_id)
