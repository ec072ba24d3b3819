"""Where a page stands that is the answer to a posted form: a link to itself must lead to what GET can read."""

from urllib.parse import unquote, urlsplit

from starlette.requests import Request
from starlette.routing import Match

READS = ("GET", "HEAD")


def stands(request: Request, otherwise: str) -> tuple[str, str]:
    """Path, percent-encoded, and query of a page of ours: the request's own path where GET reads it too, with the
    form's query; else the page that the form stood on, as the browser tells; else `otherwise`.
    """
    own = request.scope.get("raw_path", b"").decode("ascii", "replace").partition("?")[0]
    query = request.scope["query_string"].decode("latin-1")
    if _read(request, own):
        return own, query
    try:
        form = urlsplit(request.headers.get("referer", ""))
    except ValueError:  # no browser's address
        return otherwise, query
    if form.netloc == request.headers.get("host") and _read(request, form.path):
        return form.path, form.query
    return otherwise, query


def _read(request: Request, path: str) -> bool:
    asked = {"type": "http", "method": "GET", "path": unquote(path), "root_path": "", "headers": []}
    return any(route.matches(asked)[0] is Match.FULL for route in request.app.router.routes)
