"""What the tracker believes about people and about the detector; nothing here depends on the frame rate."""

from dataclasses import dataclass, field

from edge.tracking.feet import Blur
from edge.tracking.motion import Walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One camera's beliefs; the defaults are meant for every camera whose pictures are calibrated in metres."""

    walk: Walk = field(default_factory=Walk)
    blur: Blur = field(default_factory=Blur)
    sure: float = 0.4  # a box of this score is proof of a person: the detector's best F1 is at 0.37-0.40
    begin: float = 0.5  # a box of this score may begin a track, 95 in 100 of them rightly
    faint: float = 0.33  # a box of this score may continue one: below it the detector is wrong more often than right
    patience: float = 2.5  # s a person may be out of sight: behind a shelf's end or another person
    proof: int = 2  # sure boxes that make a person of a first sight,
    steady: float = 0.15  # s apart at the least,
    often: float = 0.5  # and in this share of the frames since: a flicker at 30 frames a second is no proof
    trial: float = 0.7  # s within which the next of them must come
    finds: float = 0.95  # the share of people in plain sight whom the detector finds
    # Minus twice the log of how many people and false boxes begin per m² and frame, 0.003, less 2 log 2π, and twice
    # the log of the odds of being found, 19: a pair that is less likely than its alternative is no pair.
    newcomer: float = 14.0
    # Minus twice the log of how much rarer people begin in the middle of a picture than at its edge, a tenth; and
    # of how many who walk out of it come back within the patience, one in ten.
    entering: float = 4.6
    leaving: float = 4.6
    # What a box costs more for each unit of score that it lacks to `begin`: minus twice the log of how much oftener
    # it shows nobody. A box of 0.35 does so 7 times oftener than somebody, one of 0.5 a third as often.
    dim: float = 40.0
    # s: of those who should show and do not, the share 1/e shows again by then, or was never there; the longer,
    # the more likely gone.
    absence: float = 0.5
    elbow: float = 0.45  # m: two people's feet are not nearer than a body is wide
