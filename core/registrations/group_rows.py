"""The rows of a group that comes back."""

from core.formats.atheme import Row, field
from core.registrations.access_rows import member_row, standing_of
from core.registrations.draft import Draft
from core.registrations.flags import known_flags
from core.registrations.row_plan import Place
from core.registrations.selection import GroupBlock
from core.registrations.words import NAMES_ROOM, listed, shown


def put_group(draft: Draft, block: GroupBlock) -> None:
    """GRP and MDG."""
    fields, name = block.group.fields, draft.stored(block.name)
    fields[1], fields[2], fields[4] = draft.uid(fields[1]), name, known_flags(draft, fields[4], "group")
    properties = (b"MDG %s %s" % (name, row.raw.split(b" ", 2)[2]) for row in block.properties)
    draft.put(Place.GROUP, b" ".join(fields), *properties)


def put_members(draft: Draft, rows: list[Row], group: bytes) -> None:
    """GACL: what `members_back` gives, under the names that are in the file now."""
    for row in rows:  # each finds its own place in the file
        draft.put(Place.MEMBER, member_row(row, group, draft.stored(field(row, 2))))


def members_back(draft: Draft, block: GroupBlock, *, taken: frozenset[bytes] = frozenset()) -> list[Row]:
    """GACL rows of those who are there and are who they were; the others are named."""
    rows, gone = [], []
    for row in block.members:
        member = field(row, 2)
        if draft.living.fold(member) in taken:
            continue
        standing = standing_of(draft, member)
        if standing == "comes":
            rows.append(row)
        elif standing == "gone":
            gone.append(shown(member))
        elif standing == "forgotten":
            draft.left_out.append(f"group {shown(block.name)}: a member who was forgotten")
    if gone:
        draft.left_out.append(f"group {shown(block.name)}: members who are gone: {listed(gone, NAMES_ROOM)}")
    return rows
