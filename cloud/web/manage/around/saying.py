"""How these rooms answer: with a page of theirs, or back to one with a word of what came of an act; and their log."""

from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from cloud.manage.rights import Who
from cloud.store.audit_log import Act
from cloud.web.language import Language
from cloud.web.manage.desk import Desk
from cloud.web.manage.shell import shell
from cloud.web.manage.view import language_of


def page(
    desk: Desk, request: Request, who: Who, *, place: str, template: str, values: dict[str, object]
) -> HTMLResponse:
    """One of these rooms' pages; `said` in its address is the word of what came of the act before."""
    said = {"said": request.query_params.get("said", "")[:32]}
    filled = shell(desk, request, who, place) | said | values
    return HTMLResponse(desk.pages.render(f"manage/around/{template}", language_of(request), filled))


def back(request: Request, path: str, said: str = "", part: str = "") -> RedirectResponse:
    """To a page, in the language that the form was in, with a word of what came of it."""
    lang = request.query_params.get("lang", "")
    state = {"said": said, "lang": lang if lang in tuple(Language) else ""}
    query = urlencode({key: word for key, word in state.items() if word})
    return RedirectResponse(path + (f"?{query}" if query else "") + (f"#{part}" if part else ""), 303)


def note(desk: Desk, who: Who, act: Act, subject: str) -> None:
    """Writes down who did what, in a transaction of its own: inside that of the accounts' database, so that nothing
    is done there that the log does not tell.
    """
    with desk.store.atomic() as connection:
        desk.note(connection, who, act, subject)
