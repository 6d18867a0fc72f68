"""A manifest: one JSON file that makes a snapshot exist."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from core.domain.errors import ObjectDamaged
from core.domain.snapshot import Snapshot

FORMAT = 1
LIMIT = 1 << 20  # bytes; a manifest is about one kilobyte
_LARGEST = 1 << 50  # no number in a manifest is larger

_TEXTS = ("id", "source", "kind", "predecessor", "digest", "key", "stored_digest", "reason")
_NUMBERS = ("sequence", "size", "stored_size")
_TIMES = ("taken_at", "saved_at")
_EXTENSION = re.compile(r"[a-z0-9]{1,16}(\.[a-z0-9]{1,16})?")
_CHECKSUM = re.compile(rb' "checksum": "([0-9a-f]{64})",\n')


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A snapshot as it is written down, with what opens it."""

    snapshot: Snapshot
    recipients: tuple[str, ...]
    extension: str

    def to_bytes(self) -> bytes:
        """Canonical: the same manifest always gives the same bytes.

        The line "checksum" holds the SHA-256 of all other lines: `grep -v '^ "checksum"' FILE | sha256sum`.
        """
        item = self.snapshot
        fields: dict[str, Any] = {"format": FORMAT, "compression": "zstd", "encryption": "age-v1"}
        fields |= {name: getattr(item, name) for name in (*_TEXTS, *_NUMBERS)}
        fields |= {name: getattr(item, name).astimezone(UTC).isoformat() for name in _TIMES}
        fields |= {"counts": dict(item.counts), "recipients": list(self.recipients), "extension": self.extension}
        body = (json.dumps(fields, indent=1, sort_keys=True) + "\n").encode()
        return body[:2] + f' "checksum": "{sha256(body).hexdigest()}",\n'.encode() + body[2:]


def read_manifest(content: bytes, key: str) -> Manifest:
    """The manifest in `content`.

    Raises:
        ObjectDamaged: it is not one, is not as it was written, or is of a newer format.
    """
    checksum = _CHECKSUM.match(content, 2)
    body = content[:2] + content[checksum.end() :] if checksum else content
    try:
        fields = json.loads(body)
        number = fields["format"]
        if number != FORMAT:
            raise ObjectDamaged(f"{key} has format {number!r}; this version reads {FORMAT}", hint="update BackupServ")
        if checksum is None or checksum[1].decode() != sha256(body).hexdigest():
            raise ObjectDamaged(f"{key} was changed since it was written: its checksum does not fit")
        return _manifest(fields)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ObjectDamaged(f"{key} is not a manifest ({type(error).__name__})") from None


def _manifest(fields: Mapping[str, Any]) -> Manifest:
    texts: dict[str, Any] = {name: _typed(fields[name], str) for name in _TEXTS}
    numbers: dict[str, Any] = {name: _typed(fields[name], int) for name in _NUMBERS}
    times: dict[str, Any] = {name: _moment(fields[name]) for name in _TIMES}
    counts = {_typed(kind, str): _typed(number, int) for kind, number in fields["counts"].items()}
    if (fields["compression"], fields["encryption"]) != ("zstd", "age-v1"):
        raise ValueError(fields["compression"])
    if _EXTENSION.fullmatch(fields["extension"]) is None:
        raise ValueError(fields["extension"])
    return Manifest(
        snapshot=Snapshot(counts=counts, **texts, **numbers, **times),
        recipients=tuple(_typed(text, str) for text in fields["recipients"]),
        extension=fields["extension"],
    )


def _typed(value: Any, kind: type[str] | type[int]) -> Any:
    if type(value) is not kind or (isinstance(value, int) and not 0 <= value <= _LARGEST):
        raise TypeError(kind.__name__)
    return value


def _moment(text: Any) -> datetime:
    moment = datetime.fromisoformat(_typed(text, str))
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)
