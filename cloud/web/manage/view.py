"""What a page is asked to show, which its address holds, and the values that its templates are filled with."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request

from cloud.manage.period import TODAY, Compare, readable
from cloud.manage.report import Funnel, Report
from cloud.web.language import Language, choose
from cloud.web.manage.desk import Desk
from cloud.web.manage.drawing import draw, free_row
from cloud.web.manage.glossary import GLOSSARY
from cloud.web.manage.node_words import teller
from cloud.web.manage.reading import Morning
from cloud.web.manage.sparkline import spark
from cloud.web.manage.wording import Wording

THEMES = ("auto", "light", "dark")
_DAY_MS = 25 * 3_600_000
_STATE = ("period", "compare", "zone", "theme", "lang")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The state of a page; all of it is in its address. `zone`: whose figures, empty for all."""

    period: str = TODAY
    compare: Compare = Compare.WEEKDAY
    zone: str = ""
    theme: str = "auto"
    lang: str = ""

    def address(self, path: str = "/manage", **other: str) -> str:
        """A page's address with some of the state changed; what is as usual is left out.

        Words that are not of this state are the page's own, and are left out where they are empty.
        """
        usual = Look()
        state = {name: other.get(name, str(getattr(self, name))) for name in _STATE}
        told = {name: value for name, value in state.items() if value != str(getattr(usual, name))}
        told |= {name: value for name, value in other.items() if name not in state and value}
        return path + (f"?{urlencode(told)}" if told else "")


def look(request: Request) -> Look:
    """The state in an address; what is not allowed there is as if it were not there, as old links must keep working."""
    asked = request.query_params
    period, compare = asked.get("period", ""), asked.get("compare", "")
    theme, lang = asked.get("theme", ""), asked.get("lang", "")
    return Look(
        period=period if readable(period) else TODAY,
        compare=Compare(compare) if compare in tuple(Compare) else Compare.WEEKDAY,
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
    ruler = max(1, round(morning.plan.width_m / 5))
    return {
        "nonce": request.state.nonce,
        "theme": asked.theme,
        "lang": asked.lang,
        "korean": language is Language.KO,
        "w": Wording(korean=language is Language.KO, zone=desk.zone, k=desk.k),
        "link": link,
        "plan": morning.plan,
        "drawing": draw(morning.plan, morning.watching),
        "ruler": ruler,
        "ruler_at": free_row(morning.plan, ruler + morning.plan.width_m / 18, morning.plan.width_m / 50),
        "node_says": teller(desk.pages, language),
        "report": report,
        "funnel": _chosen(report.funnels, asked.zone),
        "sparks": {tile.key: spark(tile.series, tile.other_series) for tile in report.tiles.all},
        "compared_word": _compared_word(desk, language, report),
        "zone_titles": {zone.id: zone.title.ko if language is Language.KO else zone.title.en for zone in report.zones},
        "longest": max((zone.median_ms.value or 0 for zone in report.zones), default=0),
        "silent_store": report.coverage is None and not report.tiles.entered.figure.value,
        "nodes": morning.nodes,
        "written": morning.written,
        "young": morning.young,
        "glossary": GLOSSARY,
    }


def _compared_word(desk: Desk, language: Language, report: Report) -> str:
    """How the span compared with is called beside a figure."""
    one_day = report.until_ms - report.from_ms <= _DAY_MS
    last_week = report.compare is Compare.WEEKDAY and one_day
    return desk.pages.text(language, "last week" if last_week else "before")


def _chosen(funnels: tuple[Funnel, ...], zone: str) -> Funnel:
    """The asked shelf's funnel, or that of all."""
    return next((funnel for funnel in funnels if funnel.zone == zone), funnels[0])
