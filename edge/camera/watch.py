"""How a camera is, from when its pictures came and what went wrong."""

from dataclasses import dataclass, replace

from contract.events import Cause
from edge.inputs import CameraChanged, DeviceState


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is known; times are CLOCK_MONOTONIC in seconds."""

    state: DeviceState
    reason: str
    heard: float  # the last picture, or the start
    cause: Cause | None = None  # of a camera that is lost

    def change(self, camera: str, before: "Watch | None", at: float) -> CameraChanged | None:
        """What to tell when this follows `before`; None when nothing changed."""
        if before is not None and (self.state, self.cause, self.reason) == (before.state, before.cause, before.reason):
            return None
        return CameraChanged(camera=camera, state=self.state, reason=self.reason, at=at, cause=self.cause)


def begin(at: float) -> Watch:
    """A camera that was just asked for its first picture."""
    return Watch(state=DeviceState.STARTING, reason="opening", heard=at)


def picture_came(watch: Watch, at: float) -> Watch:
    """The newest good picture was grabbed at `at`; one that is known already changes nothing."""
    if at <= watch.heard:
        return watch
    return Watch(state=DeviceState.OK, reason="pictures come", heard=at)


def trouble_came(watch: Watch, reason: str, at: float, cause: Cause = Cause.LOST) -> Watch:
    """The capture said at `at` that it cannot see; a later picture has answered that."""
    if at < watch.heard:
        return watch
    return replace(watch, state=DeviceState.LOST, reason=reason, cause=cause)


def time_passed(watch: Watch, now: float, *, patience: float) -> Watch:
    """Lost when no picture came for `patience` seconds, whatever the capture says or does not say."""
    if watch.state is DeviceState.LOST or now - watch.heard <= patience:
        return watch
    return replace(watch, state=DeviceState.LOST, reason=f"no picture for {patience:g} s", cause=Cause.LOST)
