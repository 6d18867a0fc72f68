"""Files of certificates and keys in PEM (RFC 7468), which may hold other things beside them."""

import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from core.certificates.certificate import Certificate, read_certificate

LIMIT = 1 << 20  # bytes: no file of keys and certificates is larger
_BLOCKS = 1000  # of one file; a bundle of all public authorities has 150
_BEGIN, _END, _DASHES = b"-----BEGIN ", b"-----END ", b"-----"
_CERTIFICATES = frozenset({b"CERTIFICATE", b"X509 CERTIFICATE"})

Unread = Literal["", "encrypted", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A private key, by what its public half is recognised by. The secret itself is not kept."""

    key: str  # as `Certificate.key`; "" where it cannot be told
    unread: Unread = ""  # why it cannot be told

    def fits(self, certificate: Certificate) -> bool | None:
        """Whether the certificate was made for it; None where that cannot be told."""
        return self.key == certificate.key if self.key else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pem:
    """What a file holds, in its order."""

    certificates: tuple[Certificate, ...] = ()
    keys: tuple[Key, ...] = ()
    troubles: tuple[str, ...] = ()  # what it holds and cannot be read, in words that go behind a file's name

    @property
    def is_nothing(self) -> bool:
        """Whether it has nothing to do with certificates."""
        return not (self.certificates or self.keys or self.troubles)


def read_pem(content: bytes) -> Pem:
    """What a file holds; whatever it is, nothing is raised, and nothing of a key is told."""
    certificates: list[Certificate] = []
    keys: list[Key] = []
    troubles: list[str] = []
    for number, block in enumerate(_blocks(content[:LIMIT]), start=1):
        if number > _BLOCKS:
            troubles.append(f"holds more than {_BLOCKS:,} blocks: the others were not looked at")
            break
        if block.label in _CERTIFICATES:
            found = read_certificate(block.der)
            if found is None:
                troubles.append(f"holds no certificate where it says so (block {number})")
            else:
                certificates.append(found)
        elif block.label.endswith(b"PRIVATE KEY"):
            keys.append(_read_key(block))
            if not block.is_whole:
                troubles.append(f"is cut short inside a private key (block {number})")
    return Pem(certificates=tuple(certificates), keys=tuple(keys), troubles=tuple(troubles))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    label: bytes
    text: bytes  # with its first and last line
    der: bytes  # b"" where it is not base64
    is_encrypted: bool
    is_whole: bool  # it has an end


def _blocks(content: bytes) -> Iterator[_Block]:
    """Line by line, once: a file that is all beginnings takes no longer than another."""
    label, lines = b"", list[bytes]()
    for line in content.splitlines():
        text = line.strip()
        if text.startswith(_BEGIN) and text.endswith(_DASHES):
            if label:
                yield _block(label, lines, is_whole=False)
            label, lines = text[len(_BEGIN) : -len(_DASHES)], [text]
        elif label and text.startswith(_END):
            yield _block(label, [*lines, text], is_whole=text == _END + label + _DASHES)
            label, lines = b"", []
        elif label:
            lines.append(text)
    if label:
        yield _block(label, lines, is_whole=False)


def _block(label: bytes, lines: list[bytes], *, is_whole: bool) -> _Block:
    headers = [line for line in lines[1:] if b":" in line]
    body = b"".join(line for line in lines[1:] if b":" not in line and not line.startswith(_DASHES))
    try:
        der = binascii.a2b_base64(body, strict_mode=True) if is_whole else b""
    except binascii.Error:
        der = b""
    return _Block(
        label=label,
        text=b"\n".join(lines) + b"\n",
        der=der,
        is_encrypted=label.startswith(b"ENCRYPTED") or any(b"ENCRYPTED" in line for line in headers),
        is_whole=is_whole,
    )


def _read_key(block: _Block) -> Key:
    if block.is_encrypted:
        return Key(key="", unread="encrypted")
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 — start-up time is a promise
        Encoding,
        PublicFormat,
        load_pem_private_key,
    )

    try:
        public = load_pem_private_key(block.text, password=None).public_key()
        return Key(key=sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest())
    except Exception:  # the library has a dozen errors for bytes that are no key; none of them is told
        return Key(key="", unread="unknown")
