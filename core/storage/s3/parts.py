"""A stream in parts of one size, and the checksums that go with each."""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


def in_parts(content: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in parts of `size`; the last one may be shorter, and of nothing there are none."""
    part = bytearray()
    for piece in content:
        rest = memoryview(piece)
        while rest:
            room = size - len(part)
            part += rest[:room]
            rest = rest[room:]
            if len(part) == size:
                yield bytes(part)
                part.clear()
    if part:
        yield bytes(part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checksums:
    """What proves to the server that it got what we sent.

    Content-MD5 is the one that every server compares, and what a locked upload must have. SHA-256 is kept by servers
    that know it, and told again when asked.
    """

    md5: bytes
    sha256: bytes

    @property
    def etag(self) -> str:
        """What servers call bytes that they have stored plainly."""
        return f'"{self.md5.hex()}"'

    def words(self, *, sha256: bool) -> dict[str, str]:
        """As an upload says them."""
        words = {"ContentMD5": b64encode(self.md5).decode()}
        if sha256:
            words["ChecksumSHA256"] = b64encode(self.sha256).decode()
        return words


def checksums_of(part: bytes) -> Checksums:
    """Of one part."""
    # MD5 is no proof of anything here; it is what the protocol compares.
    md5 = hashlib.md5(part, usedforsecurity=False)
    return Checksums(md5=md5.digest(), sha256=hashlib.sha256(part).digest())
