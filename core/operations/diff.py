"""What changed between two snapshots, or since one, or between two files."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.domain.casemapping import Casemapping
from core.domain.errors import SnapshotNotFound, SourceDamaged, SourceUnreadable, TimeUnclear
from core.domain.moment import EXAMPLES, parse_moment
from core.formats.atheme import parse
from core.formats.signature import HEAD, recognise
from core.formats.sqlite import Unreadable
from core.formats.sqlite.others import other_rows
from core.operations.inspect import LIMIT, printable, read_bare
from core.operations.plan_tables import tables_of
from core.operations.side import LIVE, Side
from core.ports import Progress
from core.registrations.change import Difference
from core.registrations.difference import compare
from core.registrations.tables import Register
from core.registrations.tables.difference import compare_tables

_ID = re.compile(r"[0-9A-Za-z-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffReport:
    """Two sides, and what differs."""

    before: str
    after: str
    words: tuple[str, str]  # what names the sides again
    difference: Difference

    def as_dict(self) -> dict[str, object]:
        """For machines."""
        sides = {name: {"what": what} for name, what in (("before", self.before), ("after", self.after))}
        return {**sides, **self.difference.as_dict()}


def split_references(words: Sequence[str], now: datetime) -> tuple[str, str]:
    """What "A B" means where a time may be two words: A alone is compared with the living database.

    Raises:
        SnapshotNotFound: it is not one or two ids or times.
        TimeUnclear: one of them is a time, and not clear which.
    """
    kept = [word for word in words if word.lower() != "to"]
    for place in range(len(kept), 0, -1):
        first, second = " ".join(kept[:place]), " ".join(kept[place:]) or LIVE
        if _is_reference(first, now) and _is_reference(second, now):
            return first, second
    parse_moment(" ".join(kept), now)  # says what is not clear about one time
    raise SnapshotNotFound("that is not one or two snapshots", hint=f"an id, latest, live, or a time: {EXAMPLES}")


def _is_reference(text: str, now: datetime) -> bool:
    if _ID.fullmatch(text):
        return True
    try:
        return parse_moment(text, now) is not None
    except TimeUnclear:
        return False


def open_file(path: Path, *, limit: int = LIMIT) -> Side:
    """A bare file, unpacked if need be.

    Raises:
        SourceUnreadable: it cannot be read.
    """
    label = printable(str(path))
    return Side(label=label, reference=label, content=read_bare(path, limit=limit)[0])


def diff(before: Side, after: Side, *, casemapping: Casemapping, progress: Progress) -> DiffReport:
    """Compare two sides of one format.

    Raises:
        SourceUnreadable: one of them is neither Atheme's text file nor SQLite, or they are not the same.
        SourceDamaged: SQLite cannot read one of them.
    """
    are_tables = _are_tables(before, after)
    progress.step("comparing")
    if are_tables:
        difference = _compare_tables(before, after, casemapping)
    else:
        difference = compare(parse(before.content), parse(after.content), casemapping=casemapping)
    return DiffReport(
        before=before.label,
        after=after.label,
        words=(before.reference, after.reference),
        difference=difference,
    )


def _are_tables(before: Side, after: Side) -> bool:
    kinds = [recognise(side.content[:HEAD]) for side in (before, after)]
    if kinds == ["sqlite", "sqlite"]:
        return True
    for side, kind in zip((before, after), kinds, strict=True):
        if kind not in {"atheme", "empty"}:
            other = ", as the other one is" if kind == "sqlite" else ""
            raise SourceUnreadable(
                f"{side.label} is not a services.db of Atheme{other}", hint="`backupserv inspect` says what a file is"
            )
    return False


def _compare_tables(before: Side, after: Side, casemapping: Casemapping) -> Difference:
    registers = [Register(tables_of(side.content, side.label), casemapping) for side in (before, after)]
    try:
        others = (other_rows(before.content), other_rows(after.content))
    except Unreadable as error:
        raise SourceDamaged(f"one of them cannot be read: {error}") from None
    return compare_tables(*registers, others=others)
