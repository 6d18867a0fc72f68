"""An object on its way to a server that can rename: a temporary file, resumed if it was cut short."""

import hashlib
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.domain.errors import ObjectExists, StorageUnavailable
from core.storage.pace import Pace
from core.storage.sftp_answer import Refused
from core.storage.sftp_claim import Claim
from core.storage.sftp_connection import BLOCK, Connection, RemoteFile

_WORTH_RESUMING = 1 << 20  # less is sent anew as quickly as it is compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """An object's path on the server, and those of its unfinished upload and of who is at it."""

    final: str

    def _beside(self, what: str) -> str:
        folder, slash, name = self.final.rpartition("/")
        return f"{folder}{slash}.{name[:50]}.{hashlib.sha256(f'{what} {name}'.encode()).hexdigest()[:12]}.tmp"

    @property
    def partial(self) -> str:
        """The same for every attempt, so that the next one finds it."""
        return self._beside("partial")

    @property
    def claim(self) -> str:
        """Who is at work on it."""
        return self._beside("claim")


class Transfer:
    """Bytes into an open file. What is there already is compared and kept; from the first difference on it is replaced.

    The comparison reads back everything: version 3 of SFTP has no checksums, and nothing less proves that an
    upload which was cut short left what was sent.
    """

    def __init__(self, file: RemoteFile, *, there: int, pace: Pace, replaces: bool = True) -> None:
        self._file = file
        self._replaces = replaces
        self._there = there  # bytes that may be right
        self._pace = pace
        self.size = 0
        self.sent = 0

    def add(self, block: bytes) -> None:
        """The next bytes of the object.

        Raises:
            ObjectExists: something else is there, and it is not for us to replace.
        """
        kept = self._kept(block)
        self.size += kept
        if rest := block[kept:]:
            self._pace.wait(len(rest))
            self._file.write(self.size, rest)
            self.size += len(rest)
            self.sent += len(rest)

    def _kept(self, block: bytes) -> int:
        if self.size >= self._there:
            return 0
        found = self._file.read(self.size, min(len(block), self._there - self.size))
        if block.startswith(found):
            return len(found)
        if not self._replaces:
            raise ObjectExists(f"{self._file.path} exists already")
        self._there = 0  # the rest is another's
        return next(place for place, pair in enumerate(zip(block, found, strict=False)) if pair[0] != pair[1])


def blocks(content: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in blocks of one size, the last one smaller."""
    waiting = bytearray()
    for piece in content:
        waiting += piece
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]
    if waiting:
        yield bytes(waiting)


def upload(server: Connection, path: str, content: Iterable[bytes], pace: Pace) -> int:
    """Store an object under a name that is free; returns how many bytes were sent.

    Raises:
        ObjectExists: the name is taken.
        StorageFull, StorageUnavailable: it could not be stored, and nothing is visible. A large part that was sent
            stays under a temporary name for the next attempt.
    """
    names = Names(final=path)
    if server.look(path) is not None:
        raise _exists(server, path)
    with Claim(server, names.claim, names.partial) as claim:
        transfer = _fill(server, names, content, claim, pace)
        claim.hold()
        _publish(server, names)
    return transfer.sent


def _fill(server: Connection, names: Names, content: Iterable[bytes], claim: Claim, pace: Pace) -> Transfer:
    file, there = _begin(server, names.partial)
    transfer = Transfer(file, there=there, pace=pace)
    try:
        for block in blocks(content, pace.block(BLOCK)):
            claim.hold()
            transfer.add(block)
        if there > transfer.size:
            file.truncate(transfer.size)
        file.flush()
    except Refused as refused:
        problem = server.refusal(refused, names.partial, "written")
        file.close()
        server.tidy(names.partial)  # a full disk needs the space; what else is refused is no better the next time
        raise problem from None
    except BaseException:
        file.close()
        if max(there, transfer.size) < _WORTH_RESUMING:
            server.tidy(names.partial)
        raise
    file.close()
    return transfer


def _begin(server: Connection, partial: str) -> tuple[RemoteFile, int]:
    file = server.create(partial)
    if file is not None:
        return file, 0
    found = server.look(partial)
    if found is None or not stat.S_ISREG(found.st_mode or 0):
        raise StorageUnavailable(f"{partial} on {server.settings.host} is not a file", hint="remove it")
    try:
        return server.open(partial, "r+b"), int(found.st_size or 0)
    except Refused as refused:
        raise server.refusal(refused, partial, "written") from None


def _publish(server: Connection, names: Names) -> None:
    """The rename of version 3, which never replaces (OpenSSH links and unlinks; see the storage's self-test)."""
    try:
        server.run(lambda client: client.rename(names.partial, names.final))
    except Refused as refused:
        if server.look(names.final) is not None:
            server.tidy(names.partial)
            raise _exists(server, names.final) from None
        raise server.refusal(refused, names.final, "written") from None


def _exists(server: Connection, path: str) -> ObjectExists:
    return ObjectExists(f"{path} on {server.settings.host} exists already")
