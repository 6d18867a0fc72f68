"""What was given since to something that an undo takes away: it goes too, or services would not start."""

from collections.abc import Sequence

from core.formats.atheme import Row, field
from core.registrations.draft import Draft
from core.registrations.selection import select_account, select_channel, select_group
from core.registrations.undo_ours import is_still_there
from core.registrations.words import plural, shown

_TOLD = {b"MU": "account", b"GRP": "group", b"MC": "channel"}
_WORDS = {b"ME": "memo", b"MN": "nick", b"MCFP": "certfp", b"CA": "access entry", b"GACL": "membership"}


def take_followers(draft: Draft, added: Sequence[bytes], removed: Sequence[bytes]) -> None:
    """Everything of the accounts, groups and channels that go for good, whenever it came."""
    back = {(raw.split(b" ")[0], _name(draft, raw)) for raw in removed if raw.startswith((b"MU ", b"GRP ", b"MC "))}
    for raw in added:
        kind = raw.split(b" ", 1)[0]
        if kind not in {b"MU", b"GRP", b"MC"} or not is_still_there(draft, raw):
            continue
        name, comes = _name(draft, raw), (kind, _name(draft, raw)) in back
        followers = [row for row in _rows_of(draft, kind, name, own_only=comes) if row.line not in draft.gone]
        if not comes and kind != b"MC":
            _refuse_last_founder(draft, followers)
        _count(draft, followers)
        draft.take(followers)
        draft.going.append(f"{_TOLD[kind]} {shown(_stored(raw))}")
    if not draft.going and draft.removals:
        draft.going.append(plural(len(draft.removals), "row"))


def _stored(raw: bytes) -> bytes:
    fields = raw.split(b" ")
    return fields[1] if fields[0] == b"MC" else fields[2]


def _name(draft: Draft, raw: bytes) -> bytes:
    return draft.living.fold(_stored(raw))


def _rows_of(draft: Draft, kind: bytes, name: bytes, *, own_only: bool) -> list[Row]:
    """All rows that are nothing without it. `own_only`: another one of that name comes back, and keeps its access."""
    if kind == b"MC":
        channel = select_channel(draft.living, name)
        return list(channel.rows) if channel is not None else []
    if kind == b"GRP":
        group = select_group(draft.living, name)
        if group is None:
            return []
        own = [group.group, *group.properties, *group.members]
        access = [row for entry in group.access for row in entry]
        return own if own_only else [*own, *group.memberships, *access, *group.offers]
    account = select_account(draft.living, name)
    if account is None:
        return []
    own = [account.account, *account.own, *account.marks, *([account.operator] if account.operator else [])]
    access = [row for entry in account.access for row in entry]
    return own if own_only else [*own, *account.groups, *access, *account.requests, *account.pending]


def _refuse_last_founder(draft: Draft, rows: list[Row]) -> None:
    """Nothing that came since loses its last founder: somebody else has to be made one first."""
    for row in rows:
        if row.kind in {b"CA", b"GACL"} and b"F" in field(row, 3) and is_last_founder(draft, row):
            what = shown(field(row, 1))
            draft.blocked = draft.blocked or f"it founds {what}, which would have no founder: give it another one first"


def is_last_founder(draft: Draft, row: Row) -> bool:
    """Whether a channel or group that stays would be left without a founder, once this CA or GACL row is gone."""
    name = draft.living.fold(field(row, 1))
    owner = (draft.living.channels if row.kind == b"CA" else draft.living.groups).get(name)
    if owner is None or owner.line in draft.gone:
        return False
    others = (other for other in draft.living.naming(row.kind, 1, name) if b"F" in field(other, 3))
    return not any(other is not row and other.line not in draft.gone for other in others)


def _count(draft: Draft, followers: list[Row]) -> None:
    """What came since, and goes with it, in words."""
    for kind, word in _WORDS.items():
        number = sum(row.kind == kind for row in followers)
        if number:
            draft.going.append(f"{plural(number, word)} that came since")
