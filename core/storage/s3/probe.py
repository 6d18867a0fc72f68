"""A small object that proves what an S3 server is trusted with."""

import secrets
from contextlib import suppress
from datetime import timedelta

from core.domain.errors import ObjectExists, StorageUnavailable
from core.ports import Clock
from core.storage.s3.bucket import Bucket
from core.storage.s3.errors import Refused
from core.storage.s3.lock import Retention, make_sure
from core.storage.s3.parts import checksums_of
from core.storage.s3.seen import Seen
from core.storage.s3.settings import LockSettings, S3Settings
from core.storage.s3.stream import open_stream
from core.storage.s3.upload import Upload
from core.storage.s3.versions import layers_below, layers_of

_START = ".probe."
_LOCKED = timedelta(minutes=1)  # a probe is litter: no longer than it takes to be refused


class Probe:
    """One run: write, write again, lie about a checksum, read, lock, delete. Listings never show it."""

    def __init__(self, bucket: Bucket, settings: S3Settings, clock: Clock, seen: Seen, *, versions: bool) -> None:
        self._bucket = bucket
        self._settings = settings
        self._clock = clock
        self._seen = seen
        self._versions = versions
        self._key = f"{_START}{secrets.token_hex(6)}.tmp"  # no key that anybody could store under

    def run(self) -> str:
        """What was proven, in a sentence.

        Raises:
            StorageUnavailable: what is relied on does not hold.
        """
        lock = self._lock()
        try:
            proven = [self._checksums(), self._write_twice(lock), self._read()]
            proven += [self._locked(lock)] if lock else []
        finally:
            self._remove()
        proven.append("versions are kept" if self._versions else "no versions are kept")
        return ", ".join(proven)

    def _lock(self) -> Retention | None:
        lock: LockSettings | None = self._settings.lock
        if lock is None:
            return None
        try:
            answer = self._bucket.call("get_object_lock_configuration").get("ObjectLockConfiguration", {})
        except Refused as refused:
            if refused.status not in {400, 404, 405, 501}:
                raise
            answer = {}
        if answer.get("ObjectLockEnabled") != "Enabled":
            raise StorageUnavailable(
                f"{self._bucket.name}: the bucket {self._settings.bucket} knows no Object Lock",
                hint=f"make it with Object Lock enabled, or remove storage.{self._bucket.name}.lock",
            )
        until = self._clock.now().replace(microsecond=0) + _LOCKED
        return Retention(mode=lock.mode, until=until)

    def _upload(self, lock: Retention | None = None) -> Upload:
        sha256 = self._settings.checksums == "auto"
        return Upload(self._bucket, self._key, sha256=sha256, words=lock.words if lock else {})

    def _checksums(self) -> str:
        """A wrong one must be refused."""
        wrong = checksums_of(b"something else").words(sha256=False)
        try:
            self._bucket.call("put_object", self._key, Body=b"probe", **wrong)
        except Refused as refused:
            if refused.status not in {400, 422}:
                raise
            return "checksums are compared"
        self._seen.say(f"{self._bucket.name} takes what does not match its checksum: only reading back proves a copy")
        self._remove()
        return "checksums are NOT compared"

    def _write_twice(self, lock: Retention | None) -> str:
        self._upload(lock).send([b"probe"], self._settings.part_bytes)
        try:
            self._upload().whole(b"another")
        except ObjectExists:
            return "a second write is refused"
        self._seen.say(
            f"{self._bucket.name} ignores the condition of a write: nothing but a look before keeps two writers apart"
        )
        return "a second write is NOT refused (we look before each one)"

    def _read(self) -> str:
        layers = layers_of(self._bucket, self._key) if self._versions else None
        first = layers.ours.id if layers and layers.ours else None
        with open_stream(self._bucket, self._key, first) as stream:
            content = stream.read()
        if content not in ({b"probe"} if self._versions else {b"probe", b"another"}):
            raise StorageUnavailable(f"{self._bucket.name}: what was written is not what is read")
        return "what is written is read"

    def _locked(self, lock: Retention) -> str:
        """The date is read back, and deleting is refused."""
        layers = layers_of(self._bucket, self._key)
        if layers is None or layers.ours is None:
            raise StorageUnavailable(f"{self._bucket.name}: a locked object is not listed")
        hint = f"storage.{self._bucket.name}.lock promises what the bucket does not keep"
        wrong = make_sure(self._bucket, self._key, layers.ours.id, lock)
        if wrong:
            raise StorageUnavailable(wrong, hint=hint)
        try:
            self._bucket.call("delete_object", self._key, VersionId=layers.ours.id)
        except Refused:
            return f"{lock.mode} lock is in force and deleting was refused"
        raise StorageUnavailable(f"{self._bucket.name}: a locked object could be deleted", hint=hint)

    def _remove(self) -> None:
        """As far as it can be; what is locked goes with a later sweep."""
        with suppress(StorageUnavailable):
            if not self._versions:
                self._bucket.call("delete_object", self._key)
                return
            sweep_probes(self._bucket)


def sweep_probes(bucket: Bucket) -> None:
    """Remove for good what probes have left and no lock keeps any more."""
    for layers in layers_below(bucket, _START):
        for version in layers.versions:
            with suppress(Refused):
                bucket.call("delete_object", layers.key, VersionId=version.id)
