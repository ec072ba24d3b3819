"""The one SQLite file in which a store's facts are kept, and all SQL that touches it."""
