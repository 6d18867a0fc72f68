"""One line of the audit trail: JSON that holds the SHA-256 of the line before it.

    {"seq": 12, "at": "2026-11-23T09:30:00.000+00:00", "event": "prune", …, "prev": "<64 hex>", "check": "<16 hex>"}

`prev` is what `sed -n 11p audit.jsonl | sha256sum` prints, the line's end counted in; the first line has 64 zeros.
`check` tells a changed line from one that follows a changed line.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from core.domain.audit import Value
from core.jsonl import checked, parse

ROOT = "0" * 64
LIMIT = 1 << 16  # bytes of a line; ours are far shorter
LONGEST = 1000  # characters of a field
ADOPTED = "older lines adopted"  # the events of lines about loose lines before them
TORN = "torn line closed off"
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A line of the chain, whole in itself."""

    seq: int
    prev: str
    fields: Mapping[str, Any]  # all of them


def make(seq: int, prev: str, at: str, event: str, fields: Mapping[str, Value]) -> bytes:
    """A new line. What cannot be seen, or would move a terminal's cursor, is escaped; long texts are cut."""
    ours: dict[str, Value] = {"seq": seq, "at": at, "event": event}
    whole = ours | {name: _bounded(value) for name, value in fields.items()} | ours | {"prev": prev}
    text = json.dumps(whole, ensure_ascii=False)
    return checked("".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text).encode())


def _bounded(value: Value) -> Value:
    if isinstance(value, str) and len(value) > LONGEST:
        return value[: LONGEST - 1] + "…"
    return value


def read_link(content: bytes) -> Link | None:
    """The link in a line without its end; None for anything else."""
    fields = parse(content)
    if fields is None:
        return None
    seq, prev = fields.get("seq"), fields.get("prev")
    if type(seq) is not int or seq < 1 or not isinstance(prev, str) or _DIGEST.fullmatch(prev) is None:
        return None
    return Link(seq=seq, prev=prev, fields=fields)


def digest_of(line: bytes) -> str:
    """What `sha256sum` prints for a line with its end."""
    return sha256(line).hexdigest()
