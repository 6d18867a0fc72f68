"""What one kind of tree needs around the putting in place of its files: the table of manners is in `ways.py`.

The engine (`TreeWay`) compares, unpacks, keeps, renames and puts back. A manner judges the plan, and speaks with the
program that lives on the files. The order of a restore, with the step that its record stands at meanwhile:

    judge                     plan time: nothing is changed
    before       "stopping"   what comes is unpacked and proven beside its place; then the program may be stopped
                 "kept"       what will be replaced or removed lies safe
                 "replacing"  file by file
    prove        "replaced"   all files are in place, nobody was told: a configuration test
    after        "starting"   the program is told or started, and looked at
                 "done"

Where anything raises, the files go back first, then `went_back` brings the program onto them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from core.domain.snapshot import Snapshot
from core.domain.thing import ThingWish
from core.domain.tree import Entry
from core.operations.restore_record import RestoreRecord
from core.operations.restore_report import Steps
from core.operations.site import TreeSite
from core.operations.things.ground import Ground
from core.registrations.plan import Conflict


class Files(Protocol):
    """The files of one side of a plan: of the snapshot, or the living ones."""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of that side, by path; those of the snapshot are not only what was chosen of it."""
        ...

    def read(self, path: str, limit: int) -> bytes:
        """The bytes of a file or hardlink, relative to the root. No link is followed: `entries` say where they point.

        Raises:
            SourceUnreadable: there is none, or it holds more than `limit` bytes.
            ObjectDamaged, ObjectNotFound, IdentityMissing, StorageUnavailable: of a snapshot: it cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A plan as a manner sees it. Paths are relative to the root; folders stand among them."""

    wish: ThingWish
    snapshot: Snapshot | None  # None: a restore is taken back
    coming: Files  # the side that comes
    living: Files
    created: tuple[str, ...]
    replaced: tuple[str, ...]  # other bytes, or something else altogether
    attributes: tuple[str, ...]  # another owner or mode, and nothing else
    removed: tuple[str, ...]

    @property
    def changed(self) -> tuple[str, ...]:
        """Everything that is touched."""
        return (*self.created, *self.replaced, *self.attributes, *self.removed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a manner says of a plan. All of it is shown; nothing in it may hold a secret."""

    coming: tuple[str, ...] = ()  # what comes, in its own words: it stands before the paths
    now: str = ""  # what is in force at this moment: in the first line, where there is room
    conflicts: tuple[Conflict, ...] = ()
    powers: tuple[str, ...] = ()  # what it gives power back to
    notes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()  # lines for where there is room and privacy: never part of the summary
    blocked: str = ""  # why it cannot be applied; "" = it can
    second: tuple[str, ...] = ()  # why a second person must agree
    digest: str = ""  # of what else the agreement rests on: what is served at this moment


class Manner(Protocol):
    """Everything around the files, for one source. Made anew for each verb."""

    @property
    def owned(self) -> bool:
        """Whether the program writes these files by itself while it runs.

        Then a plan rests on which files there are and not on their bytes; what `before` leaves there is what is kept.
        """
        ...

    @property
    def restart(self) -> str:
        """What happens to the program, in a few words: "the IRCd rehashes", "nobody is told"."""
        ...

    def judge(self, look: Look) -> Judgement:
        """What there is to say before anything is changed. Also of an undo.

        Raises:
            BackupServError: it makes no sense at all.
        """
        ...

    def runs(self) -> bool:
        """Whether the program runs now and must run again afterwards: `RestoreRecord.was_running` keeps it.

        False where it is never stopped.
        """
        ...

    def before(self, record: RestoreRecord, steps: Steps) -> None:
        """The last moment before files are kept and replaced: stop the program, where it must be stopped.

        Called again before files go back, and where a restore is gone on with after a crash: stopping what is stopped
        is no error.
        """
        ...

    def prove(self, record: RestoreRecord, steps: Steps) -> None:
        """The files are in place and nobody was told. What this raises puts the old ones back."""
        ...

    def after(self, record: RestoreRecord, steps: Steps) -> None:
        """Tell or start the program, and look at it. What this raises puts the old ones back; then `went_back`."""
        ...

    def went_back(self, record: RestoreRecord, steps: Steps) -> None:
        """The old files are in place again, or were never replaced: bring the program onto them. Safe to repeat.

        `record.step` is how far it had come: only from "starting" on was anybody told; from "stopping" on it may be
        down. Also called after a crash, by whoever ends what it cut short. What it notes in `steps` is told.
        """
        ...


MannerOf = Callable[[TreeSite, Ground], Manner]


class PlainManner:
    """Files that no program must be told about. Others begin with it, and add what is theirs."""

    owned = False
    restart = "nobody is told"

    def __init__(self, site: TreeSite, ground: Ground) -> None:
        self.site = site
        self.ground = ground

    def judge(self, look: Look) -> Judgement:
        """Nothing to say; see the port."""
        del look
        return Judgement()

    def runs(self) -> bool:
        """Nothing is stopped; see the port."""
        return False

    def before(self, record: RestoreRecord, steps: Steps) -> None:
        """Nothing to do; see the port."""

    def prove(self, record: RestoreRecord, steps: Steps) -> None:
        """Nothing to do; see the port."""

    def after(self, record: RestoreRecord, steps: Steps) -> None:
        """Nothing to do; see the port."""

    def went_back(self, record: RestoreRecord, steps: Steps) -> None:
        """Nothing to do; see the port."""
