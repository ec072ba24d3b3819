"""The auditor's verifier: reads a log's export line by line and names the first entry that is not what it was."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec import Struct

from cloud.proof import merkle
from cloud.proof.heads import Head, read_head
from cloud.proof.notes import NoteError, Verifier

FORMAT = 1


class Title(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line of an export."""

    aisle_log: int  # the version of this form
    origin: str
    key: str
    size: int
    contents: bool = True  # false: every entry is blinded, for anybody's eyes


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One entry of an export, with the signed head of the tree that it completed.

    Of an erased entry nothing is left but its hash: it is blinded, and still in its place.
    """

    entry: int
    leaf: str  # hexadecimal
    nonce: str | None = None  # hexadecimal
    content: str | None = None
    head: str | None = None


class Erasure(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The content of an entry that tells which entries before it were erased, and when (ms)."""

    erased: tuple[int, ...]
    at: int


class Fault(enum.StrEnum):
    """What is wrong with a log."""

    ORDER = "order"  # an entry is missing, or stands where another belongs
    CONTENT = "content"  # an entry's content is not what was logged
    SIGNATURE = "signature"  # a head is not signed by the log's key, or is another log's or size's
    ROOT = "root"  # the entries are not those whose hash was signed
    HISTORY = "history"  # the log is not the one whose head, or whose entries, the auditor kept
    SHORT = "short"  # the log has fewer entries than it once had
    HIDDEN = "hidden"  # an entry's content is gone, and no erasure tells of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The first fault: one of the entries from `first` to `last`; both are the same where it is known which."""

    fault: Fault
    first: int
    last: int
    words: str

    def __str__(self) -> str:
        where = f"entry {self.first}" if self.first == self.last else f"an entry from {self.first} to {self.last}"
        return f"{where}: {self.words}"


@dataclass(slots=True, kw_only=True)
class Report:
    """What was read, and the first fault where there is one."""

    entries: int = 0
    blinded: int = 0  # only their hashes are left
    erased: int = 0  # of these, those that an erasure tells of
    heads: int = 0
    signed: int = 0  # entries under a signed head; those after it are not proven yet
    kept: int = 0  # of what the auditor kept, how much the log was compared with
    finding: Finding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What an auditor kept of an earlier time: heads by size, and entries' hashes."""

    heads: Mapping[int, Head] = field(default_factory=dict)
    leaves: Sequence[bytes] = ()


def verify(lines: Iterable[Line], by: Verifier, kept: Kept | None = None, *, contents: bool = True) -> Report:
    """Reads a log from its first entry on, and stops at the first fault.

    Keeps O(log n) of it in memory, and the numbers of the blinded entries. `contents`: an entry may be blinded only
    where a later one tells that it was erased.
    """
    audit = _Audit(by, kept or Kept(), contents=contents)
    for line in lines:
        finding = audit.take(line)
        if finding:
            audit.report.finding = finding
            return audit.report
    audit.report.finding = audit.end()
    return audit.report


def keep(lines: Iterable[Line], by: Verifier) -> Kept:
    """What an earlier export is worth to a later audit. Raises NoteError where one of its heads is not signed."""
    heads: dict[int, Head] = {}
    leaves: list[bytes] = []
    for line in lines:
        leaves.append(bytes.fromhex(line.leaf))
        if line.head:
            head = read_head(line.head, by)
            heads[head.size] = head
    return Kept(heads=heads, leaves=leaves)


class _Audit:
    """One reading of a log."""

    def __init__(self, by: Verifier, kept: Kept, *, contents: bool) -> None:
        self.report = Report()
        self._by = by
        self._kept = kept
        self._contents = contents
        self._hidden: dict[int, None] = {}  # blinded entries of which no erasure was read yet
        self._tree = merkle.Frontier()
        self._compared = 0  # up to here a head that the auditor kept is right

    def take(self, line: Line) -> Finding | None:
        """The next entry; what is wrong with it."""
        number = self._tree.size
        if line.entry != number:
            return _finding(Fault.ORDER, number, f"entry {line.entry} stands in its place")
        try:
            leaf = bytes.fromhex(line.leaf)
        except ValueError:
            return _finding(Fault.CONTENT, number, f"{line.leaf[:70]!r} is no hash")
        wrong = self._content(line, leaf) or self._known(number, leaf)
        if wrong:
            return wrong
        self._tree.add(leaf)
        self.report.entries += 1
        return self._head(line, number) or self._history(number)

    def end(self) -> Finding | None:
        """Whether the log ends before it should."""
        size = self._tree.size
        longest = max((*self._kept.heads, len(self._kept.leaves)), default=0)
        if longest > size:
            return _finding(Fault.SHORT, size, f"the log once had {longest} entries, and this one is gone")
        if self._hidden:
            return _finding(Fault.HIDDEN, next(iter(self._hidden)), "its content is gone, and no erasure tells of it")
        return None

    def _content(self, line: Line, leaf: bytes) -> Finding | None:
        if line.nonce is None or line.content is None:
            self.report.blinded += 1
            if self._contents:
                self._hidden[line.entry] = None
            return None
        try:
            nonce = bytes.fromhex(line.nonce)
        except ValueError:
            nonce = b""
        if merkle.leaf_hash(nonce + line.content.encode()) != leaf:
            return _finding(Fault.CONTENT, line.entry, "its content is not what was logged")
        for number in _erased(line.content):
            if number in self._hidden:
                del self._hidden[number]
                self.report.erased += 1
        return None

    def _known(self, number: int, leaf: bytes) -> Finding | None:
        if number < len(self._kept.leaves):
            self.report.kept += 1
            if self._kept.leaves[number] != leaf:
                return _finding(Fault.HISTORY, number, "it is not the entry that was kept")
        return None

    def _head(self, line: Line, number: int) -> Finding | None:
        if line.head is None:
            return None
        try:
            head = read_head(line.head, self._by)
        except NoteError as error:
            return _finding(Fault.SIGNATURE, number, f"its head does not count: {error}")
        if head.size != number + 1:
            return _finding(Fault.SIGNATURE, number, f"its head is of {head.size} entries, not of {number + 1}")
        if head.root != self._tree.root():
            words = "the entries are not those whose hash was signed"
            return Finding(fault=Fault.ROOT, first=self.report.signed, last=number, words=words)
        self.report.heads += 1
        self.report.signed = number + 1
        return None

    def _history(self, number: int) -> Finding | None:
        head = self._kept.heads.get(number + 1)
        if head is None:
            return None
        self.report.kept += 1
        if head.root != self._tree.root():
            words = f"the log is not the one whose head of {head.size} entries was kept"
            return Finding(fault=Fault.HISTORY, first=self._compared, last=number, words=words)
        self._compared = number + 1
        return None


def _finding(fault: Fault, number: int, words: str) -> Finding:
    return Finding(fault=fault, first=number, last=number, words=words)


def _erased(content: str) -> tuple[int, ...]:
    """The entries that this one tells to be erased; none where it tells of something else."""
    if not content.startswith('{"erased":'):
        return ()
    try:
        return _erasure.decode(content).erased
    except msgspec.DecodeError:
        return ()


_erasure = msgspec.json.Decoder(Erasure)
_title = msgspec.json.Decoder(Title)
_line = msgspec.json.Decoder(Line)


def read_title(text: str | bytes) -> Title:
    """The first line of an export. Raises msgspec.DecodeError, or ValueError for a form that is not known."""
    title = _title.decode(text)
    if title.aisle_log != FORMAT:
        raise ValueError(f"aisle_log = {title.aisle_log}: {FORMAT} is known")
    return title


def read_line(text: str | bytes) -> Line:
    """One entry's line. Raises msgspec.DecodeError."""
    return _line.decode(text)
