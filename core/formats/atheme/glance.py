"""A whole database at a glance: an account or a channel with all its rows is one block, and most are as they should be.

A glance says nothing about blocks but what may be said of a good network: who set an access entry and is gone. A block
that is not word for word as services print it, or that anything else would be said of, ends the glance: then the file
is read row by row, and told of by those who know why. So both ways come to the same findings, and the quick one holds
no rows. All other rows are read one by one here too.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from re import Pattern
from typing import Protocol

from core.domain.casemapping import Casemapping
from core.formats.atheme.check_file import check_file, check_loaded
from core.formats.atheme.check_modules import close_watch
from core.formats.atheme.facts import HEAD, has_own_modules
from core.formats.atheme.glance_account import AccountGlance, Block
from core.formats.atheme.glance_channel import ChannelGlance
from core.formats.atheme.known import Known, nothing_known
from core.formats.atheme.reading import read_end, read_row
from core.formats.atheme.report import Report
from core.formats.atheme.rows import Row, kind_of, parse

_IN_BLOCKS = frozenset({b"MU", b"MDU", b"ME", b"MI", b"AC", b"MN", b"MCFP", b"MC", b"CA", b"MDA", b"MDC"})

_AT_ONCE = 2000  # blocks: about a megabyte


class _Glance(Protocol):
    """Reads blocks of one sort."""

    block: Pattern[bytes]
    kinds: Counter[bytes]

    def take(self, blocks: Sequence[Block], rows: bytes, line: int) -> bool:
        """Know what blocks say; False if somebody should look closer.

        They are the groups of `block`, side by side; `rows` is their text, and begins at `line`.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Glanced:
    """What was seen: the findings, how many rows there are of each kind that is counted, and of all."""

    report: Report
    kinds: Counter[bytes]
    rows: int


def glance(content: bytes, *, casemapping: Casemapping) -> Glanced | None:
    """The findings about a services.db, the same as row by row; None if it has to be read row by row."""
    if not content.endswith(b"\n") or b"\0" in content or b"\r" in content:
        return None
    head = parse(_first_lines(content))
    known = nothing_known(head, casemapping, Report())
    walk = _Walk(content, known, own_modules=has_own_modules(head))
    if not walk.to_the_end():
        return None
    unsaid = Report()  # what is told before everything else
    check_file(content, head, walk.kinds, unsaid)
    check_loaded(head, walk.kinds, unsaid)
    if unsaid.tally:
        return None
    read_end(known)
    return Glanced(report=known.report, kinds=walk.kinds, rows=walk.line - 1)


def _first_lines(content: bytes) -> bytes:
    place = 0
    for _ in range(HEAD):
        place = content.find(b"\n", place) + 1
        if not place:
            return content
    return content[:place]


class _Walk:
    """From the first line to the last."""

    def __init__(self, content: bytes, known: Known, *, own_modules: bool) -> None:
        self.kinds: Counter[bytes] = Counter()
        self.line = 1
        self._place = 0
        self._content = content
        self._known = known
        self._own_modules = own_modules

    def to_the_end(self) -> bool:
        """False if somebody should look closer."""
        sorts: dict[bytes, _Glance] = {b"MU ": AccountGlance(self._known), b"MC ": ChannelGlance(self._known)}
        while self._place < len(self._content):
            sort = sorts.get(self._content[self._place : self._place + 3])
            if not (self._row() if sort is None else self._blocks(sort)):
                return False
        self.kinds.update(sorts[b"MU "].kinds)
        self.kinds.update(sorts[b"MC "].kinds)
        return True

    def _blocks(self, sort: _Glance) -> bool:
        """Blocks of that sort that follow each other here: enough to be quick, and few enough to let others run."""
        close_watch(self._known, b"")
        match, content, place = sort.block.match, self._content, self._place
        blocks: list[Block] = []
        while len(blocks) < _AT_ONCE and (found := match(content, place)) is not None:
            blocks.append(found.groups())
            place = found.end()
        rows = content[self._place : place]
        if not blocks or not sort.take(blocks, rows, self.line):
            return False
        self.line += rows.count(b"\n")
        self._place = place
        return True

    def _row(self) -> bool:
        end = self._content.find(b"\n", self._place)
        raw = self._content[self._place : end]
        row = Row(self.line, raw, kind_of(raw))
        if row.kind in _IN_BLOCKS:
            return False
        read_row(self._known, row, own_modules=self._own_modules)
        self.kinds[row.kind] += 1
        self.line += 1
        self._place = end + 1
        return True
