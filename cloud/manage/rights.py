"""Who may do what in a store: the roles that an account may have there, and the rights of each."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


class Right(enum.StrEnum):
    """What a page, its data or an act asks of whoever comes."""

    SEE = "see"  # figures: counts, shares and times that are nobody's own
    ANSWER = "answer"  # the inbox of shoppers' requests
    RUN = "run"  # campaigns: pause, resume
    DRAW = "draw"  # the plan, the cameras, calibration stills
    AUDIT = "audit"  # count at the door against the cameras
    SHOPPERS = "shoppers"  # one shopper's own data; each look is logged
    EXPORT = "export"  # tables as files
    SETTLE = "settle"  # alerts, notes, signs and settings
    ADMIT = "admit"  # accounts, other people's sessions, API keys, the audit log


class Role(enum.StrEnum):
    """What an account is in one store."""

    OWNER = "owner"  # everything
    MANAGER = "manager"  # everything but who comes in
    STAFF = "staff"  # figures, shoppers' requests, counting at the door
    READER = "reader"  # figures alone
    PROGRAM = "program"  # no account: a program with an API key, which may what its key says


RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.OWNER: frozenset(Right),
        Role.MANAGER: frozenset(Right) - {Right.ADMIT},
        Role.STAFF: frozenset((Right.SEE, Right.ANSWER, Right.AUDIT)),
        Role.READER: frozenset((Right.SEE,)),
        Role.PROGRAM: frozenset(),
    }
)
"""The rights of each role."""

GIVEN = (Role.OWNER, Role.MANAGER, Role.STAFF, Role.READER)
"""The roles that an account may be given, the widest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who asks: an account in this store, or a program by its key's name, whose rights are its key's `scopes`."""

    account: str
    role: Role
    scopes: frozenset[Right] = frozenset()

    @property
    def rights(self) -> frozenset[Right]:
        """All that it may."""
        return RIGHTS[self.role] | self.scopes

    def may(self, right: Right) -> bool:
        """Whether it has the right."""
        return right in self.rights
