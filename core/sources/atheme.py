"""The services database of Atheme (OpenSEX, services.db): one text file, rewritten whole at every save."""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core.disk import read_whole
from core.domain.casemapping import Casemapping
from core.domain.errors import SaveNotSeen, SourceDamaged, SourceUnreadable
from core.domain.finding import Finding, Severity
from core.domain.moment import ago
from core.formats import sqlite
from core.ports import Capture, Clock, Progress, Services
from core.registrations.wish import Network
from core.sources.atheme_conf import AthemeConf, read_conf
from core.sources.sqlite import capture_sqlite, refuse_damage
from core.sqlite_file import BUSY_SECONDS, starts_with

_POLL = 0.1  # seconds between two looks for a new file


class AthemeSettings(BaseModel):
    """`[sources.NAME]` with kind = "atheme": the database, and how it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    kind: Literal["atheme"]
    database: Path = Field(strict=False, description="services.db")
    config: Path | None = Field(default=None, strict=False, description="atheme.conf: casemapping, expiry, operators")
    casemapping: Literal["auto", "rfc1459", "ascii"] = Field(
        default="auto", description="how names compare; auto reads it from `config`, or takes Atheme's default"
    )
    commit_minutes: int | None = Field(
        default=None, ge=1, le=60, description="how often services save; default: what `config` says, or Atheme's 5"
    )
    save_timeout_seconds: float = Field(default=30, gt=0, strict=False, description="how long a save may take")
    limit_bytes: int = Field(default=2 << 30, gt=0, description="a larger file is not read")


class AthemeSource:
    """Asks for a save, waits for the new file, reads it through one open, and believes nothing unparsed."""

    kind = "atheme"

    def __init__(self, *, name: str, settings: AthemeSettings, services: Services, clock: Clock) -> None:
        self.name = name
        self._settings = settings
        self._services = services
        self._clock = clock

    @cached_property
    def casemapping(self) -> Casemapping:
        """How names compare on this network."""
        if self._settings.casemapping != "auto":
            return self._settings.casemapping
        return self._configured.casemapping

    @cached_property
    def network(self) -> Network:
        """What the configuration of services says: how names compare, what expires, who is an operator by it."""
        return replace(self._configured.network, casemapping=self.casemapping)

    @property
    def save_seconds(self) -> float:
        """How often they save by themselves."""
        return 60.0 * (self._settings.commit_minutes or self._configured.commit_minutes)

    @cached_property
    def _configured(self) -> AthemeConf:
        return read_conf(self._settings.config) if self._settings.config is not None else AthemeConf()

    def capture(self, progress: Progress, *, ask: bool = True) -> Capture:
        """One save, whole and checked; see the port. An SQLite database needs none: it is copied as it lives."""
        if self._is_sqlite():
            database, limit = self._settings.database, self._settings.limit_bytes
            return capture_sqlite(database, limit=limit, busy_seconds=BUSY_SECONDS, progress=progress)
        if ask and self._services.can_save:
            progress.step("asking services to save")
            self._save()
        progress.step(f"reading {self._settings.database.name}")
        content, status = read_whole(self._settings.database, limit=self._settings.limit_bytes)
        if not content:
            raise SourceDamaged(
                f"{self._settings.database} is empty", hint="an empty database is never taken as a backup"
            )
        progress.step("checking every row")
        found, findings = self.inspect(content)
        refuse_damage(self._settings.database, findings)
        return Capture(
            content=content,
            extension="db",
            saved_at=datetime.fromtimestamp(status.st_mtime, UTC),
            counts=found,
            findings=(*findings, *self._leftover(status)),
        )

    def inspect(self, content: bytes) -> tuple[Mapping[str, int], tuple[Finding, ...]]:
        """Counts and findings; see the port. The first bytes decide which format it is."""
        if sqlite.is_sqlite(content):
            return sqlite.inspect(content)
        from core.formats.atheme import examine  # noqa: PLC0415 — who only reads copies back need not wait for it

        return examine(content, casemapping=self.casemapping)

    def _save(self) -> None:
        """Ask, and wait for the rename: a new inode. What is answered proves nothing, the file does.

        Atheme 7.2 answers when the file is there; later versions fork and answer before.
        """
        before = self._mark()
        self._services.request_save()
        deadline = self._clock.monotonic() + self._settings.save_timeout_seconds
        while self._mark() == before:
            if self._clock.monotonic() >= deadline:
                raise self._not_saved(before)
            self._clock.sleep(_POLL)

    def _mark(self) -> tuple[int, int] | None:
        try:
            status = self._settings.database.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise SourceUnreadable(
                f"{self._settings.database} cannot be read by uid {os.geteuid()}: {error.strerror}",
                hint="add that user to the group that owns the file and its folder",
            ) from None
        return status.st_ino, status.st_mtime_ns

    def _not_saved(self, before: tuple[int, int] | None) -> SaveNotSeen:
        if before is None:
            last = "it was never saved"
        else:
            age = self._clock.now() - datetime.fromtimestamp(before[1] / 1e9, UTC)
            last = f"its last save is {ago(age.total_seconds())} old"
        return SaveNotSeen(
            f"services were asked to save and {self._settings.database} did not change within "
            f"{self._settings.save_timeout_seconds:.0f} s; {last}",
            hint="look for a full disk, and whether their user may write to that folder. Do not restart services: "
            "what they have not saved lives only in their memory",
        )

    def _is_sqlite(self) -> bool:
        try:
            first = starts_with(self._settings.database, limit=self._settings.limit_bytes)
        except SourceUnreadable:
            return False  # a save may mend that; if not, reading it says why
        return sqlite.is_sqlite(first)

    def _leftover(self, live: os.stat_result) -> tuple[Finding, ...]:
        """Atheme writes over a left-over `.new` without cutting it, so a longer one ends up inside the next save."""
        path = self._settings.database.with_name(self._settings.database.name + ".new")
        try:
            status = path.stat(follow_symlinks=False)
        except OSError:
            return ()
        if status.st_size <= live.st_size:
            return ()
        text = f"{path.name} was left over and is longer than the database: the next save would end in its old tail"
        return (Finding(line=0, severity=Severity.WARNING, code="leftover-new", text=text),)
