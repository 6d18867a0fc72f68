"""history/*.db: what was said in a channel, and master.db, which holds their secret (modules/history_backend_mem.c)."""

from hashlib import sha256

from core.formats.unrealircd.channels import must_be_version
from core.formats.unrealircd.cursor import Cursor, Malformed
from core.formats.unrealircd.model import Tally

MAGIC, VERSION = 0xFEFEFEFE, 5000
FILE_END = 0xEFEFEFEF
_LINE, _LINE_END = 0xFFFFFFFF, 0xEEEEEEEE


def read_master(cursor: Cursor, tally: Tally) -> None:
    """The two secrets that the names of all others are made of. Raises as the cursor does."""
    must_be_version(cursor.u32(), VERSION)
    tally.binding = (_secret(cursor), _secret(cursor))


def read(cursor: Cursor, tally: Tally) -> None:
    """Every line that was said. Raises as the cursor does."""
    cursor.mark(MAGIC, "what every history begins with")
    must_be_version(cursor.u32(), VERSION)
    before, after = tally.binding = (_secret(cursor), _secret(cursor))
    channel = cursor.text()
    if not channel:
        raise Malformed("the name of its channel is missing")
    tally.keys.add(sha256(b" ".join((before, channel.lower(), after))).hexdigest().encode())
    cursor.u64(), cursor.u64()  # how many lines are kept, and for how long
    while (mark := cursor.u32()) == _LINE:
        tally.number += 1
        _line(cursor)
        tally.counts["lines"] += 1
    if mark != FILE_END:
        raise Malformed("neither a line nor its end follows")


def _line(cursor: Cursor) -> None:
    cursor.u64()  # when
    while True:
        tag, value = cursor.text(), cursor.text()
        if tag is None and value is None:
            break
    if cursor.text() is None:
        raise Malformed("it has no text")
    cursor.mark(_LINE_END, "its end")


def _secret(cursor: Cursor) -> bytes:
    secret = cursor.text()
    if not secret:
        raise Malformed("one of its two secrets is missing")
    return secret
