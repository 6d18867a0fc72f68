"""Tombstones: who asked to be forgotten, kept so that it can be asked and not read.

`tombstones.jsonl` holds keyed tags (HMAC-SHA256) over accounts and names, never a name; `tombstone.key` is the key.
Whoever has both can try names one by one, as whoever has the sealed snapshots and their identity can read them.

What cannot be read blocks: a lost line or key must never bring somebody back whom nobody remembers having forgotten.
"""

import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from core.disk import make_private_folder, write_whole
from core.domain.code import new_code
from core.domain.errors import ErasureUnknown, ObjectNotFound
from core.jsonl import append, read

_KEY_LENGTH = 32
_ID_LENGTH = 6
_HEAD = "tombstones"  # the first line: it says that there is a file, before there is a key


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """One forgotten account. The tags answer questions and tell nothing."""

    id: str
    day: str  # "2026-11-20"
    by: str
    tags: frozenset[str] = field(repr=False)
    lifted: str = ""  # the day on which it was taken back

    @property
    def holds(self) -> bool:
        """Whether it still counts."""
        return not self.lifted


class Forgotten:
    """All tombstones of one moment, as an `Erasure`: it asks no file, so it answers 440,000 rows in a moment."""

    def __init__(self, tombstones: Iterable[Tombstone] = (), key: bytes = b"") -> None:
        self.tombstones = tuple(tombstones)
        self._key = key
        self._names: dict[bytes, str] = {}  # answers that were given: a database has the same few names again and again

    @cached_property
    def _days(self) -> dict[str, str]:
        newest_first = reversed(self.tombstones)
        return {tag: stone.day for stone in newest_first if stone.holds for tag in stone.tags}

    def account(self, uid: bytes, registered: bytes) -> str:
        """The day on which that account was forgotten, or ""; see the port."""
        return self._days.get(account_tag(self._key, uid, registered), "") if self._days else ""

    def name(self, folded: bytes) -> str:
        """The day on which an account that bore that name was forgotten, or ""; see the port."""
        if not self._days:
            return ""
        if (known := self._names.get(folded)) is None:
            known = self._names[folded] = self._days.get(name_tag(self._key, folded), "")
        return known

    def find(self, tags: frozenset[str]) -> Tombstone | None:
        """A tombstone that holds and has all these tags."""
        return next((stone for stone in self.tombstones if stone.holds and tags <= stone.tags), None)


class Tombstones:
    """The store in the state directory. It is an `Erasure` too, which looks at its files before each answer."""

    def __init__(self, state_dir: Path) -> None:
        self.path = state_dir / "tombstones.jsonl"
        self.key_path = state_dir / "tombstone.key"
        self._read: tuple[object, Forgotten] | None = None

    def account(self, uid: bytes, registered: bytes) -> str:
        """See the port.

        Raises:
            ErasureUnknown: it cannot be told.
        """
        return self.forgotten().account(uid, registered)

    def name(self, folded: bytes) -> str:
        """See the port.

        Raises:
            ErasureUnknown: it cannot be told.
        """
        return self.forgotten().name(folded)

    def forgotten(self) -> Forgotten:
        """All tombstones as they are now; read again only if a file changed.

        Raises:
            ErasureUnknown: a line is torn, changed or missing, or the key is lost or another one.
        """
        mark = (_mark(self.path), _mark(self.key_path))
        if self._read is None or self._read[0] != mark:
            self._read = (mark, self._load())
        return self._read[1]

    def bury(self, *, uid: bytes, registered: bytes, names: Iterable[bytes], day: str, by: str) -> Tombstone:
        """Record that an account with these folded names is forgotten; on the medium before this returns.

        An account that is forgotten with all these names keeps the tombstone that it has.

        Raises:
            ErasureUnknown: what is there cannot be read, so nothing is added to it.
            StorageFull, StorageUnavailable: it was not written.
        """
        known = self.forgotten()
        key = self._key() if known.tombstones else self._key_made()
        tags = frozenset({account_tag(key, uid, registered), *(name_tag(key, name) for name in names)})
        if (found := known.find(tags)) is not None:
            return found
        stone = Tombstone(id=new_code(_ID_LENGTH), day=day, by=by, tags=tags)
        self._append(kind="forgotten", id=stone.id, day=day, by=by, key=_proof(key), tags=sorted(tags))
        return stone

    def lift(self, stone_id: str, *, day: str, by: str) -> Tombstone:
        """Take a tombstone back: a line more, and nothing is erased.

        Raises:
            ObjectNotFound: none of that id holds.
            ErasureUnknown, StorageFull, StorageUnavailable: as for `bury`.
        """
        wanted = stone_id.upper()
        for stone in self.forgotten().tombstones:
            if stone.id == wanted and stone.holds:
                self._append(kind="lifted", id=stone.id, day=day, by=by)
                return next(now for now in self.forgotten().tombstones if now.id == wanted)
        raise ObjectNotFound("no tombstone of that id holds", hint="`backupserv forget --list` lists them")

    # --- the files ---------------------------------------------------------------------------

    def _load(self) -> Forgotten:
        lines = self._lines()
        if not lines and not _exists(self.key_path):
            return Forgotten()
        if not lines:
            raise self._unknown(f"{self.path} is gone, and {self.key_path.name} says that somebody was forgotten")
        stones: dict[str, Tombstone] = {}
        for fields in lines[1:]:
            _enter(stones, fields)
        if not stones:  # a crash came between the file and its first tombstone
            return Forgotten()
        key = self._key()
        if not {fields["key"] for fields in lines if "key" in fields} <= {_proof(key)}:
            raise self._unknown(f"{self.key_path} is another key than the one that {self.path.name} was made with")
        return Forgotten(stones.values(), key)

    def _lines(self) -> list[dict[str, Any]]:
        """All lines in order, the head first, with none missing in between."""
        good, bad = read(self.path)
        if bad:
            raise ErasureUnknown(
                f"line {bad[0]} of {self.path} is torn or was changed: who was forgotten cannot be told",
                hint="put a good copy of the file back. If it is the last line and a crash tore it, take it out, "
                "and forget that person again",
            )
        lines = [fields for _, fields in good]
        if any(fields.get("number") != number for number, fields in enumerate(lines)):
            raise self._unknown(f"a line is missing in {self.path}")
        return lines

    def _append(self, **fields: object) -> None:
        append(self.path, {"number": len(self._lines()), **fields})

    def _key(self) -> bytes:
        try:
            descriptor = os.open(self.key_path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                content = file.read(_KEY_LENGTH + 1) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
        except OSError as error:
            raise self._unknown(f"{self.key_path} cannot be read: {error.strerror}") from None
        if len(content) != _KEY_LENGTH:
            raise self._unknown(f"{self.key_path} is not the key that was made")
        return content

    def _key_made(self) -> bytes:
        """The key; made at the first use, behind the file's first line, so that a key alone means a lost file."""
        make_private_folder(self.path.parent)
        if not self._lines():
            self._append(kind=_HEAD)
        if not _exists(self.key_path):
            write_whole(self.key_path, [secrets.token_bytes(_KEY_LENGTH)], mode=0o600, exclusive=True)
        return self._key()

    def _unknown(self, what: str) -> ErasureUnknown:
        return ErasureUnknown(
            f"{what}: who was forgotten cannot be told",
            hint=f"put {self.path.name} and {self.key_path.name} back from a copy of {self.path.parent}",
        )


def account_tag(key: bytes, uid: bytes, registered: bytes) -> str:
    """The tag of one account: a name that somebody registers anew has another uid and another time."""
    return _tag(key, b"account", uid, registered)


def name_tag(key: bytes, folded: bytes) -> str:
    """The tag of a name, folded as the network compares names."""
    return _tag(key, b"name", folded)


def _proof(key: bytes) -> str:
    """Tells one key from another, and tells nothing else of it."""
    return _tag(key, b"key")[:16]


def _tag(key: bytes, *parts: bytes) -> str:
    """Each part with its length before it, so that no two lists of parts are the same message."""
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.digest(key, message, hashlib.sha256).hex()


def _enter(stones: dict[str, Tombstone], fields: Mapping[str, Any]) -> None:
    """One line's meaning. A kind that this version does not know could mean anything, so it blocks."""
    kind, stone_id, day, by = (str(fields.get(name, "")) for name in ("kind", "id", "day", "by"))
    if kind == "forgotten":
        stones[stone_id] = Tombstone(id=stone_id, day=day, by=by, tags=frozenset(map(str, fields.get("tags", ()))))
    elif kind == "lifted" and stone_id in stones:
        stones[stone_id] = replace(stones[stone_id], lifted=day)
    else:
        raise ErasureUnknown(
            f"a line of the tombstones is of the kind {kind!r}, which this version does not know",
            hint="update BackupServ",
        )


def _exists(path: Path) -> bool:
    return os.path.lexists(path)


def _mark(path: Path) -> tuple[int, int, int, int] | None:
    try:
        status = path.stat(follow_symlinks=False)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
