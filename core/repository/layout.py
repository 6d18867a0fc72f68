"""Which key is what: the folders are those of docs/format.md."""

import re
from datetime import datetime

from core.domain.code import new_code

_FOLDERS = {"atheme": "databases", "sqlite": "databases"}
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


def object_key(root: str, kind: str, source: str, snapshot_id: str, extension: str) -> str:
    """Where a full snapshot's sealed content lies."""
    return f"{root}/{_FOLDERS[kind]}/{source}/{snapshot_id}-full.{extension}.zst.age"


def manifests(root: str, source: str | None = None) -> str:
    """The folder of all manifests, or of one source's."""
    return f"{root}/manifests/{source}" if source else f"{root}/manifests"


def manifest_key(root: str, source: str, snapshot_id: str) -> str:
    """Where a snapshot's manifest lies."""
    return f"{manifests(root, source)}/{snapshot_id}.json"
