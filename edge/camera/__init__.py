"""One camera's process: pictures come in, boxes go out, and nothing else leaves."""

import os

# From 1.29 on, onnxruntime's wheels tell their maker about each session, under an id kept on the disk. Its own
# `disable_telemetry_events` comes too late (seen with 1.31.1: the id is written and the address is looked up); this
# variable, set before the import, does not.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
