"""whowas.db: who was here, each a list of named values (src/modules/whowasdb.c)."""

from core.formats.unrealircd.channels import END, START, must_be_version
from core.formats.unrealircd.cursor import Cursor, Malformed
from core.formats.unrealircd.model import Tally

MAGIC, VERSION = 0x57484F57, 100


def read(cursor: Cursor, tally: Tally) -> None:
    """Every user that is gone. Raises as the cursor does."""
    cursor.mark(MAGIC, "what every whowas.db begins with")
    must_be_version(cursor.u32(), VERSION)
    for _ in tally.records(cursor.u64()):
        cursor.mark(START, "its beginning")
        while (key := cursor.text()) != b"end":
            if not key:
                raise Malformed("a value in it has no name")
            cursor.text()
        cursor.text()
        cursor.mark(END, "its end")
        tally.counts["users gone"] += 1
