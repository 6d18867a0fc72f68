"""A part of a listing that stands for itself: chosen paths, the folders on the way, links that point to something."""

from collections.abc import Sequence
from dataclasses import replace

from core.domain.errors import SnapshotNotFound
from core.domain.tree import ROOT, Entry, Listing, chosen


def select(listing: Listing, paths: Sequence[str]) -> tuple[Entry, ...]:
    """The entries of these paths and of all below them, by path.

    A hardlink whose file is not chosen becomes that file.

    Raises:
        SnapshotNotFound: a path is not in the listing; nothing is guessed.
    """
    wanted = [path.strip("/") or ROOT for path in paths]
    known = {entry.path: entry for entry in listing.entries}
    for path in wanted:
        if path not in known:
            raise SnapshotNotFound(f"there is no {path} in snapshot {listing.snapshot}")
    ways = {ROOT, *(path[:place] for path in wanted for place, letter in enumerate(path) if letter == "/")}
    taken: list[Entry] = []
    first: dict[str, str] = {}  # of a file that is not chosen: the name that stands for it
    for entry in listing.entries:
        if chosen(entry.path, wanted):
            taken.append(_standing_alone(entry, known, first, wanted))
        elif entry.path in ways:
            taken.append(entry)
    return tuple(taken)


def _standing_alone(entry: Entry, known: dict[str, Entry], first: dict[str, str], wanted: Sequence[str]) -> Entry:
    if entry.type != "hardlink" or chosen(entry.target, wanted):
        return entry
    if entry.target in first:
        return replace(entry, target=first[entry.target])
    first[entry.target] = entry.path
    return replace(known[entry.target], path=entry.path)
