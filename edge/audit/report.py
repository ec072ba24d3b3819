"""The comparison as a person reads it."""

import math
from collections.abc import Iterator

from edge.audit.compare import Audit, Share, Way

_FEW_PERCENT = 1.0  # a half-width that people ask for


def text(audit: Audit) -> str:
    """Some lines of plain text."""
    return "\n".join(_all(audit)) + "\n"


def _all(audit: Audit) -> Iterator[str]:
    yield f"{audit.seconds / 60:.1f} minutes watched"
    for way in (*audit.ways, audit.total):
        yield _way(way)
    yield _error(audit)
    if audit.late_s is not None:
        yield f"clicks came {audit.late_s:+.2f} s after their crossings (median)"
    yield _enough(audit)
    if audit.unseen:
        yield (
            f"{audit.unseen} events left the node's log before they could be read: a crossing among them is told as "
            "missed; compare again with --events"
        )


def _way(way: Way) -> str:
    name = "all" if way.direction is None else f"{way.line or 'line'} {way.direction.value}"
    return (
        f"{name:16} counted {way.counted}, clicked {way.clicked}, matched {way.matched}: "
        f"{way.missed} missed, {way.invented} invented; found {_share(way.found)}, right {_share(way.right)}"
    )


def _share(share: Share) -> str:
    if share.share is None:
        return "nothing"
    return f"{100 * share.share:.1f} % [{100 * share.low:.1f}, {100 * share.high:.1f}]"


def _error(audit: Audit) -> str:
    total = audit.total
    percent = (
        ""
        if audit.error_percent is None
        else (f", {audit.error_percent:+.1f} % [{audit.error_percent_low:+.1f}, {audit.error_percent_high:+.1f}]")
    )
    return f"error of the count: {total.error:+d} [{total.error_low:+.1f}, {total.error_high:+.1f}]{percent}"


def _enough(audit: Audit) -> str:
    """How little so many clicks can prove."""
    clicked = audit.total.clicked
    if not clicked:
        return "nobody was clicked: nothing is shown, neither good nor bad"
    half = 50 * (audit.total.found.high - audit.total.found.low)
    # Wilson's half-width falls with the square root of the number.
    wanted = math.ceil(clicked * (half / _FEW_PERCENT) ** 2)
    return (
        f"{clicked} clicks: the share found is known to ±{half:.1f} % only (for ±{_FEW_PERCENT:.0f} %, some {wanted}); "
        f"a node without one miss would be shown to find {100 * audit.best_low:.1f} % at least"
    )
