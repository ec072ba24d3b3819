"""Finds the persons in one picture; the picture goes no further."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # ships no types
from numpy.typing import NDArray

from edge.camera import exposure, scale
from edge.camera.scale import Patch, Size
from edge.camera.suppression import agreed, suppress
from edge.inputs import Box
from models import ModelRefused, Passport, Tensor

PADDING: Final = 0  # the grey of what a picture of another shape leaves free
AVERAGED: Final = 0.7  # a picture made smaller than this is averaged
# Boxes of two looks at one picture that overlap more (IoU) are one person: edges at two sizes differ more than at one.
SAME_PERSON: Final = 0.5
OUTPUTS: Final = ("boxes", "scores")


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
        self.progress: Callable[[], None] = _nobody_waits
        """Called after each run of the model: a look at many patches may take seconds, and somebody waits to hear."""

    @property
    def net(self) -> Size:
        """Of the model's input."""
        return Size(width=self._passport.width, height=self._passport.height)

    def detect(self, image: NDArray[np.uint8], patches: Sequence[Patch] = ()) -> tuple[Box, ...]:
        """The persons of a BGR picture [H, W, 3], best first, in its own pixels and within its edges.

        Looked at are the `patches`, one run of the model for each; none given is the whole picture.
        """
        height, width = image.shape[:2]
        picture = Size(width=width, height=height)
        looks = [self._look(image, patch, picture) for patch in patches or (scale.whole(picture, self.net),)]
        boxes, scores = np.concatenate([look[0] for look in looks]), np.concatenate([look[1] for look in looks])
        if len(looks) > 1:  # one person is in several of them
            kept = suppress(boxes, scores, threshold=self._threshold, overlap=SAME_PERSON)
            boxes, scores = boxes[kept], scores[kept]
        corners = boxes.clip(0, (width, height, width, height)).round(2)
        return tuple(
            Box(x1=x1, y1=y1, x2=x2, y2=y2, score=score)
            for (x1, y1, x2, y2), score in zip(corners.tolist(), scores.round(4).tolist(), strict=True)
            if x2 > x1 and y2 > y1
        )

    def proposals(self, image: NDArray[np.uint8], patches: Sequence[Patch], *, threshold: float) -> NDArray[np.float64]:
        """All that may be a part of a person, [n, 4] in the picture's pixels: every box that the model proposes from
        `threshold` on, overlapping ones and those that a patch's edge cuts too.
        """
        found: list[NDArray[np.floating]] = [np.zeros((0, 4))]
        for patch in patches:
            boxes, scores, zoom = self._run(image, patch)
            found.append(boxes[scores >= threshold] / zoom + (patch.left, patch.top, patch.left, patch.top))
        return np.concatenate(found).astype(np.float64)

    def _run(self, image: NDArray[np.uint8], patch: Patch) -> tuple[NDArray[np.float32], NDArray[np.float32], float]:
        """The model's boxes [n, 4] in its input's pixels and their scores [n] of one patch, and the patch's scale."""
        zoom = self._letterbox(image, patch)
        boxes, scores = (out[0] for out in self._session.run(OUTPUTS, {self._passport.input.name: self._input}))
        self.progress()
        return boxes, scores, zoom

    def _look(
        self, image: NDArray[np.uint8], patch: Patch, picture: Size
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Boxes [n, 4] in the picture's pixels and scores [n] of one patch, without those that its edges cut."""
        boxes, scores, zoom = self._run(image, patch)
        kept = suppress(boxes, scores, threshold=self._threshold, overlap=self._passport.overlap)
        found = agreed(boxes, scores, kept) / zoom + (patch.left, patch.top, patch.left, patch.top)
        standing = ~scale.cut(found, patch, picture)
        return found[standing], scores[kept][standing].astype(np.float64)

    def _letterbox(self, image: NDArray[np.uint8], patch: Patch) -> float:
        """Scale the patch into the input's upper left corner, bright enough, in one resize; returns the scale."""
        part = image[patch.top : patch.top + patch.height, patch.left : patch.left + patch.width]
        size = (max(1, round(patch.width * patch.zoom)), max(1, round(patch.height * patch.zoom)))
        if size != self._filled:  # the rest of an earlier picture of another shape
            self._input.fill(PADDING)
            self._filled = size
        corner = self._input[0, : size[1], : size[0]]
        # Each pixel the mean of those that it stands for: a far person is few pixels, and aliasing tears them.
        how = cv2.INTER_AREA if patch.zoom < AVERAGED else cv2.INTER_LINEAR
        cv2.resize(part, size, dst=corner, interpolation=how)
        exposure.lift(corner)
        return patch.zoom


def _nobody_waits() -> None:
    pass


def _session(passport: Passport, model: bytes, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # With pictures of one size the arena stays as large as one run needs. Without it every run takes its values
    # from malloc, among frames that another thread frees: 177 MB after 400 frames instead of 125 (measured).
    options.enable_cpu_mem_arena = True
    # A plan of the arena made ahead would hold 5 MB more and saves no time in a model of one size (measured).
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads sleep
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as wrong:  # onnxruntime's own errors share no other base
        raise ModelRefused(f"model {passport.name}: onnxruntime cannot load it: {wrong}") from wrong
    session._model_bytes = None  # noqa: SLF001 - it would keep them for good, for a fallback to other providers
    _must_equal(passport, "inputs", session.get_inputs(), (passport.input,))
    _must_equal(passport, "outputs", session.get_outputs(), passport.outputs)
    return session


def _must_equal(passport: Passport, what: str, found: list[onnxruntime.NodeArg], allowed: tuple[Tensor, ...]) -> None:
    have = sorted(f"{one.name}: {one.type} {tuple(one.shape)}" for one in found)
    may = sorted(f"{one.name}: {one.type} {one.shape}" for one in allowed)
    if have != may:
        raise ModelRefused(f"model {passport.name}: it has the {what} {have}, its passport allows {may}")
