"""What makes two rows speak of the same thing, whatever they say of it."""

from collections.abc import Callable

Key = tuple[bytes, ...]

# How many fields behind the type word name the thing; the last may be a key, compared without case.
_NAMED = {
    b"MU": (2, 2), b"MDU": (1, 2), b"MI": (1, 2), b"AC": (1, 2), b"MN": (1, 2), b"MCFP": (1, 2), b"SO": (1, 1),
    b"GRP": (2, 2), b"MDG": (1, 2), b"GACL": (1, 2), b"MC": (1, 1), b"CA": (1, 2), b"MDA": (1, 3), b"MDC": (1, 2),
    b"NAM": (1, 1), b"MDN": (1, 2), b"HR": (1, 1), b"HE": (1, 1),
}  # fmt: skip


def key_of(raw: bytes, fold: Callable[[bytes], bytes]) -> Key:
    """The row's kind, and the folded names in it that say what it is about. Other rows are known by all that they say.

    A memo is known by who sent what to whom and when: its state (read or not) may change.
    """
    fields = raw.split(b" ", 5)
    kind = fields[0].upper()
    if kind == b"ME":
        return (kind, fold(fields[1]), *fields[2:4], *fields[5:])
    if kind not in _NAMED:
        return kind, raw
    first, last = _NAMED[kind]
    return (kind, *map(fold, raw.split(b" ", last + 1)[first : last + 1]))
