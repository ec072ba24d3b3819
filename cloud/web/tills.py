"""What tills tell: sales, their undoing, and what comes back."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import APIKeyHeader
from starlette.concurrency import run_in_threadpool

from cloud.shop import sales as told
from cloud.shop.checkout import Checkout, Reason, Refused, SaleAnswer
from cloud.shop.returning import Desk, ReturnAnswer
from cloud.shop.sales import Return, Sale, SaleError, Undoing
from cloud.shop.telling import Told
from cloud.store import tills
from cloud.store.tills import Request as Keyed
from cloud.web import till_answers, till_schema
from cloud.web.services import Services
from cloud.web.shop import delivery
from cloud.web.till_answers import Answer
from cloud.web.till_door import signed_part, till_of

_KEY = re.compile(r'(?P<quoted>")?([\x21\x23-\x7e]{1,255})(?(quoted)")')

Act = Callable[[str, bytes], tuple[Answer, Told | None]]
"""What a request does, by its till and body, inside the transaction. Raises SaleError or Refused."""


_Proof = Annotated[
    str | None,
    Security(
        APIKeyHeader(
            name="Authorization",
            scheme_name="Till",
            auto_error=False,
            description="`Bearer <token>`, or for a till that signs: "
            '`Aisle-HMAC-SHA256 till="<name, percent-encoded>", time="<s since 1970>", signature="<hex>"`, '
            "an HMAC-SHA256 over time, method, path and body with a line feed between each.",
        )
    ),
]


class _Undone(Exception):
    """What was done is not to stand; it carries the answer all the same."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A till's request, its body read."""

    till: str
    key: str | None
    path: str
    body: bytes


def till_router(services: Services) -> APIRouter:
    """The routes of tills; each proves itself by a token or a signature of its own."""
    router, counter = APIRouter(prefix="/v1", tags=["tills"]), _Counter(services)
    sale_answers = till_schema.responses(
        SaleAnswer, conflict="nothing was kept: another sale has this number, or points or the sum are not as told"
    )
    back_answers = till_schema.responses(
        ReturnAnswer,
        conflict="nothing was kept: more than was sold, or another return",
        missing="there is no such sale",
    )

    @router.post(
        "/sales",
        status_code=201,
        response_class=Response,
        openapi_extra=till_schema.operation(Sale),
        responses=sale_answers,
    )
    async def post_sale(request: Request, authorization: _Proof) -> Response:
        """Keeps one sale, once for each till and number: stock, coupons, points and its owner together.

        Lines less their own discounts make the total; the coupons come off in their order, then the points pay, all
        of them or none; what is left is due in money and earns points.
        """
        return await counter.serve(request, authorization, counter.sell)

    @router.post(
        "/sales/quote",
        response_class=Response,
        openapi_extra=till_schema.operation(Sale, keyed=False),
        responses={
            **{status: words for status, words in sale_answers.items() if status not in (201, 400)},
            200: {**sale_answers[200], "description": "what it would come to"},
        },
    )
    async def post_quote(request: Request, authorization: _Proof) -> Response:
        """What this sale would come to now. Nothing is kept."""
        return await counter.serve(request, authorization, counter.quote)

    @router.post(
        "/sales/{sale:path}/void",
        status_code=201,
        response_class=Response,
        openapi_extra=till_schema.operation(Undoing, needed=False),
        responses=back_answers,
    )
    async def post_void(request: Request, sale: str, authorization: _Proof) -> Response:
        """Undoes all that is left of a sale: money, points, coupons, stock and counts are as if it had not been."""
        return await counter.serve(request, authorization, lambda till, body: counter.undo(till, sale, body))

    @router.post(
        "/returns",
        status_code=201,
        response_class=Response,
        openapi_extra=till_schema.operation(Return),
        responses=back_answers,
    )
    async def post_return(request: Request, authorization: _Proof) -> Response:
        """Takes goods of a sale back, never more than were sold; points and money move by their share in the total."""
        return await counter.serve(request, authorization, counter.take_back)

    return router


class _Counter:
    """Where tills are served: each request in one transaction, its answer kept under its key."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._checkout = Checkout(earner=services.earner, spender=services.spender)
        self._desk = Desk(spender=services.spender)

    async def serve(self, request: Request, authorization: str | None, act: Act) -> Response:
        """One request, from its proof to its answer."""
        body = await request.body()
        till = await run_in_threadpool(till_of, self._services, authorization or "", signed_part(request, body))
        counts = self._services.tills
        if till is None:
            counts.strangers += 1
            return till_answers.stranger()
        header = request.headers.get("idempotency-key")
        key = _KEY.fullmatch(header) if header is not None else None
        if header is not None and key is None:
            counts.unreadable += 1
            return till_answers.problem(400, "No key", "bad-key", "Idempotency-Key: 1 to 255 printable characters.")
        asked = _Asked(till=till, key=key and key[2], path=request.url.path, body=body)
        try:
            response, message = await run_in_threadpool(self._answer, asked, act)
        except SaleError as error:
            counts.unreadable += 1
            return till_answers.unreadable(error)
        except Refused as error:
            counts.refused += 1
            return till_answers.refused(error)
        counts.kept += 1
        if message:
            delivery.publish(self._services, message)
        return response

    def sell(self, till: str, body: bytes) -> tuple[Answer, Told | None]:
        """Keeps a sale."""
        sale = told.decode_sale(body)
        with self._services.store.atomic() as connection:
            sold = self._checkout.sell(connection, till, sale, self._services.clock())
        return till_answers.kept(sold.kept, sold.answer), sold.told

    def quote(self, till: str, body: bytes) -> tuple[Answer, Told | None]:
        """Makes a sale and lets it go again."""
        answer, _ = self.sell(till, body)
        raise _Undone(Answer(status=200, text=answer.text))

    def undo(self, till: str, sale: str, body: bytes) -> tuple[Answer, Told | None]:
        """Undoes a sale."""
        undoing = told.decode_undoing(body)
        with self._services.store.atomic() as connection:
            returned = self._desk.undo(connection, till, sale, undoing, self._services.clock())
        return till_answers.kept(returned.kept, returned.answer), None

    def take_back(self, till: str, body: bytes) -> tuple[Answer, Told | None]:
        """Takes goods back."""
        back = told.decode_return(body)
        with self._services.store.atomic() as connection:
            returned = self._desk.take(connection, till, back, self._services.clock())
        return till_answers.kept(returned.kept, returned.answer), None

    def _answer(self, asked: _Asked, act: Act) -> tuple[Response, Told | None]:
        """Acts once for each key, or says again what was answered under it."""
        keyed = asked.key and Keyed(till=asked.till, key=asked.key, path=asked.path, body=asked.body)
        try:
            with self._services.store.atomic() as connection:
                before = tills.answered(connection, keyed) if keyed else None
                if before and not before.same:
                    raise Refused(Reason.KEY_REUSED, "This Idempotency-Key was used for another request.")
                if before:
                    return Answer(status=before.status, text=before.answer).response(again=True), None
                answer, message = act(asked.till, asked.body)
                if keyed:
                    now_ms = self._services.clock()
                    tills.put_answer(connection, keyed, status=answer.status, answer=answer.text, now_ms=now_ms)
        except _Undone as undone:
            return undone.answer.response(), None
        return answer.response(), message
