"""Finds the persons in one picture; the picture goes no further."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # ships no types
from numpy.typing import NDArray

from edge.camera.suppression import suppress
from edge.inputs import Box
from models import ModelRefused, Passport, Tensor

PADDING: Final = 0  # the grey of what a picture of another shape leaves free


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a detector runs."""

    threads: int = 1  # of onnxruntime, within one picture
    # A score from which on a box is told. None takes the passport's faint one, which a tracker may use to
    # continue a track; what counts as a person is the passport's threshold.
    threshold: float | None = None


class Detector:
    """A session of one model. Raises ModelRefused when the model is not what its passport allows.

    `model` is the file's bytes, verified by the caller (`models.verified_bytes`).
    """

    def __init__(self, passport: Passport, model: bytes, settings: Settings) -> None:
        self._passport = passport
        self._threshold = passport.faint if settings.threshold is None else settings.threshold
        self._session = _session(passport, model, settings.threads)
        self._input = np.full((1, passport.height, passport.width, 3), PADDING, np.uint8)
        self._filled = (passport.width, passport.height)

    def detect(self, image: NDArray[np.uint8]) -> tuple[Box, ...]:
        """The persons of a BGR picture [H, W, 3], best first, in its own pixels and within its edges."""
        scale = self._letterbox(image)
        boxes, scores = self._session.run(["boxes", "scores"], {self._passport.input.name: self._input})
        kept = suppress(boxes[0], scores[0], threshold=self._threshold, overlap=self._passport.overlap)
        height, width = image.shape[:2]
        corners = (boxes[0][kept] / np.float64(scale)).clip(0, (width, height, width, height)).round(2)
        sure = scores[0][kept].astype(np.float64).round(4)
        return tuple(
            Box(x1=x1, y1=y1, x2=x2, y2=y2, score=score)
            for (x1, y1, x2, y2), score in zip(corners.tolist(), sure.tolist(), strict=True)
            if x2 > x1 and y2 > y1
        )

    def _letterbox(self, image: NDArray[np.uint8]) -> float:
        """Scale the picture into the input's upper left corner, in one resize; returns the scale."""
        height, width = image.shape[:2]
        scale: float = min(self._passport.height / height, self._passport.width / width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        if size != self._filled:  # the rest of an earlier picture of another shape
            self._input.fill(PADDING)
            self._filled = size
        corner = self._input[0, : size[1], : size[0]]
        cv2.resize(image, size, dst=corner, interpolation=cv2.INTER_LINEAR)
        return scale


def _session(passport: Passport, model: bytes, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # With pictures of one size the arena stays as large as one run needs. Without it every run takes its values
    # from malloc, among frames that another thread frees: 177 MB after 400 frames instead of 125 (measured).
    options.enable_cpu_mem_arena = True
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads sleep
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as wrong:  # onnxruntime's own errors share no other base
        raise ModelRefused(f"model {passport.name}: onnxruntime cannot load it: {wrong}") from wrong
    _must_equal(passport, "inputs", session.get_inputs(), (passport.input,))
    _must_equal(passport, "outputs", session.get_outputs(), passport.outputs)
    return session


def _must_equal(passport: Passport, what: str, found: list[onnxruntime.NodeArg], allowed: tuple[Tensor, ...]) -> None:
    have = sorted(f"{one.name}: {one.type} {tuple(one.shape)}" for one in found)
    may = sorted(f"{one.name}: {one.type} {one.shape}" for one in allowed)
    if have != may:
        raise ModelRefused(f"model {passport.name}: it has the {what} {have}, its passport allows {may}")
