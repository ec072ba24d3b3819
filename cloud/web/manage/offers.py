"""The store's campaigns for its manager: what each did against its hold-out, what it cost, who did not want it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from cloud.manage.effect import LEAST, Arm, Effect, effect
from cloud.manage.insight import Figure, parts
from cloud.manage.rights import Right, Who
from cloud.offers.campaigns import Campaign, Standing, decode
from cloud.offers.harm import Limits, harm
from cloud.store import campaigns, trials
from cloud.store.audit_log import Act
from cloud.store.campaigns import Head
from cloud.store.trials import WINDOW_MS, Groups
from cloud.web.language import Language
from cloud.web.manage.desk import Desk
from cloud.web.manage.gate import Gate
from cloud.web.manage.glossary import entries
from cloud.web.manage.shell import shell
from cloud.web.manage.view import language_of

_Lang = Annotated[str, Form(max_length=2)]
_ORDER = (Standing.HARMED, Standing.RUNNING, Standing.PAUSED, Standing.ENDED)
_TICK = 0.1
_MOST = 5
"""Campaigns in the part that stands on the floor's page."""
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """How much of one budget is used up."""

    what: str  # shown, coupons or won
    used: int
    whole: int

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return min(1.0, self.used / self.whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One campaign as its manager reads it; a figure about fewer than k people is withheld."""

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
    not_now: Figure
    opt_outs: Figure
    complaints: Figure
    answered: int  # shown since it was last (re)started: what the three are of
    effect: Effect
    waiting: int  # people whose time to buy is not over
    window_days: int
    budgets: tuple[Used, ...]

    def per_1000(self, figure: Figure) -> float | None:
        """A count of answers as of 1,000 that were shown; None where it is withheld."""
        return None if figure.value is None or not self.answered else 1_000 * figure.value / self.answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One campaign's effect as programs read it; `waiting` people still have time to buy."""

    campaign: str
    version: int
    standing: Standing
    effect: Effect
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The line on which intervals are drawn, from -`limit` to `limit` (shares)."""

    limit: float

    @property
    def ticks(self) -> tuple[float, ...]:
        """Whole steps, zero among them; five of them or fewer on each side."""
        step = next(size for size in (0.05, _TICK, 0.25, 0.5) if self.limit / size <= 4)
        count = math.floor(self.limit / step + 1e-9)
        return tuple(step * place for place in range(-count, count + 1))

    def x(self, share: float) -> str:
        """Where a share stands, in percent of the width."""
        return f"{50 + 48 * max(-1.0, min(1.0, share / self.limit)):.2f}%"


def campaigns_router(desk: Desk, limits: Limits | None = None) -> APIRouter:
    """The manager's page of offers, behind the session; to pause and to resume are plain forms."""
    router = APIRouter()
    gate = Gate(desk)

    @router.get("/manage/offers", include_in_schema=False)
    def page(request: Request, who: Annotated[Who, Depends(gate.page(Right.SEE))]) -> HTMLResponse:
        language = language_of(request)
        rows = gather(desk, language)
        values = shell(desk, request, who, "offers") | {
            "rows": rows,
            "axis": axis(rows),
            "may_run": who.may(Right.RUN),
            "limits": limits or Limits(),
            "window_days": WINDOW_MS // _DAY_MS,
            "least": LEAST,
            "glossary": entries("effect"),
        }
        return HTMLResponse(desk.pages.render("manage/offers.html", language, values))

    @router.get(
        "/v1/insight/offers",
        tags=["insight"],
        summary="What each campaign did against its hold-out",
        dependencies=[Depends(gate.data(Right.SEE))],
    )
    def data() -> tuple[Told, ...]:
        """Intervals that hold however often one looks; `unknown` while they span zero, `few`: too few people."""
        return tuple(
            Told(campaign=row.id, version=row.version, standing=row.standing, effect=row.effect, waiting=row.waiting)
            for row in gather(desk, Language.EN)
        )

    @router.get("/manage/campaigns", include_in_schema=False, dependencies=[Depends(gate.page(Right.SEE))])
    def moved(request: Request) -> RedirectResponse:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/manage/offers{query}", 308)

    @router.post("/manage/campaigns/{name}/pause", include_in_schema=False)
    def pause(name: str, who: Annotated[Who, Depends(gate.data(Right.RUN))], lang: _Lang = "") -> RedirectResponse:
        return _stand(desk, name, Standing.PAUSED, who, lang)

    @router.post("/manage/campaigns/{name}/resume", include_in_schema=False)
    def resume(name: str, who: Annotated[Who, Depends(gate.data(Right.RUN))], lang: _Lang = "") -> RedirectResponse:
        return _stand(desk, name, Standing.RUNNING, who, lang)

    return router


def gather(desk: Desk, language: Language) -> tuple[Row, ...]:
    """All campaigns, those first that stopped by themselves."""
    with desk.store.reading() as connection:
        heads = campaigns.heads(connection)
        groups = trials.groups(connection)
    rows = (_row(head, groups.get(head.id, Groups()), language, desk.k) for head in heads)
    return tuple(sorted(rows, key=lambda row: (_ORDER.index(row.standing), -(row.effect.shown.value or 0), row.id)))


def part(desk: Desk, language: Language) -> Mapping[str, object]:
    """What `manage/part_offers.html` names: the campaigns of which most is known, and those that stopped."""
    rows = gather(desk, language)
    compared = sorted(rows, key=lambda row: (row.standing is not Standing.HARMED, -(row.effect.shown.value or 0)))
    best = tuple(compared[:_MOST])
    return {"offers": best, "axis": axis(best), "offers_in_all": len(rows), "least": LEAST}


def axis(rows: Sequence[Row]) -> Axis:
    """One axis for all, as wide as the intervals need, and never narrower than ten points."""
    ends = [end for row in rows if (it := row.effect.interval) for end in (-it.low, it.high)]
    return Axis(limit=max(_TICK, math.ceil(max(ends, default=0.0) / _TICK - 1e-9) * _TICK))


def _row(head: Head, groups: Groups, language: Language, k: int) -> Row:
    campaign = decode(head.body)
    words = campaign.content.ko if language is Language.KO else campaign.content.en
    it = head.answers
    answers = parts((it.not_now, it.opt_outs, it.complaints), k=k)
    not_now, opt_outs, complaints = answers.figures
    return Row(
        id=head.id,
        version=head.version,
        standing=head.standing,
        stopped_at_ms=None if head.standing is Standing.RUNNING else head.since_ms,
        why=head.words,
        title=words.title,
        text=words.text,
        campaign=campaign,
        shown=None if 0 < head.shown < k else head.shown,
        coupons=head.coupons,
        redeemed=head.redeemed,
        won=head.won,
        unwanted=round(harm(it).per_1000) if it.shown >= k and answers.total.value is not None else None,
        not_now=not_now,
        opt_outs=opt_outs,
        complaints=complaints,
        answered=it.shown,
        effect=_effect(groups, k),
        waiting=groups.waiting,
        window_days=max(WINDOW_MS // _DAY_MS, campaign.coupon.valid_days if campaign.coupon else 0),
        budgets=_budgets(campaign, head),
    )


def _effect(groups: Groups, k: int) -> Effect:
    shown = Arm(people=groups.shown, buyers=groups.shown_buyers)
    return effect(shown, Arm(people=groups.held, buyers=groups.held_buyers), k=k)


def _budgets(campaign: Campaign, head: Head) -> tuple[Used, ...]:
    budget = campaign.budget
    wholes = (
        ("shown", head.shown, budget.shown),
        ("coupons", head.coupons, budget.coupons),
        ("won", head.won, budget.won),
    )
    return tuple(Used(what=what, used=used, whole=whole) for what, used, whole in wholes if whole)


def _stand(desk: Desk, name: str, standing: Standing, who: Who, lang: str) -> RedirectResponse:
    with desk.store.atomic() as connection:
        head = campaigns.head(connection, name)
        if head is None or head.standing is Standing.ENDED:
            raise HTTPException(404, "there is no such campaign that could run")
        if (head.standing is Standing.RUNNING) is not (standing is Standing.RUNNING):
            campaigns.set_standing(connection, name, standing, words=f"by {who.account}", now_ms=desk.clock())
            act = Act.CAMPAIGN_RESUMED if standing is Standing.RUNNING else Act.CAMPAIGN_PAUSED
            desk.note(connection, who, act, name)
    query = f"?lang={lang}" if lang in tuple(Language) else ""
    return RedirectResponse(f"/manage/offers{query}#{name}", 303)
