"""What a file is: its first bytes decide, never its name."""

import re
from typing import Literal

from core.formats.atheme.rows import kind_of
from core.formats.atheme.schema import CONTRIB, FORMS
from core.formats.unrealircd import kinds as unrealircd

Format = Literal["empty", "atheme", "sqlite", "gzip", "zstd", "age", "anope", "openssl", "tar", "unrealircd", "unknown"]
HEAD = 1 << 16  # bytes that are enough

_ROWS = 200  # rows within which one must be of services.db
_BOM = b"\xef\xbb\xbf"
_BEGINNINGS: tuple[tuple[bytes, Format], ...] = (
    (b"SQLite format 3\0", "sqlite"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"age-encryption.org/", "age"),
    (b"-----BEGIN AGE ENCRYPTED FILE-----", "age"),
    (b"Salted__", "openssl"),
    (b"OBJECT ", "anope"),  # Anope's db_flatfile
)
_ANOPE_JSON = re.compile(rb'\s*\{\s*"generator"\s*:\s*"Anope ')  # db_json, from 2.1 on
_TAR = slice(257, 262)


def recognise(head: bytes) -> Format:
    """The format of a file that begins with `head` (64 kB of it are enough).

    A services.db is known by its rows and not by its first line: a damaged one is still one.
    """
    if not head.strip():
        return "empty"
    for beginning, name in _BEGINNINGS:
        if head.startswith(beginning):
            return name
    if _ANOPE_JSON.match(head):
        return "anope"
    if head[_TAR] == b"ustar":
        return "tar"
    if unrealircd.recognise(head):
        return "unrealircd"
    return "atheme" if _has_rows(head.removeprefix(_BOM)) else "unknown"


def _has_rows(head: bytes) -> bool:
    words = [kind_of(line).rstrip(b"\r") for line in head[:HEAD].split(b"\n", _ROWS)[:_ROWS]]
    return any(word in FORMS or word in CONTRIB for word in words)
