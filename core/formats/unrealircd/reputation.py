"""reputation.db: how long each address was here. Text without a secret, an UnrealDB with one (modules/reputation.c)."""

import re

from core.formats.unrealircd.channels import must_be_version
from core.formats.unrealircd.cursor import Cursor, Ended, Malformed
from core.formats.unrealircd.model import Tally

TITLE = b"REPDB "
VERSION = 2  # of the UnrealDB; the text is version 1
_HEAD = re.compile(rb"REPDB (\d{1,5}) \d{1,20} \d{1,20}")
_LINE = re.compile(rb"[0-9A-Fa-f.:]{1,60} \d{1,6} \d{1,20}")


def read(cursor: Cursor, tally: Tally) -> None:
    """Every address of an UnrealDB. Raises as the cursor does."""
    must_be_version(cursor.u64(), VERSION)
    cursor.u64(), cursor.u64()  # since when it is kept, when it was written
    for _ in tally.records(cursor.u64()):
        if not cursor.text():
            raise Malformed("its address is missing")
        cursor.u16(), cursor.u64()
        tally.counts["addresses"] += 1


def read_text(content: bytes, tally: Tally) -> None:
    """Every line of the text. It has no count: one that was cut at the end of a line looks whole.

    Raises:
        Newer, Malformed, Ended: it is not such a text, or ends within a line.
    """
    if not content.endswith(b"\n"):
        tally.number = content.count(b"\n")
        raise Ended
    head, *lines = content[:-1].split(b"\n")
    title = _HEAD.fullmatch(head)
    if title is None:
        raise Malformed("its first line is not as it must be")
    must_be_version(int(title[1]), 1)
    for line in lines:
        tally.number += 1
        if _LINE.fullmatch(line) is None:
            raise Malformed("its line is no address with a score and a time")
        tally.counts["addresses"] += 1
