"""The texts of minisign: keys and signatures, so that the stock tool reads ours and we read its.

Its format is two lines for a key and four for a signature: a comment that nobody signed, base64; for a signature
then a comment that is signed, and the signature over both. Binary parts begin with an algorithm and a key's id.
Nothing is read loosely: base64 has one spelling, so that no changed bit reads as the same signature.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field

LEGACY, PREHASHED = b"Ed", b"ED"  # over the content itself; over its BLAKE2b-512, what minisign makes by default
_UNSIGNED, _SIGNED = "untrusted comment: ", "trusted comment: "
_NO_PASSPHRASE, _CHECKSUM = b"\0\0", b"B2"
_LIMIT = 16_384  # characters of any of these texts: minisign's own comments end at 1 KiB and 8 KiB
COMMENT_LIMIT = 8_000  # bytes of a trusted comment: minisign reads 8,192 with what stands before it


class Malformed(Exception):
    """A text is not minisign's. The message says how, and never holds what was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """What verifies, and its id as minisign shows it."""

    key_id: bytes  # 8
    point: bytes  # 32

    def __str__(self) -> str:
        return base64.b64encode(LEGACY + self.key_id + self.point).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretKey:
    """What signs."""

    public: PublicKey
    seed: bytes = field(repr=False)  # 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """The four lines of a signature file."""

    algorithm: bytes
    key_id: bytes  # 8
    signature: bytes  # 64, over the content or its digest
    trusted_comment: str
    whole: bytes  # 64, over the signature and the trusted comment

    def signed(self, content: bytes) -> bytes:
        """What `signature` is over."""
        return prehash(content) if self.algorithm == PREHASHED else content

    def bound(self) -> bytes:
        """What `whole` is over."""
        return self.signature + self.trusted_comment.encode()


def prehash(content: bytes) -> bytes:
    """What is signed instead of the content."""
    return hashlib.blake2b(content).digest()


def show_id(key_id: bytes) -> str:
    """A key's id as minisign shows it: a number, though it is stored with its lowest byte first."""
    return key_id[::-1].hex().upper()


def read_public(line: str) -> PublicKey:
    """A key as `minisign -P` takes it: "RW…"."""
    packed = _unpacked(line, 42)
    if packed[:2] != LEGACY:
        raise Malformed("it is not an Ed25519 key")
    return PublicKey(key_id=packed[2:10], point=packed[10:])


def write_secret(key: SecretKey) -> str:
    """A secret key file as `minisign -G -W` writes it, without a passphrase; with a checksum over it."""
    public = key.public
    kept = public.key_id + key.seed + public.point
    packed = LEGACY + _NO_PASSPHRASE + _CHECKSUM + bytes(48) + kept + _checksum(kept)
    return f"{_UNSIGNED}secret signing key {show_id(public.key_id)}\n{base64.b64encode(packed).decode()}\n"


def read_secret_key(text: str) -> SecretKey:
    """A secret key file, ours or minisign's."""
    lines = _lines(text, 2)
    _after(_UNSIGNED, lines[0])
    packed = _unpacked(lines[1], 158)
    kept, checksum = packed[54:126], packed[126:]
    if packed[:2] != LEGACY:
        raise Malformed("it is not an Ed25519 key")
    if packed[2:4] != _NO_PASSPHRASE:
        raise Malformed("it needs a passphrase")
    # minisign leaves zeros there in a key that never had a passphrase.
    if any(checksum) and checksum != _checksum(kept):
        raise Malformed("its checksum is another one")
    return SecretKey(public=PublicKey(key_id=kept[:8], point=kept[40:]), seed=kept[8:40])


def _checksum(kept: bytes) -> bytes:
    return hashlib.blake2b(LEGACY + kept, digest_size=32).digest()


def write_signature(signature: Signature) -> str:
    """The text of a signature file."""
    packed = base64.b64encode(signature.algorithm + signature.key_id + signature.signature).decode()
    return (
        f"{_UNSIGNED}signed with key {show_id(signature.key_id)}\n{packed}\n"
        f"{_SIGNED}{signature.trusted_comment}\n{base64.b64encode(signature.whole).decode()}\n"
    )


def read_signature(text: str) -> Signature:
    """A signature file, ours or minisign's."""
    lines = _lines(text, 4)
    _after(_UNSIGNED, lines[0])
    packed = _unpacked(lines[1], 74)
    comment = _after(_SIGNED, lines[2])
    if packed[:2] not in {LEGACY, PREHASHED}:
        raise Malformed("its algorithm is unknown")
    return Signature(
        algorithm=packed[:2],
        key_id=packed[2:10],
        signature=packed[10:],
        trusted_comment=comment,
        whole=_unpacked(lines[3], 64),
    )


def fits_comment(comment: str) -> bool:
    """Whether that can be a trusted comment: one line of text, not too long."""
    return comment.replace("\t", "").isprintable() and len(comment.encode()) <= COMMENT_LIMIT


def _lines(text: str, count: int) -> list[str]:
    if len(text) > _LIMIT:
        raise Malformed(f"it is longer than {_LIMIT} characters")
    lines = text.removesuffix("\n").split("\n")  # not splitlines: that also splits where minisign does not
    if len(lines) != count:
        raise Malformed(f"it has {len(lines)} lines instead of {count}")
    return lines


def _after(start: str, line: str) -> str:
    rest = line.removeprefix(start)
    if rest == line or not fits_comment(rest):
        raise Malformed(f"a line should be “{start}” and a line of text")
    return rest


def _unpacked(line: str, size: int) -> bytes:
    try:
        packed = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("a line is not base64") from None
    if len(packed) != size:
        raise Malformed(f"a line holds {len(packed)} bytes instead of {size}")
    if base64.b64encode(packed).decode() != line:  # the last character has bits to spare
        raise Malformed("a line is not base64 as it is written")
    return packed
