"""Where the chain ends: what the next line is written after."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from core.domain.audit import Head
from core.journal.line import LIMIT, ROOT, digest_of, read_link
from core.journal.walk import Loose, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The end of a file of the chain."""

    seq: int = 0  # of the last line of the chain; 0 where there is none
    head: str = ROOT  # the digest of that line
    last: str = ROOT  # of the last line, whatever it is
    loose: Loose | None = None  # what stands after the chain's last line
    ended: bool = True  # whether the last line has its end

    @property
    def as_head(self) -> Head:
        """What vouches for all lines up to here."""
        return Head(digest=self.head, lines=self.seq)


def glance(stream: BinaryIO) -> End | None:
    """The end, where a look at the last line tells it: where that is whole, and a line of the chain."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(max(0, size - LIMIT))
    tail = stream.read(LIMIT)
    last = tail[tail.rfind(b"\n", 0, len(tail) - 1) + 1 :]
    link = read_link(last[:-1]) if last.endswith(b"\n") else None
    if link is None:
        return None
    digest = digest_of(last)
    return End(seq=link.seq, head=digest, last=digest)


def walked(steps: Iterable[Step]) -> End:
    """The end, when everything was read."""
    end = End()
    for step in steps:
        if step.link is None:
            end = End(seq=end.seq, head=end.head, last=step.digest, loose=step.loose, ended=step.ended)
        else:
            end = End(seq=step.link.seq, head=step.digest, last=step.digest, ended=step.ended)
    return end
