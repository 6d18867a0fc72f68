"""Whether a server is the one we know: the known_hosts file of OpenSSH (sshd(8)), read and never written."""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from pathlib import Path

from core.domain.errors import ConfigInvalid, StorageUnavailable

_HASHED = re.compile(r"\|1\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostKey:
    """A server's public key: its type, and the bytes that go over the wire."""

    kind: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` shows it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownHost:
    """What a known_hosts file says about one server."""

    file: Path
    name: str  # "host", or "[host]:port"
    keys: tuple[HostKey, ...]
    revoked: tuple[HostKey, ...]

    def check(self, shown: HostKey) -> None:
        """Refuse a server that is not the one in the file.

        Raises:
            StorageUnavailable: its key is unknown, different or revoked; the fingerprint is in the message.
        """
        told = f"{shown.kind} {shown.fingerprint}"
        if shown in self.revoked:
            raise StorageUnavailable(f"the host key of {self.name} ({told}) is revoked in {self.file}")
        if shown in self.keys:
            return
        if self.keys:
            known = ", ".join(f"{key.kind} {key.fingerprint}" for key in self.keys)
            raise StorageUnavailable(
                f"the host key of {self.name} is {told}, and {self.file} has {known}",
                hint="somebody may stand in between: ask the server's administrator before the entry is changed",
            )
        raise StorageUnavailable(
            f"the host key of {self.name} ({told}) is not in {self.file}",
            hint="compare it with `ssh-keygen -l` on the server, then add what `ssh-keyscan` prints",
        )


def known_host(file: Path, host: str, port: int) -> KnownHost:
    """All entries for a server; plain, with wildcards and hashed ones.

    Raises:
        ConfigInvalid: the file cannot be read.
    """
    name = host if port == 22 else f"[{host}]:{port}"  # noqa: PLR2004 — SSH's own port, which is never written
    try:
        lines = file.read_text(errors="replace").splitlines()
    except OSError as error:
        raise ConfigInvalid(
            f"{file} cannot be read: {error.strerror}", hint=f"known_hosts must hold the key of {name}"
        ) from None
    keys: dict[bool, list[HostKey]] = {False: [], True: []}
    for line in lines:
        fields = line.split()
        marker = fields.pop(0) if fields and fields[0].startswith("@") else ""
        if marker in {"", "@revoked"} and (key := _key(fields)) and _names(fields[0], name):
            keys[bool(marker)].append(key)
    return KnownHost(file=file, name=name, keys=tuple(keys[False]), revoked=tuple(keys[True]))


def _key(fields: list[str]) -> HostKey | None:
    if len(fields) < 3 or fields[0].startswith("#"):  # noqa: PLR2004 — names, type, key
        return None
    try:
        return HostKey(kind=fields[1], blob=base64.b64decode(fields[2], validate=True))
    except binascii.Error:
        return None


def _names(patterns: str, name: str) -> bool:
    """Whether a line is about this server; one pattern with "!" that fits takes it out."""
    found = False
    for pattern in patterns.split(","):
        if pattern.startswith("!") and _fits(pattern[1:], name):
            return False
        found = found or _fits(pattern, name)
    return found


def _fits(pattern: str, name: str) -> bool:
    if hashed := _HASHED.fullmatch(pattern):
        try:
            salt, digest = (base64.b64decode(part) for part in hashed.groups())
        except binascii.Error:
            return False
        return hmac.compare_digest(hmac.digest(salt, name.lower().encode(), "sha1"), digest)
    wanted = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch(wanted, name, re.IGNORECASE) is not None
