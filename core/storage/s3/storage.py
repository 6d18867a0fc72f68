"""Copies in a bucket."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import BinaryIO

from core.domain.errors import ObjectExists, ObjectNotFound, ObjectRetained, StorageUnavailable
from core.ports import Clock, StoredObject
from core.storage.keys import check_key, is_key
from core.storage.s3.bucket import Bucket
from core.storage.s3.errors import Refused
from core.storage.s3.lock import Retention, keeper_of, make_sure, retention_of, wanted
from core.storage.s3.pace import Pace
from core.storage.s3.probe import Probe, sweep_probes
from core.storage.s3.seen import Seen
from core.storage.s3.settings import S3Settings
from core.storage.s3.stream import open_stream
from core.storage.s3.upload import Sent, Upload, uploads_below
from core.storage.s3.versions import Layers, layers_below, layers_of

PATIENCE = timedelta(days=7)  # how long an unfinished upload may be taken up again
_NOT_FOUND = 404


class S3Storage:
    """A folder in a bucket. Nothing is asked of the server before the first call.

    In a bucket that keeps versions an object is the first version of its key: what somebody deleted or replaced
    without the right to remove it for good is still listed and read, and remarked on.
    """

    def __init__(self, name: str, settings: S3Settings, *, clock: Clock) -> None:
        self._name = name
        self._settings = settings
        self._clock = clock
        self._bucket = Bucket(name, settings, Pace(clock, settings.limit_bytes_per_second))
        self._versions: bool | None = None
        self._seen = Seen(name)

    @property
    def name(self) -> str:
        """What people call it."""
        return self._name

    def put(self, key: str, content: Iterable[bytes]) -> None:
        """Store an object durably; see the port. What an earlier try got through is not sent again."""
        look = partial(self._must_be_free, check_key(key))
        look()
        lock = wanted(self._settings.lock, self._clock) if self._settings.lock else None
        sha256 = self._settings.checksums == "auto"
        upload = Upload(self._bucket, key, sha256=sha256, words=lock.words if lock else {})
        sent = upload.send(content, self._settings.part_bytes, look=look)
        if lock is not None:
            self._seen.unlocked(make_sure(self._bucket, key, self._version_of(sent), lock))

    def open(self, key: str) -> BinaryIO:
        """A stream over the stored bytes; see the port."""
        version = None
        if self._keeps_versions(check_key(key)):
            layers = layers_of(self._bucket, key)
            if layers is None or layers.ours is None:
                raise self._not_found(key)
            self._seen.layers(layers)
            version = layers.ours.id
        try:
            return open_stream(self._bucket, key, version)
        except Refused as refused:
            if refused.status == _NOT_FOUND and refused.code != "NoSuchBucket":
                raise self._not_found(key) from None
            raise

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """All objects below a folder, in key order; see the port."""
        below = f"{check_key(prefix)}/" if prefix else ""
        self._versions = None  # somebody may have switched them on meanwhile
        for item in self._layers(below) if self._keeps_versions() else self._plain(below):
            if is_key(item.key):
                yield item

    def delete(self, key: str) -> None:
        """Remove an object for good, with every version; see the port. Of several versions ours goes last."""
        if not self._keeps_versions(check_key(key)):
            self._bucket.call("delete_object", key)
            return
        layers = layers_of(self._bucket, key)
        for version in layers.versions if layers is not None else ():
            self._delete_version(key, version.id)
        self._seen.gone(key)

    def sweep(self) -> tuple[str, ...]:
        """Give up uploads that nobody has taken up for a week, and remove what probes left; see the port."""
        oldest = self._clock.now() - PATIENCE
        stale = [row for row in uploads_below(self._bucket) if row["Initiated"] < oldest]
        for row in stale:
            self._bucket.call("abort_multipart_upload", row["Key"], UploadId=row["UploadId"])
        if self._keeps_versions():
            sweep_probes(self._bucket)
        return tuple(row["Key"] for row in stale)

    def remarks(self) -> tuple[str, ...]:
        """What was noticed about others and about the server; see the port."""
        return (*_about(self._name, self._settings), *self._seen.remarks())

    def locked_until(self, key: str) -> datetime | None:
        """Until when nobody can delete it; see `core.guards.locks.Locking`."""
        layers = layers_of(self._bucket, check_key(key)) if self._keeps_versions() else None
        if layers is None or layers.ours is None:
            raise self._not_found(key)
        keeper = keeper_of(self._bucket, key, layers.ours.id, self._clock.now())
        return keeper.until if keeper is not None else None

    def self_test(self) -> str:
        """Prove conditional writes, checksums, versions and the lock on a small object of its own; see the port."""
        self._versions = None
        return Probe(self._bucket, self._settings, self._clock, self._seen, versions=self._keeps_versions()).run()

    def _keeps_versions(self, _key: str = "") -> bool:
        if self._versions is None:
            self._versions = self._bucket.keeps_versions()
        return self._versions

    def _must_be_free(self, key: str) -> None:
        """A look before, for servers that ignore the condition of a write, and for what lies hidden beneath."""
        if self._keeps_versions():
            layers = layers_of(self._bucket, key)
            taken = layers is not None and layers.ours is not None
            if taken and self._settings.lock is not None:
                self._lock_late(key, layers)
        else:
            taken = self._is_there(key)
        if taken:
            raise ObjectExists(f"{key} exists already on {self._name}")

    def _lock_late(self, key: str, layers: Layers | None) -> None:
        """An earlier try got the object through and was cut off before its lock."""
        ours = layers.ours if layers is not None else None
        if self._settings.lock is not None and ours is not None and retention_of(self._bucket, key, ours.id) is None:
            lock = wanted(self._settings.lock, self._clock)
            self._seen.unlocked(make_sure(self._bucket, key, ours.id, lock))

    def _is_there(self, key: str) -> bool:
        try:
            self._bucket.call("head_object", key)
        except Refused as refused:
            if refused.status == _NOT_FOUND:
                return False
            raise
        return True

    def _version_of(self, sent: Sent) -> str:
        if sent.version is None:
            raise StorageUnavailable(
                f"{self._name}: the bucket keeps no versions, so nothing in it can be locked",
                hint=f"make a bucket with Object Lock, or remove storage.{self._name}.lock",
            )
        return sent.version

    def _layers(self, below: str) -> Iterator[StoredObject]:
        for layers in layers_below(self._bucket, below):
            if layers.ours is not None:
                self._seen.layers(layers)
                yield StoredObject(key=layers.key, size=layers.ours.size)

    def _plain(self, below: str) -> Iterator[StoredObject]:
        folder = self._bucket.folder
        place: dict[str, str] = {}
        while True:
            answer = self._bucket.call("list_objects_v2", Prefix=folder + below, **place)
            for row in answer.get("Contents", []):
                yield StoredObject(key=row["Key"][len(folder) :], size=row["Size"])
            if not answer.get("IsTruncated"):
                return
            place = {"ContinuationToken": answer["NextContinuationToken"]}

    def _delete_version(self, key: str, version: str) -> None:
        try:
            self._bucket.call("delete_object", key, VersionId=version)
        except Refused as refused:
            keeper = self._keeper(key, version)
            if keeper is None:
                raise
            raise ObjectRetained(f"{key} on {self._name} is {keeper}", until=keeper.ends_at) from refused

    def _keeper(self, key: str, version: str) -> Retention | None:
        try:
            return keeper_of(self._bucket, key, version, self._clock.now())
        except StorageUnavailable:
            return None  # what the server said first is told

    def _not_found(self, key: str) -> ObjectNotFound:
        return ObjectNotFound(f"{key} does not exist on {self._name}")


def _about(name: str, settings: S3Settings) -> Iterator[str]:
    """What the settings give up."""
    if not settings.verify:
        yield f"{name} is not asked for a certificate (verify = false): anybody on the way can pose as it"
    if (settings.endpoint or "").startswith("http:"):
        yield f"{name} is reached without TLS: anybody on the way sees what is stored under which name"
