"""What a bucket really holds of a key: its versions and the marks of those who deleted it.

In a bucket that keeps versions, deleting only lays a mark on top, and writing again only covers what was there.
An object is never changed once written, so the first version is ours, whatever lies above it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.storage.s3.bucket import Bucket


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One layer of a key."""

    id: str
    size: int
    is_mark: bool  # "deleted", and nothing beneath is gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Layers:
    """Everything that lies under one key, the newest first; never empty."""

    key: str
    versions: tuple[Version, ...]

    @property
    def ours(self) -> Version | None:
        """The first that was ever written; None where only marks are left."""
        return next((version for version in reversed(self.versions) if not version.is_mark), None)

    @property
    def is_hidden(self) -> bool:
        """Whether somebody deleted it, and it is still there beneath."""
        return self.versions[0].is_mark and self.ours is not None

    @property
    def is_covered(self) -> bool:
        """Whether somebody wrote something else over it."""
        return sum(not version.is_mark for version in self.versions) > 1


def layers_of(bucket: Bucket, key: str) -> Layers | None:
    """All layers of one key; None where there never was anything."""
    found = next(layers_below(bucket, key, page=10), None)
    return found if found is not None and found.key == key else None


def layers_below(bucket: Bucket, prefix: str, *, page: int = 1000) -> Iterator[Layers]:
    """All keys that begin so, in order, each with its layers."""
    waiting: dict[str, list[Version]] = {}
    place: dict[str, str] = {}
    while True:
        answer = bucket.call("list_object_versions", Prefix=bucket.folder + prefix, MaxKeys=page, **place)
        for key, version in _rows(answer, len(bucket.folder)):
            waiting.setdefault(key, []).append(version)
        if not answer.get("IsTruncated"):
            break
        place = {"KeyMarker": answer["NextKeyMarker"], "VersionIdMarker": answer.get("NextVersionIdMarker", "")}
        # The last key of a page may have more layers on the next one.
        last = place["KeyMarker"][len(bucket.folder) :]
        yield from _whole(waiting, [key for key in waiting if key < last])
    yield from _whole(waiting, list(waiting))


def _whole(waiting: dict[str, list[Version]], keys: list[str]) -> Iterator[Layers]:
    for key in sorted(keys):
        yield Layers(key=key, versions=tuple(waiting.pop(key)))


def _rows(answer: dict[str, Any], cut: int) -> list[tuple[str, Version]]:
    """A page's versions and marks in one sequence. The server lists them apart, each the newest first."""
    rows = [
        (row["Key"][cut:], row, kind == "DeleteMarkers")
        for kind in ("DeleteMarkers", "Versions")
        for row in answer.get(kind, [])
    ]
    # Times have a second's grain: of two from the same second the latest one is marked so, and marks lie on top.
    rows.sort(key=lambda row: (row[1]["IsLatest"], row[1]["LastModified"]), reverse=True)
    return [(key, Version(id=row["VersionId"], size=row.get("Size", 0), is_mark=is_mark)) for key, row, is_mark in rows]
