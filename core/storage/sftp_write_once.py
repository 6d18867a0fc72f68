"""An object on its way to a server where nothing is renamed or removed: under its own name from the first byte."""

import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from core.disk import write_error
from core.domain.errors import ObjectExists, StorageUnavailable
from core.storage.pace import Pace
from core.storage.sftp_answer import Refused
from core.storage.sftp_connection import BLOCK, Connection, RemoteFile
from core.storage.sftp_upload import Transfer

QUIET = 2.0  # seconds in which a half-written object must not grow before somebody else goes on with it
_IN_MEMORY = 4 << 20


def write_once(server: Connection, path: str, content: Iterable[bytes], pace: Pace) -> int:
    """Store an object under its final name; returns how many bytes were sent.

    The stream is taken whole first (sealed bytes, in a nameless file on this host), so that only a lost connection or
    a crash leaves a half: one that breaks leaves nothing. A half that is there and is how this object begins is gone
    on with; anything else is somebody's object.

    Raises:
        ObjectExists: the name is taken.
        StorageFull, StorageUnavailable: it could not be stored, or not wholly.
    """
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as whole:
        for piece in content:
            _keep(whole, piece)
        size = whole.tell()
        whole.seek(0)
        file, there = server.create(path), 0
        if file is None:
            there = _half(server, path, size)
            file = _reopen(server, path)
        return _write(server, file, Transfer(file, there=there, pace=pace, replaces=False), _pieces(whole, pace))


def _keep(whole: IO[bytes], piece: bytes) -> None:
    try:
        whole.write(piece)
    except OSError as error:
        raise write_error(Path(tempfile.gettempdir(), "a temporary file"), error) from error


def _pieces(whole: IO[bytes], pace: Pace) -> Iterator[bytes]:
    while block := whole.read(pace.block(BLOCK)):
        yield block


def _half(server: Connection, path: str, size: int) -> int:
    """How much of an object is there, if it may be a half and nobody is at work on it."""
    found = server.look(path)
    there = int(found.st_size or 0) if found is not None and stat.S_ISREG(found.st_mode or 0) else size
    if there >= size:
        raise _exists(server, path)
    time.sleep(QUIET)
    again = server.look(path)
    if again is None or again.st_size != there:
        raise StorageUnavailable(
            f"{path} on {server.settings.host} is being written by another run",
            hint="try again when that has ended; two hosts must not bear the same name",
        )
    return there


def _reopen(server: Connection, path: str) -> RemoteFile:
    try:
        return server.open(path, "r+b")
    except Refused:  # it was made immutable or closed to us: somebody holds it for finished
        raise _exists(server, path) from None


def _write(server: Connection, file: RemoteFile, transfer: Transfer, pieces: Iterable[bytes]) -> int:
    try:
        for piece in pieces:
            transfer.add(piece)
        file.flush()
    except Refused as refused:
        raise server.refusal(refused, file.path, "written") from None
    finally:
        file.close()
    return transfer.sent


def _exists(server: Connection, path: str) -> ObjectExists:
    return ObjectExists(f"{path} on {server.settings.host} exists already")
