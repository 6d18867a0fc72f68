"""Identities: what opens snapshots. Their files, plain or sealed with a passphrase as `age -p` does it.

Opening a passphrase takes a second on purpose, and holds the interpreter for it: it happens once for a file.
"""

from collections.abc import Callable, Collection, Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from core.disk import read_secret_bytes, write_whole
from core.domain.errors import BackupServError, ConfigInvalid, IdentityMissing, OnlySeals

_SEALED = (b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----")

Passphrase = Callable[[], str]  # asked for only where a file needs it


class Identities:
    """The identities of one file; or none, on a host that only seals."""

    def __init__(self, path: Path | None, passphrase: Passphrase | None = None) -> None:
        self._path = path
        self.passphrase = passphrase
        self._opened: tuple[bytes, tuple[str, ...]] | None = None  # digest of the sealed file, what was in it

    def texts(self) -> tuple[str, ...]:
        """Each "AGE-SECRET-KEY-1…", read anew if the file changed.

        Raises:
            IdentityMissing: none is configured, the file is gone, or no passphrase opens it.
            ConfigInvalid, SecretExposed: it cannot be used.
        """
        if self._path is None:
            raise OnlySeals(
                "this host only seals: no identity is configured", hint="set keys.identity, or do this where one is"
            )
        if _is_missing(self._path):
            raise IdentityMissing(
                f"the identity file {self._path} does not exist", hint="put it back, or use the recovery key"
            )
        content = read_secret_bytes(self._path)
        if not is_sealed(content):
            return read_identities(content, str(self._path))
        mark = sha256(content).digest()
        if self._opened is None or self._opened[0] != mark:
            self._opened = mark, read_identities(content, str(self._path), self.passphrase)
        return self._opened[1]


def _is_missing(path: Path) -> bool:
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False  # reading it will say why
    return False


def is_sealed(content: bytes) -> bool:
    """Whether an identity file is sealed with a passphrase, binary or armoured."""
    return content.lstrip().startswith(_SEALED)


def read_identities(content: bytes, name: str, passphrase: Passphrase | None = None) -> tuple[str, ...]:
    """The identities in the content of a file; `name` is what messages call it.

    Raises:
        IdentityMissing: it needs a passphrase that is not there, or another one.
        ConfigInvalid: there are none.
    """
    plain = unsealed(content, name, passphrase) if is_sealed(content) else content
    try:
        lines = [line.strip() for line in plain.decode().splitlines()]
    except UnicodeDecodeError:
        lines = []
    texts = tuple(line for line in lines if line and not line.startswith("#"))
    if not texts or not all(_is_identity(text) for text in texts):
        raise ConfigInvalid(f"{name} holds no age identity", hint="expected one line AGE-SECRET-KEY-1…")
    return texts


def unsealed(content: bytes, name: str, passphrase: Passphrase | None) -> bytes:
    """What a sealed identity file holds. Raises as `read_identities` does."""
    import pyrage  # noqa: PLC0415 — start-up time is a promise

    if passphrase is None:
        raise IdentityMissing(
            f"{name} is sealed with a passphrase, and there is none",
            hint='name the place of one in keys.passphrase ({ file = "…" }), or do this on a terminal',
        )
    try:
        plain: bytes = pyrage.passphrase.decrypt(content, passphrase())
    except pyrage.DecryptError:
        raise IdentityMissing(
            f"the passphrase does not open {name}", hint="type it again; if it is right, the file was changed"
        ) from None
    return plain


def seal_identities(text: str, passphrase: str) -> bytes:
    """The text of an identity file, sealed as `age -p -a` does it: fit for paper."""
    import pyrage  # noqa: PLC0415 — start-up time is a promise

    sealed: bytes = pyrage.passphrase.encrypt(text.encode(), passphrase, armored=True)
    return sealed


def is_recipient(text: str) -> bool:
    """Whether something can be sealed to it."""
    import pyrage  # noqa: PLC0415 — start-up time is a promise

    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        return False
    return True


def generate_identity() -> tuple[str, str]:
    """A new identity and its recipient: ("AGE-SECRET-KEY-1…", "age1…")."""
    import pyrage  # noqa: PLC0415 — start-up time is a promise

    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def recipient_of(identity: str) -> str:
    """What seals to an identity: "age1…"."""
    return str(parsed(identity).to_public())


def opened_by(files: Iterable[Path], recipients: Collection[str]) -> int:
    """How many of `recipients` these identity files open. One that cannot be read like that counts for one of them.

    Nobody is asked for a passphrase.
    """
    found, unread = set[str](), 0
    for file in files:
        try:
            texts = read_identities(read_secret_bytes(file), str(file))
        except BackupServError:
            unread += 1
        else:
            found |= {recipient_of(text) for text in texts}
    return len(found.intersection(recipients)) + unread


def parsed(identity: str) -> Any:
    """The identity as the library has it."""
    import pyrage  # noqa: PLC0415 — start-up time is a promise

    return pyrage.x25519.Identity.from_str(identity)


def _is_identity(text: str) -> bool:
    import pyrage  # noqa: PLC0415 — start-up time is a promise

    try:
        parsed(text)
    except pyrage.IdentityError:
        return False
    return True


def write_identity(path: Path, identity: str) -> None:
    """Keep an identity in a file of its own, 0600; an existing file is never overwritten.

    Raises:
        ObjectExists: there is one already.
    """
    write_whole(path, [f"{identity}\n".encode()], exclusive=True)
