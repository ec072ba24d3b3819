"""The forms of a page, read from its HTML as a browser would send them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(slots=True)
class Form:
    """A form: where it goes, what it sends as it stands, and the boxes that a person may tick."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    boxes: list[tuple[str, str]] = field(default_factory=list)

    def ticked(self) -> list[tuple[str, str]]:
        """What is sent when every box is ticked."""
        return self.fields + self.boxes


def forms_of(html: str) -> list[Form]:
    """All forms of a page, in its order; broken HTML gives what can be read of it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.forms


def form_to(html: str, path: str) -> Form | None:
    """The page's first form that goes to this path."""
    return next((form for form in forms_of(html) if form.action.split("?")[0].endswith(path)), None)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(action=had.get("action", ""), method=had.get("method", "get").lower())
            self.forms.append(self._open)
        elif tag == "input" and self._open is not None and had.get("name"):
            self._input(had, self._open)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None

    def _input(self, had: dict[str, str], form: Form) -> None:
        kind = had.get("type", "text").lower()
        if kind == "checkbox":
            form.boxes.append((had["name"], had.get("value", "on")))
        elif kind not in {"submit", "button", "image", "reset", "file", "radio"}:
            form.fields.append((had["name"], had.get("value", "")))
