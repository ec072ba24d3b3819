"""When people who are followed were on floor that no camera answers for just then."""

from collections.abc import Collection, Iterator

Times = list[tuple[float, float]]


class Unseen:
    """The times of a gap for each open track, which belong into no sum. State of one owner; CLOCK_MONOTONIC in s."""

    def __init__(self) -> None:
        self._times: dict[int, Times] = {}

    @property
    def tracks(self) -> Collection[int]:
        """Those of which any is remembered."""
        return self._times.keys()

    def add(self, track: int, began: float, ended: float, *, oldest: float) -> None:
        """The track was there from `began` to `ended`, later than what was added of it.

        What ended before `oldest` is asked for no more and forgotten.
        """
        times = [time for time in self._times.pop(track, []) if time[1] > oldest]
        if times and times[-1][1] >= began:
            began = times.pop()[0]
        self._times[track] = [*times, (began, ended)]

    def without(self, track: int, began: float, ended: float) -> Iterator[tuple[float, float]]:
        """The parts of a time of the track in which its place was seen by whoever answers for it."""
        for first, last in self._times.get(track, ()):
            if began < min(first, ended):
                yield began, min(first, ended)
            began = max(began, last)
        if began < ended:
            yield began, ended

    def forget(self, track: int) -> None:
        """The track has ended, or is nobody's of whom figures tell."""
        self._times.pop(track, None)
