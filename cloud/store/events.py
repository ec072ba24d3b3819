"""Every event as it came, once, in the order of its node's log."""

from cloud.store.steps import Step

STEPS = (
    Step(
        name="events-1",
        statements=(
            "CREATE TABLE nodes (key INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, first_ms INTEGER NOT NULL) STRICT",
            # `through`: all events up to it are stored, quarantined or counted as missing, so that
            # through = stored + quarantined + missing at every commit.
            """CREATE TABLE epochs (
                 key INTEGER PRIMARY KEY,
                 node INTEGER NOT NULL REFERENCES nodes (key),
                 epoch TEXT NOT NULL,
                 begun_ms INTEGER NOT NULL,
                 through INTEGER NOT NULL DEFAULT 0,
                 stored INTEGER NOT NULL DEFAULT 0,
                 quarantined INTEGER NOT NULL DEFAULT 0,
                 missing INTEGER NOT NULL DEFAULT 0,
                 UNIQUE (node, epoch)
               ) STRICT""",
            """CREATE TABLE events (
                 epoch INTEGER NOT NULL,
                 sequence INTEGER NOT NULL,
                 received_ms INTEGER NOT NULL,
                 body TEXT NOT NULL,
                 PRIMARY KEY (epoch, sequence)
               ) STRICT, WITHOUT ROWID""",
            # An id is never used twice, so that a page can ask for what came after the last one it saw.
            """CREATE TABLE taps (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 epoch INTEGER NOT NULL,
                 sequence INTEGER NOT NULL,
                 at_ms INTEGER NOT NULL,
                 reader TEXT NOT NULL,
                 tag TEXT
               ) STRICT""",
            "CREATE INDEX taps_by_tag ON taps (tag, at_ms) WHERE tag IS NOT NULL",
        ),
    ),
)
