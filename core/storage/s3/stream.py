"""A stored object as it is read: what breaks is told at the read that it broke, and nothing comes out short."""

import io
from typing import Any, BinaryIO

from core.storage.s3.bucket import Bucket
from core.storage.s3.errors import translate

_PIECE = 1 << 18


def open_stream(bucket: Bucket, key: str, version: str | None) -> BinaryIO:
    """A stream over an object, or over one version of it.

    Raises:
        StorageUnavailable: as the bucket says.
    """
    answer = bucket.call("get_object", key, **({"VersionId": version} if version else {}))
    return io.BufferedReader(_Body(bucket, key, answer["Body"]), buffer_size=_PIECE)


class _Body(io.RawIOBase):
    def __init__(self, bucket: Bucket, key: str, body: Any) -> None:
        super().__init__()
        self._bucket = bucket
        self._key = key
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        try:
            piece: bytes = self._body.read(min(len(buffer), _PIECE))  # at its end it compares with the promised length
        except Exception as error:
            raise translate(error, self._bucket.at("get_object", self._key)) from None
        self._bucket.pace.take(len(piece))
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()
