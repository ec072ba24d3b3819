"""Says a plan's problems and changes in the reader's language."""

from dataclasses import dataclass

from cloud.manage.plan_check import Code, Problem
from cloud.manage.plan_diff import Act, Change
from cloud.manage.plan_merge import Clash
from cloud.web.language import Language
from cloud.web.pages import Pages
from contract.plan import Plan, Title

_PARTS = {
    "zones": "Zone",
    "lines": "Line",
    "shelves": "Shelf",
    "tags": "Tag",
    "readers": "Reader",
    "cameras": "Camera",
}
_FIELDS = {
    "kind": "kind",
    "camera": "camera",
    "zone": "zone",
    "height_m": "height",
    "products": "products",
    "shelf": "shelf",
    "gtin": "product",
    "node": "node",
    "width": "picture width",
    "height": "picture height",
    "at": "place",
    "look_at": "looks at",
    "field_of_view_deg": "field of view",
    "masks": "masks",
    "title": "name",
    "width_m": "width",
    "depth_m": "depth",
}
_KINDS = {
    "shelf": "Shelf: look at goods",
    "queue": "Queue: wait",
    "till": "Till: pay",
    "staff": "Staff: work, not counted",
    "other": "Other",
    "door": "Door: in or out",
    "street": "Street: walking past outside",
}
_PROBLEMS = {
    Code.UNREADABLE: "%(what)s cannot be read: %(name)s",
    Code.TOO_MANY: "%(what)s: more than %(amount)s %(name)s",
    Code.OTHER_STORE: "This plan is of another store: %(name)s",
    Code.DOUBLE_ID: "%(what)s: the same id twice",
    Code.NO_NAME: "%(what)s needs a name in both languages",
    Code.NO_CAMERA: "%(what)s has no camera that counts there",
    Code.MISSING: "%(what)s: %(name)s is not chosen yet",
    Code.LOST_NAME: "%(what)s refers to “%(name)s”, which is not in the plan",
    Code.TWIN_CORNER: "%(what)s: corner %(corner)s lies on the next one",
    Code.SELF_CROSSING: "%(what)s crosses itself after corner %(corner)s",
    Code.NO_AREA: "%(what)s has no area",
    Code.NO_LENGTH: "%(what)s is shorter than 10 cm",
    Code.OUTSIDE: "%(what)s lies %(amount)s m off the floor",
    Code.UNSEEN: "%(what)s: camera %(name)s does not see %(amount)s of it",
    Code.OVERLAP: "%(what)s and %(name)s share %(amount)s m²: who is there counts in both",
    Code.TAG_AWAY: "%(what)s hangs %(amount)s m away from its shelf",
    Code.NO_PRODUCT: "%(what)s: no product %(name)s in the catalogue",
    Code.NO_LINE: "No line: nobody is counted at a door",
}
_CHANGES = {
    Act.ADDED: "%(what)s added",
    Act.REMOVED: "%(what)s removed",
    Act.MOVED: "%(what)s moved by %(amount)s",
    Act.RESHAPED: "%(what)s reshaped, %(before)s → %(amount)s",
    Act.TURNED: "%(what)s: in and out swapped",
    Act.RENAMED: "%(what)s renamed",
    Act.CALIBRATED: "%(what)s fitted with %(amount)s points",
    Act.SET: "%(what)s: %(field)s %(was)s → %(now)s",
    Act.RESIZED: "Floor %(was)s → %(now)s",
    Act.REDRAWN: "The drawing beneath changed",
}
MESSAGES = (*_PARTS.values(), *_FIELDS.values(), *_KINDS.values(), *_PROBLEMS.values(), *_CHANGES.values())
"""Everything that is said here, for the catalogues."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """One language's words for a plan; `plan` gives ids their names, where it is known."""

    pages: Pages
    language: Language
    plan: Plan | None = None

    def problem(self, problem: Problem) -> str:
        """One sentence about what is wrong."""
        amount = problem.amount
        if amount is None:
            said = ""
        elif problem.code is Code.UNSEEN:
            said = f"{max(1, round(100 * amount))}%"
        else:
            said = f"{amount:.2f}".rstrip("0").rstrip(".")
        return self._text(_PROBLEMS[problem.code]) % {
            "what": self.what(problem.part, problem.id, None),
            "name": self._name(problem),
            "corner": "" if problem.corner is None else problem.corner + 1,
            "amount": said,
        }

    def _name(self, problem: Problem) -> str:
        match problem.code:
            case Code.OVERLAP:
                return self.name_of("zones", problem.name)
            case Code.MISSING:
                return self._text(_FIELDS[problem.name])
            case _:
                return problem.name

    def change(self, change: Change) -> str:
        """A few words about what was done."""
        return self._text(_CHANGES[change.act]) % {
            "what": self.what(change.part, change.id, change.title),
            "before": _measure(change, change.before),
            "amount": _measure(change, change.amount),
            "field": self._text(_FIELDS.get(change.field, change.field)),
            "was": self._value(change, change.was),
            "now": self._value(change, change.now),
        }

    def _value(self, change: Change, value: str) -> str:
        return self._text(_KINDS[value]) if change.field == "kind" and value in _KINDS else value or "–"

    def clash(self, clash: Clash) -> str:
        """What both changed."""
        return self.what(clash.part, clash.id, None) if clash.part else self._text(_FIELDS[clash.id])

    def what(self, part: str, name: str, title: Title | None) -> str:
        """A part by its kind and name."""
        if not part:
            return self._text("The plan")
        called = (title.ko if self.language is Language.KO else title.en) if title else self.name_of(part, name)
        return f"{self._text(_PARTS[part])} {called}".strip()

    def name_of(self, part: str, name: str) -> str:
        """A part's title where it has one, else its id."""
        found = next((one for one in getattr(self.plan, part, ()) if one.id == name), None)
        title: Title | None = getattr(found, "title", None)
        return name if title is None else title.ko if self.language is Language.KO else title.en

    def _text(self, message: str) -> str:
        return self.pages.text(self.language, message)


def _measure(change: Change, amount: float | None) -> str:
    """A length or an area with its unit; a number of points bare."""
    if amount is None:
        return ""
    match change.act:
        case Act.MOVED:
            return f"{amount:.2f} m" if amount >= 1 else f"{100 * amount:.0f} cm"
        case Act.RESHAPED:
            return f"{amount:.2f} {'m' if change.part == 'lines' else 'm²'}"
        case _:
            return f"{amount:g}"
