"""Who is in a picture: the detector behind a gate that lets it rest, without what is masked or never moves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from edge.camera import gate, scale, things
from edge.camera.gate import Gate, Verdict
from edge.camera.mask import Mask
from edge.camera.scale import Expected, Patch, Size
from edge.camera.things import Things
from edge.inputs import Box

SURVEY_EVERY: Final = 10  # looks, while nobody knows how tall people show: a survey costs as much as six looks
CLOSER_EVERY: Final = 3  # surveys, while they find nobody or only those who show small: it may cost as much as thirty


class Sees(Protocol):
    """What finds persons in a picture."""

    @property
    def net(self) -> Size:
        """Of its input."""
        ...

    def detect(self, image: NDArray[np.uint8], patches: Sequence[Patch] = ()) -> tuple[Box, ...]:
        """The persons, in the picture's pixels, by a look at each of the patches."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The persons of one picture."""

    boxes: tuple[Box, ...]
    # What was done for them, in usual looks: 0 when they were seen in a picture just like it before, 1 when the
    # detector looked, more for a survey.
    effort: float
    things: int = 0  # boxes left out, as what is in them never moves
    advice: str | None = None  # what would let people be found better here, in words


class Eyes:
    """One camera's looks, in order. Keeps a small grey copy of the last picture, in memory alone."""

    def __init__(self, detector: Sees, *, mask: Mask, people: Sequence[Expected]) -> None:
        """`people` are those whom the calibration expects; without any, the first boxes tell how tall people show."""
        self._detector = detector
        self._mask = mask
        self._people = tuple(people)
        self._known = bool(people)
        self._looks = 0
        self._size: Size | None = None
        self._patches: tuple[Patch, ...] = ()
        self._shown = np.ones((0, 0), np.bool_)
        self._gate: Gate | None = None
        self._at: float | None = None  # of the last picture
        self._rested = 0.0  # s in which no look was needed, so that nothing was seen to be still
        self._advice: str | None = None
        self._things: Things = ()
        self._told: tuple[Box, ...] = ()
        self._last = Seen(boxes=(), effort=0.0)

    @property
    def patches(self) -> tuple[Patch, ...]:
        """The parts of the picture that each look sees."""
        return self._patches

    @property
    def told(self) -> tuple[Box, ...]:
        """The boxes of the last picture on unmasked ground, with those of things: whoever is in them."""
        return self._told

    def see(self, image: NDArray[np.uint8], at: float) -> Seen:
        """The persons of a BGR picture [H, W, 3], grabbed at `at`, whose feet are on unmasked ground and who move."""
        height, width = image.shape[:2]
        small = gate.small(image)
        if self._size != Size(width=width, height=height):
            self._fit(Size(width=width, height=height), small.shape)
        self._gate, verdict = gate.look(self._gate, small, at, shown=self._shown, anybody=bool(self._last.boxes))
        passed = 0.0 if self._at is None else at - self._at
        self._at = at
        if verdict is Verdict.REST:
            self._rested += passed
            return replace(self._last, effort=0.0)
        looked = self._look(image)
        self._told = self._mask.spare(looked.boxes, width, height)
        self._things = things.learn(self._things, self._told, at - self._rested, stirred=self._stirred)
        people = things.spare(self._things, self._told)
        left_out = len(self._told) - len(people)
        self._last = Seen(boxes=people, effort=looked.effort, things=left_out, advice=self._advice)
        return self._last

    def _stirred(self, box: Box) -> bool:
        """Whether anything moved in a box of this picture."""
        assert self._gate is not None
        assert self._size is not None
        moved = self._gate.moved
        across, down = moved.shape[1] / self._size.width, moved.shape[0] / self._size.height
        x1, x2 = (max(0, round(edge * across)) for edge in (box.x1, box.x2))
        y1, y2 = (max(0, round(edge * down)) for edge in (box.y1, box.y2))
        return bool(moved[y1 : y2 + 1, x1 : x2 + 1].any())

    def _fit(self, size: Size, small: tuple[int, ...]) -> None:
        """Begin with pictures of another size."""
        self._size = size
        self._choose(self._people if self._known else ())
        self._shown = self._mask.shown(small[1], small[0])
        self._gate = None
        self._things = ()

    def _look(self, image: NDArray[np.uint8]) -> Seen:
        assert self._size is not None
        self._looks += 1
        if self._known or self._looks % SURVEY_EVERY != 1:
            return Seen(boxes=self._detector.detect(image, self._patches), effort=1.0)
        net = self._detector.net
        closer = (self._looks // SURVEY_EVERY + 1) % CLOSER_EVERY == 0
        near = scale.closer(self._people, self._size, net) if closer else ()
        patches = (*scale.survey(self._size, net), *near)
        effort = len(patches) / len(self._patches)
        boxes = self._detector.detect(image, patches)
        self._people += scale.seen(self._mask.spare(boxes, self._size.width, self._size.height), self._size)
        if len(self._people) >= scale.ENOUGH:
            self._known = bool(near) or not scale.closer(self._people, self._size, net)
            self._choose(self._people)
        return Seen(boxes=boxes, effort=effort)

    def _choose(self, people: Sequence[Expected]) -> None:
        """Look as is best for `people`, and know whether that is good enough."""
        assert self._size is not None
        self._patches = scale.chosen(people, self._size, self._detector.net)
        usual = scale.usual(people, self._patches, self._size, self._detector.net)
        self._advice = None if usual is None else usual.advice
