"""tkl.db: bans, exceptions, reserved nicks and spam filters (src/modules/tkldb.c)."""

from core.formats.unrealircd.channels import must_be_version
from core.formats.unrealircd.cursor import Cursor, Malformed
from core.formats.unrealircd.model import Tally

MAGIC, VERSION = 0x10101010, 4999
_BANS, _EXCEPTIONS, _RESERVED, _FILTERS = b"GkZzs", b"Ee", b"Qq", b"Ff"


def read(cursor: Cursor, tally: Tally) -> None:
    """Every entry. Raises as the cursor does."""
    cursor.mark(MAGIC, "what every tkl.db begins with")
    must_be_version(cursor.u32(), VERSION)
    for _ in tally.records(cursor.u64()):
        what = cursor.char()
        cursor.text(), cursor.u64(), cursor.u64()  # who set it, when, until when
        counted, key = _entry(what, cursor)
        tally.counts[counted] += 1
        tally.keys.add(counted.encode() + b"\0" + what + b"\0".join(part or b"" for part in key))


def _entry(what: bytes, cursor: Cursor) -> tuple[str, tuple[bytes | None, ...]]:
    """What it counts as, and what tells it from the others of its kind."""
    if what in _BANS:
        user, host, _ = cursor.text(), cursor.text(), cursor.text()
        return "bans", (user, host)
    if what in _EXCEPTIONS:
        user, host, kinds, _ = cursor.text(), cursor.text(), cursor.text(), cursor.text()
        return "exceptions", (user, host, kinds)
    if what in _RESERVED:
        _, nick, _ = cursor.text(), cursor.text(), cursor.text()
        return "reserved nicks", (nick,)
    if what in _FILTERS:
        match, pattern, targets = cursor.text(), cursor.text(), cursor.text()
        action, _, _ = cursor.char(), cursor.text(), cursor.u64()  # then the reason, and for how long it bans
        return "spam filters", (match, pattern, targets, action)
    raise Malformed("its kind is none that there is")
