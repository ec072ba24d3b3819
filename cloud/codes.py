"""Crockford's base 32, in which people read codes out and type them: no I, L, O or U, and what is misread is known."""

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BITS: Final = 5
_MOST_TYPED: Final = 64
_READ_AS: Final = str.maketrans("OIL", "011", " -\t\r\n\N{NO-BREAK SPACE}\N{EN DASH}\N{HYPHEN}\N{NON-BREAKING HYPHEN}")


def written(value: bytes) -> str:
    """Bytes as a code, five bits a letter; what is left of the first letter is zero."""
    number, letters = int.from_bytes(value), -(-8 * len(value) // _BITS)
    return "".join(ALPHABET[number >> shift & 31] for shift in range(_BITS * (letters - 1), -1, -_BITS))


def typed(text: str, letters: int) -> str | None:
    """The code of so many letters that somebody typed, however they wrote it; None where it cannot be one.

    Small letters, spaces, tabs and dashes do not matter, nor whether O or 0, I, L or 1 was typed.
    """
    code = text[:_MOST_TYPED].upper().translate(_READ_AS)
    return code if len(code) == letters and all(letter in ALPHABET for letter in code) else None


def value_of(code: str) -> int:
    """The number that a code's letters are. Raises ValueError for other letters than ALPHABET's."""
    number = 0
    for letter in code:
        number = number << _BITS | ALPHABET.index(letter)
    return number


def grouped(code: str) -> str:
    """The code as people read it out, in fours."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))
