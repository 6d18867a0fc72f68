"""The `[objectives]` table becomes what the network aims at; of each storage, what kind of place it is."""

import ipaddress
import os
from pathlib import Path
from urllib.parse import urlsplit

from bot.config import BotSettings, StorageSettings
from bot.config_sources import UnrealircdSite
from core.domain.objective import Aims
from core.domain.score import Kept
from core.storage.local import LocalSettings
from core.storage.s3.settings import S3Settings


def build_aims(settings: BotSettings) -> Aims:
    """What is wanted of each source, and where copies lie."""
    living = {name: isinstance(tree, UnrealircdSite) for name, tree in settings.trees.items()}
    databases = [site.database for site in settings.sites.values()]
    places = tuple(_place(name, item, settings, databases) for name, item in settings.storage.items())
    return settings.objectives.aims(living, places)


def _place(name: str, storage: StorageSettings, settings: BotSettings, databases: list[Path]) -> Kept:
    named = settings.objectives.offsite
    return Kept(
        name=name,
        medium=_medium(storage, databases),
        offsite=name in named if named is not None else _is_elsewhere(storage),
        immutable=_is_locked(storage),
    )


def _medium(storage: StorageSettings, databases: list[Path]) -> str:
    if isinstance(storage, LocalSettings):
        disk = disk_of(_device(storage.path))
        return "another disk" if disk and disk not in {disk_of(_device(path)) for path in databases} else "disk"
    return "bucket" if isinstance(storage, S3Settings) else "ssh"


def _device(path: Path) -> int:
    """The file system that it lies on, or would; 0 where that cannot be told."""
    while not path.exists() and path != path.parent:
        path = path.parent
    try:
        return path.stat().st_dev
    except OSError:
        return 0


def disk_of(device: int, blocks: Path = Path("/sys/dev/block")) -> str:
    """The disk on which a file system lies, in words of sysfs: two partitions of one die together; "" if unknown."""
    block = (blocks / f"{os.major(device)}:{os.minor(device)}").resolve()
    disk = block.parent if (block / "partition").exists() else block
    return str(disk) if device else ""


def _is_elsewhere(storage: StorageSettings) -> bool:
    """A guess, which `objectives.offsite` corrects: whatever is not this host is elsewhere."""
    if isinstance(storage, LocalSettings):
        return False
    if isinstance(storage, S3Settings):
        host = urlsplit(storage.endpoint).hostname or "" if storage.endpoint is not None else "amazon"
    else:
        host = storage.host
    return host not in {"", "localhost", os.uname().nodename} and not _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_locked(storage: StorageSettings) -> bool:
    if isinstance(storage, LocalSettings):
        return False
    return storage.lock is not None if isinstance(storage, S3Settings) else storage.write_once
