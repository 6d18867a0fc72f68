"""A manifest: one JSON file that makes a snapshot exist."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args

from core.domain.errors import ObjectDamaged
from core.domain.snapshot import Piece, Rank, Snapshot
from core.ports import Signer
from core.repository.signed import read_signed, write_signed

FORMAT = 2
_READABLE = (1, FORMAT)  # 1 knew only fulls, and no signatures
LIMIT = 1 << 20  # bytes; a manifest is about one kilobyte
_LONGEST = 200  # characters of why one is held
_LARGEST = 1 << 50  # no number in a manifest is larger

_TEXTS = ("id", "source", "kind", "predecessor", "digest", "key", "stored_digest", "reason")
_NUMBERS = ("sequence", "size", "stored_size")
_TIMES = ("taken_at", "saved_at")
_EXTENSION = re.compile(r"[a-z0-9]{1,16}(\.[a-z0-9]{1,16})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A snapshot as it is written down, with what opens it."""

    snapshot: Snapshot
    recipients: tuple[str, ...]
    extension: str

    def to_bytes(self, signer: Signer | None = None) -> bytes:
        """Canonical: the same manifest always gives the same bytes."""
        item = self.snapshot
        fields: dict[str, Any] = {"format": FORMAT, "compression": "zstd", "encryption": "age-v1"}
        fields |= {name: getattr(item, name) for name in (*_TEXTS, *_NUMBERS, "rank", "base")}
        fields |= {name: getattr(item, name).astimezone(UTC).isoformat() for name in _TIMES}
        fields |= {"counts": dict(item.counts), "recipients": list(self.recipients), "extension": self.extension}
        if item.held:
            fields["held"] = item.held
        if item.index is not None:
            fields["index"] = {"key": item.index.key, "size": item.index.size, "digest": item.index.digest}
        return write_signed(fields, signer, comment=f"snapshot {item.id} of {item.source}, number {item.sequence}")


def read_manifest(content: bytes, key: str) -> Manifest:
    """The manifest in `content`. Whether somebody whom we trust signed it is for `core.repository.trust`.

    Raises:
        ObjectDamaged: it is not one, is not as it was written, or is of a newer format.
    """
    try:
        fields = read_signed(content, key)
        number = fields["format"]
        if number not in _READABLE:
            raise ObjectDamaged(f"{key} has format {number!r}; this version reads {FORMAT}", hint="update BackupServ")
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
    rank, base = _standing(fields)
    return Manifest(
        snapshot=Snapshot(
            counts=counts, rank=rank, base=base, held=_held(fields), index=_index(fields), **texts, **numbers, **times
        ),
        recipients=tuple(_typed(text, str) for text in fields["recipients"]),
        extension=fields["extension"],
    )


def _standing(fields: Mapping[str, Any]) -> tuple[Rank, str]:
    if fields["format"] == 1:
        return "full", ""
    rank, base = fields["rank"], _typed(fields["base"], str)
    if rank not in get_args(Rank) or (rank == "full") == bool(base):
        raise ValueError(rank)
    return rank, base


def _held(fields: Mapping[str, Any]) -> str:
    """Told in chat, and by whoever wrote it: so it is short, and one line."""
    text: str = _typed(fields.get("held", ""), str)
    return "".join(letter for letter in text[:_LONGEST] if letter.isprintable())


def _index(fields: Mapping[str, Any]) -> Piece | None:
    found = fields.get("index")
    if found is None or fields["format"] == 1:
        return None
    return Piece(key=_typed(found["key"], str), size=_typed(found["size"], int), digest=_typed(found["digest"], str))


def _typed(value: Any, kind: type[str] | type[int]) -> Any:
    if type(value) is not kind or (isinstance(value, int) and not 0 <= value <= _LARGEST):
        raise TypeError(kind.__name__)
    return value


def _moment(text: Any) -> datetime:
    moment = datetime.fromisoformat(_typed(text, str))
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)
