"""Preview of an import: every file is opened, unpacked and judged as a snapshot would be. Changes nothing."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from hashlib import sha256
from pathlib import Path

from core.domain.dated_name import moment_in_name
from core.domain.errors import BackupServError, ConfigInvalid, SourceDamaged, SourceUnreadable
from core.domain.finding import Finding, Severity
from core.domain.snapshot import Snapshot
from core.operations.foreign_file import ArchiveOpener, Opened, content_of, opened, size_of
from core.operations.foreign_tree import KINDS, ForeignTree, content_key, folder_of, gather
from core.operations.history import imported_name, is_imported
from core.operations.import_plan import DATABASES, ImportPlan, Item, Verdict
from core.operations.import_walk import Candidate, walk
from core.operations.inspect import printable
from core.operations.site import Site
from core.operations.tar_look import look_through
from core.ports import Clock, Progress
from core.registrations.words import clipped, plural
from core.repository.repository import Repository

LIMIT = 1 << 30  # bytes that one file may hold, if nothing else is said
_ROOM = 300  # bytes of a name that is shown
_SKEW = timedelta(days=1)  # a zone that was guessed wrong is no time in the future
_EXTENSIONS = {"atheme": "db", "sqlite": "sqlite"}
_BACKUPS = (".db", ".sqlite", ".sqlite3", ".gz", ".tgz", ".tar", ".enc")  # what a file so called should be
_LOG = re.compile(r"(^|/)logs/|\.log\b|-(wal|shm|journal)$", re.IGNORECASE)  # what is none, whatever is in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How files are opened and dated."""

    opener: ArchiveOpener | None
    limit: int
    zone: tzinfo | None  # of the times in names; None = this host's


def plan_import(
    folder: Path, site: Site, repository: Repository, reading: Reading, *, clock: Clock, progress: Progress
) -> ImportPlan:
    """What is in the folder, and what of it would be adopted.

    Raises:
        SourceUnreadable: the folder cannot be read.
        ConfigInvalid: the source bears a name that imported snapshots have.
    """
    if is_imported(site.name):
        raise ConfigInvalid(f'a source called "{site.name}" cannot have imported snapshots', hint="call it otherwise")
    candidates = walk(folder)
    judge = _Judge(site, reading, clock.now())
    items = []
    for number, candidate in enumerate(candidates, 1):
        progress.step(f"looking at {printable(candidate.path.name)}, {number} of {len(candidates)}")
        items.append(judge.item(candidate))
    items.sort(key=lambda item: (item.made_at or datetime.min.replace(tzinfo=UTC), item.name))
    known = {what: repository.snapshots(imported_name(what)) for what in KINDS if what != site.name}
    known[DATABASES] = repository.snapshots(imported_name(site.name))
    return ImportPlan(folder=folder, source=site.name, limit=reading.limit, items=tuple(_what_is_new(items, known)))


def _what_is_new(items: Iterable[Item], known: Mapping[str, Iterable[Snapshot]]) -> Iterator[Item]:
    """What the snapshots of before have already, and what says nothing new, need not be adopted."""
    of = {what: [(one.taken_at, content_key(one), one.tail) for one in there] for what, there in known.items()}
    for item in items:
        if item.verdict != "adopt" or item.made_at is None:
            yield item
            continue
        contents = of[item.what]
        before = max((one for one in contents if one[0] <= item.made_at), key=lambda one: one[0], default=None)
        if twin := next((one for one in contents if one[:2] == (item.made_at, item.digest)), None):
            yield replace(item, verdict="known", why=f"as {twin[2]}")
        elif before is not None and before[1] == item.digest:
            yield replace(item, verdict="unchanged", why=f"the content of {before[2]}")
        else:
            contents.append((item.made_at, item.digest, item.name))
            yield item


class _Judge:
    def __init__(self, site: Site, reading: Reading, now: datetime) -> None:
        self._site = site
        self._reading = reading
        self._now = now

    def item(self, candidate: Candidate) -> Item:
        """The verdict on one file. Never raises: what cannot be read says why."""
        name = clipped(printable(candidate.name), _ROOM)
        item = Item(path=candidate.path, name=name, verdict="left-out")
        if _LOG.search(candidate.name):
            return replace(item, verdict="no-backup", why="a log")
        if candidate.trouble:
            return replace(item, why=candidate.trouble)
        try:
            return self._judged(candidate, item)
        except BackupServError as error:
            return replace(item, why=error.message, hint=error.hint, damaged=isinstance(error, SourceDamaged))
        except OSError as error:
            return replace(item, why=f"it cannot be read: {error.strerror}")
        except MemoryError:
            return replace(item, why="it does not fit into the memory that is free")

    def _judged(self, candidate: Candidate, item: Item) -> Item:
        with opened(candidate.path, opener=self._reading.opener, limit=self._reading.limit) as file:
            if file.format not in _EXTENSIONS:
                return self._other(candidate, item, file)
            size_of(file.stream)  # a bomb is refused before it is in memory
            item = self._dated(replace(item, sealed=file.sealed), candidate, file)
        return self._database(candidate, item)

    def _database(self, candidate: Candidate, item: Item) -> Item:
        kind, content = read_database(candidate.path, self._reading)
        if self._site.source.kind == "sqlite" and kind != "sqlite":
            raise SourceUnreadable(f"it is a services.db of Atheme, and {self._site.name} is SQLite")
        if kind == "sqlite" and _has_log(candidate.path):
            raise SourceUnreadable("its log lies beside it (-wal or -journal), and what stands there would be missing")
        counts, findings = self._site.source.inspect(content)
        faults = [finding for finding in findings if finding.severity > Severity.WARNING]
        item = replace(
            item,
            what=DATABASES,
            kind=kind,
            extension=_EXTENSIONS[kind],
            size=len(content),
            digest=sha256(content).hexdigest(),
            counts=counts,
        )
        if faults:
            return replace(item, why=_told(faults), hint=_way_out(item), damaged=True)
        return item if item.why else replace(item, verdict="adopt")

    def _other(self, candidate: Candidate, item: Item, file: Opened) -> Item:
        if file.format == "empty":
            return replace(item, why="it is empty", damaged=_is_backup(candidate.path.name))
        if file.format == "gzip":
            return replace(item, why="it is packed more than once")
        if file.format == "unknown":
            verdict: Verdict = "left-out" if _is_backup(candidate.path.name) else "no-backup"
            size_of(file.stream)  # what does not unpack whole is damaged, and no other kind of file
            return replace(item, verdict=verdict, why="there is nothing in it that is known as a backup")
        if file.format == "tar":
            item = self._dated(replace(item, sealed=file.sealed), candidate, file)
            held = look_through(file.stream)
            return self._tree(candidate, replace(item, extension="tar"), held=str(held))
        return replace(item, why=f"it is a file of {file.format}, which is not adopted")

    def _tree(self, candidate: Candidate, item: Item, *, held: str) -> Item:
        what = folder_of(candidate.name)
        if not what:
            hint = "put it into a folder called `config` or `ssl`"
            return replace(item, why=f"whole ({held}), and its name does not say what it is of", hint=hint)
        if what == self._site.name:
            return replace(item, why=f"{imported_name(what)} is what databases of the source {what} are called")
        tree = read_tree(candidate.path, self._reading)
        item = replace(item, what=what, kind=KINDS[what], size=tree.size, digest=tree.digest, counts=tree.counts)
        return item if item.why else replace(item, verdict="adopt")

    def _dated(self, item: Item, candidate: Candidate, file: Opened) -> Item:
        """By its name, else by the time that gzip noted of the file that it packed, else by the time of the file."""
        ways = [
            (moment_in_name(candidate.path.name, self._reading.zone), "its name"),
            (_moment(file.packed_at), "its gzip header"),
            (_moment(candidate.modified), "its file's time"),
        ]
        for moment, way in ways:
            if moment is not None and moment <= self._now + _SKEW:
                return replace(item, made_at=moment, dated_by=way)
        return replace(item, why="its time lies in the future", hint="`touch -d` gives it the right one")


def read_database(path: Path, reading: Reading) -> tuple[str, bytes]:
    """The kind of a database and its bytes. Raises as `opened` does."""
    with opened(path, opener=reading.opener, limit=reading.limit) as file:
        return file.format, content_of(file.stream)


def read_tree(path: Path, reading: Reading) -> ForeignTree:
    """What is in an archive of files. Raises as `opened` does, and ArchiveRefused."""
    with opened(path, opener=reading.opener, limit=reading.limit) as file:
        return gather(file.stream, limit=reading.limit)


def _moment(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def _told(faults: list[Finding]) -> str:
    return f"it has {plural(len(faults), 'fault')}; the first: {faults[0]}"


def _way_out(item: Item) -> str:
    if item.sealed:
        return "decrypted, `backupserv splice --from-damaged` takes out of it what is whole"
    return "`backupserv splice --from FILE --from-damaged` takes out of it what is whole"


def _has_log(path: Path) -> bool:
    """Whether SQLite would have to read more than this file."""
    logs = [path.with_name(f"{path.name}{end}") for end in ("-wal", "-journal")]
    return any(log.is_file() and log.stat().st_size for log in logs)


def _is_backup(name: str) -> bool:
    return name.lower().endswith(_BACKUPS)
