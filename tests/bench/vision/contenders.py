"""Who is compared, with which settings: each library as it comes, and a small grid to find what suits it best."""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Values: TypeAlias = dict[str, Any]  # a library's own settings, as JSON carries them

FAINT: Final = 0.0  # every box that the detector tells, the faint ones too
SURE: Final = 0.5  # a score that only good boxes have
MEMORY_S: Final = 2.0  # how long the grids let somebody be out of sight
BUFFER: Final = round(30 * MEMORY_S)  # the same in the frames of 30 a second in which ByteTrack's kin count


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a tracker is given: its own arguments, and the score below which a box is held back from it."""

    values: Values
    least: float

    @property
    def words(self) -> str:
        """Short enough for a table."""
        told = [f"{key}={value}" for key, value in _flat(self.values)]
        return ", ".join([*told, "all boxes" if self.least == FAINT else f"boxes ≥ {self.least:g}"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One tracker of one library. Many count frames, so settings depend on the rate."""

    name: str
    environment: str
    tracker: str
    default: Settings
    grid: Callable[[float], tuple[Settings, ...]]

    @property
    def adapter(self) -> str:
        """The module that runs it."""
        return f"for_{self.environment}"


def contenders(threshold: float) -> tuple[Contender, ...]:
    """Everybody but Aisle; `threshold` is the score from which the detector's passport calls a box a person."""
    return (_norfair(threshold), _motpy(threshold), *_roboflow(threshold), _supervision(threshold), _mesopic(threshold))


def _norfair(threshold: float) -> Contender:
    """It has no default distance: IoU up to 0.7 is what its own examples use for boxes."""

    def grid(rate: float) -> tuple[Settings, ...]:
        memory = max(2, round(MEMORY_S * rate))
        distances = (("iou", 0.7), ("iou", 0.95), ("feet", 1.0), ("feet", 2.5))
        return _settings(
            (
                {"distance_function": name, "distance_threshold": far, "initialization_delay": late}
                for (name, far), late in itertools.product(distances, (0, 1))
            ),
            {"hit_counter_max": memory},
            (threshold,),
        )

    default = Settings(values={"distance_function": "iou", "distance_threshold": 0.7}, least=threshold)
    return Contender(name="norfair", environment="norfair", tracker="norfair", default=default, grid=grid)


def _motpy(threshold: float) -> Contender:
    def grid(rate: float) -> tuple[Settings, ...]:
        memory = max(2, round(MEMORY_S * rate))
        return _settings(
            (
                {"matching_fn_kwargs": {"min_iou": least}, "active_tracks_kwargs": {"min_steps_alive": alive}}
                for least, alive in itertools.product((0.01, 0.1), (1, 2))
            ),
            {"tracker_kwargs": {"max_staleness": memory}},
            (threshold, SURE),
        )

    default = Settings(values={}, least=threshold)
    return Contender(name="motpy", environment="motpy", tracker="motpy", default=default, grid=grid)


def _roboflow(threshold: float) -> tuple[Contender, ...]:
    """They sort sure boxes from faint ones themselves, SORT aside."""
    first = {"minimum_consecutive_frames": (1, 2)}
    grids: dict[str, tuple[str, dict[str, tuple[Any, ...]], Values]] = {
        "bytetrack": (
            "ByteTrack",
            {**first, "track_activation_threshold": (threshold, SURE), "minimum_iou_threshold": (0.05, 0.1)},
            {"high_conf_det_threshold": threshold},
        ),
        "ocsort": (
            "OC-SORT",
            {**first, "high_conf_det_threshold": (threshold, SURE), "minimum_iou_threshold": (0.05, 0.3)},
            {},
        ),
        "sort": (
            "SORT",
            {**first, "track_activation_threshold": (threshold, SURE), "minimum_iou_threshold": (0.05, 0.3)},
            {},
        ),
        "cbiou": (
            "C-BIoU",
            {**first, "buffer_ratio_first": (0.3, 0.6, 1.0)},
            {
                "buffer_ratio_second": 1.0,
                "track_activation_threshold": threshold,
                "high_conf_det_threshold": threshold,
            },
        ),
    }
    return tuple(
        Contender(
            name=f"trackers {name}",
            environment="roboflow",
            tracker=kind,
            default=Settings(values={}, least=threshold if kind == "sort" else FAINT),
            grid=_unrated(_settings(_product(varied), {**fixed, "lost_track_buffer": BUFFER}, (FAINT,))),
        )
        for kind, (name, varied, fixed) in grids.items()
    )


def _supervision(threshold: float) -> Contender:
    varied = {
        "minimum_consecutive_frames": (1, 2),
        "track_activation_threshold": (threshold - 0.1, threshold),  # it adds 0.1 for who is new
        "minimum_matching_threshold": (0.8, 0.95),
    }
    return Contender(
        name="supervision ByteTrack",
        environment="supervision",
        tracker="bytetrack",
        default=Settings(values={}, least=FAINT),
        grid=_unrated(_settings(_product(varied), {"lost_track_buffer": BUFFER}, (FAINT,))),
    )


def _mesopic(threshold: float) -> Contender:
    varied = {
        "track_thresh": (threshold - 0.1, threshold),  # it adds 0.1 for who is new
        "max_cost": (0.4, 0.8),
        "gate_widening_per_second": (0.75, 1.5),
    }
    return Contender(
        name="mesopic",
        environment="mesopic",
        tracker="bytetrack",
        default=Settings(values={}, least=FAINT),
        grid=_unrated(_settings(_product(varied), {}, (FAINT,))),
    )


def _product(varied: dict[str, tuple[Any, ...]]) -> Iterable[Values]:
    return (dict(zip(varied, chosen, strict=True)) for chosen in itertools.product(*varied.values()))


def _settings(varied: Iterable[Values], fixed: Values, least: tuple[float, ...]) -> tuple[Settings, ...]:
    return tuple(Settings(values={**values, **fixed}, least=score) for values in varied for score in least)


def _unrated(settings: tuple[Settings, ...]) -> Callable[[float], tuple[Settings, ...]]:
    return lambda _: settings


def _flat(values: Values) -> Iterable[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value)
        else:
            yield key, f"{value:g}" if isinstance(value, float) else value
