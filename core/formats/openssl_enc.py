"""What `openssl enc -aes-256-cbc` writes, as far as it can be told without a cipher.

`Salted__`, eight bytes of salt, then AES-256-CBC in blocks of 16 bytes, the last one padded (PKCS#7, RFC 5652 §6.3).
Key and initialisation vector follow from passphrase and salt in a way that nothing in the file names: by PBKDF2 where
`-pbkdf2` was given, else by EVP_BytesToKey with one round; its digest is SHA-256 since OpenSSL 1.1.0, MD5 before.

There is no checksum: another passphrase and a damaged file look alike. All that tells them apart is what comes out.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal

Digest = Literal["md5", "sha1", "sha256", "sha384", "sha512"]

MAGIC = b"Salted__"
HEADER = 16  # bytes: MAGIC and the salt
BLOCK = 16  # bytes
ITERATIONS = 10_000  # what `-pbkdf2` means without `-iter`

_KEY = 32  # bytes
_BASE64 = b"U2FsdGVkX1"  # MAGIC, where `-a` was given


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """One way from a passphrase to a key."""

    digest: Digest
    iterations: int = 0  # of PBKDF2; 0 = EVP_BytesToKey

    def __str__(self) -> str:
        """The options that say it to `openssl enc`."""
        if not self.iterations:
            return f"-md {self.digest}"
        rounds = f" -iter {self.iterations}" if self.iterations != ITERATIONS else ""
        return f"-pbkdf2{rounds}" + (f" -md {self.digest}" if self.digest != "sha256" else "")

    def key_and_iv(self, passphrase: bytes, salt: bytes) -> tuple[bytes, bytes]:
        """Key (32 bytes) and initialisation vector (16)."""
        if self.iterations:
            made = hashlib.pbkdf2_hmac(self.digest, passphrase, salt, self.iterations, _KEY + BLOCK)
        else:
            made = _bytes_to_key(self.digest, passphrase, salt)
        return made[:_KEY], made[_KEY : _KEY + BLOCK]


def derivations(*, iterations: int = 0, digest: Digest | None = None) -> tuple[Derivation, ...]:
    """What is tried, in this order: what was asked for, then what OpenSSL does and did by itself."""
    asked = [Derivation(digest=digest or "sha256", iterations=iterations or ITERATIONS)]
    asked += [Derivation(digest=digest)] if digest else []
    usual = [Derivation(digest="sha256", iterations=ITERATIONS), Derivation(digest="sha256"), Derivation(digest="md5")]
    return tuple(dict.fromkeys([*asked, *usual]))


def _bytes_to_key(digest: Digest, passphrase: bytes, salt: bytes) -> bytes:
    """EVP_BytesToKey of one round: each piece is the digest of the piece before, the passphrase and the salt."""
    made = piece = b""
    while len(made) < _KEY + BLOCK:
        piece = hashlib.new(digest, piece + passphrase + salt, usedforsecurity=False).digest()
        made += piece
    return made


def salt_of(header: bytes) -> bytes:
    """The salt in the first 16 bytes.

    Raises:
        ValueError: it is no such file; the text says what it is instead.
    """
    if header.startswith(MAGIC) and len(header) >= HEADER:
        return header[len(MAGIC) : HEADER]
    if header.startswith(_BASE64):
        raise ValueError("it was written with -a, as text: `openssl base64 -d -in FILE -out NEW` makes the usual file")
    if header.startswith(MAGIC):
        raise ValueError("it ends within its first 16 bytes: it was cut off")
    raise ValueError('it does not begin with "Salted__": it was made with -nosalt, or not by `openssl enc`')


def unpadded(last: bytes) -> bytes | None:
    """The last block without its padding; None where that is none, as with one wrong key in 255 of 256 times."""
    size = last[-1] if last else 0
    good = len(last) == BLOCK and 1 <= size <= BLOCK and last[-size:] == bytes([size]) * size
    return last[:-size] if good else None
