"""An SQLite database, copied while programs write to it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.domain.casemapping import Casemapping
from core.domain.errors import SourceDamaged
from core.domain.finding import Finding, Severity
from core.formats.sqlite import inspect, inspect_plain
from core.ports import Capture, Progress
from core.sqlite_file import copy_sqlite, saved_at

Inspect = Callable[[bytes], tuple[Mapping[str, int], tuple[Finding, ...]]]

_TOLD = 3  # faults that are told; `inspect` lists them all


class SqliteSettings(BaseModel):
    """`[sources.NAME]` with kind = "sqlite": the database, and how it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["sqlite"]
    database: Path = Field(strict=False, description="the SQLite database")
    casemapping: Literal["rfc1459", "ascii"] = Field(default="rfc1459", description="how names compare")
    busy_timeout_seconds: float = Field(
        default=10, gt=0, le=600, strict=False, description="how long to wait for a program that locks the database"
    )
    limit_bytes: int = Field(default=2 << 30, gt=0, description="a larger database is not read")


class SqliteSource:
    """Copies through SQLite's own backup, inside one read transaction: one moment, however busy the writers."""

    kind = "sqlite"

    def __init__(self, *, name: str, settings: SqliteSettings, is_services: bool = True) -> None:
        self.name = name
        self._is_services = is_services
        self._settings = settings

    @property
    def casemapping(self) -> Casemapping:
        """How names compare on this network."""
        return self._settings.casemapping

    def capture(self, progress: Progress, *, ask: bool = True) -> Capture:
        """One moment of it, whole and checked; see the port. Nobody need be asked: it is on disk as it lives."""
        del ask
        return capture_sqlite(
            self._settings.database,
            limit=self._settings.limit_bytes,
            busy_seconds=self._settings.busy_timeout_seconds,
            progress=progress,
            inspect=self.inspect,
        )

    def inspect(self, content: bytes) -> tuple[Mapping[str, int], tuple[Finding, ...]]:
        """Counts and findings; see the port."""
        return inspect(content) if self._is_services else inspect_plain(content)


def capture_sqlite(
    database: Path, *, limit: int, busy_seconds: float, progress: Progress, inspect: Inspect = inspect
) -> Capture:
    """One checked copy of a living database.

    Raises:
        SourceUnreadable: it cannot be read, or somebody locks it for longer than `busy_seconds`.
        SourceDamaged: it was read and must not become a backup.
    """
    progress.step(f"copying {database.name}")
    written_at = saved_at(database)
    content = copy_sqlite(database, limit=limit, busy_seconds=busy_seconds)
    progress.step("checking the database")
    counts, findings = inspect(content)
    refuse_damage(database, findings)
    return Capture(content=content, extension="sqlite", saved_at=written_at, counts=counts, findings=findings)


def refuse_damage(database: Path, findings: tuple[Finding, ...]) -> None:
    """What is worse than a warning is no backup.

    Raises:
        SourceDamaged: with the first few faults.
    """
    faults = [finding for finding in findings if finding.severity > Severity.WARNING]
    if faults:
        told = "; ".join(map(str, faults[:_TOLD]))
        more = f"; and {len(faults) - _TOLD} more" if len(faults) > _TOLD else ""
        raise SourceDamaged(
            f"{database} has {len(faults)} fault{'s' if len(faults) > 1 else ''}: {told}{more}",
            hint="no snapshot was made of it; older ones are untouched",
        )
