"""Plan the return of one group: anew, into the group of that name, or in its place."""

from core.domain.errors import PlanBlocked
from core.formats.atheme import Row, field
from core.registrations.access_rows import add_access, add_memberships, take_access
from core.registrations.draft import Draft
from core.registrations.founded import add_founded_channels
from core.registrations.ground import Claim
from core.registrations.group_rows import members_back, put_group, put_members
from core.registrations.meeting import ask_for_founder, chosen_founder, meet
from core.registrations.row_plan import Place
from core.registrations.selection import GroupBlock, select_group
from core.registrations.words import NAMES_ROOM, counts, date_of, listed, plural, shown

_FOUNDER = b"+FfscmviA"  # what services give to who registers a group (groupserv/register)


def draft_group(draft: Draft, block: GroupBlock) -> Claim:
    """Decide every row; what is in the way is met as it was wished, or blocks the plan."""
    draft.name = block.name
    if not draft.living.reads(b"GRP") and not draft.living.rows(b"GDBV"):
        raise PlanBlocked("services have no groups: groupserv/main is not loaded", hint="load it first")
    present = draft.living.groups.get(draft.living.fold(draft.name))
    if present is not None:  # whatever of it stays in the file names it in this case
        draft.name = field(present, 2)
        draft.renamed[draft.living.fold(draft.name)] = draft.name
    way = "new" if present is None else _meet_group(draft, block, present)
    if way == "ask":
        return _claim(draft, block)
    draft.comes.add(draft.living.fold(draft.name))
    if present is not None and way == "merge":
        _merge(draft, block)
    else:
        if present is not None:
            _take_group(draft, present)
        _bring_back(draft, block)
    add_memberships(draft, block.memberships)
    if draft.wishes.founded:
        add_founded_channels(draft, block.access)
    add_access(draft, block.access)
    _add_offers(draft, block)
    return _claim(draft, block)


def _meet_group(draft: Draft, block: GroupBlock, present: Row) -> str:
    same = field(present, 3) == field(block.group, 3)
    why = f"exists now (registered {date_of(field(present, 3))}{', the same group' if same else ''})"
    return meet(draft, "group-exists", f"group {shown(field(present, 2))}", why, ("merge", "replace"))


def _bring_back(draft: Draft, block: GroupBlock) -> None:
    rows = members_back(draft, block)
    founder = chosen_founder(draft)
    if founder:
        rows = [row for row in rows if draft.living.fold(field(row, 2)) != draft.living.fold(founder)]
    elif not any(b"F" in field(row, 3) for row in rows):
        ask_for_founder(draft, f"group {shown(block.name)}")
    put_group(draft, block)
    if founder:
        draft.put(Place.MEMBER, b"GACL %s %s %s " % (draft.name, founder, _FOUNDER))
    put_members(draft, rows, draft.name)
    founders = [*([founder] if founder else []), *(field(row, 2) for row in rows if b"F" in field(row, 3))]
    born = date_of(field(block.group, 3))
    draft.coming_back += [f"group (registered {born})", plural(len(rows) + bool(founder), "member")]
    if founders:
        draft.powers.append(f"founder of group {shown(block.name)}: {listed(list(map(shown, founders)), NAMES_ROOM)}")


def _take_group(draft: Draft, present: Row) -> None:
    now = select_group(draft.living, field(present, 2))
    if now is None:
        return
    draft.take([now.group, *now.properties, *now.members])
    told = (
        f"group {shown(now.name)} (registered {date_of(field(present, 3))}) with {plural(len(now.members), 'member')}"
    )
    draft.going.append(told)
    take_access(draft, draft.living.fold(now.name))


def _merge(draft: Draft, block: GroupBlock) -> None:
    """Members and properties that it has not. Nothing that is there is touched."""
    there = select_group(draft.living, draft.name)
    if there is None:
        return
    fold = draft.living.fold
    rows = members_back(draft, block, taken=frozenset(fold(field(row, 2)) for row in there.members))
    put_members(draft, rows, draft.name)
    for row in rows:
        if b"F" in field(row, 3):
            draft.powers.append(f"founder of group {shown(draft.name)}: {shown(field(row, 2))}")
    has = {field(row, 2).upper() for row in there.properties}
    properties = [row for row in block.properties if field(row, 2).upper() not in has]
    for row in properties:
        draft.put(Place.GROUP_PROPERTY, b" ".join((b"MDG", draft.name, row.raw.split(b" ", 2)[2])))
    draft.coming_back += counts((len(rows), "member"), (len(properties), "property"))


def _add_offers(draft: Draft, block: GroupBlock) -> None:
    """HO: hosts that are offered to the group's members."""
    there = {row.raw for row in draft.living.rows(b"HO")}
    for row in block.offers:
        if draft.living.reads(b"HO") and row.raw not in there:
            draft.put(Place.KIND, row.raw)


def _claim(draft: Draft, block: GroupBlock) -> Claim:
    fold = draft.living.fold
    return Claim(
        groups=(fold(draft.name), *(fold(field(row, 1)) for row in block.memberships)),
        uids=(field(block.group, 1),),
        channels=tuple(fold(field(entry[0], 1)) for entry in block.access),
        entities=tuple(sorted(draft.asked - {fold(draft.name)})),
    )
