"""The Korean catalogues, one for each room of pages, which the program reads as one."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from cloud.offers import reasons
from cloud.store.belongings import TABLES
from cloud.web.shop import composing

CLOUD = Path(__file__).parents[2] / "cloud"
TEMPLATES = CLOUD / "web" / "templates"
CATALOGUES = sorted((CLOUD / "web" / "locale" / "ko" / "LC_MESSAGES").glob("*.po"))
NUMBERED = re.compile(
    r"(%\((n|num|number|count|times|points|pairs|people|left)\)s|\{(n|left)\}) (\w+ )?([a-z]{2,}s|people|are|were)\b"
)
NEVER_ONE = {
    "+%(points)s for this tap",
    "%(times)s times",
    "Camera %(camera)s calibrated with %(pairs)s pairs",
    "At least {n} corners are needed",
    "Fitted with {n} points.",
    # withheld where they are few
    "%(count)s taps",
    "+ %(count)s further taps: more than one by a person, or the stop was not seen",
    "+ %(count)s further sales without a tap before",
    # begin at more than one
    "%(number)s people have stopped there since its last tap; luck alone does not explain that.",
    "%(n)s things need a look",
}
"""Messages that need no form for one."""


def in_templates(folder: Path) -> set[str | tuple[str, ...]]:
    """What the templates below a folder say, with the form for several where there is one."""
    found = extract_from_dir(folder, method_map=[("**.html", "jinja2")], options_map={"**.html": {"trimmed": "true"}})
    return {text if isinstance(text, str) else tuple(filter(None, text)) for _, _, text, _, _ in found}


def in_code() -> Iterator[str]:
    """Each string of the cloud's modules: its tables of words hold messages as plain strings."""
    for path in CLOUD.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def for_one(text: str | Sequence[str]) -> str:
    return text if isinstance(text, str) else text[0]


def messages(path: Path) -> Sequence[Message]:
    with path.open("rb") as file:
        return [message for message in read_po(file) if message.id]


def test_every_word_of_the_shoppers_pages_is_translated() -> None:
    wanted = in_templates(TEMPLATES / "shop") | {
        *reasons.WORDS.values(),
        *reasons.AT_ONCE.values(),
        *composing.TOLD.values(),
        *(owned.words for owned in TABLES),
    }
    (shoppers,) = (path for path in CATALOGUES if path.name == "aisle.po")
    known = {message.id for message in messages(shoppers) if message.string and not message.fuzzy}

    assert len(wanted) > 40
    assert known == wanted


def test_every_message_of_a_catalogue_is_said_somewhere() -> None:
    said = {for_one(text) for text in in_templates(TEMPLATES)} | {*in_code()}
    known = {for_one(message.id) for path in CATALOGUES for message in messages(path)}
    assert known - said == set()


def test_no_message_stands_in_two_catalogues_where_one_would_hide_the_other() -> None:
    standing = Counter(
        line
        for path in CATALOGUES
        for line in path.read_text(encoding="utf-8").split("\n")
        if line.startswith("msgid ")
    )
    assert [line for line, times in standing.items() if times > 1 and line != 'msgid ""'] == []


def test_what_may_be_one_is_never_said_of_several() -> None:
    found = {message.id for path in CATALOGUES for message in messages(path) if isinstance(message.id, str)}
    assert {text for text in found if NUMBERED.search(text)} == NEVER_ONE


def korean(*, but: str = "") -> list[str]:
    """What the catalogues say, each form of a message; one catalogue may be left out."""
    said = (message.string for path in CATALOGUES if path.name != but for message in messages(path))
    return [form for each in said for form in ([each] if isinstance(each, str) else each or ())]


def test_no_sentence_leaves_the_reader_to_choose_a_names_particle() -> None:
    assert [words for words in korean() if re.search(r"[이을은]\([가를는]\)|\(으\)로|와\(과\)", words)] == []


def test_the_managers_pages_have_one_word_for_shoppers() -> None:
    assert [words for words in korean(but="aisle.po") if "손님" in words] == []


def test_no_page_speaks_to_whoever_reads_it_as_a_proclamation_does() -> None:
    assert [words for words in korean() if "십시오" in words] == []
