"""The form in which each module of the store declares its tables."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One migration: its lasting name, and statements that run once, together, in one transaction.

    A step that has been released is never edited; a change is a new step.
    """

    name: str
    statements: tuple[str, ...]
