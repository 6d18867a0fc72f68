"""What is around a database: a header in plain, none at all (UnrealIRCd 5), or encryption (src/unrealdb.c)."""

from dataclasses import dataclass
from typing import Protocol

from core.formats.unrealircd.cursor import Cursor, Ended, Malformed, Newer

HEADER = 32  # bytes, padded with NUL
PLAIN = b"UnrealIRCd-DB-v1"
CRYPTED = b"UnrealIRCd-DB-Crypted-v1"
INSIDE = b"UnrealIRCd-DB-Crypted-Now"  # what the plain bytes of an encrypted one begin with
FAMILY = b"UnrealIRCd-DB"
CHUNK = 4096  # plain bytes
SEALED_CHUNK = CHUNK + 17  # a tag and a message authentication code more
CHUNKS_BEGIN = 86
_PAYLOAD = 40
_SALT = 16
_ARGON2ID, _XCHACHA20, _KEY = 1, 1, 32
_MOST_TIMES, _MOST_MEMORY, _MOST_LANES = 16, 18, 16  # UnrealIRCd takes 4, 15 and 2: nobody makes us fill the memory


class Opener(Protocol):
    """Opens encrypted databases with the secret that it was given."""

    def open(self, encrypted: "Encrypted", content: bytes) -> bytes:
        """The plain bytes of the whole file `content`.

        Raises:
            IdentityMissing: the secret is another one, or the very beginning is damaged.
            SourceDamaged: it opens, and not to its end.
            ConfigInvalid, SecretExposed: the secret cannot be used.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Encrypted:
    """The header of an encrypted database: how its key is made of a secret, and where its chunks begin."""

    times: int
    memory: int  # as a power of two, of KiB
    lanes: int
    salt: bytes
    stream_header: bytes


def is_encrypted(content: bytes) -> bool:
    """Whether a file is one that was written with a db-secret."""
    return len(content) >= HEADER and content[:HEADER].rstrip(b"\0") == CRYPTED


def payload_of(content: bytes) -> tuple[bytes, bool]:
    """What is in a file that is not encrypted, and whether it had a header.

    Raises:
        Newer: of a version that is not known here.
        Ended: it ends within its header.
    """
    head = content[:HEADER]
    if not (head.startswith(FAMILY) or (head and FAMILY.startswith(head))):
        return content, False
    if len(head) < HEADER:
        raise Ended
    title = head.rstrip(b"\0")
    if title != PLAIN:
        raise Newer(f"its header says {_said(title)}, and that is not known here")
    if len(content) < _PAYLOAD:
        raise Ended
    return content[_PAYLOAD:], True


def header_of(content: bytes) -> Encrypted:
    """How an encrypted file is opened.

    Raises:
        Newer: its ways are not known here.
        Ended: it ends within its header.
    """
    cursor = Cursor(content, HEADER)
    kdf, times, memory, lanes, salt_size = (cursor.u16() for _ in range(5))
    if kdf != _ARGON2ID or salt_size != _SALT:
        raise Newer("the way from its secret to its key is not known here")
    salt = b"".join(cursor.char() for _ in range(_SALT))
    cipher, key_size = cursor.u16(), cursor.u16()
    stream_header = b"".join(cursor.char() for _ in range(24))
    if cipher != _XCHACHA20 or key_size != _KEY:
        raise Newer("its cipher is not known here")
    if not (0 < times <= _MOST_TIMES and memory <= _MOST_MEMORY and 0 < lanes <= _MOST_LANES):
        raise Newer("making its key would take more than UnrealIRCd has ever asked for")
    return Encrypted(times=times, memory=memory, lanes=lanes, salt=salt, stream_header=stream_header)


def ends_early(content: bytes) -> bool:
    """Whether the length alone shows that an encrypted file was cut off: its last chunk is never whole."""
    last = (len(content) - CHUNKS_BEGIN) % SEALED_CHUNK
    return len(content) < CHUNKS_BEGIN or not SEALED_CHUNK - CHUNK <= last < SEALED_CHUNK


def inside(plain: bytes) -> bytes:
    """The database in the plain bytes of an encrypted one.

    Raises:
        Ended, Malformed: it does not begin as it must.
    """
    cursor = Cursor(plain)
    if cursor.text() != INSIDE:
        raise Malformed("what every encrypted one begins with is missing")
    cursor.u64()  # when it was made
    return plain[len(plain) - cursor.rest :]


def _said(title: bytes) -> str:
    return "".join(char if char.isprintable() else "?" for char in title.decode("ascii", "replace"))
