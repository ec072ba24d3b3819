"""Which of the pages' languages a visitor reads."""

import enum


class Language(enum.StrEnum):
    """A language of the pages; its value is the BCP 47 tag."""

    KO = "ko"
    EN = "en"

    @property
    def other(self) -> "Language":
        """The one to switch to."""
        return Language.EN if self is Language.KO else Language.KO


def choose(asked: str | None, accepted: str | None) -> Language:
    """By the link's `lang`, else by the browser's Accept-Language (RFC 9110, 12.5.4), else Korean."""
    if asked in tuple(Language):
        return Language(asked)
    best, weight = Language.KO, 0.0
    for piece in (accepted or "").split(",")[:20]:
        tag, _, parameter = piece.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        quality = _quality(parameter)
        if primary in tuple(Language) and quality > weight:
            best, weight = Language(primary), quality
    return best


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0
