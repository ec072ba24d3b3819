"""The commands of `aisle-cloud`, one module a subject."""
