"""Signatures that this host has checked before: a list of a thousand snapshots need not check them all again."""

import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from core.disk import make_private_folder
from core.domain.errors import BackupServError
from core.ports import Verifier

_RECORD = 32  # bytes: the SHA-256 of keys, signature and content
_LIMIT = _RECORD << 16  # bytes: then everything is checked once more


class RememberingVerifier:
    """Another verifier, asked once for each content. The file lies beside the signing key, and needs as much care.

    `trusted` are the public keys of the other: with other keys nothing is remembered. Losing the file costs time only.
    """

    def __init__(self, verifier: Verifier, path: Path, *, trusted: tuple[str, ...]) -> None:
        self._verifier = verifier
        self._path = path
        self._keys = sha256("\n".join(trusted).encode()).digest()
        self._only = trusted[0] if len(trusted) == 1 else ""  # whose a remembered signature is
        self._known: set[bytes] | None = None

    def verify(self, content: bytes, signature_text: str) -> str:
        """See the port."""
        record = sha256(self._keys + sha256(signature_text.encode(errors="replace")).digest() + content).digest()
        if self._only and record in self._remembered():
            return self._only
        signer = self._verifier.verify(content, signature_text)
        if self._only:
            self._remember(record)
        return signer

    def _remembered(self) -> set[bytes]:
        if self._known is None:
            self._known = set()
            with suppress(OSError), self._path.open("rb") as file:
                found = file.read(_LIMIT + 1)
                if len(found) <= _LIMIT:
                    whole = len(found) - len(found) % _RECORD
                    self._known = {found[start : start + _RECORD] for start in range(0, whole, _RECORD)}
        return self._known

    def _remember(self, record: bytes) -> None:
        """A file that a crash cut in the middle of a record is begun anew, like one that has become too large."""
        known = self._remembered()
        with suppress(OSError, BackupServError):
            make_private_folder(self._path.parent)
            size = self._path.stat().st_size if self._path.exists() else 0
            torn = size % _RECORD or size >= _LIMIT
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_TRUNC if torn else 0)
            descriptor = os.open(self._path, flags, 0o600)
            try:
                os.write(descriptor, record)
            finally:
                os.close(descriptor)
        known.add(record)
