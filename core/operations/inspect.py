"""Look at a bare file: what it is, what is in it, and what services would do with it. Needs no configuration."""

import gzip
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import Literal

from core import sqlite_file
from core.disk import read_whole
from core.domain.casemapping import Casemapping
from core.domain.errors import BackupServError, SourceDamaged, SourceUnreadable
from core.domain.finding import Finding, Severity
from core.domain.size import show_size
from core.formats import sqlite, unrealircd
from core.formats.atheme import (
    Database,
    check,
    counts,
    is_master,
    lists_all_modules,
    modules,
    parse,
    schema_version,
    shown,
)
from core.formats.signature import HEAD, Format, recognise
from core.formats.unrealircd import Kind

LIMIT = 2 << 30  # bytes of a file, and of what it unpacks to
_PIECE = 1 << 20
Verdict = Literal["good", "warnings", "loses-data", "stops-services", "not-judged"]

_VERDICTS: dict[int, Verdict] = {
    0: "good",
    Severity.WARNING: "warnings",
    Severity.LOSES_DATA: "loses-data",
    Severity.STOPS_SERVICES: "stops-services",
}
_UNREALIRCD: dict[Kind | None, str] = {
    None: "a database of its own",
    "channels": "channel.db",
    "bans": "tkl.db",
    "whowas": "whowas.db",
    "reputation": "reputation.db",
    "history": "the history of a channel",
    "history-master": "history/master.db",
}
# What is recognised and not read: what it is, and the next step.
_NOT_READ: dict[Format, str] = {
    "age": "it is sealed with age: `age -d -i KEY {path} | zstd -d > services.db` opens a snapshot, then look at that",
    "zstd": "it is packed with zstd: `zstd -d < {path} > services.db`, then look at that",
    "openssl": "it is encrypted by `openssl enc`: decrypt it as it was encrypted, then look at that",
    "tar": "it is a tar archive: unpack it, then look at what was in it",
    "anope": "it is a database of Anope, which this version recognises and does not read",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """All there is to say about a file."""

    path: Path
    format: Format | None = None  # None: it could not be read
    packing: str = ""  # "gzip": what was read is what it unpacks to
    size: int = 0  # bytes of what was read, unpacked
    version: str = ""  # "Atheme 7.2"
    schema: str = ""
    modules: tuple[str, ...] = ()
    casemapping: Casemapping = "rfc1459"
    counts: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()  # the worst first
    reason: str = ""  # why it is not judged; "" = it is

    @property
    def verdict(self) -> Verdict:
        """The worst of its findings. What could not be read is neither good nor damaged."""
        if self.reason:
            return "not-judged"
        return _VERDICTS[max((finding.severity for finding in self.findings), default=0)]

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        return {
            "file": str(self.path),
            "format": self.format,
            "packing": self.packing or None,
            "size": self.size,
            "version": self.version,
            "schema": self.schema,
            "modules": list(self.modules),
            "casemapping": self.casemapping,
            "counts": dict(self.counts),
            "verdict": self.verdict,
            "reason": self.reason,
            "findings": [
                {"line": item.line, "severity": item.severity.name.lower(), "code": item.code, "text": item.text}
                for item in self.findings
            ],
        }


def printable(text: str) -> str:
    """A path may hold anything; a terminal may not be told anything."""
    return "".join(char if char.isprintable() else "?" for char in text)


def inspect_file(path: Path, *, casemapping: Casemapping = "rfc1459", limit: int = LIMIT) -> Inspection:
    """Whatever the path names. Never raises: what cannot be read is not judged, and says why."""
    try:
        content, packing = read_bare(path, limit=limit)
        return _judge(path, content, packing, casemapping)
    except SourceDamaged as error:
        finding = Finding(line=0, severity=Severity.LOSES_DATA, code="packing", text=error.message)
        return Inspection(path=path, format="gzip", packing="gzip", findings=(finding,))
    except BackupServError as error:
        return Inspection(path=path, reason=error.message)
    except ValueError as error:  # a path that no system call takes: a NUL byte in it
        return Inspection(path=path, reason=f"no file has such a name: {error}")
    except MemoryError:
        return Inspection(path=path, reason=f"{path} does not fit into the memory that is free")


def read_bare(path: Path, *, limit: int = LIMIT) -> tuple[bytes, str]:
    """The content of a file, unpacked if it is packed with gzip, and what it was packed with.

    Raises:
        SourceUnreadable: it cannot be read, or is larger than `limit` bytes, also when it is unpacked.
        SourceDamaged: its packing is broken.
    """
    try:
        content = sqlite_file.read_bare(path, limit=limit)
    except SourceDamaged:  # SQLite gives up on it: its bytes tell why
        content = read_whole(path, limit=limit)[0]
    if recognise(content[:HEAD]) != "gzip":
        return content, ""
    return _unpack(content, limit), "gzip"


def _unpack(packed: bytes, limit: int) -> bytes:
    """Never more than `limit` bytes, whatever the file promises."""
    content = bytearray()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
            while piece := file.read(_PIECE):
                content += piece
                if len(content) > limit:
                    raise SourceUnreadable(f"it unpacks to more than {show_size(limit)}", hint="--limit allows more")
    except EOFError:
        raise SourceDamaged("it ends before it is unpacked: the packed file was cut off") from None
    except (OSError, zlib.error) as error:
        raise SourceDamaged(f"it does not unpack: {error}") from None
    return bytes(content)


def _judge(path: Path, content: bytes, packing: str, casemapping: Casemapping) -> Inspection:
    kind = recognise(content[:HEAD])
    if kind == "sqlite":
        return _judge_sqlite(path, content, packing)
    if kind == "unrealircd":
        return _judge_unrealircd(path, content, packing)
    if kind in _NOT_READ or kind == "gzip":
        told = _NOT_READ.get(kind, "it is packed more than once: unpack it, then look at that")
        reason = told.format(path=quote(str(path)))
        return Inspection(path=path, format=kind, packing=packing, size=len(content), reason=reason)
    database = parse(content)
    return Inspection(
        path=path,
        format=kind,
        packing=packing,
        size=len(content),
        version=_version(database) if kind == "atheme" else "",
        schema=shown(schema_version(database)),
        modules=tuple(sorted(map(shown, modules(database)))),
        casemapping=casemapping,
        counts=counts(database),
        findings=check(content, casemapping=casemapping),
    )


def _version(database: Database) -> str:
    if is_master(database):
        return "Atheme master (7.3)"
    return "Atheme 7.2" if lists_all_modules(database) else "Atheme, 7.2 or before"


def _judge_unrealircd(path: Path, content: bytes, packing: str) -> Inspection:
    judged = unrealircd.judge(content)
    hint = "; its length is as it must be, and `check` reads it where sources.NAME.secret is configured"
    return Inspection(
        path=path,
        format="unrealircd",
        packing=packing,
        size=len(content),
        version=f"UnrealIRCd, {_UNREALIRCD[judged.kind]}",
        counts=judged.counts,
        findings=judged.findings,
        reason=f"{judged.unread}{hint}" if judged.form == "encrypted" and judged.unread else judged.unread,
    )


def _judge_sqlite(path: Path, content: bytes, packing: str) -> Inspection:
    found, findings = sqlite.inspect(content)
    ordered = tuple(sorted(findings, key=lambda finding: -finding.severity))
    return Inspection(
        path=path,
        format="sqlite",
        packing=packing,
        size=len(content),
        version="SQLite",
        counts=found,
        findings=ordered,
    )
