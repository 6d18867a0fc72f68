"""A manifest: one JSON file that makes a snapshot exist."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.domain.errors import ObjectDamaged
from core.domain.snapshot import Snapshot

FORMAT = 1
LIMIT = 1 << 20  # bytes; a manifest is about one kilobyte

_TEXTS = ("id", "source", "kind", "predecessor", "digest", "key", "stored_digest", "reason")
_NUMBERS = ("sequence", "size", "stored_size")
_TIMES = ("taken_at", "saved_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A snapshot as it is written down, with what opens it."""

    snapshot: Snapshot
    recipients: tuple[str, ...]
    extension: str

    def to_bytes(self) -> bytes:
        """Canonical: the same manifest always gives the same bytes."""
        item = self.snapshot
        fields: dict[str, Any] = {"format": FORMAT, "compression": "zstd", "encryption": "age-v1"}
        fields |= {name: getattr(item, name) for name in (*_TEXTS, *_NUMBERS)}
        fields |= {name: getattr(item, name).astimezone(UTC).isoformat() for name in _TIMES}
        fields |= {"counts": dict(item.counts), "recipients": list(self.recipients), "extension": self.extension}
        return (json.dumps(fields, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def read_manifest(content: bytes, key: str) -> Manifest:
    """The manifest in `content`.

    Raises:
        ObjectDamaged: it is not one, or of a newer format. Nothing in it can make us do anything else.
    """
    try:
        fields = json.loads(content)
        number = fields["format"]
        if number != FORMAT:
            raise ObjectDamaged(f"{key} has format {number!r}; this version reads {FORMAT}", hint="update BackupServ")
        return _manifest(fields)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ObjectDamaged(f"{key} is not a manifest ({type(error).__name__})") from None


def _manifest(fields: Mapping[str, Any]) -> Manifest:
    texts: dict[str, Any] = {name: _typed(fields[name], str) for name in _TEXTS}
    numbers: dict[str, Any] = {name: _typed(fields[name], int) for name in _NUMBERS}
    times: dict[str, Any] = {name: datetime.fromisoformat(fields[name]).astimezone(UTC) for name in _TIMES}
    counts = {_typed(kind, str): _typed(number, int) for kind, number in fields["counts"].items()}
    return Manifest(
        snapshot=Snapshot(counts=counts, **texts, **numbers, **times),
        recipients=tuple(_typed(text, str) for text in fields["recipients"]),
        extension=_typed(fields["extension"], str),
    )


def _typed(value: Any, kind: type[str] | type[int]) -> Any:
    if type(value) is not kind or (isinstance(value, int) and value < 0):
        raise TypeError(kind.__name__)
    return value
