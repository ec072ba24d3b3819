"""The forms and marks of a page, read from its HTML as a browser would see and send them."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

Pairs = list[tuple[str, str]]
_UNSENT: Final = {"button", "image", "reset", "file"}


@dataclass(slots=True)
class Form:
    """A form: where it goes, what it sends as it stands, and what a person may tick or choose.

    `data` holds its `data-…` attributes without that prefix; `radios` and `buttons` are all that may be chosen.
    """

    action: str
    method: str
    data: dict[str, str] = field(default_factory=dict)
    fields: Pairs = field(default_factory=list)
    boxes: Pairs = field(default_factory=list)
    radios: Pairs = field(default_factory=list)
    buttons: Pairs = field(default_factory=list)

    def ticked(self, wanted: AbstractSet[str] | None = None) -> Pairs:
        """What is sent when the boxes of these values are ticked, or every box; a lone named button is pressed."""
        boxes = [pair for pair in self.boxes if wanted is None or pair[1] in wanted]
        return self.fields + boxes + (self.buttons if len(self.buttons) == 1 else [])

    def leads_to(self, path: str) -> bool:
        """Whether it goes to this path; `*` stands for any part of it."""
        return fnmatchcase(urlsplit(self.action).path, path)

    def filled(self, **values: str) -> Pairs:
        """What is sent when these fields hold these values, whatever they held before."""
        kept = [pair for pair in self.ticked(frozenset()) if pair[0] not in values]
        return kept + list(values.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An element that says something to programs: its `data-…` attributes without that prefix, and its link."""

    tag: str
    data: dict[str, str]
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was found on a page, in its order."""

    forms: tuple[Form, ...]
    marks: tuple[Mark, ...]


def read_page(html: str) -> Read:
    """Forms and marks of a page; broken HTML gives what can be read of it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Read(forms=tuple(reader.forms), marks=tuple(reader.marks))


def forms_of(html: str) -> list[Form]:
    """All forms of a page, in its order."""
    return list(read_page(html).forms)


def form_to(html: str, path: str) -> Form | None:
    """The page's first form that goes to this path; `*` stands for any part of it."""
    return next((form for form in forms_of(html) if form.leads_to(path)), None)


def link_to(html: str, path: str) -> str | None:
    """Where the page's first link of this path leads; `*` stands for any part of it."""
    links = (mark.href for mark in read_page(html).marks if mark.href)
    return next((href for href in links if fnmatchcase(urlsplit(href).path, path)), None)


def marked(html: str, name: str) -> str | None:
    """The value of the page's first `data-{name}`, on whatever element it stands."""
    return next((mark.data[name] for mark in read_page(html).marks if name in mark.data), None)


def shown(html: str, name: str) -> str | None:
    """The words in the page's first element of this class, as an eye or a scanner reads them; None without one."""
    words = _Words(name)
    words.feed(html)
    words.close()
    return " ".join("".join(words.found).split()) if words.met else None


def section(html: str, name: str) -> str:
    """The page from the element of this id on, up to the end of its section; nothing where there is none."""
    return html.partition(f'id="{name}"')[2].partition("</section>")[0]


class _Words(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name, self._tag, self._depth = name, "", 0
        self.met = False
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(" ")  # what stands in an element of its own is a word of its own
        if self._depth:
            self._depth += tag == self._tag
        elif not self.met and self._name in (dict(attrs).get("class") or "").split():
            self.met, self._tag, self._depth = True, tag, 1

    def handle_endtag(self, tag: str) -> None:
        self.found.append(" ")
        self._depth -= bool(self._depth) and tag == self._tag

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.found.append(data)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.marks: list[Mark] = []
        self._open: Form | None = None
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = {name: value or "" for name, value in attrs}
        data = {name[5:]: value for name, value in had.items() if name.startswith("data-")}
        if data or (tag == "a" and "href" in had):
            self.marks.append(Mark(tag=tag, data=data, href=had.get("href", "")))
        if tag == "form":
            self._open = Form(action=had.get("action", ""), method=had.get("method", "get").lower(), data=data)
            self.forms.append(self._open)
        elif self._open is not None:
            self._inside(tag, had, self._open)

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "form":
                self._open = None
            case "textarea":
                self._area = None
            case "select":
                self._select = None
            case _:
                pass

    def handle_data(self, data: str) -> None:
        if self._area is not None and self._open is not None:
            name, before = self._open.fields[-1]
            self._open.fields[-1] = (name, before + data)

    def _inside(self, tag: str, had: dict[str, str], form: Form) -> None:
        name, value = had.get("name", ""), had.get("value", "")
        match tag:
            case "input" if name:
                self._input(had, form)
            case "textarea" if name:
                self._area = name
                form.fields.append((name, ""))
            case "select":
                self._select = name or None
            case "option" if self._select is not None:
                self._option(self._select, value, form, chosen="selected" in had)
            case "button" if name and had.get("type", "submit") == "submit":
                form.buttons.append((name, value))
            case _:
                pass

    def _input(self, had: dict[str, str], form: Form) -> None:
        name, kind = had["name"], had.get("type", "text").lower()
        if kind == "checkbox":
            form.boxes.append((name, had.get("value", "on")))
        elif kind == "radio":
            form.radios.append((name, had.get("value", "on")))
            if "checked" in had:
                form.fields.append(form.radios[-1])
        elif kind == "submit":
            form.buttons.append((name, had.get("value", "")))
        elif kind not in _UNSENT:
            form.fields.append((name, had.get("value", "")))

    def _option(self, name: str, value: str, form: Form, *, chosen: bool) -> None:
        """A select sends its selected option, or else its first."""
        names = [known for known, _ in form.fields]
        if name not in names:
            form.fields.append((name, value))
        elif chosen:
            form.fields[names.index(name)] = (name, value)
