import hashlib
from pathlib import Path

import pytest

from models import Kind, ModelRefused, load_passport, verified_bytes

ROOT = Path(__file__).parents[2] / "models"
PASSPORTS = sorted(path.stem for path in ROOT.glob("*.toml"))
MOST_BYTES = 20_000_000  # that all models together may add to a checkout


def planted(directory: Path, *, old: str = "", new: str = "") -> str:
    """A copy of the first passport with its model in `directory`, `old` replaced by `new`."""
    name = PASSPORTS[0]
    text = (ROOT / f"{name}.toml").read_text("utf-8")
    assert old in text
    (directory / f"{name}.toml").write_text(text.replace(old, new), "utf-8")
    (directory / f"{name}.onnx").write_bytes((ROOT / f"{name}.onnx").read_bytes())
    return name


@pytest.mark.parametrize("name", PASSPORTS)
def test_every_shipped_model_is_what_its_passport_says(name: str) -> None:
    passport = load_passport(name)

    model = verified_bytes(passport)

    assert hashlib.sha256(model).hexdigest() == passport.sha256
    assert passport.name == name
    assert passport.kind is Kind.PERSON_BOXES
    assert 0 < passport.faint < passport.threshold < 1
    assert passport.measured
    assert all((ROOT / "licences" / text).stat().st_size > 500 for text in passport.licences.values())


def test_no_model_lies_there_without_a_passport_and_all_are_small() -> None:
    files = sorted(ROOT.glob("*.onnx"))

    assert [path.stem for path in files] == PASSPORTS
    assert sum(path.stat().st_size for path in files) <= MOST_BYTES


def test_a_model_whose_bytes_differ_is_refused(tmp_path: Path) -> None:
    name = planted(tmp_path)
    model = tmp_path / f"{name}.onnx"
    changed = bytearray(model.read_bytes())
    changed[len(changed) // 2] ^= 1
    model.write_bytes(changed)
    passport = load_passport(name, tmp_path)

    with pytest.raises(ModelRefused, match=f"SHA-256 {hashlib.sha256(changed).hexdigest()}, its passport says"):
        verified_bytes(passport, tmp_path)


def test_a_missing_model_is_refused_by_name(tmp_path: Path) -> None:
    name = planted(tmp_path)
    (tmp_path / f"{name}.onnx").unlink()

    with pytest.raises(ModelRefused, match=f"cannot read .*{name}.onnx: No such file"):
        verified_bytes(load_passport(name, tmp_path), tmp_path)


def test_an_unknown_model_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ModelRefused, match=f"no passport for model 'yolo'.*{PASSPORTS[0]}"):
        load_passport("yolo")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('name = "scores"', 'name = "faces"', "outputs .*faces.*may only have"),
        ('kind = "person-boxes"', 'kind = "age-and-sex"', "age-and-sex"),
        ("threshold = 0.4", 'threshold = "high"', "threshold"),
        ("threshold = 0.4", "threshold = 0.4\ncolour = 1", "colour"),
        ("shape = [1, 256, 320, 3]", "shape = [1, 3]", "an input of shape"),
        ("threshold = 0.4", "threshold = ", "Invalid value"),
    ],
)
def test_a_passport_that_allows_more_or_is_malformed_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    name = planted(tmp_path, old=old, new=new)

    with pytest.raises(ModelRefused, match=told):
        load_passport(name, tmp_path)


def test_an_extra_output_is_refused(tmp_path: Path) -> None:
    extra = '[[outputs]]\nname = "embedding"\ntype = "tensor(float)"\nshape = [1, 128]\nmeaning = "who it is"\n'
    name = planted(tmp_path, old='[[outputs]]\nname = "boxes"', new=extra + '\n[[outputs]]\nname = "boxes"')

    with pytest.raises(ModelRefused, match="embedding"):
        load_passport(name, tmp_path)
