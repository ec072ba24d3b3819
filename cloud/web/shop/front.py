"""The store's front, its pictures, and who we are."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cloud.shop.catalogue import Product
from cloud.store import catalogue, plans
from cloud.web.services import Services
from cloud.web.shop import answers, linkset
from cloud.web.shop.asking import Asking, asking
from cloud.web.shop.sheet import neighbours

_TYPES = {
    "svg": "image/svg+xml",
    "webp": "image/webp",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "avif": "image/avif",
}
# A picture that somebody opens by itself may do nothing at all, whatever its author put into it.
_HARMLESS = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def routes(services: Services) -> list[Route]:
    """The routes of the front."""
    front = _Front(services)
    return [
        Route("/", front.home, methods=["GET"]),
        Route("/privacy", front.privacy, methods=["GET"]),
        Route("/.well-known/gs1resolver", front.resolver, methods=["GET"]),
        Route("/picture/{digest}", front.picture, methods=["GET"]),
    ]


class _Front:
    """What anybody may see."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def home(self, request: Request) -> Response:
        """The goods of the store."""
        return await run_in_threadpool(self._home, asking(request))

    async def privacy(self, request: Request) -> Response:
        """What is seen, kept and forgotten here."""
        return await run_in_threadpool(self._privacy, asking(request))

    async def resolver(self, request: Request) -> Response:
        """What of GS1 Digital Link is answered here."""
        base = self._services.base(request)
        return JSONResponse(linkset.description(base), headers=linkset.OPEN)

    async def picture(self, request: Request) -> Response:
        """A picture by its digest, which never changes under it."""
        return await run_in_threadpool(self._picture, request.path_params["digest"])

    def _home(self, asked: Asking) -> Response:
        words = asked.fields.get("q", "").strip()[:60]
        with self._services.store.reading() as connection:
            goods = [each for each in catalogue.products(connection) if not words or _matches(each, words)]
            shown = neighbours(connection, goods, most=len(goods))
            plan = plans.plan_now(connection)
        title = getattr(plan.title, asked.language) if plan else "Aisle"
        values = {"goods": shown, "q": words, "title": title, "switch": answers.switch_link(asked, "q")}
        return answers.page(self._services, asked, "home.html", values)

    def _privacy(self, asked: Asking) -> Response:
        with self._services.store.reading() as connection:
            plan = plans.plan_now(connection)
        title = getattr(plan.title, asked.language) if plan else "Aisle"
        return answers.page(self._services, asked, "privacy.html", {"title": title})

    def _picture(self, digest: str) -> Response:
        with self._services.store.reading() as connection:
            found = catalogue.picture(connection, digest)
        if found is None:
            return Response(status_code=404)
        name, body = found
        headers = {"cache-control": "public, max-age=31536000, immutable", "content-security-policy": _HARMLESS}
        return Response(body, media_type=_TYPES[name.rpartition(".")[2].lower()], headers=headers)


def _matches(product: Product, words: str) -> bool:
    """Whether each word that was searched stands somewhere in a product's own words, or is its number."""
    texts = (product.name, product.brand, product.line, product.facts, product.size)
    told = " ".join((product.gtin, product.category, *(w for text in texts for w in (text.ko, text.en)))).casefold()
    return all(word in told for word in words.casefold().split())
