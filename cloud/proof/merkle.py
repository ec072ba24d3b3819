"""The Merkle tree of RFC 6962, section 2.1 (RFC 9162, section 2.1): hashes, proofs, and how each is checked."""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

HASH_BYTES: Final = 32
EMPTY: Final = hashlib.sha256(b"").digest()
"""The hash of a tree without entries."""

Nodes: TypeAlias = Callable[[int, int], bytes]
"""`nodes(level, number)`: the hash over the whole 2**level entries from number × 2**level on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """The hash over the whole 2**level entries from number × 2**level on."""

    level: int
    number: int
    digest: bytes


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry; its first byte keeps an entry from passing as an inner node."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def completed(size: int) -> Iterator[tuple[int, int]]:
    """The inner nodes that become whole with the entry that makes a tree this large: (level, number), upwards."""
    level, number = 0, size - 1
    while number % 2:
        level, number = level + 1, number // 2
        yield level, number


def root(size: int, nodes: Nodes) -> bytes:
    """The hash of the tree over the first `size` entries. Looks up at most log2(size) + 1 nodes."""
    return _over(0, size, nodes) if size else EMPTY


def inclusion(number: int, size: int, nodes: Nodes) -> tuple[bytes, ...]:
    """The audit path of entry `number` in the tree of `size` (2.1.1). Raises ValueError where there is none."""
    if not 0 <= number < size:
        raise ValueError(f"entry {number} of a log of {size}: 0 to {size - 1} are allowed")
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if number < middle:
            path.append(_over(middle, high, nodes))
            high = middle
        else:
            path.append(_over(low, middle, nodes))
            low = middle
    return tuple(reversed(path))


def consistency(first: int, second: int, nodes: Nodes) -> tuple[bytes, ...]:
    """That the tree of `first` entries begins the tree of `second` (2.1.2). Raises ValueError where it cannot."""
    if not 0 < first <= second:
        raise ValueError(f"from {first} to {second} entries: 0 < first <= second is needed")
    proof: list[bytes] = []
    low, high, whole = 0, second, True
    while first < high:
        middle = low + _split(high - low)
        if first <= middle:
            proof.append(_over(middle, high, nodes))
            high = middle
        else:
            proof.append(_over(low, middle, nodes))
            low, whole = middle, False
    if not whole:
        proof.append(_over(low, high, nodes))
    return tuple(reversed(proof))


def includes(leaf: bytes, number: int, size: int, path: Sequence[bytes], tree: bytes) -> bool:
    """Whether the path proves that the entry with this leaf hash is `number` of the tree (RFC 9162, 2.1.3.2).

    Work the leaf hash out from the entry, and take `size` and `tree` from one signed head: a path alone binds none.
    """
    if not 0 <= number < size:
        return False
    at, last, found = number, size - 1, leaf
    for sibling in path:
        if not last:
            return False
        if at % 2 or at == last:
            found = node_hash(sibling, found)
            while at and not at % 2:
                at, last = at // 2, last // 2
        else:
            found = node_hash(found, sibling)
        at, last = at // 2, last // 2
    return not last and hmac.compare_digest(found, tree)


def consistent(first: int, second: int, *, earlier: bytes, later: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the later tree only adds to the earlier one (RFC 9162, 2.1.4.2)."""
    if first == second:
        return not proof and hmac.compare_digest(earlier, later)
    if not 0 < first < second or not proof:
        return False
    hashes = iter(proof) if first & (first - 1) else iter((earlier, *proof))
    at, last = first - 1, second - 1
    while at % 2:
        at, last = at // 2, last // 2
    old = new = next(hashes)
    for sibling in hashes:
        if not last:
            return False
        if at % 2 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while at and not at % 2:
                at, last = at // 2, last // 2
        else:
            new = node_hash(new, sibling)
        at, last = at // 2, last // 2
    return not last and hmac.compare_digest(old, earlier) and hmac.compare_digest(new, later)


class Frontier:
    """A tree that is only added to, kept as the roots of its whole subtrees: at most log2(size) + 1 hashes."""

    def __init__(self) -> None:
        self.size = 0
        self._whole: list[bytes] = []

    def add(self, leaf: bytes) -> tuple[Node, ...]:
        """One more entry, by its leaf hash; returns the inner nodes that became whole with it."""
        self.size += 1
        self._whole.append(leaf)
        made: list[Node] = []
        for level, number in completed(self.size):
            right, left = self._whole.pop(), self._whole.pop()
            self._whole.append(node_hash(left, right))
            made.append(Node(level=level, number=number, digest=self._whole[-1]))
        return tuple(made)

    def root(self) -> bytes:
        """The hash of the tree as it is now."""
        if not self._whole:
            return EMPTY
        found = self._whole[-1]
        for left in reversed(self._whole[:-1]):
            found = node_hash(left, found)
        return found


def _split(size: int) -> int:
    """The largest power of two below `size`, which is above 1."""
    return 1 << (size - 1).bit_length() - 1


def _over(low: int, high: int, nodes: Nodes) -> bytes:
    """The hash over [low, high), a range of a tree's own: its left parts are whole subtrees."""
    wholes: list[bytes] = []
    while low < high:
        level = (high - low).bit_length() - 1
        wholes.append(nodes(level, low >> level))
        low += 1 << level
    found = wholes.pop()
    while wholes:
        found = node_hash(wholes.pop(), found)
    return found
