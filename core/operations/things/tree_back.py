"""The way back from a restore of a tree, whole or cut short: what was there lies there again, and the program knows."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from core.beneath import opened_root
from core.disk import flush_folder, write_error
from core.domain.errors import BackupServError, RestoreFailed
from core.domain.tree import ROOT
from core.operations.restore_record import RestoreRecord
from core.operations.restore_report import Steps
from core.operations.site import TreeSite
from core.operations.things.change import Change, Changes, read_changes
from core.operations.things.ground import Ground
from core.operations.things.manner import Manner
from core.operations.things.putting import Putting
from core.operations.things.staging import TreeStage, side_of
from core.operations.things.tree_plan import shown
from core.registrations.words import listed, plural

_TOUCHED = frozenset({"replacing", "replaced", "starting"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything that one restore of a tree happens on."""

    ground: Ground
    site: TreeSite
    manner: Manner
    steps: Steps


class ProgramNotBack(RestoreFailed):
    """The old files lie there again, and the program does not live on them."""


def is_touched(record: RestoreRecord) -> bool:
    """Whether files may have been replaced by the time that its record stands at."""
    return record.step in _TOUCHED


@contextmanager
def as_refusal(root: Path) -> Iterator[None]:
    """What the system refuses below a root, as an error for people."""
    try:
        yield
    except OSError as error:
        raise write_error(root / str(error.filename or ""), error) from error


def roll_back(record: RestoreRecord, scene: Scene) -> str:
    """Files and program as they were; the record says so. Returns what was done, in one sentence. Safe to repeat.

    Raises:
        ProgramNotBack: the files are back; the record stays open, so that the next start tries again.
        BackupServError: not even the files are.
    """
    told = all_back(record, scene)
    tidy(record, scene)
    scene.ground.folder.write(record, "rolled back" if is_touched(record) else "abandoned")
    return told


def all_back(record: RestoreRecord, scene: Scene) -> str:
    """The files, and then the program on them. Returns what was done, in sentences.

    Raises:
        ProgramNotBack: the files are back.
        BackupServError: not even the files are.
    """
    told = files_back(record, scene)
    try:
        return told + program_back(record, scene)
    except BackupServError as error:
        raise ProgramNotBack(
            f"{told} BUT THE PROGRAM IS NOT BACK ON THEM: {error.message}",
            hint=f"see to the program; then `backupserv restore settle {record.id} --undo` ends the matter",
        ) from error


def program_back(record: RestoreRecord, scene: Scene) -> str:
    """The program on what lies there now. Returns what there is to say of it."""
    known = len(scene.steps.notes)
    scene.manner.went_back(record, scene.steps)
    return "".join(f" {note}" for note in scene.steps.notes[known:])


def files_back(record: RestoreRecord, scene: Scene) -> str:
    """The files alone. What somebody changed since is left as it is. Returns a sentence.

    Raises:
        StorageFull, StorageUnavailable, ObjectDamaged: they are not back; what is kept of them is untouched.
    """
    changes = read_changes(scene.ground.folder.changes(record))
    if changes is None or not is_touched(record):
        return "No file was changed."
    scene.manner.before(record, scene.steps)
    before = scene.ground.folder.before_image(record)
    with as_refusal(scene.site.root), opened_root(scene.site.root) as root:
        theirs = changed_since(root, changes.items)
        if theirs and scene.manner.owned:  # the program wrote them: they go back, and what it wrote is kept
            TreeStage(root, record.id).set_aside(theirs, before.with_name("written"))
            theirs = frozenset()
        mine = [change for change in changes.items if change.path not in theirs]
        stage, numbered = TreeStage(root, record.id), _numbered_alike(changes.items, theirs)
        stage.restock(numbered, before)
        Putting(root, record.id, changes.items).put("old", without=theirs)
        stage.join(numbered)
    left = f" {plural(len(theirs), 'path')} that somebody changed since stay: {_named(theirs)}." if theirs else ""
    return f"The old files are back in place ({plural(len(mine), 'path')}).{left}"


def _numbered_alike(changes: Sequence[Change], theirs: frozenset[str]) -> list[Change]:
    """The same numbers; what is theirs moves nothing."""
    return [change if change.path not in theirs else _still(change) for change in changes]


def _still(change: Change) -> Change:
    return Change(path=change.path, action="attributes", old=change.old, new=change.new)


def changed_since(root: int, changes: Sequence[Change]) -> frozenset[str]:
    """Paths whose content is neither what was there nor what came. One that is written in place may be half of both."""
    return frozenset(change.path for change in changes if not change.in_place and not side_of(root, change))


def tidy(record: RestoreRecord, scene: Scene) -> None:
    """Remove what was staged, and the folders that were made for nothing. Safe to repeat."""
    changes = read_changes(scene.ground.folder.changes(record))
    if changes is None:
        return
    with as_refusal(scene.site.root), suppress(FileNotFoundError, NotADirectoryError):
        with opened_root(scene.site.root) as root:
            TreeStage(root, record.id).sweep(changes.items)
        _unmake(changes)


def _unmake(changes: Changes) -> None:
    """Folders up to the root, and the root itself, if they are as empty as they were made."""
    for made in reversed(changes.made):
        try:
            Path(made).rmdir()
        except OSError:
            return
        flush_folder(Path(made).parent)


def found(record: RestoreRecord, scene: Scene) -> str:
    """What lies there, in a few words. Never raises."""
    try:
        changes = read_changes(scene.ground.folder.changes(record))
        if changes is None or not is_touched(record):
            return "no file was changed, or all of them are back"
        if not os.path.lexists(scene.site.root):
            return f"{scene.site.root} is not there"
        with as_refusal(scene.site.root), opened_root(scene.site.root) as root:
            sides = Counter(_side(root, change) for change in changes.items if change.path != ROOT)
    except BackupServError as error:
        return f"what lies there cannot be told: {error.message}"
    return _told(sides)


def _side(root: int, change: Change) -> str:
    sides = side_of(root, change)
    return "both" if len(sides) > 1 else next(iter(sides), "neither")


def _told(sides: Counter[str]) -> str:
    old, new, other = sides["old"], sides["new"], sides["neither"]
    changed = f", {plural(other, 'path')} changed by somebody since" if other else ""
    if not new:
        return f"all files are as they were before{changed}"
    if not old:
        return f"all files are as they were to be restored{changed}"
    return f"{plural(new, 'path')} of {old + new} are restored, the others are as they were{changed}"


def _named(paths: frozenset[str]) -> str:
    return listed([shown(path) for path in sorted(paths)], 200)
