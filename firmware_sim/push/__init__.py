"""A Web Push service as browsers' makers run them, played on this machine."""
