"""Who sent, set or asked for something is named in rows of others: those who were forgotten are taken out of them."""

from collections.abc import Callable

FORGOTTEN = b"(forgotten)"  # a word that nobody can register, in place of a name
_NOBODY = b"*"  # what services themselves write where they do not know who set an access entry
_UNKNOWN = b"NULL"  # … and where a mark was restored from nobody
_PROPERTIES = {b"MDU": 2, b"MDC": 2, b"MDG": 2, b"MDA": 3}  # where the key stands; the value is the rest
# Keys whose value is the name of who did it.
_STAFF = (b":setter", b":freezer", b":closer", b"-assigner")
_CREATORS = {b"HR": (4,), b"HE": (3,), b"HO": (3, 4)}  # HO: behind the group, where it is for one

Forgotten = Callable[[bytes], str]
"""The day on which the bearer of a name was forgotten, or ""."""


def without_forgotten(raw: bytes, forgotten: Forgotten) -> bytes | None:
    """The row as it may come back; None where it would be about nobody else."""
    fields = raw.split(b" ")
    kind = fields[0]
    if kind in {b"MI", b"NAM", b"MDN"}:
        return None if forgotten(fields[2 if kind == b"MI" else 1]) else raw
    if kind in _PROPERTIES:
        return _property(raw, _PROPERTIES[kind], forgotten)
    if kind == b"ME":
        return _replaced(raw.split(b" ", 3), {2: FORGOTTEN}, forgotten)
    if kind == b"CA":
        return _replaced(fields, {5: _NOBODY}, forgotten)
    if kind in _CREATORS:
        return _replaced(raw.split(b" ", 5), dict.fromkeys(_CREATORS[kind], FORGOTTEN), forgotten)
    return _mark(raw, forgotten) if kind == b"MM" else raw


def _replaced(fields: list[bytes], words: dict[int, bytes], forgotten: Forgotten) -> bytes:
    for index, word in words.items():
        if index < len(fields) and _names(fields[index]) and forgotten(fields[index]):
            fields[index] = word
    return b" ".join(fields)


def _names(word: bytes) -> bool:
    return word not in {b"", _NOBODY, FORGOTTEN, _UNKNOWN}


def _property(raw: bytes, at: int, forgotten: Forgotten) -> bytes:
    fields = raw.split(b" ", at + 1)
    if len(fields) > at + 1 and fields[at].lower().endswith(_STAFF) and forgotten(fields[at + 1]):
        fields[at + 1] = FORGOTTEN
    return b" ".join(fields)


def _mark(raw: bytes, forgotten: Forgotten) -> bytes:
    """A mark names its setter, and whose it was before, by uid and by name (nickserv/multimark)."""
    fields = raw.split(b" ", 6)
    for uid, word in ((2, _NOBODY), (4, _UNKNOWN)):
        if len(fields) > uid + 1 and _names(fields[uid + 1]) and forgotten(fields[uid + 1]):
            fields[uid], fields[uid + 1] = word, FORGOTTEN
    return b" ".join(fields)
