"""A stored object as it is read from a server: what goes wrong becomes our error, at each read."""

import io
from typing import Any

from core.domain.errors import StorageUnavailable
from core.storage.sftp_answer import Refused
from core.storage.sftp_connection import Connection, RemoteFile

PIECE = 255 << 10  # what OpenSSH gives in one answer; a server that gives less is asked again


class StoredStream(io.RawIOBase):
    """From the first byte to the last; fewer bytes than the object had when it was opened are an error."""

    def __init__(self, server: Connection, file: RemoteFile, size: int) -> None:
        super().__init__()
        self._server = server
        self._file = file
        self._size = size
        self._place = 0

    def readable(self) -> bool:
        """Yes, and nothing else."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """The next bytes, into a buffer."""
        found = self._next(len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def readall(self) -> bytes:
        """All that is left."""
        return b"".join(iter(lambda: self._next(PIECE), b""))

    def _next(self, size: int) -> bytes:
        wanted = min(size, PIECE, self._size - self._place)
        if wanted <= 0:
            return b""
        try:
            found = self._file.read(self._place, wanted)
        except Refused as refused:
            raise self._server.refusal(refused, self._file.path, "read") from None
        if not found:
            raise StorageUnavailable(f"{self._file.path} became shorter while it was read")
        self._place += len(found)
        return found

    def close(self) -> None:
        """Let go of it, on the server too."""
        if not self.closed:
            self._file.close()
        super().close()
