"""Give an account that is there what it lacks: nothing that it has is touched."""

from core.formats.atheme import Row, field
from core.registrations.account_rows import own_row
from core.registrations.draft import Draft
from core.registrations.row_plan import Place
from core.registrations.selection import Selection, select_account

_LIFE = (b"private:host:", b"private:lastquit")  # of its own, now


def merge_own_rows(draft: Draft, selection: Selection) -> list[bytes]:
    """Properties, memos, ignores, masks, nicks and certificates that it has not. Returns what comes in."""
    present = select_account(draft.living, draft.name)
    has = {_essence(row.raw) for row in present.own} if present is not None else set()
    rows = [new for row in selection.own if _is_wanted(row) for new in own_row_unless(draft, row, has)]
    for row in rows:
        draft.put(Place.OWN, row)
    return rows


def _is_wanted(row: Row) -> bool:
    return row.kind != b"MDU" or not field(row, 2).lower().startswith(_LIFE)


def own_row_unless(draft: Draft, row: Row, has: set[tuple[bytes, ...]]) -> list[bytes]:
    """The row as it comes back, unless one that says the same is there."""
    return [] if _essence(row.raw) in has else own_row(draft, row)


def _essence(raw: bytes) -> tuple[bytes, ...]:
    """What makes two rows of an account the same: key, nick or fingerprint without case, a memo but for its state."""
    fields = raw.split(b" ", 5)
    kind = fields[0].upper()
    if kind == b"ME":
        return (kind, fields[2], fields[3], *fields[5:])
    if kind in {b"MDU", b"MN", b"MCFP"}:
        return kind, fields[2].upper()
    return kind, *fields[2:]
