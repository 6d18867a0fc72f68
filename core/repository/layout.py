"""Which key is what: the folders are those of docs/format.md."""

import re
from collections.abc import Mapping
from datetime import datetime

from core.domain.code import new_code
from core.domain.snapshot import Snapshot

TREES = ("config", "ircd", "logs", "ssl", "users")
_FOLDERS: Mapping[str, tuple[str, ...]] = {
    "atheme": ("databases",),
    "sqlite": ("databases",),
    "files": TREES,
    "tls": ("ssl",),
    "unrealircd": ("ircd",),
}
_ID_LENGTH = len("20261123T140500Z-7q2fk3")
_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-z]{6}")


def new_id(taken_at: datetime) -> str:
    """A new snapshot's id: sorts by time, unique by its tail."""
    return f"{taken_at:%Y%m%dT%H%M%SZ}-{new_code(6).lower()}"


def is_id(text: str) -> bool:
    """Whether this is a whole id."""
    return _ID.fullmatch(text) is not None


def id_of(key: str) -> str:
    """The snapshot's id in the name of an object or a manifest."""
    return key.rpartition("/")[2][:_ID_LENGTH]


def format_key(root: str) -> str:
    """The file that says which format this is."""
    return f"{root}/FORMAT"


def guide_key(root: str) -> str:
    """The file that says, and does, how to restore without us."""
    return f"{root}/RESTORE.txt"


def default_folder(kind: str) -> str:
    """Where a kind of source lies if nobody says otherwise."""
    return _FOLDERS[kind][0]


def object_key(root: str, folder: str, source: str, snapshot_id: str, extension: str, *, full: bool) -> str:
    """Where a snapshot's sealed content lies."""
    return f"{root}/{folder}/{source}/{snapshot_id}-{'full' if full else 'delta'}.{extension}.zst.age"


def index_key(root: str, folder: str, source: str, snapshot_id: str) -> str:
    """Where the sealed listing of a tree lies."""
    return f"{root}/{folder}/{source}/{snapshot_id}-index.json.zst.age"


def extension_of(key: str) -> str:
    """What kind of file the plain content of an object is: "db", "tar"."""
    return key.rpartition("/")[2].partition(".")[2].removesuffix(".zst.age")


def owns_its_keys(root: str, snapshot: Snapshot, extension: str) -> bool:
    """Whether a snapshot speaks only of its own objects, in its own folder: no other path comes from a manifest.

    Raises:
        KeyError: its kind is of a later version.
    """
    folders, full = _FOLDERS[snapshot.kind], not snapshot.base
    for folder in folders:
        place = (root, folder, snapshot.source, snapshot.id)
        if snapshot.key == object_key(*place, extension, full=full):
            return snapshot.index is None or snapshot.index.key == index_key(*place)
    return False


def manifests(root: str, source: str | None = None) -> str:
    """The folder of all manifests, or of one source's."""
    return f"{root}/manifests/{source}" if source else f"{root}/manifests"


def manifest_key(root: str, source: str, snapshot_id: str) -> str:
    """Where a snapshot's manifest lies."""
    return f"{manifests(root, source)}/{snapshot_id}.json"


def rolls(root: str, source: str | None = None) -> str:
    """The folder of all rolls, or of one source's: what a pruning left."""
    return f"{root}/rolls/{source}" if source else f"{root}/rolls"


def roll_key(root: str, source: str, storage: str, made_at: datetime) -> str:
    """Where a new roll of a storage lies: copies hold those of the repository beside their own."""
    return f"{rolls(root, source)}/{storage}/{new_id(made_at)}.json"
