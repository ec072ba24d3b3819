"""The shipped person detector, as a node runs it."""

from edge.camera.detector import Detector, Settings
from models import load_passport, verified_bytes


def real_detector() -> Detector:
    passport = load_passport("person-nanodet-g-256x320-int8")
    return Detector(passport, verified_bytes(passport), Settings())
