"""The audit trail on this host: one line for each request, decision and result, each holding the digest of the last."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from core.disk import flush_folder, make_private_folder, write_error
from core.domain.audit import Entry, Head, Value, Verdict, Wanted
from core.domain.errors import StorageUnavailable
from core.journal.about import about
from core.journal.end import End, glance, walked
from core.journal.files import aside, open_file, unreadable, walk_all
from core.journal.line import ADOPTED, TORN, digest_of, make
from core.ports import Clock

_PATIENCE = 10.0  # seconds for another writer, who needs a few milliseconds
_LOOK = 0.005


class FileJournal:
    """A hash-chained, append-only file of JSON lines, 0600; several processes may write it.

    What a crash tore, and what was there before there was a chain, stays as it is: the next line is about it.
    """

    def __init__(self, path: Path, *, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    def record(self, event: str, **fields: Value) -> None:
        """Append one line; see the port."""
        make_private_folder(self._path.parent)
        try:
            with self._locked() as descriptor:
                size = os.fstat(descriptor).st_size
                _append(descriptor, size, self._lines(self._end(size), event, {**about(), **fields}))
                if size == 0:
                    flush_folder(self._path.parent)
        except OSError as error:
            raise write_error(self._path, error) from error

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The file, open, with nobody else at work in it: where it ends is known until it is written."""
        until = self._clock.monotonic() + _PATIENCE
        while True:
            descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                if self._is_ours(descriptor):
                    yield descriptor
                    return
            finally:
                os.close(descriptor)
            if self._clock.monotonic() > until:
                raise StorageUnavailable(
                    f"another process has held {self._path} for {_PATIENCE:.0f} seconds", hint="`fuser -v` names it"
                )
            self._clock.sleep(_LOOK)

    def _is_ours(self, descriptor: int) -> bool:
        """Whether we have the lock, and nobody put the file aside between our opening and our locking it."""
        with suppress(BlockingIOError, FileNotFoundError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return os.path.samestat(os.fstat(descriptor), self._path.lstat())
        return False

    def _end(self, size: int) -> End:
        """Where the chain ends: in this file, or in the one that was put aside last."""
        newest = self._path if size else next(iter(aside(self._path)), None)
        if newest is None:
            return End()
        try:
            with closing(open_file(newest)) as stream:
                if not size:  # who had opened it before it was put aside ends first
                    fcntl.flock(stream.fileno(), fcntl.LOCK_EX)
                end = glance(stream) or walked(walk_all(self._path))
        except (OSError, EOFError) as error:
            raise unreadable(newest, error) from None
        return end if size else replace(end, ended=True)

    def _lines(self, end: End, event: str, fields: Mapping[str, Value]) -> bytes:
        """The new line, and before it what must be said of where the file ends."""
        at = self._clock.now().isoformat(timespec="milliseconds")
        content, seq, last = b"" if end.ended else b"\n", end.seq, end.last
        if end.loose is not None:
            story: dict[str, Value] = {"lines": end.loose.lines, "bytes": end.loose.size, "sha256": end.loose.digest}
            note = make(seq + 1, last, at, TORN if seq else ADOPTED, story)
            content, seq, last = content + note, seq + 1, digest_of(note)
        return content + make(seq + 1, last, at, event, fields)

    def head(self) -> Head:
        """Where the chain ends now; see the port."""
        try:
            return self._end(self._path.stat().st_size if self._path.exists() else 0).as_head
        except OSError as error:
            raise unreadable(self._path, error) from None

    def verify(self, head: str = "") -> Verdict:
        """Look at every line of the chain; see the port."""
        from core.journal.verifying import verify  # noqa: PLC0415 — what is only read when somebody asks

        return verify(self._path, head)

    def entries(self, wanted: Wanted) -> Iterator[Entry]:
        """What was written down, the oldest first; see the port."""
        from core.journal.entries import entries  # noqa: PLC0415 — same

        return entries(self._path, wanted)


def _append(descriptor: int, size: int, content: bytes) -> None:
    """On the medium, or not there at all; half of it only where the process is killed."""
    view = memoryview(content)
    try:
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    except OSError:
        with suppress(OSError):  # where even that is refused, the next writer closes the line off
            os.ftruncate(descriptor, size)
        raise
