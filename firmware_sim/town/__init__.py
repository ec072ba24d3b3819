"""The people and their day: pure, seeded, the same on every machine."""
