"""What pages read: the events summed by minute and by hour, in the same transaction as the events themselves."""

from cloud.store.steps import Step

MINUTE_MS = 60_000
HOUR_MS = 3_600_000

STEPS = (
    Step(
        name="rollups-1",
        statements=(
            # `span_ms` is MINUTE_MS or HOUR_MS; `at_ms` the span's beginning. Times of the node's clock.
            """CREATE TABLE crossing_sums (
                 span_ms INTEGER NOT NULL, line TEXT NOT NULL, at_ms INTEGER NOT NULL,
                 went_in INTEGER NOT NULL, went_out INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, line, at_ms)
               ) STRICT, WITHOUT ROWID""",
            # A stay counts in the span in which it began. `over_Ns` of the stays lasted at least N seconds;
            # `cut` of them were lost from sight, so that their length is a lower bound.
            """CREATE TABLE stay_sums (
                 span_ms INTEGER NOT NULL, zone TEXT NOT NULL, at_ms INTEGER NOT NULL,
                 stays INTEGER NOT NULL, cut INTEGER NOT NULL, stayed_ms INTEGER NOT NULL,
                 over_3s INTEGER NOT NULL, over_10s INTEGER NOT NULL,
                 over_30s INTEGER NOT NULL, over_60s INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, zone, at_ms)
               ) STRICT, WITHOUT ROWID""",
            # Coverage of a zone = covered_ms / watched_ms; what `span_ms` lacks beyond watched_ms was never reported.
            """CREATE TABLE occupancy_sums (
                 span_ms INTEGER NOT NULL, zone TEXT NOT NULL, at_ms INTEGER NOT NULL,
                 watched_ms INTEGER NOT NULL, covered_ms INTEGER NOT NULL,
                 person_ms INTEGER NOT NULL, peak INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, zone, at_ms)
               ) STRICT, WITHOUT ROWID""",
            """CREATE TABLE tap_sums (
                 span_ms INTEGER NOT NULL, reader TEXT NOT NULL, at_ms INTEGER NOT NULL,
                 taps INTEGER NOT NULL, named INTEGER NOT NULL,
                 removals INTEGER NOT NULL, held_ms INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, reader, at_ms)
               ) STRICT, WITHOUT ROWID""",
            """CREATE TABLE camera_sums (
                 span_ms INTEGER NOT NULL, camera TEXT NOT NULL, at_ms INTEGER NOT NULL,
                 watched_ms INTEGER NOT NULL, covered_ms INTEGER NOT NULL, person_ms INTEGER NOT NULL,
                 PRIMARY KEY (span_ms, camera, at_ms)
               ) STRICT, WITHOUT ROWID""",
            # By the hour a row a cell, for sums over days; by the minute the node's own report, packed, below.
            """CREATE TABLE heat_hours (
                 camera TEXT NOT NULL, at_ms INTEGER NOT NULL, cell_mm INTEGER NOT NULL,
                 x INTEGER NOT NULL, y INTEGER NOT NULL, person_ms INTEGER NOT NULL,
                 PRIMARY KEY (camera, at_ms, cell_mm, x, y)
               ) STRICT, WITHOUT ROWID""",
            # `cells`: for each cell x and y (int16) and person_ms (int64), little-endian, one after the other.
            """CREATE TABLE heat_minutes (
                 camera TEXT NOT NULL, at_ms INTEGER NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
                 cell_mm INTEGER NOT NULL, cells BLOB NOT NULL,
                 PRIMARY KEY (camera, at_ms, epoch, sequence)
               ) STRICT, WITHOUT ROWID""",
            """CREATE TABLE device_changes (
                 epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, at_ms INTEGER NOT NULL,
                 device TEXT NOT NULL, name TEXT NOT NULL, ok INTEGER NOT NULL, reason TEXT NOT NULL,
                 PRIMARY KEY (epoch, sequence)
               ) STRICT, WITHOUT ROWID""",
            "CREATE INDEX device_changes_by_name ON device_changes (name, at_ms)",
        ),
    ),
)
