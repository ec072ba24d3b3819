"""The hourly look at the pictures under plans: the unused go, and those from before lose their metadata."""

import logging

from cloud.manage.backdrop import Format, PictureError
from cloud.manage.picture_metadata import bare
from cloud.store import erasing, plan_drafts
from cloud.store.connection import Store

_log = logging.getLogger("aisle.pictures")


def tidy(store: Store, now_ms: int) -> int:
    """Returns how many pictures went or were changed. Blocks on the store."""
    changed = 0
    while True:
        with store.atomic() as connection:
            changed += plan_drafts.forget_images(connection, now_ms)
            found = plan_drafts.next_clothed(connection)
            if found is None:
                if changed:
                    erasing.need_scrub(connection, now_ms)
                return changed
            digest, picture = found
            plan_drafts.put_bare(connection, digest, _bare(picture.body, Format(picture.type)))
            changed += 1


def _bare(body: bytes, kind: Format) -> bytes:
    try:
        return bare(body, kind)
    except PictureError:
        # Its plan shows it as far as it goes; what browsers draw of a torso is not ours to judge.
        _log.warning("a picture under a plan is cut off: its metadata could not be taken out; upload it again")
        return body
