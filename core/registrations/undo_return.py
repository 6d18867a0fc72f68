"""What a restore took away comes back, where nobody has taken its place since."""

from collections.abc import Iterator, Sequence

from core.registrations.account_rows import revived_flags
from core.registrations.draft import Draft
from core.registrations.row_key import Key, key_of
from core.registrations.row_plan import Place
from core.registrations.words import plural, shown

_OWN = (b"MDU", b"ME", b"MI", b"AC", b"MN", b"MCFP")
_PLACES = {
    b"MU": Place.ACCOUNT, b"GRP": Place.GROUP, b"MC": Place.CHANNEL, b"GACL": Place.MEMBER, b"CA": Place.ACCESS,
    b"MDC": Place.CHANNEL_PROPERTY, b"MDG": Place.GROUP_PROPERTY, b"NAM": Place.KEPT, **dict.fromkeys(_OWN, Place.OWN),
}  # fmt: skip
# What a row opens: the rows that follow it in the file and are its own.
_BLOCKS = {b"MU": _OWN, b"GRP": (b"MDG",), b"MC": (b"CA", b"MDA", b"MDC"), b"CA": (b"MDA",), b"NAM": (b"MDN",)}

_THINGS = {b"MU": ("account", 2), b"GRP": ("group", 2), b"MC": ("channel", 1)}  # and where their names stand
_POWER = (b"CA", b"GACL")


def put_back(draft: Draft, removed: Sequence[bytes]) -> None:
    """Block by block, in the order of the file that they stood in."""
    left = _keys_that_stay(draft, removed)
    for block in _blocks(removed):
        rows = [raw for raw in block if _may_return(draft, raw, left)]
        if not rows or rows[0] != block[0]:
            draft.left_out.append(f"{plural(len(block), 'row')} that it took: something is in their place now")
            continue
        draft.put(_PLACES.get(rows[0].split(b" ", 1)[0], Place.KIND), *(_revived(draft, raw) for raw in rows))
        _tell(draft, rows)


def _blocks(removed: Sequence[bytes]) -> Iterator[list[bytes]]:
    block: list[bytes] = []
    for raw in removed:
        opener = block[0].split(b" ", 1)[0] if block else b""
        if block and raw.split(b" ", 1)[0] in _BLOCKS.get(opener, ()) and _same_owner(block[0], raw):
            block.append(raw)
            continue
        if block:
            yield block
        block = [raw]
    if block:
        yield block


def _same_owner(opener: bytes, raw: bytes) -> bool:
    """MU and GRP have the name behind the uid; the others begin with it."""
    fields = opener.split(b" ")
    name = fields[2] if fields[0] in {b"MU", b"GRP"} else fields[1]
    return raw.split(b" ", 2)[1].lower() == name.lower()


def _keys_that_stay(draft: Draft, removed: Sequence[bytes]) -> set[Key]:
    kinds = {raw.split(b" ", 1)[0] for raw in removed} | {b"MN", b"MCFP"}
    return {
        key_of(row.raw, draft.living.fold)
        for kind in kinds
        for row in draft.living.rows(kind)
        if row.line not in draft.gone
    }


def _may_return(draft: Draft, raw: bytes, left: set[Key]) -> bool:
    key = key_of(raw, draft.living.fold)
    kind, fold = key[0], draft.living.fold
    if key in left or (kind in {b"MN", b"MCFP"} and any(item[0] == kind and item[2] == key[2] for item in left)):
        return False
    fields = raw.split(b" ")
    if kind in {b"MU", b"GRP"}:
        draft.comes.add(fold(fields[2]))
        return fields[1] not in draft.living.uids or _uid_goes(draft, fields[1])
    if kind == b"MC":
        draft.channels_back.add(fold(fields[1]))
        return True
    return _has_its_owner(draft, kind, fields)


def _uid_goes(draft: Draft, uid: bytes) -> bool:
    return any(raw.startswith((b"MU " + uid + b" ", b"GRP " + uid + b" ")) for raw in draft.removals)


def _has_its_owner(draft: Draft, kind: bytes, fields: list[bytes]) -> bool:
    """Whether what the row speaks of will be there: services refuse to start, or forget it, otherwise."""
    if kind in {*_OWN, b"SO"}:
        return draft.is_known(fields[1])
    if kind == b"NAM":
        return not _lives(draft, fields[1])
    if kind in {b"MDC", b"CA", b"MDA"} and not _is_channel(draft, fields[1]):
        return False
    if kind in {b"CA", b"MDA"}:
        target = fields[2]
        return b"@" in target or target.startswith(b"$") or draft.is_known(target)
    if kind == b"GACL":
        return draft.is_known(fields[1]) and draft.is_known(fields[2])
    return kind != b"MDG" or draft.is_known(fields[1])


def _lives(draft: Draft, name: bytes) -> bool:
    """Whether somebody bears the name: a mark that is kept for it would land on them."""
    folded = draft.living.fold(name)
    nicks = draft.living.naming(b"MN", 2, folded)
    return draft.is_known(name) or any(row.line not in draft.gone for row in nicks)


def _is_channel(draft: Draft, name: bytes) -> bool:
    folded = draft.living.fold(name)
    row = draft.living.channels.get(folded)
    return folded in draft.channels_back or (row is not None and row.line not in draft.gone)


def _revived(draft: Draft, raw: bytes) -> bytes:
    """Used now, so that it does not expire at once; and nobody is logged in to it by their nick alone."""
    fields = raw.split(b" ")
    if fields[0] == b"MU":
        fields[6], fields[7] = draft.stamp, revived_flags(draft, fields[7])
    elif fields[0] == b"MN":
        fields[4] = draft.stamp
    elif fields[0] == b"MC":
        fields[3] = draft.stamp
    else:
        return raw
    return b" ".join(fields)


def _tell(draft: Draft, rows: list[bytes]) -> None:
    fields = rows[0].split(b" ")
    kind = fields[0]
    if kind in _THINGS:
        word, at = _THINGS[kind]
        draft.coming_back.append(f"{word} {shown(fields[at])}")
    elif kind == b"MN":
        draft.coming_back.append(f"nick {shown(fields[2])} of {shown(fields[1])}")
    elif kind in _POWER:
        draft.access.append(f"{_place(fields)}: {shown(fields[2])} {shown(fields[3])} back")
    elif kind == b"SO":
        draft.powers.append(f"services operator: {shown(fields[1])}")
    founders = [words for words in (raw.split(b" ") for raw in rows) if words[0] in _POWER and b"F" in words[3]]
    draft.powers += [f"founder of {_place(words)}: {shown(words[2])}" for words in founders]
    if kind == b"MC" and not founders:
        draft.note(f"{shown(fields[1])} comes back without a founder")


def _place(fields: list[bytes]) -> str:
    """Where an access entry or a membership holds."""
    return f"group {shown(fields[1])}" if fields[0] == b"GACL" else shown(fields[1])
