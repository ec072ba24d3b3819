"""The store's campaigns for its manager: what each says, whether it runs, what it cost and who did not want it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from cloud.manage.rights import Right, Who
from cloud.offers.campaigns import Campaign, Standing, decode
from cloud.offers.harm import harm
from cloud.store import campaigns
from cloud.store.campaigns import Head
from cloud.web.language import Language
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from cloud.web.manage.shell import shell
from cloud.web.manage.view import language_of

_Lang = Annotated[str, Form(max_length=2)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One campaign as its manager reads it; a figure about fewer than k people is None."""

    id: str
    version: int
    standing: Standing
    stopped_at_ms: int | None
    why: str
    title: str
    text: str
    campaign: Campaign
    shown: int | None
    coupons: int
    redeemed: int
    won: int
    unwanted: int | None  # of 1,000


def campaigns_router(desk: Desk) -> APIRouter:
    """The manager's page of campaigns, behind the session; to pause and to resume are plain forms."""
    router = APIRouter()
    gate = Gate(desk)

    @router.get("/manage/campaigns", include_in_schema=False)
    def page(request: Request, who: Annotated[Who, Depends(gate.page(Right.RUN))]) -> HTMLResponse:
        language = language_of(request)
        values = shell(desk, request, who, "campaigns") | {
            "rows": gather(desk, language),
            "k": desk.k,
        }
        return HTMLResponse(desk.pages.render("manage/campaigns.html", language, values))

    @router.post("/manage/campaigns/{name}/pause", include_in_schema=False)
    def pause(name: str, who: Annotated[Who, Depends(gate.data(Right.RUN))], lang: _Lang = "") -> RedirectResponse:
        return _stand(desk, name, Standing.PAUSED, who.account, lang)

    @router.post("/manage/campaigns/{name}/resume", include_in_schema=False)
    def resume(name: str, who: Annotated[Who, Depends(gate.data(Right.RUN))], lang: _Lang = "") -> RedirectResponse:
        return _stand(desk, name, Standing.RUNNING, who.account, lang)

    return router


def gather(desk: Desk, language: Language) -> tuple[Row, ...]:
    """All campaigns, those first that stopped by themselves."""
    with desk.store.reading() as connection:
        heads = campaigns.heads(connection)
    order = (Standing.HARMED, Standing.RUNNING, Standing.PAUSED, Standing.ENDED)
    return tuple(_row(head, language, desk.k) for head in sorted(heads, key=lambda it: order.index(it.standing)))


def _row(head: Head, language: Language, k: int) -> Row:
    campaign = decode(head.body)
    words = campaign.content.ko if language is Language.KO else campaign.content.en
    return Row(
        id=head.id,
        version=head.version,
        standing=head.standing,
        stopped_at_ms=None if head.standing is Standing.RUNNING else head.since_ms,
        why=head.words,
        title=words.title,
        text=words.text,
        campaign=campaign,
        shown=head.shown if head.shown >= k else None,
        coupons=head.coupons,
        redeemed=head.redeemed,
        won=head.won,
        unwanted=round(harm(head.answers).per_1000) if head.answers.shown >= k else None,
    )


def _stand(desk: Desk, name: str, standing: Standing, account: str, lang: str) -> RedirectResponse:
    with desk.store.atomic() as connection:
        head = campaigns.head(connection, name)
        if head is None or head.standing is Standing.ENDED:
            raise HTTPException(404, "there is no such campaign that could run")
        if (head.standing is Standing.RUNNING) is not (standing is Standing.RUNNING):
            campaigns.set_standing(connection, name, standing, words=f"by {account}", now_ms=desk.clock())
    query = f"?lang={lang}" if lang in tuple(Language) else ""
    return RedirectResponse(f"/manage/campaigns{query}", 303)
