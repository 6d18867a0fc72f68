"""The numbers and texts of an UnrealDB, one after the other. All integers are little endian (src/unrealdb.c)."""

import struct

_NULL = 0xFFFF
_LONGEST = 10_000  # bytes of a text: UnrealIRCd reads no longer one
_U16, _U32, _U64 = struct.Struct("<H"), struct.Struct("<I"), struct.Struct("<Q")


class Ended(Exception):
    """The bytes end where something should follow."""


class Malformed(Exception):
    """What stands there cannot be. The text says what it is, and quotes nothing of it."""


class Newer(Exception):
    """It says of itself that it has another version than is known here: that proves nothing about it."""


class Cursor:
    """A place in the bytes, which goes on with everything that is read."""

    __slots__ = ("_content", "_place")

    def __init__(self, content: bytes, place: int = 0) -> None:
        self._content = content
        self._place = place

    @property
    def rest(self) -> int:
        """Bytes that were not read."""
        return len(self._content) - self._place

    def char(self) -> bytes:
        """One byte."""
        return self._take(1)

    def u16(self) -> int:
        """Two bytes as a number."""
        return int(_U16.unpack(self._take(2))[0])

    def u32(self) -> int:
        """Four bytes as a number."""
        return int(_U32.unpack(self._take(4))[0])

    def u64(self) -> int:
        """Eight bytes as a number."""
        return int(_U64.unpack(self._take(8))[0])

    def text(self) -> bytes | None:
        """A length and so many bytes; None for the text that is none.

        Raises:
            Malformed: it is longer than UnrealIRCd reads, or holds a NUL.
        """
        size = self.u16()
        if size == _NULL:
            return None
        if size > _LONGEST:
            raise Malformed(f"a text of {size} bytes, and UnrealIRCd reads none of more than {_LONGEST}")
        text = self._take(size)
        if 0 in text:
            raise Malformed("a text with a NUL in it")
        return text

    def mark(self, expected: int, what: str) -> None:
        """Four bytes that must stand there.

        Raises:
            Malformed: others do.
        """
        if self.u32() != expected:
            raise Malformed(f"{what} is missing")

    def _take(self, size: int) -> bytes:
        end = self._place + size
        taken = self._content[self._place : end]
        if len(taken) < size:
            raise Ended
        self._place = end
        return taken
