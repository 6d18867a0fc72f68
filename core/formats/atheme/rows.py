"""Atheme's services.db as lines: cheap to read, and printed back byte for byte."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import NamedTuple

from core.formats.uncollected import uncollected

_SKIPPED = b"# \t\r"  # services ignore lines that begin so, and lose them at their next save


class Row(NamedTuple):
    """One line. A named tuple and not a dataclass: a large network has 440,000 of them."""

    line: int  # 1-based
    raw: bytes  # without its LF; anything may be in it
    kind: bytes  # the type word in upper case (services ignore its case); b"" where services skip the line

    @property
    def fields(self) -> list[bytes]:
        """All words, the type word first. A row made of words ends in a blank, so its last field is empty."""
        return self.raw.split(b" ")


_row = partial(tuple.__new__, Row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A services.db, whatever its state: damaged files are held as faithfully as good ones."""

    rows: tuple[Row, ...]
    ended: bool  # the last line ends in LF; a cut-off file often does not


@uncollected()
def parse(content: bytes) -> Database:
    """Read any bytes. Never raises; `check` says what the rows are worth."""
    lines = content.split(b"\n")
    tail = lines.pop()
    if tail:
        lines.append(tail)
    words = [line.partition(b" ")[0] for line in lines]
    kinds = {word: kind_of(word) for word in set(words)}  # a word says as much as its line, and there are few
    # What Row(…) would do, without a call of Python's own for each of 440,000.
    rows = tuple(map(_row, zip(count(1), lines, map(kinds.__getitem__, words), strict=False)))
    return Database(rows=rows, ended=bool(rows) and not tail)


def render(database: Database) -> bytes:
    """The bytes that `parse` was given."""
    return join((row.raw for row in database.rows), ended=database.ended)


def join(lines: Iterable[bytes], *, ended: bool) -> bytes:
    """Print lines as services do: LF behind each, behind the last only if `ended`."""
    content = b"\n".join(lines)
    return content + b"\n" if ended else content


def kind_of(raw: bytes) -> bytes:
    """The type word of a line, in upper case."""
    if raw[:1] in _SKIPPED:  # true for the empty line too
        return b""
    return raw.partition(b" ")[0].upper()
