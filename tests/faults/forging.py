"""Snapshots of trees as somebody forges them who can write to the storage, and seal: recipients are no secret."""

import io
import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from core.crypto.age import AgeSealer
from core.crypto.signing import MinisignSigner
from core.domain.snapshot import Snapshot
from core.repository.packing import decompress_within, pack_frame, zstd_library
from core.repository.signed import split_signature, write_signed
from tests.faults.premises import Premises

Index = dict[str, Any]
Change = Callable[[Index], None]


class Forger:
    """Writes a snapshot anew, whole in itself, in place of the newest of the tree."""

    def __init__(self, premises: Premises, *, signer: MinisignSigner | None) -> None:
        self._root = premises.folder / "disk"
        self._signer = signer
        self.snapshot: Snapshot = [one for one in premises.engine().snapshots() if one.source == "config"][-1]
        self._manifest = self._root / "N/h/manifests/config" / f"{self.snapshot.id}.json"
        self.fields = json.loads(split_signature(self._manifest.read_bytes())[0])
        self._sealer = AgeSealer(recipients=self.fields["recipients"], identity_file=premises.folder / "host.key")

    @property
    def piece(self) -> str:
        """By which name its index speaks of its own tar."""
        return self.snapshot.id

    def index(self) -> Index:
        sealed, packed = io.BytesIO((self._root / self.fields["index"]["key"]).read_bytes()), io.BytesIO()
        self._sealer.open(sealed, packed)
        packed.seek(0)
        index: Index = json.loads(decompress_within(packed, 1 << 20))
        return index

    def write_index(self, index: Index) -> None:
        content = json.dumps(index).encode()
        self.write_packed_index(pack_frame(content), sha256(content).hexdigest())

    def write_packed_index(self, packed: bytes, digest: str) -> None:
        content = self._put(self.fields["index"]["key"], packed)
        self.fields |= {"digest": digest}
        self.fields["index"] |= {"size": len(content), "digest": sha256(content).hexdigest()}
        self._sign()

    def write_tar(self, packed: bytes) -> None:
        content = self._put(self.fields["key"], packed)
        self.fields |= {"stored_size": len(content), "stored_digest": sha256(content).hexdigest()}
        self._sign()

    def _put(self, key: str, packed: bytes) -> bytes:
        sealed = io.BytesIO()
        self._sealer.seal(io.BytesIO(packed), sealed)
        _write(self._root / key, sealed.getvalue())
        return sealed.getvalue()

    def _sign(self) -> None:
        self.fields.pop("checksum", None)
        _write(self._manifest, write_signed(self.fields, self._signer, comment="mine"))


def _write(path: Path, content: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(content)


@cache
def zeros(megabytes: int) -> bytes:
    """So many of them, packed to next to nothing."""
    packer = zstd_library().ZstdCompressor()
    piece = bytes(1 << 20)
    return b"".join([*(packer.compress(piece) for _ in range(megabytes)), packer.flush()])
