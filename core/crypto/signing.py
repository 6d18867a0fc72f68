"""Signing with Ed25519 in minisign's format, so that the stock tool checks what we signed, and the other way round.

The secret key lies in a file as `minisign -G -W` writes it: unattended signing has nobody to type a passphrase,
so the file's mode is what guards it.
"""

import secrets
from collections.abc import Sequence
from pathlib import Path

from core.crypto.minisign import (
    PREHASHED,
    Malformed,
    PublicKey,
    SecretKey,
    Signature,
    fits_comment,
    prehash,
    read_public,
    read_secret_key,
    read_signature,
    show_id,
    write_secret,
    write_signature,
)
from core.disk import read_secret, write_whole
from core.domain.errors import ConfigInvalid, SignatureInvalid


def generate_signing_key() -> tuple[str, str]:
    """A new key: the text of its secret file, and the public line "RW…"."""
    seed, key_id = secrets.token_bytes(32), secrets.token_bytes(8)
    public = PublicKey(key_id=key_id, point=_point(seed))
    return write_secret(SecretKey(public=public, seed=seed)), str(public)


def write_signing_key(path: Path, secret_text: str) -> None:
    """Keep a secret key in a file of its own, 0600; an existing file is never overwritten.

    Raises:
        ObjectExists: there is one already.
    """
    write_whole(path, [secret_text.encode()], exclusive=True)


def public_of(secret_file: Path) -> str:
    """The public line of a secret key file.

    Raises:
        ConfigInvalid, SecretExposed: it is not there, not one, or others can read it.
    """
    return str(_read(secret_file).public)


class MinisignSigner:
    """Signs with the key in a file, which is read each time: nothing of it stays in memory."""

    def __init__(self, secret_file: Path) -> None:
        self._file = secret_file

    @property
    def public(self) -> str:
        """What verifies: "RW…"."""
        return public_of(self._file)

    def sign(self, content: bytes, trusted_comment: str) -> str:
        """The text of a signature file; see the port."""
        if not fits_comment(trusted_comment):
            raise ValueError("a trusted comment is one line of text")
        key = _read(self._file)
        signature = _sign(key.seed, prehash(content))
        text = Signature(
            algorithm=PREHASHED,
            key_id=key.public.key_id,
            signature=signature,
            trusted_comment=trusted_comment,
            whole=_sign(key.seed, signature + trusted_comment.encode()),
        )
        return write_signature(text)


class MinisignVerifier:
    """Accepts what one of the trusted keys signed."""

    def __init__(self, public_keys: Sequence[str]) -> None:
        self._keys = tuple(_public(line, place) for place, line in enumerate(public_keys, start=1))

    def verify(self, content: bytes, signature_text: str) -> str:
        """The public key that signed it; see the port."""
        try:
            signature = read_signature(signature_text)
        except Malformed as error:
            raise SignatureInvalid(f"the signature cannot be read: {error}", hint="it was changed or cut") from None
        known = [key for key in self._keys if key.key_id == signature.key_id]
        if not known:
            raise SignatureInvalid(
                f"signed with key {show_id(signature.key_id)}, which is not trusted here",
                hint=f"trusted (keys.trusted): {', '.join(show_id(key.key_id) for key in self._keys) or 'none'}",
            )
        for key in known:
            if _holds(key, signature, content):
                return str(key)
        raise SignatureInvalid(
            f"it is not what key {show_id(signature.key_id)} signed",
            hint="it was changed after it was signed, or somebody forged it",
        )


def _public(line: str, place: int) -> PublicKey:
    try:
        return read_public(line)
    except Malformed as error:
        raise ConfigInvalid(
            f"number {place} of keys.trusted is not a public signing key: {error}", hint="copy it again, whole: RW…"
        ) from None


def _read(path: Path) -> SecretKey:
    try:
        key = read_secret_key(read_secret(path))
    except Malformed as error:
        raise ConfigInvalid(
            f"{path} is not a secret signing key without a passphrase: {error}",
            hint="expected a file of `backupserv keygen --signing` or `minisign -G -W`",
        ) from None
    if _point(key.seed) != key.public.point:
        raise ConfigInvalid(f"{path} is damaged: its two halves do not belong together", hint="put its copy back")
    return key


def _point(seed: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 — start-up time

    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def _sign(seed: bytes, content: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 — start-up time

    return Ed25519PrivateKey.from_private_bytes(seed).sign(content)


def _holds(key: PublicKey, signature: Signature, content: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 — start-up time
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 — same

    try:
        point = Ed25519PublicKey.from_public_bytes(key.point)
        point.verify(signature.signature, signature.signed(content))
        point.verify(signature.whole, signature.bound())
    except InvalidSignature:
        return False
    return True
