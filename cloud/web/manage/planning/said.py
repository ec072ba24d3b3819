"""What the editor and the server tell each other about a draft: the bodies of the requests and of their answers."""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta

from cloud.manage.backdrop import Backdrop
from cloud.web.numbers import MOST_NUMBER
from contract.plan import Plan

NOTE_LONGEST = 200


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A draft as the editor sends it: from which version it began, the plan so far, the drawing beneath."""

    base: Annotated[int, Meta(ge=0, le=MOST_NUMBER)]
    plan: dict[str, object]
    backdrop: Backdrop | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A draft's body in the store."""

    plan: dict[str, object]
    backdrop: Backdrop | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem in words, with the shape that the editor shows."""

    warning: bool
    part: str
    id: str
    corner: int | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two who changed the same: who, when (ms), and what, in words."""

    by: str
    at_ms: int
    version: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the server says of a draft: `number` is its etag, `theirs` a version that was saved since it began."""

    number: int
    base: int
    newest: int
    problems: tuple[Finding, ...]
    changes: tuple[str, ...]
    theirs: Side | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """A product to be put on a shelf, a tag or a reader."""

    gtin: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Everything that the editor begins with; `now` is the plan that is valid, None for a store without one."""

    judged: Judged
    plan: dict[str, object] | None
    backdrop: Backdrop | None
    now: Plan | None
    goods: tuple[Good, ...]
    nodes: tuple[str, ...]
    store: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Collision:
    """A lost update, refused. `kind`: "draft" (another window of the same account) or "version" (another account)."""

    kind: str
    words: str
    number: int
    mine: Side
    theirs: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Both sides' changes as the new draft; `clashes` are what both changed, where it holds mine."""

    opened: Opened
    clashes: tuple[str, ...]
