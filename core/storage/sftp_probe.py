"""What an SFTP server really does, tried on files of our own: the promises of a storage stand on it."""

import secrets
from dataclasses import dataclass

from core.domain.errors import StorageUnavailable
from core.storage.sftp_answer import Refused
from core.storage.sftp_connection import Connection, RemoteFile

_PROBE = b"BackupServ tries what this server allows.\n"
# Never listed, as nothing unfinished is. A write-once server keeps it for good, so it is always the same.
_LASTING = ".self-test.000000000000.tmp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What was proven, in words, and what is worse than it should be."""

    proven: str = ""
    remarks: tuple[str, ...] = ()


def prove(server: Connection) -> Proof:
    """Try it.

    Raises:
        StorageUnavailable: it overwrites what must not be overwritten, or cannot be written to.
    """
    return _prove_write_once(server) if server.settings.write_once else _prove_rename(server)


def _prove_rename(server: Connection) -> Proof:
    paths = [server.settings.place(f".self-test.{secrets.token_hex(6)}.tmp") for _ in range(3)]
    try:
        flushed = [_write(server, path) for path in paths[:2]]
        _must_not_create(server, paths[0])
        if _renames(server, paths[0], paths[1]):
            raise StorageUnavailable(
                f"{server.settings.host} renames over a file that is there",
                hint="objects could be replaced there: use a server whose rename refuses, as OpenSSH's does",
            )
        if not _renames(server, paths[0], paths[2]):
            raise StorageUnavailable(
                f"{server.settings.host} lets us rename nothing",
                hint="if it is meant to be so, set `write_once = true` in the storage's table",
            )
        return Proof(proven="a name that is taken is refused", remarks=_remarks(server, flushed=all(flushed)))
    finally:
        for path in paths:
            server.tidy(path)


def _prove_write_once(server: Connection) -> Proof:
    path = server.settings.place(_LASTING)
    file = server.create(path)
    flushed = True
    if file is not None:
        flushed = _fill(server, file)
    _must_not_create(server, path)
    allows = []
    if _overwrites(server, path):
        allows.append("overwrite")
    if _removes(server, path):
        allows.append("delete")
    remarks = tuple(
        f"{server.settings.host} lets us {what}, although the storage is write-once: who has our key can do so too"
        for what in allows
    )
    proven = "nothing can be " + " or ".join(
        past for what, past in (("delete", "deleted"), ("overwrite", "overwritten")) if what not in allows
    )
    return Proof(proven=proven if len(allows) < 2 else "", remarks=remarks + _remarks(server, flushed=flushed))  # noqa: PLR2004 — both


def _must_not_create(server: Connection, path: str) -> None:
    if (file := server.create(path)) is not None:
        file.close()
        raise StorageUnavailable(
            f"{server.settings.host} creates a file that is there already", hint="use another server"
        )


def _renames(server: Connection, old: str, new: str) -> bool:
    try:
        server.run(lambda client: client.rename(old, new))
    except Refused:
        return False
    return True


def _write(server: Connection, path: str) -> bool:
    file = server.create(path)
    if file is None:
        raise StorageUnavailable(f"{path} on {server.settings.host} is there already", hint="remove it")
    return _fill(server, file)


def _fill(server: Connection, file: RemoteFile) -> bool:
    try:
        file.write(0, _PROBE)
        return file.flush()
    except Refused as refused:
        raise server.refusal(refused, file.path, "written") from None
    finally:
        file.close()


def _overwrites(server: Connection, path: str) -> bool:
    """Whether the server takes other bytes for those that are there: the same ones, so that nothing is changed."""
    try:
        file = server.open(path, "r+b")
    except Refused:
        return False
    try:
        file.write(0, _PROBE)
    except Refused:
        return False
    finally:
        file.close()
    return True


def _removes(server: Connection, path: str) -> bool:
    try:
        server.run(lambda client: client.remove(path))
    except Refused:
        return False
    return True


def _remarks(server: Connection, *, flushed: bool) -> tuple[str, ...]:
    if flushed:
        return ()
    host = server.settings.host
    return (f"{host} cannot be told to flush files (fsync@openssh.com): its power cut may take what was just stored",)
