"""The Merkle tree against the definition itself, written down once more as it stands in RFC 6962."""

import hashlib
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.proof import merkle

FAST = settings(max_examples=150, deadline=None)


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


@cache
def tree_hash(entries: tuple[bytes, ...]) -> bytes:
    """MTH of section 2.1, word for word."""
    n = len(entries)
    if n == 0:
        return sha(b"")
    if n == 1:
        return sha(b"\x00" + entries[0])
    k = 1
    while k * 2 < n:
        k *= 2
    return sha(b"\x01" + tree_hash(entries[:k]) + tree_hash(entries[k:]))


def path(m: int, entries: tuple[bytes, ...]) -> list[bytes]:
    """PATH of section 2.1.1."""
    n = len(entries)
    if n == 1:
        return []
    k = 1
    while k * 2 < n:
        k *= 2
    if m < k:
        return [*path(m, entries[:k]), tree_hash(entries[k:])]
    return [*path(m - k, entries[k:]), tree_hash(entries[:k])]


def subproof(m: int, entries: tuple[bytes, ...], *, whole: bool) -> list[bytes]:
    """SUBPROOF of section 2.1.2."""
    n = len(entries)
    if m == n:
        return [] if whole else [tree_hash(entries)]
    k = 1
    while k * 2 < n:
        k *= 2
    if m <= k:
        return [*subproof(m, entries[:k], whole=whole), tree_hash(entries[k:])]
    return [*subproof(m - k, entries[k:], whole=False), tree_hash(entries[:k])]


class Stored:
    """A log's nodes as a store keeps them: only those of whole subtrees, made one by one."""

    def __init__(self, entries: tuple[bytes, ...]) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.asked = 0
        for number, entry in enumerate(entries):
            self.nodes[0, number] = merkle.leaf_hash(entry)
            for level, at in merkle.completed(number + 1):
                left, right = self.nodes[level - 1, 2 * at], self.nodes[level - 1, 2 * at + 1]
                self.nodes[level, at] = merkle.node_hash(left, right)

    def __call__(self, level: int, number: int) -> bytes:
        self.asked += 1
        return self.nodes[level, number]


ENTRIES = tuple(bytes([n]) * (n % 5) + b"%d" % n for n in range(70))
logs = st.lists(st.binary(max_size=40), min_size=1, max_size=70).map(tuple)


def test_the_hashes_are_those_of_the_definition() -> None:
    # The first three are SHA-256 of nothing, of 00, and of 01 and two of them: worked out with sha256sum.
    assert merkle.EMPTY.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    leaf = merkle.leaf_hash(b"")
    assert leaf.hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    for size in range(len(ENTRIES) + 1):
        entries = ENTRIES[:size]
        assert merkle.root(size, Stored(entries)) == tree_hash(entries)


def test_every_proof_is_the_one_of_the_definition_and_holds() -> None:
    stored = Stored(ENTRIES)
    for size in range(1, 40):
        tree = tree_hash(ENTRIES[:size])
        for number in range(size):
            found = merkle.inclusion(number, size, stored)
            assert list(found) == path(number, ENTRIES[:size])
            assert merkle.includes(merkle.leaf_hash(ENTRIES[number]), number, size, found, tree)
        for first in range(1, size + 1):
            proof = merkle.consistency(first, size, stored)
            assert list(proof) == subproof(first, ENTRIES[:size], whole=True)
            assert merkle.consistent(first, size, earlier=tree_hash(ENTRIES[:first]), later=tree, proof=proof)


@FAST
@given(logs, st.data())
def test_no_other_entry_place_size_or_sibling_is_proven(entries: tuple[bytes, ...], data: st.DataObject) -> None:
    size = len(entries)
    number = data.draw(st.integers(0, size - 1))
    found = list(merkle.inclusion(number, size, Stored(entries)))
    tree, leaf = tree_hash(entries), merkle.leaf_hash(entries[number])
    assert merkle.includes(leaf, number, size, found, tree)

    other = data.draw(st.binary(min_size=32, max_size=32).filter(lambda b: b != leaf))
    assert not merkle.includes(other, number, size, found, tree)
    assert not merkle.includes(leaf, number, size, found, sha(tree))
    wrong = data.draw(st.integers(-1, size + 2).filter(lambda n: n != number))
    if wrong >= size or wrong < 0 or entries[wrong] != entries[number]:
        assert not merkle.includes(leaf, wrong, size, found, tree)
    for less in range(size):
        assert not merkle.includes(leaf, number, size, found, tree_hash(entries[:less]))
        assert not merkle.includes(leaf, number, less, found, tree_hash(entries[:less]))
    assert not merkle.includes(leaf, number, size, [*found, other], tree)
    if found:
        at = data.draw(st.integers(0, len(found) - 1))
        if found[at] != other:
            assert not merkle.includes(leaf, number, size, [*found[:at], other, *found[at + 1 :]], tree)
        assert not merkle.includes(leaf, number, size, found[:at] + found[at + 1 :], tree)
        if len(set(found)) > 1:
            turned = [*found[1:], found[0]]
            assert turned == found or not merkle.includes(leaf, number, size, turned, tree)


@FAST
@given(logs, st.data())
def test_a_log_that_was_rewritten_is_never_consistent(entries: tuple[bytes, ...], data: st.DataObject) -> None:
    second = len(entries)
    first = data.draw(st.integers(1, second))
    proof = list(merkle.consistency(first, second, Stored(entries)))
    earlier, later = tree_hash(entries[:first]), tree_hash(entries)
    assert merkle.consistent(first, second, earlier=earlier, later=later, proof=proof)

    at = data.draw(st.integers(0, first - 1))
    changed = (*entries[:at], entries[at] + b"!", *entries[at + 1 :])
    forged = list(merkle.consistency(first, second, Stored(changed)))
    for given_proof in (proof, forged):
        assert not merkle.consistent(first, second, earlier=earlier, later=tree_hash(changed), proof=given_proof)
    if proof:
        bad = data.draw(st.integers(0, len(proof) - 1))
        swapped = [*proof[:bad], sha(proof[bad]), *proof[bad + 1 :]]
        assert not merkle.consistent(first, second, earlier=earlier, later=later, proof=swapped)
        assert not merkle.consistent(first, second, earlier=earlier, later=later, proof=proof[:-1])
    assert not merkle.consistent(first, second, earlier=earlier, later=later, proof=[*proof, sha(b"")])
    # The right-hand end of a tree may be larger without another path: a size counts only with the head that signs it.
    if second > 1:
        assert not merkle.consistent(second, second, earlier=earlier, later=sha(later), proof=[])


@FAST
@given(logs, st.binary(max_size=64))
def test_an_inner_node_never_passes_as_an_entry(entries: tuple[bytes, ...], other: bytes) -> None:
    left, right = merkle.leaf_hash(entries[0]), merkle.leaf_hash(other)
    inner = merkle.node_hash(left, right)

    assert inner != merkle.leaf_hash(left + right)
    assert not merkle.includes(merkle.leaf_hash(left + right), 0, 1, [], inner)
    assert not merkle.includes(merkle.leaf_hash(left + right), 0, 2, [right], merkle.node_hash(inner, right))


@FAST
@given(logs)
def test_a_frontier_is_the_tree_at_each_size(entries: tuple[bytes, ...]) -> None:
    frontier = merkle.Frontier()
    assert frontier.root() == merkle.EMPTY
    for size, entry in enumerate(entries, 1):
        frontier.add(merkle.leaf_hash(entry))
        assert frontier.root() == tree_hash(entries[:size])


@pytest.mark.parametrize("size", [1, 2, 3, 1000, 1023, 1024, 1025])
def test_proofs_are_short_and_look_at_few_nodes(size: int) -> None:
    stored = Stored(tuple(b"%d" % n for n in range(size)))
    depth = (size - 1).bit_length()
    for number in {0, size // 2, size - 1}:
        stored.asked = 0
        assert len(merkle.inclusion(number, size, stored)) <= depth
        assert stored.asked <= 2 * depth + 1
        stored.asked = 0
        assert len(merkle.consistency(number + 1, size, stored)) <= depth + 1
        assert stored.asked <= 2 * depth + 2


@pytest.mark.parametrize(("number", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_what_is_not_there_has_no_proof(number: int, size: int) -> None:
    with pytest.raises(ValueError, match="entry"):
        merkle.inclusion(number, size, Stored(ENTRIES))
    with pytest.raises(ValueError, match="first <= second"):
        merkle.consistency(size + 1, size, Stored(ENTRIES))
    with pytest.raises(ValueError, match="first <= second"):
        merkle.consistency(0, size, Stored(ENTRIES))
