"""A file that another backup left: opened without following links, and unpacked as a stream with a limit."""

import gzip
import io
import os
import stat
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from core.domain.errors import IdentityMissing, SourceDamaged, SourceUnreadable
from core.domain.size import show_size
from core.formats.signature import HEAD, Format, recognise

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_PIECE = 1 << 20
_NO_LIMIT = 1 << 60  # a file is as large as it is; what it unpacks to is another matter


class ArchiveOpener(Protocol):
    """Opens archives that another program sealed with a passphrase. It only reads: we seal with age."""

    def open(self, sealed: BinaryIO, looks_right: Callable[[bytes], bool]) -> tuple[BinaryIO, str]:
        """The plain bytes as a stream, and in words how it was sealed.

        There is no checksum in such archives. A way of opening one is right if `looks_right` says so of the first bytes
        that come out; whether the rest is whole, only the format inside can tell.

        Raises:
            IdentityMissing: nothing that looks right comes out: another passphrase, or a damaged beginning.
            SourceDamaged: it is no such archive. Reading the stream raises it too, where the end is seen to be wrong.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What is inside, behind seal and packing."""

    stream: BinaryIO
    format: Format
    sealed: str  # how, in words; "" = it was not
    packed_at: int  # seconds since 1970 in the header of gzip: the time of the file that was packed; 0 = it says none


@contextmanager
def opened(path: Path, *, opener: ArchiveOpener | None, limit: int) -> Iterator[Opened]:
    """The content of a file, at most `limit` bytes of it, whatever the file promises.

    Raises:
        SourceUnreadable: it cannot be read, is a link or no regular file, or unpacks to more; while it is read, too.
        SourceDamaged: its packing is broken; while it is read, too.
        IdentityMissing: it is sealed, and no passphrase here opens it.
    """
    with ExitStack() as stack:
        stream = stack.enter_context(_bounded(stack.enter_context(_regular(path)), _NO_LIMIT))
        sealed, packed_at = "", 0
        if recognise(_head(stream)) == "openssl":
            if opener is None:
                raise IdentityMissing("it is sealed with a passphrase, and none was given")
            inner, sealed = opener.open(stream, _looks_right)
            stream = stack.enter_context(_bounded(inner, limit))
        if recognise(_head(stream)) == "gzip":
            unpacked = stack.enter_context(gzip.GzipFile(fileobj=stream))
            stream = stack.enter_context(_bounded(cast("BinaryIO", unpacked), limit))
            found = recognise(_head(stream))
            packed_at = unpacked.mtime or 0
        else:
            found = recognise(_head(stream))
            stream = stack.enter_context(_bounded(stream, limit))
        yield Opened(stream=stream, format=found, sealed=sealed, packed_at=packed_at)


def _looks_right(head: bytes) -> bool:
    """Chance gives one of these once in ten million times, and then the checksum inside does not fit."""
    found = recognise(head)
    text = found == "atheme" and b"\0" not in head
    return text or head.startswith(b"\x1f\x8b\x08") or found in {"tar", "sqlite"}


def content_of(stream: BinaryIO) -> bytes:
    """All of it, in memory."""
    content = bytearray()
    while piece := stream.read(_PIECE):
        content += piece
    return bytes(content)


def size_of(stream: BinaryIO) -> int:
    """How much it is, without keeping it: what is too large, or broken, raises before memory is asked for."""
    size = 0
    while piece := stream.read(_PIECE):
        size += len(piece)
    return size


def _head(stream: io.BufferedReader) -> bytes:
    return stream.peek(HEAD)[:HEAD]


def _regular(path: Path) -> io.FileIO:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise SourceUnreadable(f"it cannot be read: {error.strerror}") from None
    file = io.FileIO(descriptor)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        file.close()
        raise SourceUnreadable("it is not a regular file")
    return file


def _bounded(stream: BinaryIO, limit: int) -> io.BufferedReader:
    return io.BufferedReader(_Bounded(stream, limit), HEAD)


class _Bounded(io.RawIOBase):
    """A stream that ends, and that says in a sentence what is wrong with what it unpacks."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self._stream = stream
        self._left = limit
        self._limit = limit

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """As much as there is room for; less only at the end."""
        view = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(view) and (piece := self._read(len(view) - filled)):
            view[filled : filled + len(piece)] = piece
            filled += len(piece)
        self._left -= filled
        if self._left < 0:
            raise SourceUnreadable(f"it holds more than {show_size(self._limit)}", hint="--limit allows more")
        return filled

    def _read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except EOFError:
            raise SourceDamaged("it ends before it is unpacked: the packed file was cut off") from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise SourceDamaged(f"it does not unpack: {error}") from None
        except OSError as error:
            raise SourceUnreadable(f"it cannot be read: {error.strerror or error}") from None
