"""How an object gets there: whole if it is small, else in parts, going on where a crash left off."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any

from core.domain.errors import ObjectExists, StorageUnavailable
from core.storage.s3.bucket import Bucket
from core.storage.s3.errors import Refused
from core.storage.s3.parts import Checksums, checksums_of, in_parts

_TAKEN = 412  # what a conditional write says where the key is taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What was uploaded, and what the server called it."""

    key: str
    size: int
    etag: str
    version: str | None
    sha256: str | None = None  # base64; None where the object went in parts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unfinished:
    """A multipart upload that waits for its parts; and those that it has: number → ETag."""

    id: str
    parts: Mapping[int, str]


class Upload:
    """One object on its way. `words` go with it: its lock."""

    def __init__(self, bucket: Bucket, key: str, *, sha256: bool, words: Mapping[str, Any]) -> None:
        self._bucket = bucket
        self._key = key
        self._sha256 = sha256
        self._words = words

    def send(self, content: Iterable[bytes], part_bytes: int) -> Sent:
        """All of it. A stream that breaks leaves nothing; a server that fails keeps its parts for the next try.

        Raises:
            ObjectExists: the server says that the key is taken.
            StorageFull, StorageUnavailable: as the bucket says.
        """
        parts = in_parts(content, part_bytes)
        first, second = next(parts, b""), next(parts, None)
        sent = self.whole(first) if second is None else self._in_parts(chain([first, second], parts))
        self._prove(sent)
        return sent

    def whole(self, content: bytes) -> Sent:
        """In one request, which either stores all or nothing."""
        sums = checksums_of(content).words(sha256=self._sha256)
        with _Conditional(self._key, self._bucket.name):
            answer = self._call("put_object", Body=content, IfNoneMatch="*", **sums, **self._words)
        return self._sent(answer, len(content), sha256=sums.get("ChecksumSHA256"))

    def _in_parts(self, parts: Iterator[bytes]) -> Sent:
        upload = self._unfinished() or self._begin()
        done: list[dict[str, Any]] = []
        size = 0
        for part in self._or_abort(upload.id, parts):
            done.append(self._part(upload, len(done) + 1, part))
            size += len(part)
        try:
            with _Conditional(self._key, self._bucket.name):
                words = {"UploadId": upload.id, "MultipartUpload": {"Parts": done}}
                answer = self._call("complete_multipart_upload", IfNoneMatch="*", **words)
        except ObjectExists:
            self._abort(upload.id)
            raise
        return self._sent(answer, size)

    def _begin(self) -> _Unfinished:
        algorithm = {"ChecksumAlgorithm": "SHA256"} if self._sha256 else {}
        answer = self._call("create_multipart_upload", **algorithm, **self._words)
        return _Unfinished(id=answer["UploadId"], parts={})

    def _unfinished(self) -> _Unfinished | None:
        """The newest upload of this key that a crash has left, with the parts that arrived."""
        mine = [row for row in uploads_below(self._bucket, self._key) if row["Key"] == self._key]
        if not mine:
            return None
        upload = max(mine, key=lambda row: row["Initiated"])["UploadId"]
        parts: dict[int, str] = {}
        marker = 0
        while True:
            answer = self._call("list_parts", UploadId=upload, PartNumberMarker=marker)
            parts |= {row["PartNumber"]: row["ETag"] for row in answer.get("Parts", [])}
            if not answer.get("IsTruncated"):
                return _Unfinished(id=upload, parts=parts)
            marker = answer["NextPartNumberMarker"]

    def _part(self, upload: _Unfinished, number: int, part: bytes) -> dict[str, Any]:
        """Send one part, if it is not there already; what the last request must say of it."""
        sums = checksums_of(part)
        etag = upload.parts.get(number)
        if etag != sums.etag:
            etag = self._send_part(upload.id, number, part, sums)
        told = {"PartNumber": number, "ETag": etag}
        return told | ({"ChecksumSHA256": sums.words(sha256=True)["ChecksumSHA256"]} if self._sha256 else {})

    def _send_part(self, upload: str, number: int, part: bytes, sums: Checksums) -> str:
        words = {"UploadId": upload, "PartNumber": number, **sums.words(sha256=self._sha256)}
        etag: str = self._call("upload_part", Body=part, **words)["ETag"]
        return etag

    def _or_abort(self, upload: str, parts: Iterator[bytes]) -> Iterator[bytes]:
        """The parts. When the stream itself breaks, nobody will come back for what has arrived."""
        while True:
            try:
                part = next(parts, None)
            except BaseException:
                self._abort(upload)
                raise
            if part is None:
                return
            yield part

    def _abort(self, upload: str) -> None:
        with suppress(StorageUnavailable):  # a sweep will find it
            self._call("abort_multipart_upload", UploadId=upload)

    def _sent(self, answer: Mapping[str, Any], size: int, *, sha256: str | None = None) -> Sent:
        version = answer.get("VersionId")
        return Sent(key=self._key, size=size, etag=answer.get("ETag", ""), version=version, sha256=sha256)

    def _prove(self, sent: Sent) -> None:
        """Ask the server what it has now."""
        words = {"VersionId": sent.version} if sent.version else {}
        if self._sha256:
            words["ChecksumMode"] = "ENABLED"
        there = self._call("head_object", **words)
        kept = there.get("ChecksumSHA256") if sent.sha256 else None
        etag = sent.etag or there["ETag"]  # radosgw tells none when the parts become one
        if (there["ContentLength"], there["ETag"], kept or sent.sha256) != (sent.size, etag, sent.sha256):
            raise StorageUnavailable(
                f"{self._key} on {self._bucket.name}: what is there is not what was sent",
                hint="does somebody else write into this bucket? `backupserv verify` reads it back",
            )

    def _call(self, operation: str, **words: Any) -> dict[str, Any]:
        return self._bucket.call(operation, self._key, **words)


class _Conditional:
    """A refused condition is what was asked for: the key is taken."""

    def __init__(self, key: str, name: str) -> None:
        self._says = f"{key} exists already on {name}"

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Refused) and error.status == _TAKEN:
            raise ObjectExists(self._says) from None


def uploads_below(bucket: Bucket, prefix: str = "") -> Iterator[dict[str, Any]]:
    """All unfinished multipart uploads whose keys begin so: Key (ours), UploadId, Initiated."""
    place: dict[str, str] = {}
    while True:
        answer = bucket.call("list_multipart_uploads", Prefix=bucket.folder + prefix, **place)
        for row in answer.get("Uploads", []):
            yield {**row, "Key": row["Key"][len(bucket.folder) :]}
        if not answer.get("IsTruncated"):
            return
        place = {"KeyMarker": answer["NextKeyMarker"], "UploadIdMarker": answer["NextUploadIdMarker"]}
