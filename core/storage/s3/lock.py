"""Object Lock: what nobody can delete until a day. A lock is believed when it has been read back."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from core.domain.errors import StorageUnavailable
from core.ports import Clock
from core.storage.s3.bucket import Bucket
from core.storage.s3.errors import Refused
from core.storage.s3.settings import LockSettings

FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Until when an object is kept, and how firmly."""

    mode: str  # "governance", "compliance" or "legal hold"
    until: datetime

    def __str__(self) -> str:
        if self.until == FOREVER:
            return "under a legal hold"
        return f"locked until {self.until:%Y-%m-%d %H:%M} UTC ({self.mode})"

    @property
    def ends_at(self) -> datetime | None:
        """When it ends; None for a legal hold, which ends when somebody lifts it."""
        return None if self.until == FOREVER else self.until

    @property
    def words(self) -> Mapping[str, Any]:
        """What an upload says to be locked so."""
        return {"ObjectLockMode": self.mode.upper(), "ObjectLockRetainUntilDate": self.until}


def wanted(lock: LockSettings, clock: Clock) -> Retention:
    """What an object that is stored now gets. Servers count whole seconds."""
    until = math.ceil(clock.now().timestamp()) + timedelta(days=lock.days).total_seconds()
    return Retention(mode=lock.mode, until=datetime.fromtimestamp(until, UTC))


def retention_of(bucket: Bucket, key: str, version: str) -> Retention | None:
    """The retention of a version, as the server tells it; None where it has none.

    Raises:
        StorageUnavailable: it cannot be told.
    """
    told = _ask(bucket, "get_object_retention", key, version).get("Retention", {})
    if not told.get("RetainUntilDate"):
        return None
    return Retention(mode=str(told.get("Mode", "")).lower(), until=told["RetainUntilDate"].astimezone(UTC))


def keeper_of(bucket: Bucket, key: str, version: str, now: datetime) -> Retention | None:
    """What keeps a version from being deleted now, a legal hold included; None where nothing does.

    Raises:
        StorageUnavailable: it cannot be told.
    """
    retention = retention_of(bucket, key, version)
    if retention is not None and retention.until > now:
        return retention
    hold = _ask(bucket, "get_object_legal_hold", key, version).get("LegalHold", {})
    return Retention(mode="legal hold", until=FOREVER) if hold.get("Status") == "ON" else None


def _ask(bucket: Bucket, operation: str, key: str, version: str) -> dict[str, Any]:
    try:
        return bucket.call(operation, key, VersionId=version)
    except Refused as refused:
        if refused.status in {400, 404, 405, 501}:  # no lock on this object, this bucket, this server
            return {}
        raise


def make_sure(bucket: Bucket, key: str, version: str, want: Retention) -> str:
    """Lock what is stored, where the upload did not; returns what is wrong, or "".

    radosgw, for one, forgets what the start of a multipart upload said of locks.
    """
    if _holds(retention_of(bucket, key, version), want):
        return ""
    retention = {"Mode": want.mode.upper(), "RetainUntilDate": want.until}
    try:
        bucket.call("put_object_retention", key, VersionId=version, Retention=retention)
        held = retention_of(bucket, key, version)
    except StorageUnavailable as error:
        if error.passing:
            raise
        return f"{key} on {bucket.name} is not locked: {error}"
    return "" if _holds(held, want) else f"{key} on {bucket.name} is not locked, although it was asked for"


def _holds(held: Retention | None, want: Retention) -> bool:
    """Whether it is at least as firm and as long."""
    return held is not None and held.until >= want.until and want.mode in {held.mode, "governance"}
