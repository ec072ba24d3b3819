"""A model's passport: what it is, where it comes from, and what it is allowed to say about a picture."""

import enum
import hashlib
from pathlib import Path
from typing import Final

import msgspec

HERE: Final = Path(__file__).parent


class ModelRefused(Exception):
    """A model or its passport is not what it must be; it is not run."""


class Kind(enum.StrEnum):
    """What a model may tell. There is no kind for faces, age, sex, emotion, gait or identity."""

    PERSON_BOXES = "person-boxes"  # where persons are in the picture, and how sure the model is


# A kind's outputs: exactly these names, each with its rank.
ALLOWED_OUTPUTS: Final = {Kind.PERSON_BOXES: {"boxes": 3, "scores": 2}}


class Tensor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One input or output, as onnxruntime names its type."""

    name: str
    type: str  # such as "tensor(uint8)"
    shape: tuple[int, ...]
    meaning: str


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the model was made from."""

    package: str
    version: str
    package_sha256: str
    files: dict[str, str]  # name in the package -> sha256
    upstream: str
    made_by: str  # the command


Between = tuple[float, float]


class Followed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Figures of the tracks and counts that the node makes of a model's boxes; `_between` holds 95 % intervals."""

    mota: float
    mota_between: Between
    idf1: float
    idf1_between: Between
    hota: float
    hota_between: Between
    crossings: int  # true ones, at the lines of tests/bench/vision/pets.toml
    crossing_error: int  # the sum over lines and directions of |counted - true|


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Figures of one run over footage with known truth."""

    model_sha256: str  # of the model that was run: figures of another one are not this one's
    footage: str
    command: str
    machine: str
    looks: int  # frames that were looked at and judged
    average_precision: float  # at an overlap of 0.5 with the truth, COCO's: the mean over 101 recalls
    average_precision_between: Between
    average_precision_area: float  # the same by the whole area under the curve, as others publish it
    precision: float  # at the passport's threshold
    recall: float
    milliseconds: float  # processor time of one look, scaling included, one thread, mean
    followed: Followed | None = None  # None where the looks are too far apart to follow anybody


class Passport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that is known of one model."""

    name: str
    kind: Kind
    summary: str
    file: str  # beside the passport
    sha256: str
    licences: dict[str, str]  # of what -> the text's file under licences/
    threshold: float  # a score from which on a box counts as a person
    faint: float  # a score from which on a box may continue the track of a person seen before
    overlap: float  # two boxes that overlap more (IoU) are one person
    source: Source
    input: Tensor
    outputs: tuple[Tensor, ...]
    measured: tuple[Measured, ...] = ()

    @property
    def height(self) -> int:
        """Of the picture that the model takes, px."""
        return self.input.shape[1]

    @property
    def width(self) -> int:
        """Of the picture that the model takes, px."""
        return self.input.shape[2]


def load_passport(name: str, directory: Path = HERE) -> Passport:
    """The passport `name`.toml of `directory`.

    ModelRefused says why when it is missing or malformed, or lists outputs that its kind does not allow.
    """
    path = directory / f"{name}.toml"
    try:
        passport = msgspec.toml.decode(path.read_bytes(), type=Passport)
    except OSError as missing:
        known = ", ".join(sorted(one.stem for one in directory.glob("*.toml"))) or "none"
        raise ModelRefused(f"no passport for model {name!r} ({missing.strerror}); there are: {known}") from missing
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise ModelRefused(f"passport {path.name}: {wrong}") from wrong
    told = {output.name: len(output.shape) for output in passport.outputs}
    allowed = ALLOWED_OUTPUTS[passport.kind]
    if told != allowed:
        raise ModelRefused(
            f"passport {path.name}: outputs {told}; a model of kind {passport.kind.value!r} may only have {allowed}"
        )
    if len(passport.input.shape) != 4:
        raise ModelRefused(f"passport {path.name}: an input of shape {passport.input.shape}; it must have 4 sides")
    return passport


def verified_bytes(passport: Passport, directory: Path = HERE) -> bytes:
    """The model's file, read once; ModelRefused when it is missing or its SHA-256 is not the passport's."""
    path = directory / passport.file
    try:
        model = path.read_bytes()
    except OSError as missing:
        raise ModelRefused(f"model {passport.name}: cannot read {path}: {missing.strerror}") from missing
    found = hashlib.sha256(model).hexdigest()
    if found != passport.sha256:
        raise ModelRefused(f"model {passport.name}: {path} has SHA-256 {found}, its passport says {passport.sha256}")
    return model
