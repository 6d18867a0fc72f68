"""What somebody who can write to a storage may do to it, as a table; each names whom the answer must speak of."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from core.crypto.signing import MinisignSigner, generate_signing_key, write_signing_key
from core.domain.snapshot import Snapshot
from core.repository.signed import split_signature, write_signed


class Loot:
    """The folder of a repository, and what its owner knows of it: `new` rests on `old`, which rests on `full`."""

    def __init__(self, root: Path, snapshots: Mapping[str, tuple[Snapshot, ...]]) -> None:
        self.root = root
        self.full, self.old, self.new = snapshots["services"]
        self.trees = snapshots["config"]

    def object(self, snapshot: Snapshot) -> Path:
        return self.root / snapshot.key

    def index(self, snapshot: Snapshot) -> Path:
        assert snapshot.index is not None
        return self.root / snapshot.index.key

    def manifest(self, snapshot: Snapshot) -> Path:
        return self.root / "N/h/manifests" / snapshot.source / f"{snapshot.id}.json"

    @property
    def roll(self) -> Path:
        (roll,) = (self.root / "N/h/rolls/services").rglob("*.json")
        return roll


Attack = Callable[[Loot], str]  # does it, and returns what must be named


def flipped(pick: Callable[[Loot], tuple[Path, str]]) -> Attack:
    def attack(loot: Loot) -> str:
        path, named = pick(loot)
        content = bytearray(path.read_bytes())
        content[len(content) * 2 // 3] ^= 4
        path.write_bytes(content)
        return named

    return attack


def cut(pick: Callable[[Loot], tuple[Path, str]]) -> Attack:
    def attack(loot: Loot) -> str:
        path, named = pick(loot)
        path.write_bytes(path.read_bytes()[:-7])
        return named

    return attack


def taken(pick: Callable[[Loot], tuple[Path, str]]) -> Attack:
    def attack(loot: Loot) -> str:
        path, named = pick(loot)
        path.unlink()
        return named

    return attack


def full(loot: Loot) -> tuple[Path, str]:
    return loot.object(loot.full), loot.full.tail


def delta(loot: Loot) -> tuple[Path, str]:
    return loot.object(loot.new), loot.new.tail


def tree(loot: Loot) -> tuple[Path, str]:
    return loot.object(loot.trees[0]), loot.trees[0].tail


def index(loot: Loot) -> tuple[Path, str]:
    return loot.index(loot.trees[-1]), loot.trees[-1].tail


def manifest(loot: Loot) -> tuple[Path, str]:
    return loot.manifest(loot.old), loot.old.id


def newest(loot: Loot) -> tuple[Path, str]:
    return loot.manifest(loot.new), loot.new.tail


def base(loot: Loot) -> tuple[Path, str]:
    return loot.manifest(loot.full), loot.full.tail


def roll(loot: Loot) -> tuple[Path, str]:
    return loot.roll, loot.roll.name


def format_file(loot: Loot) -> tuple[Path, str]:
    return loot.root / "N/h/FORMAT", "N/h/FORMAT"


def guide(loot: Loot) -> tuple[Path, str]:
    return loot.root / "N/h/RESTORE.txt", "N/h/RESTORE.txt"


def swapped(loot: Loot) -> str:
    one, two = loot.object(loot.old), loot.object(loot.new)
    content = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(content)
    return loot.old.tail


def replayed(loot: Loot) -> str:
    """The manifest of an older one under the newest one's name."""
    loot.manifest(loot.new).write_bytes(loot.manifest(loot.old).read_bytes())
    return loot.new.id


def rolled_back(loot: Loot) -> str:
    """The newest is gone, with all that belongs to it, as if it had never been."""
    loot.manifest(loot.new).unlink()
    loot.object(loot.new).unlink()
    return loot.new.tail


def _forged(loot: Loot, signer: MinisignSigner | None) -> str:
    """A manifest with another reason, whole in itself."""
    fields = json.loads(split_signature(loot.manifest(loot.new).read_bytes())[0])
    del fields["checksum"]
    fields["reason"] = "forged"
    loot.manifest(loot.new).write_bytes(write_signed(fields, signer, comment="mine"))
    return loot.new.tail


def forged_by_a_stranger(loot: Loot) -> str:
    key = loot.root.parent / "stranger.key"
    write_signing_key(key, generate_signing_key()[0])
    return _forged(loot, MinisignSigner(key))


def forged_unsigned(loot: Loot) -> str:
    return _forged(loot, None)


ATTACKS: Mapping[str, Attack] = {
    "a bit of a full": flipped(full),
    "a bit of a delta": flipped(delta),
    "a bit of a tree": flipped(tree),
    "a bit of an index": flipped(index),
    "a bit of a manifest": flipped(manifest),
    "a bit of a roll": flipped(roll),
    "a bit of FORMAT": flipped(format_file),
    "a bit of RESTORE.txt": flipped(guide),
    "a full cut": cut(full),
    "a delta cut": cut(delta),
    "a tree cut": cut(tree),
    "an index cut": cut(index),
    "a manifest cut": cut(manifest),
    "a full taken": taken(full),
    "an index taken": taken(index),
    "a manifest taken": taken(manifest),
    "the manifest of a base taken": taken(base),
    "the newest manifest taken": taken(newest),
    "the newest taken whole": rolled_back,
    "two objects swapped": swapped,
    "an old manifest replayed": replayed,
    "a manifest of a stranger": forged_by_a_stranger,
    "a manifest of nobody": forged_unsigned,
}
