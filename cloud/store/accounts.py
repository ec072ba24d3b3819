"""What each node says it has produced, beside what is stored here of it."""

from cloud.store.steps import Step

STEPS = (
    Step(
        name="accounts-1",
        statements=(
            """CREATE TABLE node_health (
                 node INTEGER PRIMARY KEY REFERENCES nodes (key),
                 at_ms INTEGER NOT NULL, received_ms INTEGER NOT NULL, body TEXT NOT NULL
               ) STRICT""",
            # Bounded: the last of each minute, for as long as RELIABILITY of a node is looked at.
            """CREATE TABLE health_minutes (
                 node INTEGER NOT NULL, minute_ms INTEGER NOT NULL, body TEXT NOT NULL,
                 PRIMARY KEY (node, minute_ms)
               ) STRICT, WITHOUT ROWID""",
            """CREATE TABLE epoch_accounts (
                 epoch INTEGER PRIMARY KEY REFERENCES epochs (key),
                 at_ms INTEGER NOT NULL,
                 produced INTEGER NOT NULL, pending INTEGER NOT NULL, dropped INTEGER NOT NULL
               ) STRICT""",
        ),
    ),
)
