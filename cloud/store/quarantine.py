"""What could not be understood: kept raw with its reason, counted, and read again when the program has learnt."""

from cloud.store.steps import Step

STEPS = (
    Step(
        name="quarantine-1",
        statements=(
            # An event in its place in a log has epoch and sequence; a whole message has neither.
            """CREATE TABLE quarantine (
                 id INTEGER PRIMARY KEY AUTOINCREMENT,
                 received_ms INTEGER NOT NULL,
                 topic TEXT NOT NULL,
                 epoch INTEGER, sequence INTEGER,
                 version INTEGER NOT NULL,
                 reason TEXT NOT NULL,
                 raw BLOB NOT NULL,
                 CHECK ((epoch IS NULL) = (sequence IS NULL))
               ) STRICT""",
            "CREATE UNIQUE INDEX quarantine_by_place ON quarantine (epoch, sequence) WHERE epoch IS NOT NULL",
            # `full_*` came when `kept_bytes` had reached its cap: counted, their bytes not kept.
            """CREATE TABLE quarantine_counts (
                 one INTEGER PRIMARY KEY CHECK (one = 1),
                 messages INTEGER NOT NULL, kept_bytes INTEGER NOT NULL,
                 full_messages INTEGER NOT NULL, full_events INTEGER NOT NULL
               ) STRICT""",
            "INSERT INTO quarantine_counts VALUES (1, 0, 0, 0, 0)",
        ),
    ),
)
