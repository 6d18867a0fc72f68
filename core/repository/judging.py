"""Who says whether a new snapshot looks as if something was lost."""

from collections.abc import Callable, Iterable, Mapping

from core.domain.snapshot import Snapshot

Judge = Callable[[Iterable[Snapshot], Mapping[str, int]], str]
"""Why a new snapshot with these counts is to be held, after all the others of its source; or ""."""


def nothing_held(snapshots: Iterable[Snapshot], counts: Mapping[str, int]) -> str:
    """Of what somebody adds by hand nothing is."""
    del snapshots, counts
    return ""
