"""From an event to its receipt: the log, what to send next, the connection."""
