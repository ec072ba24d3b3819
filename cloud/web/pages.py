"""Templates and their languages: the only door to Jinja2 and Babel."""

import base64
import functools
import hashlib
import io
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from babel.dates import format_datetime, get_timezone
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from babel.support import Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from cloud.web import qr
from cloud.web.language import Language

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
# Shops in Korea write 12,800원; CLDR's own pattern gives ₩12,800, which is right in English.
_WON: Final = {Language.KO: "#,##0원", Language.EN: "¤#,##0"}
# CLDR of today gives "PM 7:05" for a short time in Korean.
_CLOCK: Final = {Language.KO: "M월 d일 HH:mm", Language.EN: "d MMM HH:mm"}
_DAY: Final = {Language.KO: "y년 M월 d일", Language.EN: "d MMM y"}


# A space between a number and a unit of one or two letters or a sign.
_AMOUNT: Final = re.compile(r"(?<=\d) (?=(?:[a-zA-Z]{1,2}|%|‰|°C)(?!\w))")
_KOREAN: Final = re.compile(r"\(?[가-힣]+(?:[ ·][가-힣]+)*\)?")


class Pages:
    """Renders templates in both languages; escapes whatever it is given."""

    def __init__(self, *, timezone: str) -> None:
        """`timezone` is the store's, by its name in the tz database: all moments are told by it."""
        self.timezone = timezone
        self._zone = get_timezone(timezone)
        self._static = {
            path.relative_to(STATIC).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:12]
            for path in STATIC.rglob("*")
            if path.is_file()
        }
        told = " ".join(f"{name} {digest}" for name, digest in sorted(self._static.items()))
        self.version = hashlib.sha256(told.encode()).hexdigest()[:12]
        """Of all static files: by it a page that is left open knows that it is old."""
        self._catalogues = {language: _catalogue(language) for language in Language}
        self._environments = {language: self._environment(language) for language in Language}

    def render(self, template: str, language: Language, values: Mapping[str, object]) -> str:
        """The template in a language; `values` are its names. Raises jinja2.TemplateError for a mistake of ours."""
        return self._environments[language].get_template(template).render(values)

    def text(self, language: Language, message: str) -> str:
        """One message of the catalogues."""
        return self._catalogues[language].gettext(message)

    def counted(self, language: Language, one: str, many: str, number: int) -> str:
        """One message of the catalogues, by how many there are; `num` in it is the number."""
        return self._catalogues[language].ngettext(one, many, number) % {"num": f"{number:,}"}

    def won(self, language: Language, amount: int) -> str:
        """An amount of won as shops in that language write it."""
        return _won(language, amount)

    def _environment(self, language: Language) -> Environment:
        environment = _InOneLanguage(
            self._catalogues[language],
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        # As short as it can be: Korean stands as itself.
        environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
        environment.install_gettext_translations(self._catalogues[language], newstyle=True)  # type: ignore[attr-defined]  # by the extension
        environment.filters.update(self._filters(language))
        environment.globals.update(
            language=language, static=self._static_url, Language=Language, inline=_inline, qr=_qr
        )
        return environment

    def _filters(self, language: Language) -> dict[str, Callable[..., str]]:
        def clock(at_ms: int) -> str:
            return format_datetime(_moment(at_ms), _CLOCK[language], tzinfo=self._zone, locale=str(language))

        @functools.lru_cache(maxsize=4096)
        def number(amount: float) -> str:
            return format_decimal(amount, locale=str(language))

        @functools.lru_cache(maxsize=4096)
        def score(mean: float) -> str:
            return format_decimal(mean, "0.0", locale=str(language))

        @functools.lru_cache(maxsize=4096)
        def day(at_ms: int) -> str:
            return format_datetime(_moment(at_ms), _DAY[language], tzinfo=self._zone, locale=str(language))

        def instant(at_ms: int) -> str:
            return datetime.fromtimestamp(_moment(at_ms), self._zone).isoformat(timespec="minutes")

        def iso_day(at_ms: int) -> str:
            return datetime.fromtimestamp(_moment(at_ms), self._zone).date().isoformat()

        def spoken(text: object) -> Markup:
            korean = _KOREAN.sub(r'<span lang="ko">\g<0></span>', str(escape(text)))
            return escape(text) if language is Language.KO else Markup(korean)  # noqa: S704 - escaped before

        return {
            "won": lambda amount: self.won(language, amount),
            "number": number,
            "score": score,
            "clock": clock,
            "day": day,
            "instant": instant,  # a moment as `datetime` of <time> has it, by the store's clock
            "iso_day": iso_day,  # likewise of its day
            "spoken": spoken,  # a text whose Korean is marked as such on pages of another language
            "whole": whole,
        }

    def _static_url(self, name: str) -> str:
        return f"/static/{name}?{self._static[name]}"


class _InOneLanguage(Environment):
    """Puts what is said in its language into a template as it is compiled; only the values that it names wait."""

    def __init__(self, catalogue: Translations, **options: Any) -> None:
        super().__init__(**options)
        self._said = _Said(catalogue)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template: nodes.Template = self._said.visit(super()._parse(source, name, filename))
        return template


class _Said(NodeTransformer):
    """Replaces `_("words")` by the words of a language, as safe as the catalogue itself."""

    def __init__(self, catalogue: Translations) -> None:
        self._catalogue = catalogue

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the name that the visitor looks for
        self.generic_visit(node)
        match node:
            case nodes.Call(node=nodes.Name(name="_"), args=[nodes.Const(value=str(message))], kwargs=named):
                said = nodes.MarkSafe(nodes.Const(self._catalogue.gettext(message)))
                values = [nodes.Pair(nodes.Const(each.key), each.value) for each in named]
                return nodes.Mod(said, nodes.Dict(values)).set_lineno(node.lineno)
        return node


@functools.lru_cache(maxsize=4096)
def _won(language: Language, amount: int) -> str:
    return format_currency(amount, "KRW", _WON[language], locale=str(language), currency_digits=False)


def whole(text: str) -> str:
    """A text whose amounts stay in one line: `100 g` is not broken before its unit."""
    return _AMOUNT.sub("\N{NO-BREAK SPACE}", text)


def _moment(at_ms: int) -> float:
    return at_ms / 1000


@functools.cache
def _inline(name: str) -> Markup:
    """A file of ours to stand inside a page: style sheets and scripts, never anything from outside."""
    return Markup((HERE / "templates" / name).read_text(encoding="utf-8"))  # noqa: S704 - a file of the program


def _qr(text: str, label: str) -> Markup:
    return Markup(qr.svg(text, label=label))  # noqa: S704 - an image made here, its label escaped


def inline_sources() -> tuple[str, str]:
    """The style sheet and the script that stand inside the shoppers' pages, as a policy allows them (CSP 3, 2.3.1)."""
    style, script = (_source(name) for name in ("shop/style.css", "shop/page.js"))
    return style, script


def _source(name: str) -> str:
    digest = hashlib.sha256(_inline(name).encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@functools.cache
def _catalogue(language: Language) -> Translations:
    """All .po files of a language as one, compiled in memory: a clone needs no build step."""
    merged = Translations()
    for path in sorted((HERE / "locale" / language / "LC_MESSAGES").glob("*.po")):
        compiled = io.BytesIO()
        with path.open("rb") as file:
            write_mo(compiled, read_po(file, locale=str(language)))
        compiled.seek(0)
        each = Translations(compiled)
        merged.merge(each)
        merged.plural = each.plural  # merging leaves it at that of English
    return merged
