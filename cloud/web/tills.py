"""What tills tell: `POST /v1/sales`."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from starlette.concurrency import run_in_threadpool

from cloud.shop.sales import Sale, SaleError, decode_sale
from cloud.shop.tokens import digest
from cloud.store import sales
from cloud.store.sales import Kept
from cloud.web.services import Services

_ANSWERS = {Kept.NEW: 201, Kept.REPEATED: 200, Kept.CONFLICT: 409}
_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "additionalProperties": False,
                "required": ["sale", "at", "currency", "lines"],
                "properties": {
                    "sale": {"type": "string", "minLength": 1, "maxLength": 64, "description": "the till's own number"},
                    "at": {"type": "integer", "minimum": 0, "description": "ms since the Unix epoch"},
                    "currency": {"type": "string", "enum": ["KRW"]},
                    "lines": {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": 500,
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["gtin", "quantity", "amount"],
                            "properties": {
                                "gtin": {"type": "string", "pattern": "^[0-9]{14}$"},
                                "quantity": {"type": "integer", "minimum": 1, "maximum": 10_000},
                                "amount": {"type": "integer", "description": "of the line, in minor units"},
                            },
                        },
                    },
                },
            }
        }
    },
}


def till_router(services: Services) -> APIRouter:
    """The routes of tills; each has a token of its own."""
    router = APIRouter(prefix="/v1", tags=["tills"])

    @router.post(
        "/sales",
        status_code=201,
        response_class=Response,
        openapi_extra={"requestBody": _BODY},
        responses={
            200: {"description": "this sale was stored before"},
            401: {"description": "no till has this token"},
            409: {"description": "another sale was stored under this number"},
            413: {"description": "more than 64 KiB"},
            422: {"description": "not a sale; the answer says where and why"},
        },
    )
    async def post_sale(request: Request, authorization: Annotated[str, Header()] = "") -> Response:
        """Stores one sale, once for each till and number, and takes it off the stock."""
        scheme, _, token = authorization.partition(" ")
        till = await run_in_threadpool(_till, services, token) if scheme.lower() == "bearer" else None
        if till is None:
            return Response(
                "This needs a till's token.\n", 401, {"www-authenticate": "Bearer"}, media_type="text/plain"
            )
        try:
            sale = decode_sale(await request.body())
        except SaleError as error:
            return Response(f"{error}\n", 422, media_type="text/plain; charset=utf-8")
        kept = await run_in_threadpool(_keep, services, till, sale)
        return Response(status_code=_ANSWERS[kept])

    return router


def _till(services: Services, token: str) -> str | None:
    with services.store.reading() as connection:
        return sales.till(connection, digest(token))


def _keep(services: Services, till: str, sale: Sale) -> Kept:
    with services.store.atomic() as connection:
        return sales.keep(connection, till_name=till, sale=sale, received_ms=services.clock())
