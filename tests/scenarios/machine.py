"""The machine that figures were measured on, in words."""

import os
import platform
from importlib.metadata import version
from pathlib import Path


def machine() -> str:
    """Its cores and its kind of processor."""
    return f"{os.cpu_count()} cores of {_processor()}"


def versions() -> str:
    """Of what draws and what detects."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("onnxruntime", "opencv-python-headless", "numpy"))
    return f"Python {platform.python_version()}, {libraries}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
