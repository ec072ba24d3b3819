"""The page under a tag: `/01/{GTIN}`."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from cloud.gs1 import Link, LinkError, parse_link
from cloud.web.services import Services
from cloud.web.shop import answers, linkset, tapping
from cloud.web.shop.asking import Asking, asking
from cloud.web.shop.composing import Composer
from cloud.web.shop.sheet import Sheet


def routes(services: Services) -> list[Route]:
    """The routes of the product's page."""
    return [Route("/01/{rest:path}", _ProductPage(services).get, methods=["GET"])]


class _ProductPage:
    """Answers a tag's link, whatever it holds."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._composer = Composer(services)

    async def get(self, request: Request) -> Response:
        """The page, a redirect to it after a signed tap, or what is wrong."""
        asked = asking(request)
        wants_links = linkset.wanted(asked.fields, request.headers.get("accept", ""))
        base = self._services.base(request)
        if not wants_links and (ready := self._composer.ready(asked, base)):
            return ready
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
        return self._composer.page(asked, sheet, method, base)

    def _links(self, sheet: Sheet, link: Link, base: str) -> Response:
        """The links for machines; of a retired product they say where else to look, and that it is gone."""
        headers = {**linkset.OPEN, "link": linkset.context_header(), "vary": "accept"}
        told = linkset.of(sheet, link, base)
        status = 410 if sheet.product.retired else 200
        return JSONResponse(told, status, headers, media_type=linkset.MEDIA_TYPE)

    def _retired(self, asked: Asking, sheet: Sheet, base: str) -> Response:
        """Gone for good (410), with what there is instead."""
        prepared = self._composer.prepared(sheet, asked.language, base)
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
