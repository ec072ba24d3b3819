"""The page under a tag: `/01/{GTIN}`."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cloud.gs1 import LinkError, parse_link
from cloud.shop.catalogue import Product
from cloud.shop.consent import SHORT, Purpose
from cloud.shop.offers import Refusal
from cloud.shop.tokens import digest
from cloud.shop.wording import TEXT_VERSION
from cloud.store import catalogue, shoppers, visits
from cloud.web.services import Services
from cloud.web.shop import answers, linkset, tapping, view
from cloud.web.shop.asking import Asking, asking


def routes(services: Services) -> list[Route]:
    """The routes of the product's page."""
    return [Route("/01/{rest:path}", _ProductPage(services).get, methods=["GET"])]


class _ProductPage:
    """Answers a tag's link, whatever it holds."""

    def __init__(self, services: Services) -> None:
        self._services = services

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
            product = catalogue.product(connection, gtin)
        if product is None:
            return answers.problem(self._services, asked, "unknown", status=404, gtin=gtin)
        if product.retired:
            return answers.problem(self._services, asked, "retired", status=410, gtin=gtin)
        if wants_links:
            return JSONResponse(linkset.of(product, base), media_type=linkset.MEDIA_TYPE, headers=linkset.OPEN)
        if not linkset.offered(asked.fields):
            return answers.problem(self._services, asked, "nothing-here", status=404, gtin=gtin)
        if any(name in asked.fields for name in tapping.SIGNED_FIELDS):
            return self._signed(asked, gtin, method)
        return self._page(asked, product, method, base)

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

    def _page(self, asked: Asking, product: Product, method: str, base: str) -> Response:
        now_ms = self._services.clock()
        token = asked.fields.get("visit")
        profile = asked.profile(self._services)
        if asked.fields.get("t") and not token and method == "GET" and not asked.prefetch:
            tapping.count_unsigned(self._services, gtin=product.gtin, tag_id=asked.fields["t"], address=asked.address)
        with self._services.store.reading() as connection:
            visit = view.visit_of(connection, digest(token) if token else None, product.gtin, now_ms)
            seen = view.gather(
                connection,
                product=product,
                tag_id=asked.fields.get("t"),
                visit=visit,
                profile=profile,
                language=asked.language,
                now_ms=now_ms,
            )
        if profile and visit:
            self._remember(profile.id, seen, now_ms)
        values = {
            "view": seen,
            "choices": view.choices(answers.consent_texts(asked, SHORT), seen.standing),
            "text_version": TEXT_VERSION,
            "known": profile is not None,
            "token": token if visit else None,
            "expired": bool(token) and visit is None,
            "saved": profile is not None and "saved" in asked.fields,
            "offer": None if isinstance(seen.offer, Refusal) else seen.offer,
            "here": answers.product_link(product.gtin, asked.fields),
            "canonical": f"{base}/01/{product.gtin}",
            "fields": answers.kept(asked.fields),
        }
        response = answers.page(self._services, asked, "product.html", values)
        response.headers["link"] = f'<{base}/01/{product.gtin}?linkType=linkset>; rel="linkset"'
        return response

    def _remember(self, profile_id: int, seen: view.ProductView, now_ms: int) -> None:
        """Links a known shopper's visit, where they agreed to that, and counts the decision on the offer."""
        with self._services.store.atomic() as connection:
            shoppers.touch(connection, profile_id, now_ms)
            if Purpose.HISTORY in seen.standing and seen.visit:
                visits.claim(connection, seen.visit.id, profile_id)
            outcome = seen.offer if isinstance(seen.offer, Refusal) else "shown"
            shoppers.count_offer(connection, outcome=str(outcome), at_ms=now_ms)
