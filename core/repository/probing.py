"""Proving a configuration: keys and storages, each by doing the real thing, small."""

import io
from contextlib import suppress

from core.domain.code import new_code
from core.domain.errors import ObjectDamaged, ObjectRetained
from core.ports import Sealer, Storage


def probe_keys(sealer: Sealer) -> str:
    """Seal and open a few bytes; returns what was proven."""
    plain, sealed, opened = io.BytesIO(b"probe"), io.BytesIO(), io.BytesIO()
    sealer.seal(plain, sealed)
    sealed.seek(0)
    sealer.open(sealed, opened)
    return f"sealed to {len(sealer.recipients)} recipients, opened with this host's identity"


def probe_storage(storage: Storage, root: str) -> str:
    """Prove a storage by what it relies on, or with a small object; returns what was proven, and what to know."""
    proven = storage.self_test() or _probe_by_hand(storage, f"{root}/probe-{new_code(8)}")
    return "; ".join([proven, *storage.remarks()])


def _probe_by_hand(storage: Storage, key: str) -> str:
    storage.put(key, [b"probe"])
    try:
        with storage.open(key) as file:
            if file.read() != b"probe":
                raise ObjectDamaged(f"{storage.name} gives back other bytes than it was given")
    finally:
        with suppress(ObjectRetained):
            storage.delete(key)
    return f"{storage.name} takes, gives back and removes objects"
