"""Which of the rows that a restore brought are still its own: a name may be somebody else's by now.

An account, a channel or a group of that name that was registered since is left alone, and all that is its own.
"""

from collections.abc import Sequence

from core.formats.atheme import Row, field
from core.registrations.draft import Draft
from core.registrations.living import number
from core.registrations.row_key import Key, key_of

_OWN = frozenset({b"MDU", b"ME", b"MI", b"AC", b"MN", b"MCFP", b"SO", b"HR", b"HE"})
_OPENERS = frozenset({b"MU", b"GRP", b"MC"})
_VALUES = frozenset({b"MDU", b"MDG", b"MDC", b"MDA", b"MDN"})  # another value is somebody's doing since
_ACCESS = {b"CA": 5, b"GACL": 4}  # so many words say what was given: a setter may be forgotten by services


def rows_still_ours(draft: Draft, added: Sequence[bytes]) -> dict[Key, list[Row]]:
    """The living rows that are those of the restore, by their keys. Times of use and the state of a memo may differ."""
    strangers = {name for raw in added if (name := _lost_to_others(draft, raw)) is not None}
    wanted = {key_of(raw, draft.living.fold): raw for raw in added}
    found: dict[Key, list[Row]] = {}
    for kind in {key[0] for key in wanted}:
        for row in draft.living.rows(kind):
            key = key_of(row.raw, draft.living.fold)
            if key in wanted and not _is_of(draft, row, strangers) and _says_the_same(row, wanted[key]):
                found.setdefault(key, []).append(row)
    return found


def is_still_there(draft: Draft, raw: bytes) -> bool:
    """Whether the account, group or channel of that MU, GRP or MC row lives, and is the one that was brought back."""
    row = _bearer(draft, raw)
    return row is not None and _is_same_thing(raw, row)


def _bearer(draft: Draft, raw: bytes) -> Row | None:
    """What bears the name of that row now."""
    fields, living = raw.split(b" "), draft.living
    if fields[0] == b"MC":
        return living.channels.get(living.fold(fields[1]))
    return (living.accounts if fields[0] == b"MU" else living.groups).get(living.fold(fields[2]))


def _lost_to_others(draft: Draft, raw: bytes) -> bytes | None:
    """The folded name of what a restore brought and what is another thing by now; None for all else."""
    fields = raw.split(b" ")
    if fields[0] not in _OPENERS or is_still_there(draft, raw):
        return None
    return draft.living.fold(fields[1 if fields[0] == b"MC" else 2])


def _is_same_thing(raw: bytes, row: Row) -> bool:
    """The same uid, or registered at the same time: services lower that time, and a new uid may have been given."""
    fields = raw.split(b" ")
    at = {b"MU": 5, b"GRP": 3, b"MC": 2}[fields[0]]
    same_time = number(fields[at]) == number(field(row, at))
    return same_time if fields[0] == b"MC" else same_time or fields[1] == field(row, 1)


def _is_of(draft: Draft, row: Row, names: set[bytes]) -> bool:
    """Whether a row is one of theirs: their own, on their list, or what was given to them."""
    if not names:
        return False
    fold, kind = draft.living.fold, row.kind
    if kind in {b"MU", b"GRP"}:
        return fold(field(row, 2)) in names
    if kind in {b"CA", b"MDA", b"GACL"}:
        return fold(field(row, 1)) in names or fold(field(row, 2)) in names
    return kind in {*_OWN, b"MC", b"MDC", b"MDG"} and fold(field(row, 1)) in names


def _says_the_same(row: Row, before: bytes) -> bool:
    if row.kind in _VALUES:
        return row.raw.split(b" ", 2)[2:] == before.split(b" ", 2)[2:]
    words = _ACCESS.get(row.kind)
    return words is None or row.fields[3:words] == before.split(b" ")[3:words]
