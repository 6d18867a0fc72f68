"""The first hundred bytes of an SQLite database (sqlite.org/fileformat2.html §1.3)."""

_MAGIC = b"SQLite format 3\0"
_WRITE_VERSION, _READ_VERSION = 18, 19
_WAL = 2
_LEGACY = b"\1\1"
_HEADER = 100
_LARGEST = 65536  # the page size that does not fit into its two bytes is written as 1


def is_sqlite(content: bytes) -> bool:
    """Whether the first bytes say SQLite, whatever the file is called."""
    return content.startswith(_MAGIC)


def in_memory(content: bytes) -> bytes:
    """The same database, fit to be opened from memory.

    SQLite refuses a header that says WAL where there is no file for the log. A consistent copy needs no log.
    """
    if content[_WRITE_VERSION : _READ_VERSION + 1].find(_WAL) < 0:
        return content
    return content[:_WRITE_VERSION] + _LEGACY + content[_READ_VERSION + 1 :]


def in_mode_of(content: bytes, original: bytes) -> bytes:
    """A database, with its header saying WAL where that of `original` does: programs seldom set the mode twice."""
    if not says_wal(original) or len(content) <= _READ_VERSION:
        return content
    return content[:_WRITE_VERSION] + original[_WRITE_VERSION : _READ_VERSION + 1] + content[_READ_VERSION + 1 :]


def says_wal(content: bytes) -> bool:
    """Whether changes to this database lie in a write-ahead log first."""
    return len(content) > _READ_VERSION and content[_READ_VERSION] == _WAL


def missing_bytes(content: bytes) -> int:
    """How many bytes fewer there are than the header counts; 0 where it counts none, or all are there."""
    if len(content) < _HEADER:
        return _HEADER - len(content)
    size = int.from_bytes(content[16:18], "big")
    size = _LARGEST if size == 1 else size
    trusted = content[24:28] == content[92:96]  # older programs leave the count of pages stale, and say so here
    return max(0, size * int.from_bytes(content[28:32], "big") - len(content)) if trusted else 0
