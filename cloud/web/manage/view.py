"""What a page is asked to show, which its address holds, and the values that its templates are filled with."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from fastapi import Request

from cloud.manage.insight import Period
from cloud.manage.report import Funnel
from cloud.web.language import Language, choose
from cloud.web.manage.desk import Desk
from cloud.web.manage.drawing import draw
from cloud.web.manage.glossary import GLOSSARY
from cloud.web.manage.reading import Morning
from cloud.web.manage.wording import Wording

THEMES = ("auto", "light", "dark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The state of a page; all of it is in its address. `zone`: whose funnel, empty for all."""

    period: Period = Period.TODAY
    zone: str = ""
    theme: str = "auto"
    lang: str = ""

    def address(self, **other: str) -> str:
        """The page's address with some of its state changed; what is as usual is left out."""
        changed = replace(self, **other)  # type: ignore[arg-type]  # Period is a str, and links are made of str
        usual = Look()
        state = {
            name: str(getattr(changed, name))
            for name in ("period", "zone", "theme", "lang")
            if str(getattr(changed, name)) != str(getattr(usual, name))
        }
        return "/manage" + (f"?{urlencode(state)}" if state else "")


def look(request: Request) -> Look:
    """The state in an address; what is not allowed there is as if it were not there, as old links must keep working."""
    asked = request.query_params
    period, theme, lang = asked.get("period", ""), asked.get("theme", ""), asked.get("lang", "")
    return Look(
        period=Period(period) if period in tuple(Period) else Period.TODAY,
        zone=asked.get("zone", "")[:32],
        theme=theme if theme in THEMES else "auto",
        lang=lang if lang in tuple(Language) else "",
    )


def language_of(request: Request) -> Language:
    """The language of an answer."""
    return choose(request.query_params.get("lang"), request.headers.get("accept-language"))


def page_values(desk: Desk, request: Request, asked: Look, morning: Morning) -> dict[str, object]:
    """Everything that the templates of the page name."""
    language = language_of(request)
    report = morning.report
    link: Callable[..., str] = asked.address
    return {
        "nonce": request.state.nonce,
        "theme": asked.theme,
        "lang": asked.lang,
        "korean": language is Language.KO,
        "w": Wording(korean=language is Language.KO, zone=desk.zone, k=desk.k),
        "link": link,
        "plan": morning.plan,
        "drawing": draw(morning.plan, morning.watching),
        "ruler": max(1, round(morning.plan.width_m / 5)),
        "report": report,
        "funnel": _chosen(report.funnels, asked.zone),
        "longest": max((zone.median_ms.value or 0 for zone in report.zones), default=0),
        "silent_store": report.coverage is None and not report.tiles.entered.value,
        "nodes": morning.nodes,
        "glossary": GLOSSARY,
    }


def _chosen(funnels: tuple[Funnel, ...], zone: str) -> Funnel:
    """The asked shelf's funnel, or that of all."""
    return next((funnel for funnel in funnels if funnel.zone == zone), funnels[0])
