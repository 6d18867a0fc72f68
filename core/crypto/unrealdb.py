"""Opens UnrealIRCd's encrypted databases: Argon2id makes the key, libsodium's secretstream opens the chunks.

Written as src/unrealdb.c and libsodium's documentation of crypto_secretstream_xchacha20poly1305 describe it.
"""

from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache

from core.domain.errors import IdentityMissing, SourceDamaged
from core.formats.unrealircd.container import CHUNKS_BEGIN, SEALED_CHUNK, Encrypted
from core.secrets import Secret

_KEY = 32
_KEPT = 8  # keys: one start of UnrealIRCd uses one salt for all that it writes with one secret


class UnrealdbOpener:
    """Opens with the first of its secrets that does. They are read when the first database is opened."""

    def __init__(self, secrets: Sequence[Secret]) -> None:
        self._secrets = tuple(secrets)
        self._key = lru_cache(maxsize=_KEPT)(self._make_key)

    def open(self, encrypted: Encrypted, content: bytes) -> bytes:
        """The plain bytes; see `core.formats.unrealircd.Opener`. The last chunk must say that it is the last."""
        for secret in self._secrets:
            key = self._key(secret, encrypted.times, encrypted.memory, encrypted.lanes, encrypted.salt)
            with suppress(IdentityMissing):
                return _opened(key, encrypted, content)
        raise IdentityMissing(
            "no configured secret opens it: it was written with another one, or its beginning is damaged",
            hint="these two cannot be told apart",
        )

    def _make_key(self, secret: Secret, times: int, memory: int, lanes: int, salt: bytes) -> bytes:
        from argon2.low_level import Type, hash_secret_raw  # noqa: PLC0415 — start-up time is a promise

        return hash_secret_raw(
            secret.reveal().encode(),
            salt,
            time_cost=times,
            memory_cost=1 << memory,
            parallelism=lanes,
            hash_len=_KEY,
            type=Type.ID,
        )


def _opened(key: bytes, encrypted: Encrypted, content: bytes) -> bytes:
    from nacl import bindings  # noqa: PLC0415 — start-up time is a promise
    from nacl.exceptions import CryptoError  # noqa: PLC0415 — same

    state = bindings.crypto_secretstream_xchacha20poly1305_state()
    bindings.crypto_secretstream_xchacha20poly1305_init_pull(state, encrypted.stream_header, key)
    plain = bytearray()
    final = False
    for place in range(CHUNKS_BEGIN, len(content), SEALED_CHUNK):
        if final:
            raise SourceDamaged("it goes on behind its last chunk")
        chunk = content[place : place + SEALED_CHUNK]
        try:
            opened, tag = bindings.crypto_secretstream_xchacha20poly1305_pull(state, chunk)
        except (CryptoError, ValueError):
            raise _does_not_open(place) from None
        plain += opened
        final = tag == bindings.crypto_secretstream_xchacha20poly1305_TAG_FINAL
    if not final:
        raise SourceDamaged("its last chunk is missing: it was cut off")
    return bytes(plain)


def _does_not_open(place: int) -> IdentityMissing | SourceDamaged:
    if place == CHUNKS_BEGIN:
        return IdentityMissing("its first chunk does not open")
    return SourceDamaged(f"it opens, and is damaged or cut off within chunk {place // SEALED_CHUNK + 1:,}")
