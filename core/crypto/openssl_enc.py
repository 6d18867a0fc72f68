"""Opens archives that were made by `openssl enc -aes-256-cbc` with a passphrase, as a stream."""

import io
from collections.abc import Callable, Sequence
from itertools import product
from typing import TYPE_CHECKING, BinaryIO, Protocol

from core.domain.errors import IdentityMissing, SourceDamaged
from core.formats.openssl_enc import BLOCK, HEADER, Derivation, salt_of, unpadded

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_HEAD = 4096  # bytes that are tried with each derivation
_PIECE = 1 << 16


class _Decryptor(Protocol):
    def update(self, data: bytes) -> bytes:
        """As many plain bytes as sealed ones: whole blocks come."""
        ...


class OpensslOpener:
    """Passphrases, and the derivations that are tried with each until one gives what is looked for."""

    def __init__(self, passphrases: Sequence[bytes], tried: Sequence[Derivation]) -> None:
        self._passphrases = tuple(passphrases)
        self._tried = tuple(tried)

    def open(self, sealed: BinaryIO, looks_right: Callable[[bytes], bool]) -> tuple[BinaryIO, str]:
        """The plain bytes as a stream, and in words how it was sealed; see `ArchiveOpener`."""
        try:
            salt = salt_of(sealed.read(HEADER))
        except ValueError as error:
            raise SourceDamaged(str(error)) from None
        head = sealed.read(_HEAD)
        blocks = head[: len(head) // BLOCK * BLOCK]
        for passphrase, derivation in product(self._passphrases, self._tried):
            key, iv = derivation.key_and_iv(passphrase, salt)
            if looks_right(_decryptor(key, iv).update(blocks)):
                plain = _Plain(head, sealed, _decryptor(key, iv))
                return io.BufferedReader(plain, _PIECE), f"openssl enc -aes-256-cbc {derivation}"
        raise IdentityMissing(
            "it does not open: the passphrase is another one, or its beginning is damaged; these cannot be told apart, "
            "since `openssl enc` writes no checksum",
            hint="tried: " + ", ".join(map(str, self._tried)),
        )


def _decryptor(key: bytes, iv: bytes) -> _Decryptor:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415 — start-up time

    return Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()


class _Plain(io.RawIOBase):
    """The plain bytes. The last block is held back until the end is seen, since it bears the padding."""

    def __init__(self, head: bytes, sealed: BinaryIO, decryptor: _Decryptor) -> None:
        self._rest = head  # sealed, read already
        self._sealed = sealed
        self._decryptor = decryptor
        self._ready = b""
        self._ended = False

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Some plain bytes; 0 at the end.

        Raises:
            SourceDamaged: it ends within a block, or its padding is none.
        """
        while not self._ready and not self._ended:
            self._fill()
        view = memoryview(buffer).cast("B")
        count = min(len(view), len(self._ready))
        view[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _fill(self) -> None:
        piece = self._sealed.read(_PIECE)
        known = self._rest + piece
        # At least one byte stays behind: which block is the last one is known when nothing follows it.
        whole = max(0, len(known) - 1) // BLOCK * BLOCK
        self._ready, self._rest = self._decryptor.update(known[:whole]), known[whole:]
        if not piece:
            self._ended = True
            self._ready += self._last(self._rest)

    def _last(self, block: bytes) -> bytes:
        if len(block) != BLOCK:
            raise SourceDamaged(
                "the passphrase opens its beginning, and it ends within a block of 16 bytes: it was cut off"
            )
        plain = unpadded(self._decryptor.update(block))
        if plain is None:
            raise SourceDamaged(
                "the passphrase opens its beginning, and its last block has no padding: it was cut off or damaged"
            )
        return plain
