"""From one line of the chain to the next, through a file of any size, in bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, BinaryIO

from core.journal.line import LIMIT, Link, read_link
from core.jsonl import parse


@dataclass(slots=True)
class Loose:
    """Lines that have no place in the chain: torn, changed, somebody else's, or from before there was a chain."""

    file: str
    first: int  # the number of the first of them
    last: int
    lines: int = 0
    size: int = 0
    first_bad: int = 0  # the first that is no whole line of JSON, or was changed; 0 where all are
    is_whole: bool = False  # the last of them is a line of JSON that nobody changed
    _hash: Any = field(default_factory=sha256)

    def add(self, chunk: bytes) -> None:
        """Some more of it."""
        self.size += len(chunk)
        self._hash.update(chunk)

    @property
    def digest(self) -> str:
        """Over all of them, each with its line end."""
        return str(self._hash.hexdigest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A line of the chain, and what stands loose before it. The last step of a file may be loose lines alone."""

    file: str
    number: int
    link: Link | None
    digest: str  # of the whole line, its end counted in, also where that is missing
    before: str  # of the line before, whatever it is; "" at the beginning
    loose: Loose | None
    ended: bool  # whether its line end is there


def walk(file: str, stream: BinaryIO, *, before: str = "", loose: Loose | None = None) -> Iterator[Step]:
    """Every line of the chain in a stream. `before` and `loose` are what the file before it ended with."""
    number, digest, ended = 0, before, True
    while start := stream.readline(LIMIT):
        number += 1
        link = read_link(start.removesuffix(b"\n")) if len(start) < LIMIT else None
        if link is None:
            loose = loose or Loose(file, number, number)
            digest, ended = _add_line(loose, number, start, stream)
            continue
        previous, ended = digest, start.endswith(b"\n")
        digest = sha256(start if ended else start + b"\n").hexdigest()
        yield Step(file=file, number=number, link=link, digest=digest, before=previous, loose=loose, ended=ended)
        loose = None
    if loose is not None:
        yield Step(file=file, number=number, link=None, digest=digest, before=digest, loose=loose, ended=ended)


def _add_line(loose: Loose, number: int, start: bytes, stream: BinaryIO) -> tuple[str, bool]:
    """A whole line, however long it is; returns its digest, and whether its end is there."""
    loose.lines, loose.last = loose.lines + 1, number
    loose.is_whole = parse(start.removesuffix(b"\n")) is not None
    if not loose.is_whole:
        loose.first_bad = loose.first_bad or number
    digest, chunk = sha256(), start
    while True:
        loose.add(chunk)
        digest.update(chunk)
        if chunk.endswith(b"\n"):
            return digest.hexdigest(), True
        chunk = stream.readline(LIMIT)
        if not chunk:
            loose.add(b"\n")
            digest.update(b"\n")
            return digest.hexdigest(), False
