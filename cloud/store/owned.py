"""How a module of the store declares which of its rows are a shopper's own, so that none is forgotten by anybody."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class Gone(enum.Enum):
    """What becomes of a table's rows when their profile is erased."""

    DELETED = enum.auto()  # ON DELETE CASCADE: nothing of the row is left
    UNLINKED = enum.auto()  # ON DELETE SET NULL: the row goes on counting, nobody's


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """One table with a `profile` column, or whose rows belong to a row of such a table (`parent`).

    Every column stands in exactly one of `columns`, `refers`, `withheld`, `key` and the owner's column; a test holds
    each table to that. `words` is an English message id of the pages' catalogue: one sentence to the shopper, which
    says what a row is and how it came here. The named columns `at`, `tag` and `place` tell the rest of "where did
    you get this?": ms since 1970, a tag's id, and a reader's, shelf's or zone's id of the plan.
    """

    table: str
    columns: tuple[str, ...]  # exported as they are, and imported again
    words: str
    profile: str = "profile"  # the column that names the profile
    parent: str = ""  # the owned table whose row a row belongs to; then its column is in `refers`, and not `profile`
    key: str = ""  # the integer primary key; exported as 1, 2, 3… where other rows refer to it, else not at all
    refers: Mapping[str, str] = field(default_factory=dict)  # column → the owned table whose key it holds
    withheld: Mapping[str, object] = field(default_factory=dict)  # column → its value after an import; "" is made anew
    at: str = ""
    tag: str = ""
    place: str = ""
    purpose: str = ""  # the consent under which a row is kept; none: it is the act or the bargain itself
    gone: Gone = Gone.DELETED
    cleared: tuple[str, ...] = ()  # of `withheld`: what of an unlinked row could still lead to somebody goes too
