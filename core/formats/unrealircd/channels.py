"""channel.db: the channels that stay (+P), with topic, modes and lists (src/modules/channeldb.c)."""

from core.formats.unrealircd.cursor import Cursor, Malformed, Newer
from core.formats.unrealircd.model import Tally

VERSION = 100
START, END = 0x11111111, 0x22222222
_LISTS = ("bans", "exceptions", "invites")  # b, e, I


def read(cursor: Cursor, tally: Tally) -> None:
    """Every channel. Raises as the cursor does."""
    must_be_version(cursor.u32(), VERSION)
    for _ in tally.records(cursor.u64()):
        cursor.mark(START, "its beginning")
        name = cursor.text()
        if not name:
            raise Malformed("its name is missing")
        cursor.u64()  # when it was made
        cursor.text(), cursor.text(), cursor.u64()  # topic, who set it, when
        cursor.text(), cursor.text(), cursor.text()  # modes, their parameters, mode lock
        entries = {one: _list(cursor) for one in _LISTS}
        cursor.mark(END, "its end")
        tally.counts["channels"] += 1
        tally.counts["list entries"] += sum(entries.values())
        tally.keys.add(name.lower())


def _list(cursor: Cursor) -> int:
    number = cursor.u32()
    for _ in range(number):
        cursor.text(), cursor.text(), cursor.u64()  # mask, who set it, when
    return number


def must_be_version(found: int, known: int) -> None:
    """Raises Newer for a version that was not there yet, Malformed for one that never was."""
    if found > known:
        raise Newer(f"its version is {found}, and {known} is the newest that is known here")
    if found != known:
        raise Malformed(f"its version is {found} instead of {known}")
