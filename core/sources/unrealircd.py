"""UnrealIRCd's data folder: a tree of files whose databases are read to their last record.

What is said of UnrealIRCd's ways is what its source says: src/unrealdb.c, and src/modules/ of its databases.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.domain.errors import SourceUnreadable
from core.domain.finding import Finding, Severity
from core.domain.tree import ROOT, Entry
from core.formats.unrealircd import LIMIT, Judged, Opener, judge_all
from core.ports import Clock, Progress
from core.secrets import Secret
from core.sources.files import FilesSettings, FilesSource, Pattern
from core.tree_ports import TreeCapture, TreeMeaning, TreeReader

UNFINISHED = "*.tmp"  # of a save that goes on, or failed
_SAVE = timedelta(minutes=1)  # none takes longer
_INTERVALS = {  # in which each is saved while UnrealIRCd runs (src/modules/)
    "channel.db": timedelta(seconds=300),
    "tkl.db": timedelta(seconds=300),
    "whowas.db": timedelta(seconds=300),
    "reputation.db": timedelta(seconds=902),
}
_CORRUPT = ".corrupt"  # what UnrealIRCd appends to the name of one that it could not read to its end
_BAD = "history/bad"  # where it puts histories that it could not use


class UnrealircdSettings(BaseModel):
    """`[sources.NAME]` with kind = "unrealircd": its data folder."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["unrealircd"]
    root: Path = Field(strict=False, description="UnrealIRCd's data folder, with channel.db and tkl.db in it")
    secret: Secret | None = Field(default=None, description="where the password of its db-secret lies, if it has one")
    history_secret: Secret | None = Field(default=None, description="the same of its channel history, if it is another")
    exclude: tuple[Pattern, ...] = Field(default=(), strict=False, description="files and folders that are left out")
    limit_bytes: int = Field(default=1 << 40, gt=0, description="a larger tree is not taken")
    limit_files: int = Field(default=1_000_000, gt=0, description="nor one of more files and folders")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.root.is_absolute():
            raise ValueError("root must be an absolute path")
        return self

    @property
    def paths(self) -> tuple[str, ...]:
        """All of it; see `FilesSettings`."""
        return (ROOT,)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Those that there are."""
        return tuple(secret for secret in (self.secret, self.history_secret) if secret is not None)

    @property
    def as_files(self) -> FilesSettings:
        """The same as a tree. An unfinished save is no content."""
        return FilesSettings(
            kind="files",
            folder="ircd",
            root=self.root,
            exclude=(*self.exclude, UNFINISHED),
            limit_bytes=self.limit_bytes,
            limit_files=self.limit_files,
        )


class UnrealircdCheck:
    """Reads the databases of such a tree, and counts what is in them; see `TreeCheck`."""

    def __init__(self, opener: Opener | None) -> None:
        self._opener = opener

    def look(self, entries: Sequence[Entry], reader: TreeReader) -> TreeMeaning:
        """What is in them, and what is wrong; see the port."""
        paths = [entry.path for entry in entries if entry.type in {"file", "hardlink"}]
        judged = judge_all(paths, lambda path: _read(reader, path), self._opener)
        counts: Counter[str] = Counter()
        for one in judged.values():
            counts.update(one.counts)
        return TreeMeaning(counts=counts, findings=(*_wrong(judged), *_unread(judged), *_put_aside(paths)))


class UnrealircdSource:
    """Its data folder as a tree; see `TreeSource`. A database that is damaged is saved, and told."""

    kind = "unrealircd"
    folder = "ircd"

    def __init__(self, *, name: str, settings: UnrealircdSettings, clock: Clock, check: UnrealircdCheck) -> None:
        self.name = name
        self._root = settings.root
        self._files = FilesSource(name=name, settings=settings.as_files, clock=clock, check=check)

    def scan(self, progress: Progress) -> TreeCapture:
        """Look at every file, and read the databases; see the port."""
        capture = self._files.scan(progress)
        old = _old(capture.entries, capture.scanned_at)
        return replace(capture, findings=(*capture.findings, *_failed_saves(self._root, capture.scanned_at), *old))


def _read(reader: TreeReader, path: str) -> bytes:
    with reader.open(path) as file:
        content = file.read(LIMIT + 1)
    if len(content) > LIMIT:
        raise SourceUnreadable(f"{path} is larger than {LIMIT:,} bytes and was not read")
    return content


def _wrong(judged: Mapping[str, Judged]) -> Iterator[Finding]:
    for path, one in judged.items():
        for finding in one.findings:
            yield replace(finding, text=f"{path}: {finding.text}")


def _unread(judged: Mapping[str, Judged]) -> Iterator[Finding]:
    """What could not be judged, with each reason told once."""
    reasons: dict[str, list[str]] = {}
    for path, one in judged.items():
        if one.unread:
            reasons.setdefault(one.unread, []).append(path)
    for reason, paths in reasons.items():
        others = f" and {len(paths) - 1:,} more" if len(paths) > 1 else ""
        yield _warning("not-judged", f"{paths[0]}{others} could not be checked: {reason}")


def _put_aside(paths: Sequence[str]) -> Iterator[Finding]:
    for path in paths:
        if path.endswith(_CORRUPT):
            name = path.removesuffix(_CORRUPT)
            text = f"UnrealIRCd could not read {name} and put it aside as {path}: what was lost is in an older snapshot"
            yield _warning("corrupt", text)
    bad = [path for path in paths if path.startswith(f"{_BAD}/")]
    if bad:
        yield _warning(
            "history-bad", f"UnrealIRCd put {len(bad):,} channel histories aside in {_BAD}: they are not used"
        )


def _failed_saves(root: Path, now: datetime) -> Iterator[Finding]:
    """Each save that failed leaves a file of its own behind, under a name made of chance."""
    left: list[float] = []
    for folder in (root, root / "history"):
        for path in folder.glob(UNFINISHED):
            with suppress(OSError):
                left.append(path.lstat().st_mtime)
    left = [at for at in left if now - datetime.fromtimestamp(at, UTC) > _SAVE]
    if left:
        newest = datetime.fromtimestamp(max(left), UTC)
        text = f"{len(left):,} unfinished saves (*.tmp) lie in {root}, the newest of {newest:%Y-%m-%d %H:%M} UTC"
        yield _warning("failed-saves", f"{text}: each is a save that failed; is the disk full?")


def _old(entries: Sequence[Entry], now: datetime) -> Iterator[Finding]:
    for entry in entries:
        interval = _INTERVALS.get(entry.path)
        written = datetime.fromtimestamp(entry.mtime_ns / 1e9, UTC)
        if interval is not None and now - written > 2 * interval:
            every = f"UnrealIRCd saves it every {interval.total_seconds() / 60:.0f} minutes while it runs"
            yield _warning("old", f"{entry.path} was saved at {written:%Y-%m-%d %H:%M} UTC, and {every}")


def _warning(code: str, text: str) -> Finding:
    return Finding(line=0, severity=Severity.WARNING, code=code, text=text)
