"""What the cloud's database has of a day's members: counts alone, read without touching anything."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from deploy.demo.membership import Kept
from deploy.demo.preparation import program


def kept_since(data: Path, since_ms: int) -> Kept:
    """The counts of what came since then. Raises CommandFailed where the ledger of points is not in order."""
    audit = json.loads(program("aisle-cloud", "points", "audit", "--data", data))
    with closing(sqlite3.connect(f"{(data / 'aisle.db').as_uri()}?mode=ro", uri=True)) as database:

        def count(what: str) -> int:
            # The words are this module's own.
            return int(database.execute(f"SELECT count(*) FROM {what}", (since_ms,)).fetchone()[0])  # noqa: S608

        return Kept(
            coupons_claimed=count("coupons WHERE claimed_ms >= ?"),
            coupons_redeemed=count("coupons WHERE state = 'redeemed' AND redeemed_ms >= ?"),
            pushes_sent=count("pushes WHERE state = 'sent' AND ended_ms >= ?"),
            adverts_pushed=count("pushes WHERE state = 'sent' AND advertising = 1 AND ended_ms >= ?"),
            adverts_told=count("showings WHERE channel = 'live' AND at_ms >= ?"),
            requests_asked=count("requests WHERE at_ms >= ?"),
            requests_done=count("requests WHERE state = 'done' AND at_ms >= ?"),
            points_sum=audit["sum"],
            points_astray=audit["astray"],
        )
