"""Copies on an SSH server, by SFTP."""

import io
import stat
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

from core.disk import is_temporary
from core.domain.errors import ObjectNotFound, ObjectRetained, StorageUnavailable
from core.ports import StoredObject
from core.storage.keys import check_key, is_key
from core.storage.pace import Pace
from core.storage.sftp_answer import Refused
from core.storage.sftp_claim import server_time
from core.storage.sftp_connection import Connection
from core.storage.sftp_probe import Proof, prove
from core.storage.sftp_settings import SftpSettings
from core.storage.sftp_stream import PIECE, StoredStream
from core.storage.sftp_upload import upload
from core.storage.sftp_write_once import write_once

_OLD = 3 * 24 * 3600  # seconds after which nobody resumes an upload any more


class SftpStorage:
    """A folder on a server: one file an object, folders 0700, files 0600, no links.

    An object is written under a temporary name, flushed where the server can (fsync@openssh.com; no server can flush
    a folder), and renamed by the rename of version 3, which in OpenSSH refuses a name that is taken. An upload that
    was cut short is gone on with by the next `put` of the same object: what is there is read back and compared, and
    only the rest is sent.

    `write_once` is for servers that let nobody rename or remove: a filter of requests, a folder with `chattr +a`.
    There an object is written under its own name, and that is weaker: while it is written, and after a crash until
    the next `put` of the same object ends it, a half of it is listed, with its size as the only sign. Its manifest,
    written last, has the true size and digest, so no snapshot ever counts on a half. An object that is how another
    one begins is taken for its half, and sealed objects never begin alike. Nothing is ever deleted there.
    """

    def __init__(self, name: str, settings: SftpSettings) -> None:
        self._name = name
        self._settings = settings
        self._server = Connection(settings)
        self._pace = Pace(settings.limit_bytes_per_second)
        self._folders: set[str] = set()  # seen to be no links
        self._proof = Proof()

    @property
    def name(self) -> str:
        """What people call it."""
        return self._name

    def close(self) -> None:
        """End the connection; it is made anew when it is needed."""
        self._server.close()

    def put(self, key: str, content: Iterable[bytes]) -> None:
        """Store an object durably; see the port."""
        path = self._path(key)
        store = write_once if self._settings.write_once else upload
        store(self._server, path, content, self._pace)

    def open(self, key: str) -> BinaryIO:
        """A stream over the stored bytes; see the port."""
        path = self._path(key)
        found = self._server.look(path)
        if found is None or not stat.S_ISREG(found.st_mode or 0):
            raise self._not_found(path)
        try:
            file = self._server.open(path, "rb")
        except Refused as refused:
            raise (
                self._not_found(path) if refused.is_missing else self._server.refusal(refused, path, "read")
            ) from None
        return io.BufferedReader(StoredStream(self._server, file, int(found.st_size or 0)), PIECE)

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """All objects below a folder, in key order; see the port."""
        if prefix:
            self._path(f"{prefix}/x")
        for key, found in self._walk(prefix):
            if is_key(key):
                yield StoredObject(key=key, size=int(found.st_size or 0))

    def _walk(self, prefix: str) -> Iterator[tuple[str, Any]]:
        """All files, unfinished ones too."""
        entries = self._entries(prefix)
        for entry in sorted(entries, key=lambda item: item.filename + "/" * stat.S_ISDIR(item.st_mode or 0)):
            key = f"{prefix}/{entry.filename}" if prefix else str(entry.filename)
            if is_temporary(entry.filename) and stat.S_ISREG(entry.st_mode or 0):
                yield key, entry
            if not is_key(key):
                continue  # none of ours
            if stat.S_ISLNK(entry.st_mode or 0):
                raise self._link(self._settings.place(key))
            if stat.S_ISDIR(entry.st_mode or 0):
                yield from self._walk(key)
            elif stat.S_ISREG(entry.st_mode or 0):
                yield key, entry

    def _entries(self, prefix: str) -> Sequence[Any]:
        path = self._settings.place(prefix)
        try:
            return tuple(self._server.run(lambda client: client.listdir_attr(path), again=True))
        except Refused as refused:
            if refused.is_missing:
                return ()
            raise self._server.refusal(refused, path, "listed") from None

    def delete(self, key: str) -> None:
        """Remove an object; see the port. A write-once server is not even asked."""
        path = self._path(key)
        if not self._settings.write_once:
            self._server.remove(path)
        elif self._server.look(path) is not None:
            raise ObjectRetained(f"{path} on {self._settings.host} stays: the storage is write-once")

    def sweep(self) -> tuple[str, ...]:
        """Remove unfinished uploads that nobody touched for three days; younger ones are resumed by the next `put`."""
        if self._settings.write_once:
            return ()
        unfinished = [(key, found) for key, found in self._walk("") if not is_key(key)]
        if not unfinished:
            return ()
        last: dict[str, int] = {}
        for key, found in unfinished:  # an upload and its claim: as long as one is young, both are needed
            last[_upload_of(key)] = max(last.get(_upload_of(key), 0), int(found.st_mtime or 0))
        now = server_time(self._server, self._settings.path)
        old = tuple(key for key, _ in unfinished if now - last[_upload_of(key)] > _OLD)
        for key in old:
            self._server.remove(self._settings.place(key))
        return old

    def remarks(self) -> tuple[str, ...]:
        """What the last self-test found wanting; see the port."""
        return self._proof.remarks

    def self_test(self) -> str:
        """Prove that nothing is overwritten, that files are flushed, and, if it is said to be so, that nothing goes."""
        self._proof = prove(self._server)
        return self._proof.proven

    def _path(self, key: str) -> str:
        """Where a key lies; that no folder on the way is a link was seen once."""
        *folders, _ = check_key(key).split("/")
        for depth in range(1, len(folders) + 1):
            folder = "/".join(folders[:depth])
            if folder in self._folders:
                continue
            found = self._server.look(self._settings.place(folder))
            if found is None:
                break
            if stat.S_ISLNK(found.st_mode or 0):
                raise self._link(self._settings.place(folder))
            self._folders.add(folder)
        return self._settings.place(key)

    def _link(self, path: str) -> StorageUnavailable:
        return StorageUnavailable(
            f"{path} on {self._settings.host} is a symbolic link", hint="a storage keeps no links; remove it"
        )

    def _not_found(self, path: str) -> ObjectNotFound:
        return ObjectNotFound(f"{path} on {self._settings.host} does not exist")


def _upload_of(key: str) -> str:
    """What an unfinished file and its claim have in common: all but the digest."""
    return key.rsplit(".", 2)[0]
