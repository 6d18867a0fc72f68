"""A drill of a tree of files: unpacked where nobody lives on it, counted, and read by who knows what it means."""

import os
from collections.abc import Mapping
from pathlib import Path

from core.domain.counted import tally
from core.domain.errors import ObjectDamaged
from core.domain.finding import Severity
from core.domain.size import show_size
from core.domain.tree import ROOT, Listing
from core.operations.drilling.course import Course, Ending
from core.operations.site import TreeSite
from core.registrations.words import plural
from core.repository.tree_reading import TreeReading
from core.tree_ports import TreeMeaning


def drill_tree(tree: TreeSite, course: Course) -> Ending:
    """All of it; what stops it rises, as of `TreeReading.restore`. No program is started: nobody lives on a copy."""
    snapshot = course.snapshot
    trees = TreeReading(course.place, course.work)
    with course.step("fetched", f"fetching the listing of {snapshot.tail} from {course.place.name}") as told:
        listing = trees.listing(snapshot)
        told.text = plural(len(listing.entries), "entry")
    packed = sum(step.stored_size for step in course.place.chain(snapshot))
    course.must_have_room(2 * listing.size + packed)
    folder = course.work / "tree"
    with course.step("unpacked", f"unpacking {show_size(listing.size)}") as told:
        made = trees.restore(snapshot, folder, progress=course.progress)
        told.text = show_size(listing.size)
    counts = {"files": sum(entry.type == "file" for entry in listing.entries)}
    if made.failed:
        return Ending(
            level=1, verdict="damaged", detail=f"it does not come back whole: {made.failed[0]}", counts=counts
        )
    with course.step("compared", "comparing what lies there with its listing"):
        _must_be_there(folder, listing)
    return _judged(tree, course, trees, counts, listing)


def _must_be_there(folder: Path, listing: Listing) -> None:
    """Every name, and of each file its size: their bytes were proven as they were written.

    Raises:
        ObjectDamaged: some are not there.
    """
    wanted = {entry.path: entry for entry in listing.entries if entry.path != ROOT}
    away = [path for path, entry in wanted.items() if not _is_there(folder / path, entry.size, entry.type)]
    if away:
        raise ObjectDamaged(f"{plural(len(away), 'entry')} of {len(wanted):,} did not come back")


def _is_there(path: Path, size: int, kind: str) -> bool:
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return kind != "file" or status.st_size == size


def _judged(tree: TreeSite, course: Course, trees: TreeReading, counts: Mapping[str, int], listing: Listing) -> Ending:
    told = f"{tally(counts) or 'an empty tree'}, {show_size(listing.size)} as saved"
    if tree.check is None:
        return Ending(level=4, verdict="proven", detail=told, counts=counts)
    with course.step("checked", "reading what its files mean"):
        meaning: TreeMeaning = trees.meaning(course.snapshot, tree.check)
    counts = {**counts, **meaning.counts}
    worst = max(meaning.findings, key=lambda finding: finding.severity, default=None)
    if worst is not None and worst.severity > Severity.WARNING:
        # What a tree was when it was saved is no damage, and a program would not live on it all the same.
        detail = f"its program would not live on it: {worst}"
        return Ending(level=2, verdict="damaged", detail=detail, is_whole=True, counts=counts)
    return Ending(level=4, verdict="proven", detail=f"{told}, {tally(meaning.counts)}".rstrip(", "), counts=counts)
