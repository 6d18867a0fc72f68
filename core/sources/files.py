"""A tree of files: configuration, logs, what users uploaded, certificates with their links."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from core.domain.errors import SourceUnreadable
from core.domain.finding import Finding, Severity
from core.domain.size import show_size
from core.domain.tree import OURS, ROOT, Entry, chosen, is_safe
from core.ports import Clock, Progress
from core.sources.folder import FolderReader, Walk
from core.sources.globs import matches
from core.tree_ports import TreeCapture, TreeCheck, TreeMeaning

Pattern = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
NEVER = ("*.pid", "*.sock")  # of a running program: worth nothing when it is gone


class FilesSettings(BaseModel):
    """`[sources.NAME]` with kind = "files" (or "tls"): which files, and which folder of the repository is theirs."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["files", "tls"]
    root: Path = Field(strict=False, description="the folder that all of it is in")
    folder: Literal["config", "logs", "users", "ircd", "ssl"] | None = Field(
        default=None, description="the repository's folder: config, logs, users, ircd or ssl"
    )
    paths: tuple[Pattern, ...] = Field(
        default=(ROOT,), strict=False, description="what of the root is looked at: files and folders, relative to it"
    )
    include: tuple[Pattern, ...] = Field(
        default=(), strict=False, description='only files that match one of these, like "*.conf" or "log/**"'
    )
    exclude: tuple[Pattern, ...] = Field(default=(), strict=False, description="files and folders that are left out")
    limit_bytes: int = Field(default=1 << 40, gt=0, description="a larger tree is not taken")
    limit_files: int = Field(default=1_000_000, gt=0, description="nor one of more files and folders")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.root.is_absolute():
            raise ValueError("root must be an absolute path")
        if self.kind == "files" and self.folder is None:
            raise ValueError('folder is missing: "config", "logs", "users", "ircd" or "ssl"')
        if self.kind == "tls" and self.folder not in {None, "ssl"}:
            raise ValueError('the folder of a tls source is "ssl"')
        wrong = [path for path in self.paths if not is_safe(path.rstrip("/"))]
        if wrong:
            raise ValueError(f"paths must lie below root and be written relative to it: {wrong[0]!r}")
        return self


class FilesSource:
    """Looks at a tree by status alone: a gigabyte that nobody touched is recognised without being read.

    `check` knows what some of the files mean, and reads those.
    """

    def __init__(self, *, name: str, settings: FilesSettings, clock: Clock, check: TreeCheck | None = None) -> None:
        self.name = name
        self.kind = settings.kind
        self.folder = settings.folder or "ssl"
        self._settings = settings
        self._clock = clock
        self._check = check
        self._paths = tuple(path.rstrip("/") for path in settings.paths)

    def scan(self, progress: Progress) -> TreeCapture:
        """Look at every file; see the port."""
        progress.step(f"looking at {self._settings.root}")
        scanned_at = self._clock.now()
        walk = Walk(self._settings.root, wanted=self._wanted, bounded=self._within_limits)
        entries = self._without_empty_ways(list(walk.entries()))
        counts = Counter(_COUNTED[entry.type] for entry in entries)
        reader = FolderReader(self._settings.root)
        meaning = self._check.look(entries, reader) if self._check is not None else TreeMeaning()
        return TreeCapture(
            entries=tuple(entries),
            reader=reader,
            scanned_at=scanned_at,
            counts=dict(sorted({**counts, **meaning.counts}.items())),
            findings=(*walk.findings, *self._missing(entries), *meaning.findings),
        )

    def _wanted(self, path: str, is_folder: bool) -> bool:  # noqa: FBT001 — the walk's one question, asked in one place
        settings = self._settings
        if path == OURS or matches(path, settings.exclude):
            return False
        if not chosen(path, self._paths):  # on the way to something that is chosen
            return is_folder and any(name.startswith(f"{path}/") for name in self._paths)
        if is_folder:
            return True
        if matches(path, NEVER) and not matches(path, settings.include):
            return False
        return not settings.include or _included(path, settings.include)

    def _without_empty_ways(self, entries: list[Entry]) -> list[Entry]:
        """With `include`, folders that nothing in them was taken of are no part of it."""
        if not self._settings.include:
            return entries
        kept = {ROOT}
        for entry in entries:
            if entry.type != "dir":
                steps = entry.path.split("/")
                kept.update("/".join(steps[:depth]) for depth in range(1, len(steps) + 1))
        return [entry for entry in entries if entry.path in kept]

    def _missing(self, entries: list[Entry]) -> list[Finding]:
        there = {entry.path for entry in entries}
        gone = [path for path in self._paths if path not in there]
        root = self._settings.root
        return [
            Finding(line=0, severity=Severity.WARNING, code="path-missing", text=f"there is no {root / path}")
            for path in gone
        ]

    def _within_limits(self, size: int, count: int) -> None:
        settings = self._settings
        if size > settings.limit_bytes:
            raise SourceUnreadable(
                f"{settings.root} holds more than {show_size(settings.limit_bytes)}",
                hint=f"exclude what is not needed, or raise limit_bytes of {self.name}",
            )
        if count > settings.limit_files:
            raise SourceUnreadable(
                f"{settings.root} holds more than {settings.limit_files:,} files",
                hint=f"exclude what is not needed, or raise limit_files of {self.name}",
            )


_COUNTED = {"file": "files", "hardlink": "files", "symlink": "links", "dir": "folders"}


def _included(path: str, patterns: tuple[str, ...]) -> bool:
    """A file is included by a pattern for itself, or for a folder above it."""
    steps = path.split("/")
    return any(matches("/".join(steps[:depth]), patterns) for depth in range(1, len(steps) + 1))
