"""The logs for everybody: signed heads, proofs and hashes, of which none says anything about anybody."""

from collections.abc import Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from cloud.proof import merkle
from cloud.shop import wording
from cloud.store import exporting, heads, logs
from cloud.store.logs import Log
from cloud.web.services import Services

MOST_ENTRIES = 1_000
_OPEN = {"access-control-allow-origin": "*"}


class _Unanswerable(ValueError):
    """A question that names nothing in the log; the message says what is allowed."""


def routes(services: Services) -> list[Route]:
    """The public routes of the logs."""
    public = _Public(services)
    answers: Mapping[str, Callable[[Log, Request], Response]] = {
        "head": public.head,
        "key": public.key,
        "inclusion": public.inclusion,
        "consistency": public.consistency,
        "entries": public.entries,
        "words": public.words,
    }

    async def answer(request: Request) -> Response:
        name, what = request.path_params["name"], request.path_params["what"]
        if name not in tuple(Log) or what not in answers:
            return _wrong(f"/v1/log/{name[:40]}/{what[:40]}: {', '.join(Log)} with {', '.join(answers)} are there", 404)
        try:
            return await run_in_threadpool(answers[what], Log(name), request)
        except _Unanswerable as error:
            return _wrong(str(error), 400)

    return [Route("/v1/log/{name}/{what}", answer, methods=["GET"])]


class _Public:
    """Answers from one moment of the store."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def head(self, log: Log, request: Request) -> Response:
        """The newest signed head, or that of a size."""
        size = _number(request, "size") if "size" in request.query_params else None
        with self._services.store.reading() as connection:
            note = heads.note(connection, log, size)
        if note is None:
            return _wrong("no head of that size is signed", 404)
        return PlainTextResponse(note, headers=_OPEN)

    def key(self, log: Log, request: Request) -> Response:  # noqa: ARG002 - as all answers are called
        """The public key, as one word."""
        if self._services.log_key is None:
            return _wrong("this store signs no heads", 404)
        with self._services.store.reading() as connection:
            by = exporting.verifier(connection, log, self._services.log_key.public)
        return PlainTextResponse(f"{by}\n", headers=_OPEN)

    def inclusion(self, log: Log, request: Request) -> Response:
        """The audit path of an entry in the tree of a size."""
        entry, size = _number(request, "entry"), _number(request, "size")
        with self._services.store.reading() as connection:
            _within(size, logs.size(connection, log), "size")
            _within(entry, size - 1, "entry")
            nodes = logs.nodes(connection, log)
            leaf, path = nodes(0, entry), merkle.inclusion(entry, size, nodes)
        return _json({"entry": entry, "size": size, "leaf": leaf.hex(), "path": [each.hex() for each in path]})

    def consistency(self, log: Log, request: Request) -> Response:
        """That the tree of a size begins the tree of another."""
        first, second = _number(request, "first"), _number(request, "second")
        with self._services.store.reading() as connection:
            _within(second, logs.size(connection, log), "second")
            if not 0 < first <= second:
                raise _Unanswerable(f"first = {first}: 1 to {second} are allowed")
            path = merkle.consistency(first, second, logs.nodes(connection, log))
        return _json({"first": first, "second": second, "path": [each.hex() for each in path]})

    def entries(self, log: Log, request: Request) -> Response:
        """The entries' hashes from one on, at most 1,000."""
        begin = _number(request, "from") if "from" in request.query_params else 0
        with self._services.store.reading() as connection:
            leaves = [leaf.hex() for leaf in logs.leaves(connection, log, begin, MOST_ENTRIES)]
            size = logs.size(connection, log)
        return _json({"from": begin, "size": size, "leaves": leaves})

    def words(self, log: Log, request: Request) -> Response:  # noqa: ARG002 - as all answers are called
        """All words that a consent was ever asked with, by version; an entry names them by their SHA-256."""
        if log is not Log.CONSENT:
            return _wrong("only consents are given to words", 404)
        return _json({version: _worded(version, asked) for version, asked in wording.WORDINGS.items()})


def _worded(version: str, asked: wording.Wording) -> Mapping[str, object]:
    return {
        purpose: {
            language: {
                "title": text.title,
                "words": text.words,
                "sha256": wording.fingerprint(purpose, language, version),
            }
            for language, text in languages.items()
        }
        for purpose, languages in asked.items()
    }


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise _Unanswerable(f"{name} = {text[:40]!r}: a number is needed")
    return int(text)


def _within(number: int, most: int, name: str) -> None:
    if number > most or most < 0:
        raise _Unanswerable(f"{name} = {number}: at most {most} is allowed")


def _json(found: Mapping[str, object]) -> Response:
    return JSONResponse(found, headers=_OPEN)


def _wrong(words: str, status: int) -> Response:
    return JSONResponse({"error": words}, status, headers=_OPEN)
