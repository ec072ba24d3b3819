"""The house's arrows, and each library's one room: a test, because a rule that nothing enforces is a wish."""

import ast
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("contract", "edge", "cloud", "firmware_sim", "models", "deploy")

# Which rooms a room may import, itself aside. `edge → contract ← cloud`, never otherwise.
ARROWS = {
    "contract": set(),
    "edge": {"contract", "models"},
    "cloud": {"contract"},
    "firmware_sim": {"contract"},
    "models": set(),
    "deploy": {"contract"},
}

# Numbers and typed values are a language that a room speaks, not a library behind a door.
EVERYWHERE = {"msgspec", "numpy"}

# Each other library belongs to one place of a room: a module, or a package where that is one door; or one a use.
DOORS: dict[tuple[str, str], str | tuple[str, ...]] = {
    ("cloud", "cryptography"): ("cloud/sun/aes.py", "cloud/proof/keys.py"),  # what ciphers, and what signs
    ("cloud", "fastapi"): "cloud/web/",
    ("cloud", "starlette"): "cloud/web/",
    ("cloud", "markupsafe"): "cloud/web/",
    ("edge", "cv2"): "edge/camera/",
    ("firmware_sim", "cryptography"): "firmware_sim/crypto/",
    ("firmware_sim", "cv2"): "firmware_sim/camera/",
    ("models", "onnx"): "models/",
}


def modules(room: str) -> list[Path]:
    return sorted(path for path in (ROOT / room).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """The names that a module imports, as they are written."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
    return found


def wrong_arrows(room: str, path: Path) -> list[str]:
    tops = {name.split(".")[0] for name in imports(path)}
    return [f"{path.name} imports {top}" for top in tops & {*ROOMS, "tests"} if top not in ARROWS[room] | {room}]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_where_its_arrows_lead(room: str) -> None:
    wrong = [each for path in modules(room) for each in wrong_arrows(room, path)]
    assert wrong == []


def test_a_planted_wrong_arrow_is_caught(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("from cloud.store import connection\nimport contract.events\n")
    assert wrong_arrows("edge", planted) == ["planted.py imports cloud"]


def borrowed(path: Path) -> list[str]:
    """What a module imports from test modules, or of them whole, dotted and in order."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module or ''}.{alias.name}" for alias in node.names]
    return sorted(name for name in names if any(part.startswith("test_") for part in name.split(".")))


def test_no_test_module_is_anothers_library() -> None:
    """What two need is a module of its own beside them, so that each test runs, moves and goes by itself."""
    borrowers = {path.relative_to(ROOT).as_posix(): found for path in modules("tests") if (found := borrowed(path))}
    assert borrowers == {}


def test_a_planted_import_from_a_test_module_is_caught(tmp_path: Path) -> None:
    planted = tmp_path / "test_planted.py"
    planted.write_text(
        "import tests.edge.test_sight\n"
        "from tests.edge import test_node, world\n"
        "from tests.edge.world import World\n"
        "def late():\n    from .test_still import read\n"
    )
    assert borrowed(planted) == ["test_still.read", "tests.edge.test_node", "tests.edge.test_sight"]


def third_party(path: Path) -> set[str]:
    tops = {name.split(".")[0] for name in imports(path)}
    return tops - set(sys.stdlib_module_names) - EVERYWHERE - {*ROOMS, "tests"}


@pytest.mark.parametrize("room", ROOMS)
def test_each_library_has_one_door_in_a_room(room: str) -> None:
    users: dict[str, set[str]] = defaultdict(set)
    for path in modules(room):
        for library in third_party(path):
            users[library].add(path.relative_to(ROOT).as_posix())
    crowded = {
        library: sorted(paths)
        for library, paths in users.items()
        if len(paths) > 1 and not all(path.startswith(DOORS.get((room, library), "?")) for path in paths)
    }
    assert crowded == {}


def test_no_module_outgrows_its_room() -> None:
    """A file over 400 lines has two reasons to exist."""
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for room in ROOMS
        for path in modules(room)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}
