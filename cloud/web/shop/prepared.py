"""The parts of a product's page that are alike for everybody, written once for as long as they stand."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from markupsafe import Markup

from cloud.web.language import Language
from cloud.web.pages import Pages
from cloud.web.shop import schema
from cloud.web.shop.sheet import Sheet

V = TypeVar("V")


class Recent(Generic[V]):
    """So many values, those that were put first are forgotten first; for any thread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        """What was put under this key, if it is still there."""
        return self._kept.get(key)

    def put(self, key: Hashable, value: V) -> V:
        """Keeps a value, and gives it back."""
        with self._lock:
            self._kept[key] = value
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """HTML to stand in a page as it is; our templates have escaped what is in it."""

    head: Markup
    top: Markup
    sizes: Markup
    below: Markup
    alternatives: Markup
    live: Markup


class Preparations:
    """The prepared parts of one process, by sheet; a sheet that changed is another one."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._kept: Recent[Prepared] = Recent(1_000)

    def of(self, sheet: Sheet, language: Language, base: str) -> Prepared:
        """The parts in a language, for a page under this origin."""
        key = (sheet, language, base)
        return self._kept.get(key) or self._kept.put(key, self._write(sheet, language, base))

    def _write(self, sheet: Sheet, language: Language, base: str) -> Prepared:
        values = {
            "sheet": sheet,
            "base": base,
            "schema": schema.of(sheet, base, language),
            "carry": {},
        }

        def part(name: str) -> Markup:
            return Markup(self._pages.render(f"shop/{name}", language, values))  # noqa: S704 - escaped as it was written

        return Prepared(
            head=part("_head.html"),
            top=part("_top.html"),
            sizes=part("_sizes.html"),
            below=part("_below.html"),
            alternatives=part("_alternatives.html"),
            live=part("_live.html"),
        )
